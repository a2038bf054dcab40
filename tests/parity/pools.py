#!/usr/bin/env python3
"""Kills ordinary programs with a `multiprocessing.Pool` at random moments while they save, and looks at what covmerge makes of the rest.

    pools.py --covmerge target/release/covmerge [--runs 200] [--seed N] PYTHON [PYTHON ...]

PYTHON has coverage.py 7.13.1 or later; Linux or macOS. The runs take the interpreters and the start methods (fork, spawn, forkserver) in turn. In
one half of them the end of the Pool's `with` block terminates the workers, as in any such program; in the other half a process that has begun to
save gets SIGKILL within 25 ms. All processes of a run have ended before covmerge reads their data files.

- A run in which every process began to save (there are as many files as in the undisturbed run) must end with exit status 0 and the undisturbed
  total, or with 3 and a message that names each file that is not finished.
- No run may end with 0 and a higher total than the undisturbed one. A process that dies before it begins to save leaves no file, so the total may be
  lower.

Prints the outcomes and every run that breaks a rule; exits 1 if any does.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

METHODS = ["fork", "spawn", "forkserver"]
PROCESSES = 3  # that save: the program and the two workers of its Pool
MODULES = 300  # so that saving takes a while
MODULE = "def f(n):\n    if n % 2:\n        return n\n    return 0\n\n\ndef g():\n    return 1\n"
PROGRAM = """\
import importlib, multiprocessing, sys

def work(n):
    return importlib.import_module(f"app.m{n}").f(n)

if __name__ == "__main__":
    method, ends = sys.argv[1:]
    with multiprocessing.get_context(method).Pool(2) as pool:
        pool.map(work, range(8), chunksize=1)
        if ends == "close":
            pool.close()
            pool.join()
"""
SETTINGS = "[run]\nrelative_files = true\nbranch = true\nparallel = true\nsource = app\nconcurrency = multiprocessing\n"
MOST_SECONDS = 60


def project(at: Path) -> None:
    (at / "app").mkdir(parents=True)
    (at / "app/__init__.py").write_text("")
    for number in range(MODULES):
        (at / f"app/m{number}.py").write_text(MODULE)
    (at / "t.py").write_text(PROGRAM)
    (at / ".coveragerc").write_text(SETTINGS)


def data_files(at: Path) -> list[str]:
    return sorted(path.name for path in at.glob(".coverage.*") if not path.name.endswith(("-journal", "-wal", "-shm")))


def members(group: int) -> list[int]:
    """The processes of that group that have not ended."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], check=True, text=True, stdout=subprocess.PIPE).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [int(pid) for pid, pgid, state, *_ in rows if int(pgid) == group and not state.startswith("Z")]


def run(python: str, at: Path, method: str, ends: str, kill: random.Random | None) -> None:
    """Runs the program, kills one of its processes if that is wanted, and waits until all of them have ended."""
    for name in data_files(at):
        (at / name).unlink()
    command = [python, "-m", "coverage", "run", "t.py", method, ends]
    program = subprocess.Popen(command, cwd=at, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + MOST_SECONDS
    if kill:
        nth = kill.randrange(PROCESSES)
        while program.poll() is None and len(data_files(at)) <= nth and time.monotonic() < until:
            time.sleep(0.0005)
        time.sleep(kill.random() * 0.025)
        saving = [int(pid) for name in data_files(at) for pid in re.findall(r"\.pid(\d+)\.X\w{6}x$", name)]
        if saving:
            with contextlib.suppress(ProcessLookupError):
                os.kill(kill.choice(saving), signal.SIGKILL)
    while members(program.pid) and time.monotonic() < until:
        time.sleep(0.01)
    for pid in members(program.pid):
        os.kill(pid, signal.SIGKILL)
    program.wait()


def total(covmerge: Path, at: Path) -> tuple[int, str, str]:
    """covmerge's exit status, the total that it prints, and its messages."""
    done = subprocess.run([str(covmerge), "-o", "total=-", "--precision", "4"], cwd=at, text=True, capture_output=True)
    return done.returncode, done.stdout.strip(), done.stderr


def undisturbed(python: str, at: Path, method: str) -> tuple[int, str]:
    """The number of data files and coverage.py's own total, where every process ends by itself."""
    run(python, at, method, "close", None)
    files, combined = data_files(at), ["--data-file=combined"]
    subprocess.run([python, "-m", "coverage", "combine", "-q", "--keep", *combined, *files], cwd=at, check=True)
    report = [python, "-m", "coverage", "report", "--format=total", "--precision=4", *combined]
    said = subprocess.run(report, cwd=at, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
    (at / "combined").unlink()
    return len(files), said


def is_finished(path: Path) -> bool:
    """Whether coverage.py wrote its hash. A process may be killed after that and before the file gets its new name."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as data:
        return data.execute("select count(*) from meta where key = 'hash'").fetchone() == (1,)
    return False


def broken(status: int, found: str, said: str, at: Path, wanted: tuple[int, str]) -> str | None:
    """The rule that a run breaks."""
    count, most = wanted
    files = data_files(at)
    unfinished = [name for name in files if not is_finished(at / name)]
    if unfinished:
        unnamed = [name for name in unfinished if f"error: fragment `{name}` was never finished" not in said]
        if status != 3 or unnamed:
            return f"exit {status} over {unfinished}, {unnamed} of them not named"
        return None
    if status == 3 and not files and "no fragment found" in said:
        return None
    if status != 0:
        return f"exit {status}"
    if float(found) > float(most):
        return f"{found} is more than {most}"
    if len(files) == count and found != most:
        return f"{found} is not {most}, although every process saved"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--covmerge", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("python", nargs="+")
    options = parser.parse_args()
    covmerge, chance = options.covmerge.resolve(), random.Random(options.seed)
    outcomes, failures = collections.Counter(), 0
    with tempfile.TemporaryDirectory() as scratch:
        at = Path(scratch).resolve() / "project"
        project(at)
        wanted = {(python, method): undisturbed(python, at, method) for python in options.python for method in METHODS}
        for number in range(options.runs):
            python = options.python[number % len(options.python)]
            method = METHODS[number // len(options.python) % len(METHODS)]
            kills = number // len(options.python) // len(METHODS) % 2 == 1
            run(python, at, method, "close" if kills else "terminate", chance if kills else None)
            files = data_files(at)
            status, found, said = total(covmerge, at)
            count, most = wanted[python, method]
            whole = "every process began to save" if len(files) >= count else "some process left no file"
            told = {0: "0, the undisturbed total" if found == most else "0, a lower total", 3: "3, named"}.get(status, str(status))
            outcomes["SIGKILL" if kills else "terminate", method, whole, told] += 1
            if why := broken(status, found, said, at, (count, most)):
                failures += 1
                print(f"run {number} ({python}, {method}, {'SIGKILL' if kills else 'terminate'}): {why}\n  {files}\n{said}")
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:4}  {', '.join(outcome)}")
    print(f"{options.runs} runs, {failures} of them break a rule")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
