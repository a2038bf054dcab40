#!/usr/bin/env python3
"""Holds covmerge's reading of Slipcover's data against coverage.py, on random programs (`programs.py`).

    claims.py --covmerge target/release/covmerge [--seed N] [--functions N] [--keep DIRECTORY]

Half of the functions are those of `generated.py` with more suites on the line of their header, the others jump from such lines out of `with`,
`try` and loops. Each is run under Slipcover with `--branch`, and under coverage.py with each tracer that measures branches. covmerge reports on
Slipcover's data alone, with `--analysis always`: no line and no exit may count that coverage.py did not record. Some of those that
it did record cannot be had from Slipcover's data (`docs/differences.md`): at most one of FEW. Only where `sys.monitoring` is the default, an exit
that it and Slipcover record may count: the C tracer misses some. coverage.py and Slipcover must be beside this interpreter, whose rules are
compared.

Prints each file that differs, then `N functions, N exits, N lost, N not measured, N differ`; exits 1 if anything differs.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

import coverage
import generated
from programs import Programs

HERE = Path(__file__).resolve().parent
# Slipcover crashes on some programs under 3.11, and then the others of its process are lost too.
TOGETHER = 200 if sys.version_info >= (3, 12) else 12
FEW = 12
RAN = ("executed_lines", "executed_branches")


class Jumps(Programs):
    """Functions with jumps on the lines of their branches, within `with`, `try` and loops."""

    def simple(self) -> str:
        jumps = ["return", "return 1", "return x", "return c()", "return t(), 1"] if self.returns else []
        jumps += ["raise E", "raise KeyError", "t(); raise E"]
        jumps += ["break", "continue", "break", "continue", "t(); break", "x = 1; continue"] if self.loops and self.jumps else []
        others = ["t()", "t()", "x = 1", "pass", "x = c()", "...", "x = c(); t()", "t(\n 1)", "x: int", "yield", "del x", "def q(): return 1", "class C: x = 1"]
        return self.chance.choice([*jumps, *jumps, *others])

    def condition(self) -> str:
        return self.pick("c()", "c()", "c() > 1", "not c()", "c() and c()", "c() or\\\n c()", "x", "(\n c())", "any(c() for _ in f())", "True", "0", "TYPE_CHECKING")

    def pattern(self, depth: int = 2) -> str:
        return self.pick("1", "0", "2", "0 | 2", "1 as w", "(\n 1)", "[1, _]", "int()", "3")

    def statement(self) -> list[str]:
        self.left -= 1
        if self.depth > 5 or self.left <= 0 or self.likely(0.3):
            return [self.simple()]
        kinds = [self.if_statement] * 5 + [self.while_statement, self.for_statement, self.for_statement]
        return self.chance.choice(kinds + [self.try_statement] * 3 + [self.with_statement] * 3 + [self.match_statement] * 2)()


def begins_bare(node: ast.AST) -> bool:
    """Whether a `finally` clause begins with a bare annotation: only an exception comes to that line."""
    clause = getattr(node, "finalbody", [])
    return bool(clause) and isinstance(clause[0], ast.AnnAssign)


def write_programs(here: Path, seed: int, count: int) -> list[Path]:
    """The directories with the functions, each in a file of its own."""
    generators = [kind(seed, sys.version_info[1]) for kind in (Jumps, Programs)]
    directories: list[Path] = []
    written = 0
    for number in range(count):
        programs = generators[number % 2]
        programs.one_line = 0.8
        text = programs.function(number, True)
        if not generated.compiles(text) or any(begins_bare(node) for node in ast.walk(ast.parse(text))):
            continue
        if written % TOGETHER == 0:
            directories.append(here / str(len(directories)))
            directories[-1].mkdir(exist_ok=True)
        written += 1
        (directories[-1] / f"p{number}.py").write_text(text, encoding="utf-8")
    return directories


def run(here: Path, *tool: str, core: str = "ctrace") -> bool:
    """Runs all programs of a directory under a tool; whether that ended well."""
    paths = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "COVERAGE_CORE": core, "PYTHONHASHSEED": "0", "PYTHONWARNINGS": "ignore", "PYTHONPATH": paths}
    command = [sys.executable, "-m", *tool, str(HERE / "support.py"), *map(str, sorted(here.glob("p*.py")))]
    return generated.ended(command, here, environment).returncode == 0


def recorded(here: Path, core: str) -> dict[str, dict[str, list]]:
    """What coverage.py says of each program, run with that tracer; nothing if that does not end well."""
    if not run(here, "coverage", "run", "--branch", f"--data-file={core}", f"--include={here}/p*", core=core):
        return {}
    measured = coverage.Coverage(data_file=str(here / core), config_file=False)
    measured.set_option("report:exclude_lines", generated.EXCLUDED)
    measured.load()
    said = {}
    for path in sorted(here.glob("p*.py")):
        try:
            found = generated.theirs(measured, path)
        except (SystemError, RecursionError, MemoryError):
            continue
        if found and "statements" not in found:
            # All exits of such a line count as taken, and reports list only those that were recorded.
            lines = measured._get_file_reporter(str(path)).no_branch_lines()
            found["marked"] = [exit for exit in found["executed_branches"] if exit[0] in lines]
            said[path.name] = found
    return said


def claimed(covmerge: Path, here: Path) -> dict[str, dict[str, list]]:
    """What covmerge says of each program from Slipcover's data."""
    out = here / "ours.json"
    out.unlink(missing_ok=True)
    command = [str(covmerge), "-q", "--ignore-errors", "--analysis", "always", "--python-version", generated.VERSION, "-o", f"json={out}", "slip.json"]
    generated.ended(command, here)
    return json.loads(out.read_text(encoding="utf-8"))["files"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--covmerge", type=Path, required=True, help="the binary under test")
    parser.add_argument("--seed", type=int, default=1, help="which programs (default: %(default)s)")
    parser.add_argument("--functions", type=int, default=1000, help="how many (default: %(default)s)")
    parser.add_argument("--keep", type=Path, help="write the programs here, and keep them")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    counts = dict.fromkeys(("functions", "exits", "lost", "not measured", "differ"), 0)
    cores = ("ctrace", "sysmon") if sys.version_info >= (3, 14) else ("ctrace",)
    with tempfile.TemporaryDirectory() as scratch:
        root = (options.keep or Path(scratch)).resolve()
        root.mkdir(parents=True, exist_ok=True)
        for here in write_programs(root, options.seed, options.functions):
            said = {core: recorded(here, core) for core in cores}
            if not all(said.values()) or not run(here, "slipcover", "--branch", "--json", "--out=slip.json", "--source=."):
                counts["not measured"] += len(list(here.glob("p*.py")))
                continue
            ours = claimed(options.covmerge.resolve(), here)
            slipcover = json.loads((here / "slip.json").read_text(encoding="utf-8"))["files"]
            for name in sorted(ours.keys() & said["ctrace"].keys()):
                found = [{part: set(map(str, file[part])) for part in generated.LISTS} for file in (ours[name], *(said[core][name] for core in cores))]
                got, theirs = found[0], found[1:]
                counts["functions"] += 1
                counts["exits"] += len(theirs[0]["executed_branches"])
                counts["lost"] += len(set.intersection(*(file["executed_branches"] for file in theirs)) - got["executed_branches"])
                agreed = {part: set(map(str, slipcover[name][part])) & theirs[-1][part] for part in RAN}
                for core, file in zip(cores, theirs):
                    more = sorted(item for part in RAN for item in got[part] - file[part] - agreed[part])
                    exits = (file["missing_branches"] | file["executed_branches"]) - set(map(str, said[core][name]["marked"]))
                    fewer = exits - (got["missing_branches"] | got["executed_branches"])
                    if more or fewer:
                        counts["differ"] += 1
                        print(f"{here / name}: {core}: only covmerge counts {', '.join(more)}{' and has other branches' if fewer else ''}", flush=True)
    print(f"Python {generated.VERSION}, seed {options.seed}: {', '.join(f'{count} {name}' for name, count in counts.items())}")
    return 1 if counts["differ"] or counts["lost"] * FEW > counts["exits"] or not counts["exits"] else 0


if __name__ == "__main__":
    sys.exit(main())
