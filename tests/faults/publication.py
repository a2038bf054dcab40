"""Breaks runs off while they publish, at every system call and at random moments, and looks at what is left.

    python tests/faults/publication.py --covmerge target/release/covmerge [--kills 2000] [--seed N]

Each trial starts with the whole report of an earlier run in place (`old`), and disturbs a run that replaces it (`new`). Afterwards all outputs
must be old or all new, or a journal must say that they are not; the next, undisturbed run must give all new, and leave neither a journal nor a
draft. A run whose system call fails must end with an error and all old, or as if nothing had happened.

Where strace may not trace, only the kills at random moments are tried, and a line says so. Prints what was tried, how often, and what was found; ends with 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
OUTPUTS = ("xml=coverage.xml", "html=htmlcov", "json=out/coverage.json", "lcov=out/coverage.info", "summary")
KILLED = ("rename", "renameat2", "write", "unlink", "unlinkat", "openat", "mkdir", "fchmod", "ftruncate", "flock")
FAILING = {
    "rename": ("EACCES", "ENOSPC", "EIO", "EBUSY", "EXDEV"),
    "renameat2": ("EACCES", "ENOSPC", "EIO", "EBUSY", "EINVAL", "EXDEV"),
    "write": ("ENOSPC", "EIO", "EINTR"),
    "openat": ("EMFILE", "EACCES", "EIO"),
    "unlink": ("EACCES", "EIO"),
    "mkdir": ("EACCES", "ENOSPC"),
    "flock": ("ENOLCK", "EINTR"),
}
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

    def judge(self, cwd: Path, kind: str, status: int, is_killed: bool, what: str) -> None:
        """Looks at what a disturbed run left, and at what the next one makes of it."""
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
            if outcome != ("all new" if is_well else "all old"):
                self.faults.append(f"{what}: exit status {status}, {outcome}")
            if not is_well and self.litter(cwd):
                self.faults.append(f"{what}: exit status {status} leaves {self.litter(cwd)}")
        status = self.run(cwd)
        if self.state(cwd) != self.new:
            self.faults.append(f"{what}: the next run does not put it right, exit status {status}")
        if self.litter(cwd):
            self.faults.append(f"{what}: the next run leaves {self.litter(cwd)}")

    def calls(self, names: tuple[str, ...]) -> collections.Counter:
        """How often a run makes each of these system calls."""
        log = self.home / "calls"
        self.run(self.fresh(), before=("strace", "-f", "-qq", "-o", str(log), "-e", f"trace={','.join(names)}"))
        return collections.Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.MULTILINE))

    def inject(self, call: str, how: str, nth: int) -> tuple[Path, int]:
        cwd = self.fresh()
        before = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{how}:when={nth}")
        return cwd, self.run(cwd, before=before)

    def kill_at_calls(self, most: int) -> None:
        for call, count in sorted(self.calls(KILLED).items()):
            for nth in spread(count, most):
                cwd, status = self.inject(call, "signal=KILL", nth)
                self.judge(cwd, f"kill -9 at {call}", status, True, f"kill -9 at {call} {nth}")

    def fail_calls(self, most: int) -> None:
        for call, count in sorted(self.calls(tuple(FAILING)).items()):
            for error in FAILING[call]:
                for nth in spread(count, most):
                    cwd, status = self.inject(call, f"error={error}", nth)
                    self.judge(cwd, f"{error} of {call}", status, False, f"{error} of {call} {nth}")

    def kill_at_random(self, number: int, chance: random.Random) -> None:
        begun = time.monotonic()
        self.run(self.fresh())
        usual = time.monotonic() - begun
        for _ in range(number):
            cwd = self.fresh()
            ended_by = chance.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
            after = chance.random() * usual * 1.1
            process = subprocess.Popen(self.command, cwd=cwd, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(after)
            process.send_signal(ended_by)
            status = process.wait()
            what = f"{ended_by.name} after {after:.4f} s"
            if ended_by != signal.SIGKILL and self.litter(cwd):
                self.faults.append(f"{what} leaves {self.litter(cwd)}")
            self.judge(cwd, f"{ended_by.name} at a random moment", status, True, what)


def spread(count: int, most: int) -> list[int]:
    """At most so many numbers from 1 to `count`, evenly."""
    return sorted({1 + at * (count - 1) // max(1, most - 1) for at in range(most)}) if count > most else list(range(1, count + 1))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--covmerge", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=2000, help="kills at random moments (default: %(default)s)")
    parser.add_argument("--most", type=int, default=10**6, help="trials of each system call and error (default: every call)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        trials = Trials(options.covmerge.resolve(), Path(home))
        if subprocess.run(("strace", "-qq", "-o", "/dev/null", "true"), stderr=subprocess.DEVNULL).returncode == 0:
            trials.kill_at_calls(options.most)
            trials.fail_calls(options.most)
        else:
            print("skipped, since strace may not trace here: faults at system calls")
        trials.kill_at_random(options.kills, random.Random(options.seed))
    for kind, tally in trials.tallies.items():
        print(f"{kind}: {tally.tried} tried: " + ", ".join(f"{count} {outcome}" for outcome, count in tally.outcomes.most_common()))
    for fault in trials.faults:
        print(f"FAULT {fault}")
    return 1 if trials.faults else 0


if __name__ == "__main__":
    sys.exit(main())
