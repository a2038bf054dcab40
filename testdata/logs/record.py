"""Records the logs and reports of real test sessions: `record.py FOLDER`.

FOLDER holds a virtual environment for each version of nox (`nox-2022.11.21`, `nox-2024.10.9`, `nox-2025.11.12`, `nox-2026.10.20`), and `junit`, with
pytest 9.2.0, pytest-xdist 3.8.0, pytest-rerunfailures 16.7 and unittest-xml-reporting 4.0.0. python3.12 must be on the PATH, python3.99 must not.
The directories of the sessions, of the tools and of Python, and the name of the machine are replaced, and nothing else.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = pathlib.Path(sys.argv[1]).resolve()

NOXFILE = '''
import os
import signal
import time

import nox


@nox.session(venv_backend="none")
def lint(session):
    session.run("python3.12", "-c", "print('All checks passed!')", external=True)


@nox.session(venv_backend="none")
@nox.parametrize("database", ["sqlite", "post gres"])
def unit_tests(session, database):
    session.run("python3.12", "-c", "print('2 passed in 0.01s')", external=True)


@nox.session(venv_backend="none")
def unit_tests_slow(session):
    session.run("python3.12", "-c", "print('1 failed in 0.01s'); raise SystemExit(1)", external=True)


@nox.session(python=["3.12", "3.99"], venv_backend="venv")
def typing(session):
    session.log("typed")


@nox.session(venv_backend="none")
def docs(session):
    session.skip("no changes below docs/")


@nox.session(venv_backend="none")
def release(session):
    session.error("the tree is not clean:\\n M setup.py")


@nox.session(venv_backend="none")
def broken(session):
    raise ValueError("was successful.")


@nox.session(venv_backend="none")
def silent(session):
    session.run("python3.12", "-c", "import sys; sys.stdout.write('no line end')", external=True)


@nox.session(venv_backend="none")
def flaky(session):
    here = os.path.exists("again")
    session.run("python3.12", "-c", f"raise SystemExit({0 if here else 1})", external=True)


@nox.session(venv_backend="none")
def interrupted(session):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)


@nox.session(venv_backend="none")
def killed(session):
    os.kill(os.getpid(), signal.SIGKILL)
'''
PARALLEL = NOXFILE.replace('nox.session(', 'nox.session(allow_parallel=True, ')
# From 2026 on, sessions can require others.
REQUIRES = '''

@nox.session(venv_backend="none", requires=["release"])
def publish(session):
    pass
'''
SESSIONS = ["lint", "unit_tests", "unit_tests_slow", "typing", "docs", "release", "broken", "silent"]


def run(directory, *command, beginning=""):
    """The standard output and error of a command, together, after a `beginning`."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    for name in ["CI", "FORCE_COLOR", "NO_COLOR", "PY_COLORS", "NOXSESSION"]:
        environment.pop(name, None)
    done = subprocess.run(command, cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return beginning + done.stdout.decode()


def save(name, text, directory):
    path = HERE / name
    path.parent.mkdir(exist_ok=True)
    text = text.replace(str(directory), "/home/ci/app").replace(str(TOOLS), "/opt")
    text = re.sub(r"/[^\s\"]*/lib/python3", "/usr/lib/python3", text)
    path.write_text(text, newline="")


def nox(version):
    tool = str(TOOLS / f"nox-{version}" / "bin" / "nox")
    newest = version >= "2026"
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory).resolve()
        (directory / "noxfile.py").write_text((PARALLEL + REQUIRES) if newest else NOXFILE)
        sessions = SESSIONS + (["publish"] if newest else [])
        report = str(directory / "report.json")
        save(f"nox/{version}.log", run(directory, tool, "--nocolor", "--report", report, "-s", *sessions), directory)
        save(f"nox/{version}.json", pathlib.Path(report).read_text(), directory)
        save(f"nox/{version}-colour.log", run(directory, tool, "--forcecolor", "-s", *sessions), directory)
        if version == "2022.11.21":
            save("nox/interrupted.log", run(directory, tool, "-s", "lint", "interrupted", "docs"), directory)
            save("nox/killed.log", run(directory, tool, "-s", "lint", "killed", "docs"), directory)
            first = run(directory, tool, "-s", "lint", "flaky", "docs")
            (directory / "again").touch()
            save("nox/again.log", run(directory, tool, "-s", "flaky", beginning=first), directory)
            save("nox/alone.log", run(directory, tool, "-s", "lint"), directory)
            save("nox/time.log", run(directory, tool, "--add-timestamp", "-s", "lint", "unit_tests"), directory)
        if newest:
            (directory / "again").unlink(missing_ok=True)
            in_parallel = [tool, "-j", "3", "-s", *sessions, "killed"]
            save("nox/parallel.log", run(directory, *in_parallel), directory)
            save("nox/parallel-colour.log", run(directory, *in_parallel, "--forcecolor"), directory)
            first = run(directory, tool, "-j", "2", "-s", "lint", "flaky")
            (directory / "again").touch()
            save("nox/parallel-again.log", run(directory, tool, "-j", "2", "-s", "lint", "flaky", beginning=first), directory)


TESTS = {
    "passed": {"test_a.py": "def test_one(): pass\ndef test_two(): pass\n"},
    "failed": {"test_a.py": "def test_one(): pass\ndef test_two(): assert 1 == 2, '<&\"'\n"},
    "skipped": {"test_a.py": "import pytest\npytestmark = pytest.mark.skip(reason='not here')\ndef test_one(): pass\n"},
    "fixture": {
        "test_a.py": "import pytest\n@pytest.fixture\ndef bad():\n    yield\n    raise OSError('gone')\ndef test_one(bad): pass\n"
    },
    "collection": {"test_a.py": "import nothing_of_this_name\n", "test_b.py": "def test_one(): pass\n"},
    "internal": {
        "conftest.py": "def pytest_runtest_protocol(item): raise OSError('a plugin broke')\n",
        "test_a.py": "def test_one(): pass\n",
    },
    "empty": {"test_a.py": "a = 1\n"},
    "interrupted": {
        "test_a.py": "import os, signal\ndef test_one(): pass\ndef test_two(): os.kill(os.getpid(), signal.SIGINT)\ndef test_three(): pass\n"
    },
    "xfail": {
        "test_a.py": "import pytest\n@pytest.mark.xfail\ndef test_one(): assert 0\ndef test_two(): pass\n"
    },
    "crashed": {
        "test_a.py": "import os, signal\ndef test_one(): pass\ndef test_two(): os.kill(os.getpid(), signal.SIGKILL)\n",
        "test_b.py": "def test_one(): pass\n",
    },
    "subtests": {
        "test_a.py": "import unittest\nclass Parts(unittest.TestCase):\n    def test_one(self):\n        for part in range(3):\n            with self.subTest(part=part): pass\n"
    },
    "rerun": {
        "test_a.py": "import pathlib\ndef test_one():\n    mark = pathlib.Path('mark')\n    if not mark.exists():\n        mark.touch()\n        assert 0\n"
    },
}
OPTIONS = {"crashed": ["-n", "2"], "rerun": ["--reruns", "1"]}
UNITTEST = '''
import unittest


class Well(unittest.TestCase):
    def test_one(self): pass


class Left(unittest.TestCase):
    @unittest.skip("not here")
    def test_one(self): pass


class SetUp(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise OSError("gone")
    def test_one(self): pass


class Parts(unittest.TestCase):
    def test_one(self):
        with self.subTest(part=1):
            self.assertEqual(1, 2)
'''


def junit():
    python = str(TOOLS / "junit" / "bin" / "python")
    for name, files in TESTS.items():
        with tempfile.TemporaryDirectory() as directory:
            directory = pathlib.Path(directory).resolve()
            for file, text in files.items():
                (directory / file).write_text(text)
            options = ["-p", "no:cacheprovider", "-q", "--junit-xml", "out.xml", *OPTIONS.get(name, [])]
            run(directory, python, "-m", "pytest", *options)
            text = (directory / "out.xml").read_text()
            save(f"junit/{name}.xml", re.sub(r'hostname="[^"]*"', 'hostname="runner"', text), directory)
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory).resolve()
        (directory / "test_u.py").write_text(UNITTEST)
        run(directory, python, "-m", "xmlrunner", "test_u", "--output-file", "out.xml")
        save("junit/unittest.xml", (directory / "out.xml").read_text(), directory)


for version in ["2022.11.21", "2024.10.9", "2025.11.12", "2026.10.20"]:
    nox(version)
junit()
