"""Trials of one project whose report is disturbed: the earlier report, the one that replaces it, and the judgement of what a trial left."""

from __future__ import annotations

import argparse
import collections
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
OUTPUTS = ("xml=coverage.xml", "html=htmlcov", "json=out/coverage.json", "lcov=out/coverage.info", "summary")
# A write of a message is not a write of an output; a call of the loader is not one of ours.
ENVIRONMENT = {"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": "1700000000", "TZ": "UTC"}


@dataclass
class Tally:
    """What became of the trials of one kind."""

    tried: int = 0
    outcomes: collections.Counter = field(default_factory=collections.Counter)


class Trials:
    """A project whose earlier report is known, and the report that replaces it."""

    def __init__(self, covmerge: Path, home: Path) -> None:
        self.covmerge, self.home = covmerge, home
        self.template = home / "template"
        shutil.copytree(ROOT / "testdata/example", self.template)
        fragments = sorted(self.template.glob(".coverage.*"))
        self.command = [str(covmerge), "-q", *(f"-o{output}" for output in OUTPUTS)]
        # The earlier report is of half of the data, and has a page that the later one has not.
        self.run(self.template, [fragment.name for fragment in fragments[: len(fragments) // 2]])
        page = self.template / "htmlcov/files/gone.html"
        page.write_text("<!doctype html>\n<!-- covmerge -->\n")
        self.old = self.state(self.template)
        new = home / "new"
        shutil.copytree(self.template, new, symlinks=True)
        self.run(new)
        self.new = self.state(new)
        if self.old == self.new or set(self.old) <= set(self.new):
            sys.exit("the two reports do not differ as they should")
        self.faults: list[str] = []
        self.tallies: dict[str, Tally] = collections.defaultdict(Tally)

    def run(self, cwd: Path, fragments: list[str] | None = None, before: tuple[str, ...] = ()) -> int:
        command = [*before, *self.command, *(fragments or [])]
        return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120).returncode

    @staticmethod
    def state(cwd: Path) -> dict[str, str]:
        """The digest of each output."""
        outputs = [path for path in cwd.rglob("*") if path.is_file() and not path.name.startswith(".cov") and ".covmerge-" not in path.as_posix()]
        measured = [path for path in outputs if path.suffix in (".xml", ".html", ".js", ".css", ".svg", ".json", ".info")]
        return {path.relative_to(cwd).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in measured}

    @staticmethod
    def litter(cwd: Path) -> list[str]:
        return [path.relative_to(cwd).as_posix() for path in cwd.rglob(".covmerge-*")]

    def fresh(self) -> Path:
        cwd = self.home / "trial"
        shutil.rmtree(cwd, ignore_errors=True)
        shutil.copytree(self.template, cwd, symlinks=True)
        return cwd

    def judge(self, cwd: Path, kind: str, status: int, is_killed: bool, what: str, mend: Callable[[], object] = bool, is_shut: bool = False) -> None:
        """Looks at what a disturbed run left and, once `mend` has removed the cause, at what the next run makes of it.

        In a directory that `is_shut` meanwhile, nobody could remove a draft or put back an output: the next run does.
        """
        tally = self.tallies[kind]
        tally.tried += 1
        state = self.state(cwd)
        has_journal = any(name.endswith(".covmerge-journal") for name in self.litter(cwd))
        outcome = "all old" if state == self.old else "all new" if state == self.new else "mixed, with a journal" if has_journal else "mixed"
        tally.outcomes[outcome] += 1
        strange = [name for name, digest in state.items() if digest not in (self.old.get(name), self.new.get(name))]
        if strange:
            self.faults.append(f"{what}: neither old nor new: {strange}")
        if outcome == "mixed":
            self.faults.append(f"{what}: mixed without a journal, exit status {status}")
        if not is_killed:
            is_well = status in (0, 2)
            put_off = is_shut and not is_well and outcome == "mixed, with a journal"
            if outcome != ("all new" if is_well else "all old") and not put_off:
                self.faults.append(f"{what}: exit status {status}, {outcome}")
            if not is_well and not is_shut and self.litter(cwd):
                self.faults.append(f"{what}: exit status {status} leaves {self.litter(cwd)}")
        mend()
        status = self.run(cwd)
        if self.state(cwd) != self.new:
            self.faults.append(f"{what}: the next run does not put it right, exit status {status}")
        if self.litter(cwd):
            self.faults.append(f"{what}: the next run leaves {self.litter(cwd)}")

    def report(self) -> int:
        """Prints what was tried, how often, and what was found; 1 if anything was wrong."""
        for kind, tally in self.tallies.items():
            print(f"{kind}: {tally.tried} tried: " + ", ".join(f"{count} {outcome}" for outcome, count in tally.outcomes.most_common()))
        for fault in self.faults:
            print(f"FAULT {fault}")
        return 1 if self.faults else 0


def arguments(purpose: str | None) -> argparse.ArgumentParser:
    """The parser of a script's arguments, with those that all scripts have."""
    parser = argparse.ArgumentParser(description=purpose, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--covmerge", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    return parser
