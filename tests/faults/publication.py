"""Breaks runs off while they publish, at every system call and at random moments, and looks at what is left.

    python tests/faults/publication.py --covmerge target/release/covmerge [--kills 2000] [--seed N]

Each trial starts with the whole report of an earlier run in place (`old`), and disturbs a run that replaces it (`new`). Afterwards all outputs
must be old or all new, or a journal must say that they are not; the next, undisturbed run must give all new, and leave neither a journal nor a
draft. A run whose system call fails must end with an error and all old, or as if nothing had happened.

Where strace may not trace, only the kills at random moments are tried, and a line says so. Prints what was tried, how often, and what was found; ends with 1 if anything was wrong.
"""

from __future__ import annotations

import collections
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from trials import ENVIRONMENT, Trials, arguments

KILLED = ("rename", "renameat2", "write", "unlink", "unlinkat", "openat", "mkdir", "fchmod", "ftruncate", "flock")
FAILING = {
    "rename": ("EACCES", "ENOSPC", "EIO", "EBUSY", "EXDEV"),
    "renameat2": ("EACCES", "ENOSPC", "EIO", "EBUSY", "EINVAL", "EXDEV"),
    "write": ("ENOSPC", "EDQUOT", "EIO", "EINTR"),
    "openat": ("EMFILE", "EACCES", "EIO"),
    "unlink": ("EACCES", "EIO"),
    "mkdir": ("EACCES", "EDQUOT", "ENOSPC"),
    "flock": ("ENOLCK", "EINTR"),
}


class Publication(Trials):
    """Runs that are broken off while they publish."""

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
    parser = arguments(__doc__)
    parser.add_argument("--kills", type=int, default=2000, help="kills at random moments (default: %(default)s)")
    parser.add_argument("--most", type=int, default=10**6, help="trials of each system call and error (default: every call)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        trials = Publication(options.covmerge.resolve(), Path(home))
        if subprocess.run(("strace", "-qq", "-o", "/dev/null", "true"), stderr=subprocess.DEVNULL).returncode == 0:
            trials.kill_at_calls(options.most)
            trials.fail_calls(options.most)
        else:
            print("skipped, since strace may not trace here: faults at system calls")
        trials.kill_at_random(options.kills, random.Random(options.seed))
    return trials.report()


if __name__ == "__main__":
    sys.exit(main())
