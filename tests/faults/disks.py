"""Runs whose disk is full, read-only or gone: the outputs must be all old or all new, as after any fault.

    python tests/faults/disks.py --covmerge target/release/covmerge [--each 20] [--seed N]

It needs the right to mount, which root has, and otherwise says that it skips all. A quota is the error EDQUOT of system calls, which
`publication.py` injects.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from trials import ENVIRONMENT, Trials, arguments

PAGE = 4096  # bytes: what tmpfs hands out at once


def run(*command: object) -> bool:
    return subprocess.run([str(word) for word in command], stderr=subprocess.DEVNULL).returncode == 0


class Disks(Trials):
    """A project on a disk of its own."""

    @contextlib.contextmanager
    def mounted(self) -> Iterator[Path]:
        """The template on a fresh tmpfs."""
        cwd = self.home / "trial"
        cwd.mkdir(exist_ok=True)
        if not run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", cwd):
            sys.exit("cannot mount a tmpfs")
        try:
            shutil.copytree(self.template, cwd, symlinks=True, dirs_exist_ok=True)
            yield cwd
        finally:
            run("umount", "-l", cwd)

    def full(self, each: int) -> None:
        """Disks with room for 16 kB, and for up to more than a run needs."""
        need = sum(-(-path.stat().st_size // PAGE) * PAGE for path in (self.home / "new").rglob("*") if path.is_file())
        for nth in range(each):
            room = 16 * 1024 + need * nth // max(1, each - 2)
            with self.mounted() as cwd:
                used = shutil.disk_usage(cwd).used
                run("mount", "-o", f"remount,size={used + room}", cwd)
                status = self.run(cwd)
                self.judge(cwd, "full disk", status, False, f"a disk with room for {room} bytes", mend=lambda: run("mount", "-o", "remount,size=64m", cwd))

    def read_only(self, each: int, chance: random.Random) -> None:
        """Disks, and directories of outputs, that cannot be written to, from the beginning or from a random moment on."""
        usual = self.usual()
        for nth in range(each):
            with self.mounted() as cwd:
                where = cwd / ("", "out", "htmlcov")[nth % 3]
                if where != cwd:
                    run("mount", "--bind", where, where)
                moment = chance.random() * usual * (nth % 2)
                process = self.begin(cwd)
                time.sleep(moment)
                # The kernel refuses while a file is open for writing: then the run is not disturbed, and all is new.
                run("mount", "-o", "remount,ro,bind", where)
                status = process.wait()
                self.judge(cwd, "read-only", status, False, f"`{where.name}` read-only after {moment:.4f} s", mend=lambda: self.writable(cwd, where), is_shut=True)

    @staticmethod
    def writable(cwd: Path, where: Path) -> None:
        run("mount", "-o", "remount,rw,bind", where)
        if where != cwd:
            run("umount", "-l", where)

    def vanished(self, each: int, chance: random.Random) -> None:
        """Directories of outputs that are moved away at a random moment."""
        usual = self.usual()
        for nth in range(each):
            cwd = self.fresh()
            where = cwd / ("out", "htmlcov")[nth % 2]
            away = self.home / "away"
            shutil.rmtree(away, ignore_errors=True)
            moment = chance.random() * usual
            process = self.begin(cwd)
            time.sleep(moment)
            where.rename(away)
            status = process.wait()
            if not where.exists():
                away.rename(where)
            self.judge(cwd, "vanished", status, False, f"`{where.name}` moved away after {moment:.4f} s", is_shut=True)

    def begin(self, cwd: Path) -> subprocess.Popen:
        return subprocess.Popen(self.command, cwd=cwd, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def usual(self) -> float:
        """How long an undisturbed run takes, in seconds."""
        cwd = self.fresh()
        begun = time.monotonic()
        self.run(cwd)
        return time.monotonic() - begun


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--each", type=int, default=20, help="trials of each kind (default: %(default)s)")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as home:
        if not run("mount", "-t", "tmpfs", "tmpfs", home):
            print("skipped, since nothing may be mounted here: full, read-only and vanished disks")
            return 0
        try:
            trials = Disks(options.covmerge.resolve(), Path(home))
            trials.full(options.each)
            trials.read_only(options.each, chance)
            trials.vanished(options.each, chance)
        finally:
            run("umount", "-l", home)
    return trials.report()


if __name__ == "__main__":
    sys.exit(main())
