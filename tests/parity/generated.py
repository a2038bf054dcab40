#!/usr/bin/env python3
"""Holds covmerge against coverage.py on random programs (`programs.py`): every line, every branch, every refusal.

    generated.py --covmerge target/release/covmerge [--seed N] [--functions N] [--run PERCENT] [--keep DIRECTORY]

The functions are put together in files by the dozen; one that this Python refuses stands in a file of its own, and covmerge has to refuse it
too. Of all files what could run is compared. A share is run as well, by the C tracer and by sys.monitoring where there is one,
and what did run is compared. coverage.py must be beside this interpreter, whose rules are compared.

Prints each file that differs, then `N functions, N refused, N run, N differ`; exits 1 if anything differs.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import coverage
from coverage.exceptions import CoverageException
from programs import Programs

HERE = Path(__file__).resolve().parent
VERSION = "%d.%d" % sys.version_info[:2]
TOGETHER = 12
EXCLUDED = [
    r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)",
    r"^\s*(((async )?def .*?)?[\])]+(\s*->.*?)?:\s*)?\.\.\.\s*(#|$)",
    r"^\s*if (typing\.)?TYPE_CHECKING:",
]
FOLLOWED = re.search(r'COVERAGEPY: &str = "(.+)"', (HERE.parents[1] / "src/model/mod.rs").read_text())[1]
LISTS = ("executed_lines", "missing_lines", "excluded_lines", "executed_branches", "missing_branches")


# Seconds after which a run of programs is given up. They burn fuel in every loop, so that they end; tools that measure them may not.
LONGEST = 900


def ended(command: list[str], here: Path, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    """The end of a command; one that does not end fails."""
    try:
        return subprocess.run(command, cwd=here, env=environment, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, stderr=f"{command[0]} did not end within {LONGEST} s")


def compiles(text: str) -> bool:
    try:
        compile(text, "text", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def write_programs(here: Path, seed: int, count: int, share: int) -> tuple[list[Path], list[Path], list[Path]]:
    """The files with functions that are only looked at, that are run, and that are refused."""
    programs = Programs(seed, sys.version_info[1])
    looked_at, run, refused = [], [], []
    waiting: dict[bool, list[str]] = {False: [], True: []}

    def write(files: list[Path], name: str, text: str) -> None:
        files.append(here / f"{name}{len(files)}.py")
        files[-1].write_text(text, encoding="utf-8")

    for number in range(count):
        runnable = number % 100 < share
        text = programs.function(number, runnable)
        if not compiles(text):
            write(refused, "refused", text)
            continue
        waiting[runnable].append(text)
        if len(waiting[runnable]) == TOGETHER or number >= count - 2:
            together = "".join(waiting[runnable])
            waiting[runnable] = []
            if compiles(together):
                write(run if runnable else looked_at, "run" if runnable else "seen", together)
    return looked_at, run, refused


def theirs(measured: coverage.Coverage, path: Path) -> dict[str, list] | None:
    """What coverage.py says of a file; nothing where it takes it for no Python."""
    try:
        analysis = measured._analyze(str(path))
    except (CoverageException, UnicodeError):
        return None
    except ValueError as error:
        if VERSION == "3.12" and "field 'value' is required" in str(error):
            # Of `f"{x:{y=}}"`, until 3.12.5.
            raise SystemError from error
        return None
    except AssertionError:
        # It fails on some `with` statements that cannot be left.
        reporter = measured._get_file_reporter(str(path))
        return {"statements": sorted(reporter.lines()), "excluded_lines": sorted(reporter.excluded_lines())}
    branches = (analysis.executed_branch_arcs(), analysis.missing_branch_arcs()) if measured.get_data().has_arcs() else ({}, {})
    executed, missing = ([[line, to] for line in sorted(found) for to in sorted(found[line])] for found in branches)
    lines = (sorted(analysis.executed), sorted(analysis.missing), sorted(analysis.excluded))
    return dict(zip(LISTS, (*lines, executed, missing)))


def ours(covmerge: Path, here: Path, data: str) -> dict[str, dict[str, list]]:
    """What covmerge says of every file that it does not refuse."""
    out = here / "ours.json"
    out.unlink(missing_ok=True)
    # The arc that makes a file a measured one leads beyond its end.
    command = [str(covmerge), "-q", "--ignore-errors", "--stale-sources", "warn", "--python-version", VERSION, "-o", f"json={out}", data]
    ended(command, here)
    files = json.loads(out.read_text(encoding="utf-8"))["files"] if out.exists() else {}
    said = {name: {part: file.get(part, []) for part in LISTS} for name, file in files.items()}
    for file in said.values():
        for part in LISTS[3:]:
            file[part] = sorted(file[part], key=lambda arc: (arc[0], arc[1]))
    return said


def is_misjudged(path: Path) -> bool:
    """Whether the newest coverage.py of an old Python draws other branches than the one that is followed: of nested `with`, and of guards that are constant."""
    if coverage.__version__ == FOLLOWED:
        return False
    nodes = list(ast.walk(ast.parse(path.read_bytes())))
    withs = [node for node in nodes if isinstance(node, (ast.With, ast.AsyncWith))]
    nested = any(inner is not outer and isinstance(inner, (ast.With, ast.AsyncWith)) for outer in withs for inner in ast.walk(outer))
    return nested or any(isinstance(getattr(node, "guard", None), ast.Constant) for node in nodes)


def differences(covmerge: Path, here: Path, data: str, files: list[Path], counts: dict[str, int] | None = None) -> list[str]:
    """A line for each file of which the two say something else. `counts` counts what they agree on."""
    measured = coverage.Coverage(data_file=str(here / data), config_file=False)
    # Those of the version that is followed; the newest that runs on an old Python has others.
    measured.set_option("report:exclude_lines", EXCLUDED)
    measured.load()
    said = ours(covmerge, here, data)
    found = []
    for path in files:
        try:
            expected = theirs(measured, path)
        except (SystemError, RecursionError, MemoryError):
            # CPython itself fails: its `tokenize` does on some f-strings.
            continue
        got = said.get(str(path.relative_to(here)))
        if expected and got and "statements" not in expected and is_misjudged(path):
            expected, got = ({part: file[part] for part in LISTS[:3]} for file in (expected, got))
        if expected and got and "statements" in expected:
            statements = sorted(got["executed_lines"] + got["missing_lines"])
            got = {"statements": statements, "excluded_lines": got["excluded_lines"]}
        if expected != got:
            found.append(f"{path}: {explain(expected, got)}")
        elif counts is not None:
            counts["refused"] += not expected
            expected = expected or dict.fromkeys(LISTS, ())
            counts["statements"] += len(expected.get("missing_lines", expected.get("statements")))
            counts["branches"] += len(expected.get("missing_branches", ()))
    return found


def explain(expected: dict[str, list] | None, got: dict[str, list] | None) -> str:
    if expected is None or got is None:
        return "only coverage.py refuses it" if got else "only covmerge refuses it"
    parts = []
    for part, items in expected.items():
        more = [item for item in got[part] if item not in items]
        fewer = [item for item in items if item not in got[part]]
        if more or fewer:
            parts.append(f"{part}: only covmerge {more}, only coverage.py {fewer}")
    return "; ".join(parts) or "another order"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--covmerge", type=Path, required=True, help="the binary under test")
    parser.add_argument("--seed", type=int, default=1, help="which programs (default: %(default)s)")
    parser.add_argument("--functions", type=int, default=1000, help="how many (default: %(default)s)")
    parser.add_argument("--run", type=int, default=20, metavar="PERCENT", help="which share of them is run as well (default: %(default)s)")
    parser.add_argument("--keep", type=Path, help="write the programs here, and keep them")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as scratch:
        here = (options.keep or Path(scratch)).resolve()
        here.mkdir(parents=True, exist_ok=True)
        looked_at, run, refused = write_programs(here, options.seed, options.functions, options.run)
        covmerge = options.covmerge.resolve()
        data = coverage.CoverageData(basename=str(here / ".coverage.seen"))
        data.erase()
        # Of what ran, a line that no file has: so every file is measured.
        data.add_arcs({str(path): [(-9999, 9999)] for path in looked_at + run + refused})
        data.write()
        found = differences(covmerge, here, ".coverage.seen", looked_at + run + refused)
        ran = 0
        for core in ("ctrace", "sysmon") if sys.version_info >= (3, 12) else ("ctrace",):
            branch = ["--branch"] if core == "ctrace" or sys.version_info >= (3, 14) else []
            environment = {**os.environ, "COVERAGE_CORE": core, "PYTHONWARNINGS": "ignore", "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
            name = f".coverage.{core}"
            (here / name).unlink(missing_ok=True)
            command = [sys.executable, "-m", "coverage", "run", *branch, f"--data-file={name}", f"--include={here}/run*", str(HERE / "support.py"), *map(str, run)]
            if run:
                done = ended(command, here, environment)
                if done.returncode:
                    found.append(f"the programs of {here} do not run: {done.stderr[-500:]}")
                    continue
                measured = coverage.CoverageData(basename=str(here / name))
                measured.read()
                files = [path for path in run if str(path) in measured.measured_files()]
                ran += len(files) * TOGETHER
                found += [f"{core}: {line}" for line in differences(covmerge, here, name, files)]
    print(*found, sep="\n", end="\n" if found else "")
    print(f"Python {VERSION}, seed {options.seed}: {options.functions} functions, {len(refused)} refused, {ran} run, {len(found)} differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
