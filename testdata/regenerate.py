#!/usr/bin/env python3
"""Records what coverage.py says of the programs in `parity/`, for the tests to compare with.

    regenerate.py PYTHON [PYTHON ...]     interpreters that have the coverage.py that is followed, covdefaults 2.3.0,
                                          coverage-conditional-plugin 0.9.0 and, before 3.15, Slipcover 1.1.0

Each interpreter runs `parity/program/drive.py` twice, as a parallel test run would, once for each case below; the fragments are kept
in `parity/<X.Y>/<case>/`, and beside them every report that coverage.py makes of them. `plugins/<X.Y>.json` is
what `plugins/record.py` prints, `claims/<X.Y>.json` what `claims/record.py` does. `monorepo/` has a test run of each of its packages and the report that coverage.py
makes in it. `python/fields.json` says what each compiles, `python/re-<X.Y>.json` where
its patterns differ from those of 3.13, `python/jumps.json` how its jumps leave `try` (also under 3.8 and
3.9); the rest of `python/` is recorded by CPython 3.13, which has to be the first. Nothing in there is ever
written by covmerge.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = "3.13"  # whose texts, numbers and patterns are followed
VERSION = re.search(r'COVERAGEPY: &str = "(.+)"', (HERE.parent / "src/model/mod.rs").read_text())[1]

# case: settings beyond `parallel` and `relative_files`
CASES = {
    "branch": "[run]\nbranch = true\nsource = lib\n",
    "lines": "[run]\nsource = lib\n",
    "contexts": "[run]\nbranch = true\ndynamic_context = test_function\n[json]\nshow_contexts = true\n",
    "patterns": (
        "[run]\nbranch = true\nsource = lib\n"
        "[report]\nprecision = 2\nsort = -cover\nskip_empty = true\n"
        "exclude_also =\n    raise NotImplementedError\n    ^class .*Nested\n    case \\[a\n    except \\(KeyError,\n    else:\n"
        "    (?<=a = )9$\n    x: int\\n\n"
        "partial_also =\n    if a == b\n    for i in range\n"
        "omit =\n    lib/end*\n"
        "[xml]\npackage_depth = 0\n[lcov]\nline_checksums = true\n[json]\npretty_print = true\n"
    ),
    "plugins": (
        "[run]\nplugins = covdefaults, coverage_conditional_plugin\n[report]\nfail_under = 1\n"
        "[coverage_conditional_plugin]\nrules =\n    \"sys_version_info >= (3, 13)\": if a == b\n    \"sys_version_info < (3, 13)\": for i in range\n"
    ),
}
REPORTS = {
    "json": ["json", "-q", "-o", "{}"],
    "xml": ["xml", "-q", "-o", "{}"],
    "lcov": ["lcov", "-q", "-o", "{}"],
    "txt": ["report", "-m"],
    "md": ["report", "-m", "--format=markdown"],
    "total": ["report", "--format=total"],
}


def record(python: str) -> None:
    def run(*arguments: str, cwd: Path, **environment: str) -> str:
        done = subprocess.run(
            [python, *arguments], cwd=cwd, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdout=subprocess.PIPE, text=True, check=True,
        )
        return done.stdout

    version = run("-c", "import sys, coverage; print('%d.%d' % sys.version_info[:2], coverage.__version__)", cwd=HERE)
    name, found = version.split()
    if found != VERSION:
        sys.exit(f"{python} has coverage.py {found}, this records {VERSION}")
    for case, settings in CASES.items():
        target = HERE / "parity" / name / case
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as scratch:
            here = Path(scratch)
            shutil.copytree(HERE / "parity" / "program", here, dirs_exist_ok=True)
            text = settings.replace("[run]\n", "[run]\nparallel = true\nrelative_files = true\n", 1)
            for part in "01":
                (here / ".coveragerc").write_text(text)
                run("-m", "coverage", "run", "drive.py", part, cwd=here)
            # The reports read the data by its base name; `parallel` only matters while measuring.
            fragments = sorted(here.glob(".coverage.*"))
            for number, fragment in enumerate(fragments):
                suffix = fragment.name.rpartition(".")[2]
                shutil.copy(fragment, target / f".coverage.runner.pid{number + 1}.Xaaaaaa{number}x.{suffix}")
            shutil.copy(here / ".coveragerc", target / ".coveragerc")
            run("-m", "coverage", "combine", "-q", cwd=here)
            for extension, arguments in REPORTS.items():
                expected = target / f"expected.{extension}"
                output = run("-m", "coverage", *[a.format(expected) for a in arguments], cwd=here)
                if not expected.exists():
                    expected.write_text(output)
    (HERE / "plugins" / f"{name}.json").write_text(run("record.py", cwd=HERE / "plugins"))
    if name != "3.15":
        (HERE / "claims" / f"{name}.json").write_text(run("record.py", cwd=HERE / "claims"))
    run("fields.py", cwd=HERE / "python")
    run("jumps.py", cwd=HERE / "python")
    print(f"recorded {len(CASES)} cases, the plugins and replacement fields under Python {name}")
    run("patterns.py", cwd=HERE / "python")
    if name == PYTHON:
        run("record.py", cwd=HERE / "python")
        record_monorepo(python)
        print("recorded what CPython makes of texts and numbers, and the packages of a monorepo")


def record_monorepo(python: str) -> None:
    """The fragments of each package, of which those of `web` are a shard's, and what coverage.py says of each in its own directory."""
    monorepo = HERE / "monorepo"
    for fragment in monorepo.rglob(".coverage.*"):
        fragment.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(monorepo, scratch, dirs_exist_ok=True)
        for number, package in enumerate(sorted((Path(scratch) / "packages").iterdir())):
            def run(*arguments: str) -> str:
                command = [python, "-m", "coverage", *arguments]
                environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
                return subprocess.run(command, cwd=package, env=environment, stdout=subprocess.PIPE, text=True).stdout

            run("run", "-m", "unittest", "-q", "tests.test_model")
            (fragment,) = package.glob(".coverage.*.*")
            target = monorepo / "shards/web-1" if package.name == "web" else monorepo / "packages" / package.name
            target.mkdir(parents=True, exist_ok=True)
            suffix = fragment.name.rpartition(".")[2]
            shutil.copy(fragment, target / f".coverage.runner.pid{number + 1}.Xaaaaaa{number}x.{suffix}")
            run("combine", "-q")
            (monorepo / "packages" / package.name / "expected.txt").write_text(run("report", "-m", "--precision=2"))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for interpreter in sys.argv[1:]:
        record(interpreter)
