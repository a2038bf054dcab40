#!/usr/bin/env python3
"""Holds the parts of a run against `coverage json` in each package: random monorepos, whose packages have equal names of files.

    monorepos.py --covmerge target/release/covmerge [--seed N] [--repositories N] [--keep DIRECTORY]

Each package has settings of its own: branches or not, relative or absolute names, `source`, `data_file`, `include`, `omit`, exclusions, a
threshold. Roots may be nested, and the fragments of some packages lie elsewhere, as artifacts do. coverage.py must be beside this interpreter.

Prints each difference, then `N repositories, N packages, N differ`; exits 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = "%d.%d" % sys.version_info[:2]
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
ROOTS = ["a", "a/nested", "b", "packages/c", "packages/d"]
COLUMNS = ("num_statements", "missing_lines", "num_branches", "missing_branches")
MODULE = """\
def f(x):
    if x > 1:
        return x
    while x < 0:
        x += 1
    return -x  # special


class K:
    def m(self):
        raise NotImplementedError

    def n(self):
        for i in range(2):
            if i:
                continue
        else:
            pass
"""
TEST = """\
import importlib, sys
sys.path.insert(0, "src")
for name, argument in {calls}:
    module = importlib.import_module(f"app.{{name}}")
    module.f(argument)
    module.K().n()
"""


class Package:
    """A package of the repository `top`, made and measured."""

    def __init__(self, top: Path, root: str, chance: random.Random) -> None:
        self.root, self.here, self.chance = root, top / root, chance
        names = chance.sample(["one", "two", "gen"], chance.randint(1, 3))
        sources = self.here / "src/app"
        sources.mkdir(parents=True)
        (sources / "__init__.py").write_text(chance.choice(["", "V = 1\n"]))
        for name in names:
            (sources / f"{name}.py").write_text(f"{MODULE}# {root}\n")
        calls = [(name, chance.randint(-3, 3)) for name in chance.sample(names, chance.randint(1, len(names)))]
        (self.here / "drive.py").write_text(TEST.format(calls=calls))
        (self.here / ".coveragerc").write_text(self.settings())
        for _ in range(chance.randint(1, 2)):
            self.coverage("run", "drive.py")
        self.fragments = [file for file in self.here.rglob(".coverage.*") if file.parent in (self.here, self.here / "cov")]
        self.expected = self.report()
        self.place = self.sent(top) if chance.random() < 0.3 else None

    def settings(self) -> str:
        def some(share: float, *lines: str) -> list[str]:
            return [self.chance.choice(lines)] if self.chance.random() < share else []

        run = [*some(0.5, "branch = true"), *some(0.5, "relative_files = true"), *some(0.7, "source = src"), *some(0.2, "data_file = cov/.coverage")]
        report = [
            *some(0.4, "omit = */gen.py", "omit = src/app/gen.py", "omit = src/app/__init__.py"),
            *some(0.2, "include = src/*", "include = */app/*"),
            *some(0.4, "exclude_also = raise NotImplementedError", "exclude_also = # special", "exclude_also = class K", "exclude_also = else:"),
            *some(0.2, "partial_also = if x > 1"),
            *some(0.4, *(f"fail_under = {percent}" for percent in (40, 65, 90))),
        ]
        return "\n".join(["[run]", "parallel = true", *run, "[report]", *report, ""])

    def coverage(self, *arguments: str) -> None:
        done = subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=self.here, env=ENVIRONMENT)
        if done.returncode not in (0, 2):
            sys.exit(f"{arguments[0]} ends with {done.returncode} in {self.here}")

    def report(self) -> dict[str, list[int]]:
        """coverage.py's numbers of each file, as covmerge names it. The fragments, which coverage.py deletes, are there again."""
        kept = {file: file.read_bytes() for file in self.fragments}
        self.coverage("combine", "-q")
        self.coverage("json", "-q", "-o", "out.json")
        for file in [*self.here.glob(".coverage"), *self.here.glob("cov/.coverage")]:
            file.unlink()
        for file, content in kept.items():
            file.write_bytes(content)
        files = json.loads((self.here / "out.json").read_text())["files"]
        return {f"{self.root}/{name}": [file["summary"].get(column, 0) for column in COLUMNS] for name, file in files.items()}

    def sent(self, top: Path) -> str:
        """Sends the fragments elsewhere; the place."""
        place = f"shards/{self.root.replace('/', '-')}"
        (top / place).mkdir(parents=True)
        for file in self.fragments:
            file.rename(top / place / file.name)
        return place

    def part(self) -> str:
        fragments = f"fragments = '{self.place}'\n" if self.place else ""
        return f"[[part]]\nroot = '{self.root}'\n{fragments}"


def differences(covmerge: Path, top: Path, packages: list[Package]) -> list[str]:
    (top / "covmerge.toml").write_text("".join(package.part() for package in packages))
    command = [covmerge, "-q", "--python-version", VERSION, "-o", "summary=out.json"]
    done = subprocess.run(command, cwd=top, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode not in (0, 2):
        return [f"exit status {done.returncode}: {done.stderr}"]
    summary = json.loads((top / "out.json").read_text())
    kept = [summary["file_columns"].index(column) if column in summary["file_columns"] else None for column in COLUMNS]
    ours = {name: [0 if at is None else row[at] for at in kept] for name, row in summary["files"].items()}
    theirs = {name: row for package in packages for name, row in package.expected.items()}
    found = [f"{name}: {theirs.get(name)}, got {ours.get(name)}" for name in sorted(ours | theirs) if ours.get(name) != theirs.get(name)]
    for package, part in zip(packages, summary["parts"], strict=True):
        total = [sum(column) for column in zip(*package.expected.values(), strict=True)]
        got = [part["totals"].get(column, 0) for column in COLUMNS]
        required = [float(line.split(" = ")[1]) for line in (package.here / ".coveragerc").read_text().splitlines() if "fail_under" in line]
        if (total, required) != (got, [part["required"]] if "required" in part else []):
            found.append(f"part {package.root}: {total} {required}, got {part}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--covmerge", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repositories", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="make the repositories here, and leave them")
    options = parser.parse_args()
    measured = differ = 0
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(options.seed, options.seed + options.repositories):
            chance = random.Random(seed)
            # Links resolved, as coverage.py resolves them.
            top = (options.keep or Path(scratch)).resolve() / str(seed)
            packages = [Package(top, root, chance) for root in chance.sample(ROOTS, 3)]
            measured += len(packages)
            for difference in differences(options.covmerge.resolve(), top, packages):
                print(f"seed {seed}: {difference}")
                differ += 1
    print(f"{options.repositories} repositories, {measured} packages, {differ} differ")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
