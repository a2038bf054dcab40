#!/usr/bin/env python3
"""Records data files of coverage.py: of every way in which a process finishes one, and of ways in which it is killed before that.

    record.py VENV [VENV ...]     virtual environments with coverage.py, pytest, pytest-cov and pytest-xdist; Linux

Each gives `<version of coverage.py>.zip`, with these entries:

    finished/<way>/<file>       the process saved all it had
    statements/<way>/<file>     the same, without branches
    unfinished/<way>/<file>     it was killed while it saved, and the file shows it
    untold/<way>/<file>         the same, but files of that version, or of that name, cannot show it

A file keeps its name but for the host, which becomes `ci`. Its bytes are as they were left behind.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

MARKS_SINCE = (7, 13, 1)  # coverage.py marks finished files from this version on: its changelog
SECONDS = 60

SETTINGS = "[run]\nrelative_files = true\nsource = app\n"
FILES = {
    "app/__init__.py": "",
    "app/used.py": "def f(n):\n    if n:\n        return n\n    return 0\n",
    "app/never.py": "def g():\n    return 1\n",
    "run.py": "import app.used\napp.used.f(1)\n",
    "elsewhere.py": "x = 1\n",
    "tests.py": "from app import used\ndef test_0(): used.f(0)\ndef test_1(): used.f(1)\n",
    "contexts.py": "import tests\ntests.test_0()\ntests.test_1()\n",
    "child.py": "import subprocess, sys\nimport app.used\napp.used.f(0)\nsubprocess.run([sys.executable, 'run.py'], check=True)\n",
    "fork.py": (
        "import os, sys\nimport app.used\napp.used.f(0)\n"
        "if os.fork() == 0:\n    app.used.f(1)\n    sys.exit(0)\nos.wait()\n"
    ),
    "exit.py": (
        "import os\nimport app.used\napp.used.f(0)\n"
        "if os.fork() == 0:\n    app.used.f(1)\n    os._exit(0)\nos.wait()\n"
    ),
    "execv.py": "import os, sys\nimport app.used\napp.used.f(0)\nos.execv(sys.executable, [sys.executable, 'run.py'])\n",
    "pool.py": (
        "import multiprocessing, sys\nfrom app.used import f\nif __name__ == '__main__':\n"
        "    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:\n        pool.map(f, range(4))\n"
        "        if len(sys.argv) < 3:\n            pool.close()\n            pool.join()\n"
    ),
    "process.py": (
        "import multiprocessing, sys\nfrom app.used import f\nif __name__ == '__main__':\n"
        "    one = multiprocessing.get_context(sys.argv[1]).Process(target=f, args=[1])\n    one.start()\n    one.join()\n"
    ),
    "executor.py": (
        "import concurrent.futures\nfrom app.used import f\nif __name__ == '__main__':\n"
        "    with concurrent.futures.ProcessPoolExecutor(2) as pool:\n        list(pool.map(f, range(4)))\n"
    ),
    "contexts_fork.py": (
        "import os, sys, tests\ntests.test_0()\nif os.fork() == 0:\n    tests.test_1()\n    sys.exit(0)\nos.wait()\n"
    ),
    "term.py": "import os, signal\nimport app.used\napp.used.f(1)\nos.kill(os.getpid(), signal.SIGTERM)\n",
    "threads.py": (
        "import threading\nfrom app.used import f\nall = [threading.Thread(target=f, args=[n]) for n in range(3)]\n"
        "for one in all: one.start()\nfor one in all: one.join()\n"
    ),
    # A process that saves more than once, and one that is forked from such a process.
    "twice.py": "import coverage\nimport app.used\ncoverage.Coverage.current().save()\napp.used.f(1)\n",
    "save_fork.py": (
        "import coverage, os, sys\nimport app.used\ncoverage.Coverage.current().save()\n"
        "if os.fork() == 0:\n    app.used.f(1)\n    sys.exit(0)\nos.wait()\n"
    ),
    # Writers that use the data files without `coverage run`.
    "api.py": (
        "import coverage, sys\nsuffix = {'True': True, 'None': None}.get(sys.argv[1], sys.argv[1])\n"
        "cov = coverage.Coverage(data_suffix=suffix)\ncov.start()\nimport app.used\napp.used.f(1)\ncov.stop()\ncov.save()\n"
    ),
    "data.py": (
        "import coverage, sys\nsuffix = True if sys.argv[1] == 'True' else sys.argv[1]\ndata = coverage.CoverageData(suffix=suffix)\n"
        "data.add_arcs({'app/used.py': [(-1, 1), (1, -1)]})\ndata.write()\n"
    ),
    # As nbval does with pytest-cov: a second writer puts its data into the file of the first, while that is open or when it is finished.
    "second.py": (
        "import coverage, sys\nfirst = coverage.CoverageData(suffix=True)\nfirst.add_arcs({'app/used.py': [(-1, 1), (1, -1)]})\n"
        "if sys.argv[1] == 'after': first.write()\n"
        "second = coverage.CoverageData(first.data_filename())\nsecond.read()\nsecond.add_arcs({'app/never.py': [(-1, 1), (1, -1)]})\nsecond.write()\n"
        "second.close()\nif sys.argv[1] == 'before': first.write()\n"
    ),
    "stale.py": (
        "import coverage\nfirst = coverage.CoverageData(suffix=True)\nfirst.add_arcs({'app/used.py': [(-1, 1), (1, -1)]})\nname = first.data_filename()\n"
        "first.write()\nsecond = coverage.CoverageData(name)\nsecond.add_arcs({'app/used.py': [(1, 2), (2, -1)]})\nsecond.write()\n"
    ),
    # pytest-cov combines the files of its processes: they are kept as they were before that.
    "conftest.py": (
        "import coverage, glob, shutil\ncombine = coverage.Coverage.combine\n"
        "def keeping(self, *arguments, **options):\n    self.save()\n"
        "    for name in glob.glob('.coverage.*'): shutil.copy(name, 'kept')\n"
        "    return combine(self, *arguments, **options)\ncoverage.Coverage.combine = keeping\n"
    ),
    # coverage.py's command line in a process that is killed as it comes to a step of its saving: a method, the nth statement of SQL, or the nth byte.
    "killed.py": """\
import os, resource, signal, sqlite3, sys
import coverage.sqldata
from coverage.cmdline import main
what, at = sys.argv[1:3]
del sys.argv[1:3]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if what == "step":
    setattr(coverage.sqldata.CoverageData, at, die)
elif what == "byte":
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(at), int(at)))
elif what == "statement":
    seen = 0
    def count(statement):
        global seen
        seen += 1
        if seen == int(at): die()
    connect = sqlite3.connect
    def counting(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.set_trace_callback(count)
        return connection
    sqlite3.connect = counting
sys.exit(main(sys.argv[1:]))
""",
}

# way: what is run, further settings, variables of the environment. `{c}` is `python -m coverage`.
FINISHED = {
    "plain": ("{c} run run.py",),
    "parallel": ("{c} run -p run.py",),
    "parallel-setting": ("{c} run run.py", "parallel = true"),
    "nothing-measured": ("{c} run -p --source=app elsewhere.py",),
    "nothing-included": ("{c} run -p --source= --include=nowhere/* run.py",),
    "contexts": ("{c} run -p contexts.py", "dynamic_context = test_function"),
    "static-context": ("{c} run -p --context=nightly run.py",),
    "coverage-file": ("{c} run run.py", "", {"COVERAGE_FILE": ".coverage.unit"}),
    "coverage-file-parallel": ("{c} run -p run.py", "", {"COVERAGE_FILE": ".coverage.unit"}),
    "data-file": ("{c} run run.py", "data_file = .coverage.3"),
    "suffix-true": ("{p} api.py True",),
    "suffix-text": ("{p} api.py shard7",),
    "suffix-none": ("{p} api.py None",),
    "debug-process": ("{c} run run.py", "debug = process"),
    "debug-process-file": ("{c} run run.py", "debug = process", {"COVERAGE_FILE": ".coverage.unit"}),
    "debug-process-suffix": ("{p} api.py shard7", "debug = process"),
    "debug-process-parallel": ("{c} run -p run.py", "debug = process"),
    "data-suffix-true": ("{p} data.py True",),
    "data-suffix-text": ("{p} data.py shard7",),
    "second-writer-before": ("{p} second.py before",),
    "second-writer-after": ("{p} second.py after",),
    "second-writer-anew": ("{p} stale.py",),
    "fork": ("{c} run -p fork.py",),
    "patch-fork": ("{c} run -p fork.py", "patch = fork"),
    "patch-exit": ("{c} run -p exit.py", "patch = _exit"),
    "patch-fork-exit": ("{c} run -p exit.py", "patch = _exit, fork"),
    "patch-execv": ("{c} run -p execv.py", "patch = execv"),
    "patch-subprocess": ("{c} run child.py", "parallel = true\npatch = subprocess"),
    "pool-fork": ("{c} run pool.py fork", "parallel = true\nconcurrency = multiprocessing"),
    "pool-spawn": ("{c} run pool.py spawn", "parallel = true\nconcurrency = multiprocessing"),
    "pool-forkserver": ("{c} run pool.py forkserver", "parallel = true\nconcurrency = multiprocessing"),
    "process-fork": ("{c} run process.py fork", "parallel = true\nconcurrency = multiprocessing"),
    "process-spawn": ("{c} run process.py spawn", "parallel = true\nconcurrency = multiprocessing"),
    "executor": ("{c} run executor.py", "parallel = true\nconcurrency = multiprocessing"),
    "contexts-and-fork": ("{c} run -p contexts_fork.py", "dynamic_context = test_function"),
    "threads": ("{c} run -p threads.py", "concurrency = thread"),
    "sigterm": ("{c} run -p term.py", "sigterm = true"),
    "saved-twice": ("{c} run -p twice.py",),
    "saved-and-forked": ("{c} run -p save_fork.py",),
    "combined": ("{c} run -p run.py && {c} combine -q",),
    "combined-elsewhere": ("{c} run -p run.py && {c} combine -q --data-file=.coverage.all",),
    "appended": ("{c} run run.py && {c} run --append contexts.py",),
    "pytest": ("{c} run -p -m pytest -q tests.py",),
    "pytest-cov": ("{p} -m pytest -q --cov=app --cov-branch --cov-report= tests.py",),
    "pytest-cov-parallel": ("{p} -m pytest -q --cov=app --cov-branch --cov-report= tests.py", "parallel = true"),
    "pytest-cov-contexts": ("{p} -m pytest -q --cov=app --cov-branch --cov-report= --cov-context=test tests.py",),
    "xdist": ("{p} -m pytest -q -n 2 --cov=app --cov-branch --cov-report= tests.py",),
    "xdist-run": ("{c} run -m pytest -q -n 2 tests.py", "parallel = true\npatch = subprocess"),
}
WITHOUT_BRANCHES = ["plain", "parallel", "contexts", "fork", "contexts-and-fork", "saved-and-forked", "executor"]
STEPS = ["_set_context_id", "_file_id", "add_file_tracers", "touch_files", "write"]
# The nth statement of SQL that fits: those that create tables, then those that fill them.
STATEMENTS = range(2, 16)


class Recorder:
    """One virtual environment, and the archive of its files."""

    def __init__(self, venv: str) -> None:
        self.venv = Path(venv).absolute()
        self.python = str(self.venv / "bin/python")
        self.version = self.output("import coverage; print(coverage.__version__)")
        self.host = self.output("import socket; print(socket.gethostname().replace('.', '_'))")
        self.marks = tuple(int(part) for part in re.findall(r"\d+", self.version)[:3]) >= MARKS_SINCE
        self.archive = zipfile.ZipFile(Path(__file__).parent / f"{self.version}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9)
        self.count = {}

    def output(self, code: str) -> str:
        return subprocess.run([self.python, "-c", code], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()

    def run(self, at: Path, command: str, settings: str = "", variables: dict[str, str] | None = None, branch: bool = True) -> list[Path]:
        """Runs a command in a new project in `at`, and returns the data files that it leaves."""
        for name, text in FILES.items():
            (at / name).parent.mkdir(exist_ok=True)
            (at / name).write_text(text)
        (at / "kept").mkdir()
        if "pytest" not in command or "--cov" not in command:
            (at / "conftest.py").unlink()
        (at / ".coveragerc").write_text(f"{SETTINGS}branch = {str(branch).lower()}\n{settings}\n")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "PYTEST_"))}
        environment |= {"PYTHONDONTWRITEBYTECODE": "1"} | (variables or {})
        # Data files have the path of pytest: it leads through the project, not through this machine.
        (at / "venv").symlink_to(self.venv)
        python = at / "venv/bin/python"
        command = command.format(c=f"{python} -m coverage", p=python)
        done = subprocess.run(
            command, shell=True, cwd=at, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS
        )
        files = [path for place in (".", "kept") for path in sorted((at / place).glob(".coverage*")) if path.name != ".coveragerc"]
        if not files:
            print(f"  {self.version}: no file of `{command}`: {done.stdout[-200:]}")
        return files

    def keep(self, kind: str, way: str, files: list[Path]) -> None:
        for path in files:
            place = f"{way}-before" if path.parent.name == "kept" else way
            name = path.name.replace(f".{self.host}.", ".ci.", 1)
            entry = zipfile.ZipInfo(f"{kind}/{place}/{name}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            self.archive.writestr(entry, path.read_bytes())
            self.count[kind] = self.count.get(kind, 0) + 1

    def has_patch(self, settings: str) -> bool:
        """Whether this version has every patch that the settings name: otherwise it would not measure what they ask for."""
        wanted = re.search(r"patch = (.*)", settings)
        if not wanted:
            return True
        module = "import coverage.patch, inspect; print(inspect.getsource(coverage.patch))"
        try:
            source = subprocess.run([self.python, "-c", module], check=True, text=True, capture_output=True).stdout
        except subprocess.CalledProcessError:
            return False
        return all(f'"{patch}"' in source for patch in wanted[1].split(", "))

    def finished(self) -> None:
        for way, (command, *further) in FINISHED.items():
            if not self.has_patch(further[0] if further else ""):
                continue
            with tempfile.TemporaryDirectory() as scratch:
                self.keep("finished", way, self.run(Path(scratch), command, *further))

        for way in WITHOUT_BRANCHES:
            with tempfile.TemporaryDirectory() as scratch:
                self.keep("statements", way, self.run(Path(scratch), *FINISHED[way], branch=False))

    def killed(self) -> None:
        sound = "unfinished" if self.marks else "untold"
        for step in STEPS:
            with tempfile.TemporaryDirectory() as scratch:
                self.keep(sound, f"before-{step.strip('_')}", self.run(Path(scratch), f"{{p}} killed.py step {step} run -p run.py"))
        # Under a name of the user's, nobody can know.
        with tempfile.TemporaryDirectory() as scratch:
            self.keep("untold", "named-by-the-user", self.run(Path(scratch), "{p} killed.py step touch_files run --data-file=.coverage.unit run.py"))
        with tempfile.TemporaryDirectory() as scratch:
            command = "{p} killed.py step touch_files run -p contexts.py"
            self.keep(sound, "contexts", self.run(Path(scratch), command, "dynamic_context = test_function"))
        seen = set()
        for number in STATEMENTS:
            with tempfile.TemporaryDirectory() as scratch:
                files = self.run(Path(scratch), f"{{p}} killed.py statement {number} run -p run.py")
                states = {path.read_bytes() for path in files}
                # Most statements change nothing that is in the file yet.
                if files and not states <= seen:
                    seen |= states
                    self.keep("unfinished", f"before-statement-{number:02}", files)
        for size in (0, 4096, 8192, 20480, 32768, 45056):
            with tempfile.TemporaryDirectory() as scratch:
                files = self.run(Path(scratch), f"{{p}} killed.py byte {size} run -p run.py")
                self.keep("unfinished", f"before-byte-{size}", files)
        # A Pool terminates its workers while they save, now and then.
        for number in range(8):
            with tempfile.TemporaryDirectory() as scratch:
                files = self.run(Path(scratch), "{c} run pool.py fork at-once", "parallel = true\nconcurrency = multiprocessing")
                torn = [path for path in files if self.marks and not re.search(r"\.H\w{10}h$", path.name)]
                if torn:
                    self.keep("unfinished", f"pool-{number}", torn)


def main() -> None:
    for venv in sys.argv[1:]:
        recorder = Recorder(venv)
        recorder.finished()
        recorder.killed()
        recorder.archive.close()
        print(f"{recorder.version}: {recorder.count}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main()
