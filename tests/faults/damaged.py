"""Damaged fragments of every format, given to the program: no crash, and no number that the fragment itself contradicts.

    python tests/faults/damaged.py --covmerge target/release/covmerge [--each 20000] [--seed N]

A damage is one to 64 flipped bits, an overwritten run, or the loss of the end. A run must end with a message and an exit status of its own; if it
prints a total other than that of the intact fragment, another reader is asked: SQLite's `integrity_check`, or the sums of a JSON document. What
neither contradicts is counted. `tests/faults/damage` tries far more of them in process; this looks at what the whole program makes of some.
"""

from __future__ import annotations

import collections
import gzip
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from trials import ROOT, arguments

SHARDS = ROOT / "testdata/fragments/slipcover/shards"
STATUSES = (0, 1, 2, 3, 64)
MOST_MEMORY = 200 << 20  # bytes


@dataclass(frozen=True)
class Format:
    """A format: how an intact fragment is made from a recorded one, and whether a damaged one contradicts itself."""

    name: str
    fragment: str
    make: Callable[[Path, Path, Path], None]
    contradicts: Callable[[Path], bool]


def copied(covmerge: Path, recorded: Path, fragment: Path) -> None:
    shutil.copyfile(recorded, fragment)


def sealed(covmerge: Path, recorded: Path, fragment: Path) -> None:
    command = [str(covmerge), "seal", str(recorded), "-o", str(fragment), "--shard", "1/1"]
    subprocess.run(command, cwd=fragment.parent, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def in_gzip(covmerge: Path, recorded: Path, fragment: Path) -> None:
    fragment.write_bytes(gzip.compress(recorded.read_bytes(), mtime=0))


def in_zip(covmerge: Path, recorded: Path, fragment: Path) -> None:
    with zipfile.ZipFile(fragment, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(recorded, ".coverage.shard")


def by_sqlite(fragment: Path) -> bool:
    """SQLite does not find the database intact."""
    try:
        database = sqlite3.connect(f"file:{fragment}?mode=ro&immutable=1", uri=True)
        try:
            return database.execute("pragma integrity_check").fetchone()[0] != "ok"
        finally:
            database.close()
    except sqlite3.DatabaseError:
        return True


def by_sums(fragment: Path) -> bool:
    """The document is not JSON, or one of its sums is not that of its lists."""
    try:
        document = json.loads(fragment.read_bytes().decode())
    except ValueError:
        return True
    # Not every line counts that coverage.py lists as executed.
    pairs = {"missing_lines": "missing_lines"} | ({} if "totals" in document else {"covered_lines": "executed_lines"})
    for count in ("missing_lines", "covered_lines"):
        of_all = 0
        for file in document["files"].values():
            said = file.get("summary", {}).get(count, 0)
            if count in pairs and len(file.get(pairs[count], [])) != said:
                return True
            of_all += said
        if document.get("totals", document.get("summary", {})).get(count, of_all) != of_all:
            return True
    return False


def by_checksum(fragment: Path) -> bool:
    """Every byte that counts is protected by a digest or a checksum."""
    return True


FORMATS = (
    Format("coverage.py, branches", "mixed/branch-2.coverage", copied, by_sqlite),
    Format("coverage.py, statements", "mixed/lines-2.coverage", copied, by_sqlite),
    Format("coverage.py, JSON", "expected/branch-coveragepy.json", copied, by_sums),
    Format("Slipcover", "branch-1.json", copied, by_sums),
    Format("seal", "branch-1.json", sealed, by_checksum),
    Format("gzip", "branch-1.json", in_gzip, by_checksum),
    Format("zip", "branch-1.json", in_zip, by_checksum),
)


def damage(content: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(content)
    # Most of a small database is empty: half of the places are not.
    used = [at for at, byte in enumerate(content) if byte] if chance.random() < 0.5 else range(len(content))
    kind = chance.randrange(5)
    if kind == 0:
        return content[: chance.randrange(len(content))]
    if kind == 1:
        at, source, length = chance.choice(used), chance.randrange(len(content)), chance.randint(1, 64)
        damaged[at : at + length] = content[source : source + length]
        return bytes(damaged[: len(content)])
    for _ in range(1 if kind < 4 else chance.randint(2, 64)):
        damaged[chance.choice(used)] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def run(covmerge: Path, cwd: Path, fragment: str) -> tuple[int, str, int]:
    """The exit status, the total, and the largest part of memory in bytes."""
    command = [str(covmerge), "-q", "-o", "total=-", "--precision", "4", fragment]
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]})
    assert process.stdout
    total = process.stdout.read().decode()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, total.strip(), usage.ru_maxrss * 1024


def try_format(covmerge: Path, home: Path, kind: Format, each: int, seed: int) -> tuple[collections.Counter, list[str]]:
    project = home / "project"
    shutil.copytree(SHARDS / "program", project)
    intact = project / ("shard.zip" if kind.make is in_zip else "shard.covmerge" if kind.make is sealed else "shard")
    kind.make(covmerge, SHARDS / kind.fragment, intact)
    content = intact.read_bytes()
    status, expected, _ = run(covmerge, project, intact.name)
    if status or not expected:
        sys.exit(f"{kind.name}: the intact fragment ends with {status}")

    def trial(nth: int) -> tuple[str, str]:
        fragment = project / f"{nth}-{intact.name}"
        fragment.write_bytes(damage(content, random.Random(f"{seed} {kind.name} {nth}")))
        try:
            status, total, memory = run(covmerge, project, fragment.name)
            if status not in STATUSES:
                return "crash", f"{kind.name}, damage {nth}: exit status {status}"
            if memory > MOST_MEMORY:
                return "memory", f"{kind.name}, damage {nth}: {memory:,} bytes of memory"
            if status:
                return f"exit {status}", ""
            if total == expected:
                return "same total", ""
            if kind.contradicts(fragment):
                return "contradicted", f"{kind.name}, damage {nth}: {total} instead of {expected}"
            return "other total, uncontradicted", ""
        finally:
            fragment.unlink()

    outcomes: collections.Counter = collections.Counter()
    faults = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for outcome, fault in pool.map(trial, range(each)):
            outcomes[outcome] += 1
            faults += [fault] if fault else []
    return outcomes, faults


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--each", type=int, default=20_000, help="damages of each format (default: %(default)s)")
    options = parser.parse_args()
    faults = []
    for kind in FORMATS:
        with tempfile.TemporaryDirectory() as home:
            outcomes, found = try_format(options.covmerge.resolve(), Path(home), kind, options.each, options.seed)
        print(f"{kind.name}: {options.each} tried: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())), flush=True)
        faults += found
    for fault in faults:
        print(f"FAULT {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
