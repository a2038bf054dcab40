"""Volumes above those of any project: processor time and memory must grow by the bytes of the fragments, with an exponent of at most 1.1.

    python tests/faults/volumes.py --covmerge target/release/covmerge [--part 1] [--only NAME]

Each volume is made at a sixteenth, a quarter and the whole of its size (`--part` divides all of them), and must be read with the total that is known
from how it was made. Run it by hand on a machine that does nothing else: it needs some 3 GB of disk and of memory, and measures processor time.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

SCHEMA = """
create table coverage_schema (version integer);
create table meta (key text, value text, unique (key));
create table file (id integer primary key, path text, unique (path));
create table context (id integer primary key, context text, unique (context));
create table line_bits (file_id integer, context_id integer, numbits blob, foreign key (file_id) references file (id),
    foreign key (context_id) references context (id), unique (file_id, context_id));
create table arc (file_id integer, context_id integer, fromno integer, tono integer, foreign key (file_id) references file (id),
    foreign key (context_id) references context (id), unique (file_id, context_id, fromno, tono));
create table tracer (file_id integer primary key, tracer text, foreign key (file_id) references file (id));
insert into coverage_schema values (7);
insert into meta values ('version', '7.17.5'), ('has_arcs', '0'), ('hash', '============');
"""
STATEMENTS = 16  # of each source, each on its own line
HALF = b"\xfe\x01"  # numbits of the lines 1 to 8
MOST_EXPONENT = 1.1
BASE = 200 << 20  # bytes of memory that a run may take besides ten for each byte of its fragments

Rows = Iterator[tuple[int, int, bytes]]


def data_file(path: Path, files: int, contexts: int, rows: Rows, page: int = 4096) -> None:
    """A data file of `files` sources whose rows are given."""
    database = sqlite3.connect(path)
    database.executescript(f"pragma page_size = {page}; pragma journal_mode = off; pragma synchronous = off; {SCHEMA}")
    database.executemany("insert into file values (?, ?)", ((nth + 1, name(nth)) for nth in range(files)))
    database.executemany("insert into context values (?, ?)", ((nth + 1, f"test_{nth}" if nth else "") for nth in range(contexts)))
    database.executemany("insert into line_bits values (?, ?, ?)", rows)
    database.commit()
    database.close()


def name(nth: int) -> str:
    return f"src/d{nth // 100}/m{nth}.py"


def sources(home: Path, files: int) -> None:
    for nth in range(files):
        path = home / name(nth)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"x{line} = {line}\n" for line in range(1, STATEMENTS + 1)))


def many_fragments(home: Path, number: int) -> float:
    """Small fragments, of which every one has other lines than its neighbours."""
    sources(home, 20)
    marker = b"\x5a\xa5\x5a\xa5"
    template = home / "template"
    data_file(template, 20, 1, ((nth + 1, 1, marker) for nth in range(20)), page=512)
    content = template.read_bytes()
    template.unlink()
    chance = random.Random(number)
    for nth in range(number):
        bits = (chance.getrandbits(8) << 1).to_bytes(2, "little") + bytes(2)
        unique = content.replace(marker, bits).replace(b"=" * 12, b"%012d" % nth)
        (home / f".coverage.host.pid{nth}.Xabcdefx.H{nth:012}h").write_bytes(unique)
    return 50.0


def many_files(home: Path, number: int) -> float:
    """200 fragments that have all files."""
    sources(home, number)
    chance = random.Random(number)
    for nth in range(200):
        data_file(home / f".coverage.{nth}", number, 1, ((file + 1, 1, (chance.getrandbits(8) << 1).to_bytes(2, "little")) for file in range(number)))
    return 50.0


def one_large_fragment(home: Path, megabytes: int) -> float:
    """One fragment of so many megabytes: each test ran lines of many files."""
    sources(home, 1000)
    rows = megabytes * 32_000
    data_file(home / ".coverage", 1000, rows // 1000, ((file + 1, context + 1, HALF) for context in range(rows // 1000) for file in range(1000)))
    return 50.0


def one_fragment_of_many_files(home: Path, number: int) -> float:
    """A Slipcover fragment that lists so many files: no source is read."""
    with (home / ".coverage.shard").open("w") as out:
        out.write('{"meta": {"software": "slipcover", "version": "1.1.0", "branch_coverage": false, "show_contexts": false}, "files": {')
        for nth in range(number):
            of_file = {"executed_lines": [1, 2], "missing_lines": [3, 4], "summary": {"covered_lines": 2, "missing_lines": 2, "percent_covered": 50.0}}
            out.write(f'{", " if nth else ""}{json.dumps(name(nth))}: {json.dumps(of_file)}')
        out.write(f'}}, "summary": {{"covered_lines": {2 * number}, "missing_lines": {2 * number}, "percent_covered": 50.0}}}}')
    return 50.0


def many_contexts(home: Path, number: int) -> float:
    """A data file in which each of so many tests ran one file."""
    sources(home, 1000)
    data_file(home / ".coverage", 1000, number, ((context % 1000 + 1, context + 1, HALF) for context in range(number)))
    return 50.0


# Each with its whole size, the name of what it counts, and the way it is made, which gives the total.
VOLUMES: dict[str, tuple[int, str, Callable[[Path, int], float]]] = {
    "fragments": (50_000, "fragments", many_fragments),
    "files": (20_000, "files in each of 200 fragments", many_files),
    "large": (1_000, "MB in one fragment", one_large_fragment),
    "listed": (1_000_000, "files in one fragment", one_fragment_of_many_files),
    "contexts": (10_000_000, "contexts in one fragment", many_contexts),
}


def measured(covmerge: Path, home: Path) -> tuple[str, float, int]:
    """The total that a run prints, its processor time in seconds, and the largest part of memory that it held, in bytes."""
    command = [str(covmerge), "-q", "-o", "total=-", "--precision", "2", "--stale-sources", "warn"]
    process = subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
    assert process.stdout
    total = process.stdout.read().decode().strip()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        total = f"exit status {process.returncode}"
    return total, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def exponent(sizes: list[int], values: list[float]) -> float:
    """By which power of the size the value grows between the last two sizes, where what every run needs counts least."""
    return math.log(values[-1] / values[-2]) / math.log(sizes[-1] / sizes[-2])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--covmerge", type=Path, required=True)
    parser.add_argument("--part", type=int, default=1, help="try this part of each volume (default: the whole)")
    parser.add_argument("--only", choices=VOLUMES, help="try only this volume")
    options = parser.parse_args()
    covmerge = options.covmerge.resolve()
    faults = []
    print("| volume | bytes | total | processor time | memory |\n|---|---:|---:|---:|---:|")
    for key, (whole, unit, make) in VOLUMES.items():
        if options.only not in (None, key):
            continue
        sizes, times, memories = [], [], []
        for divisor in (16, 4, 1):
            number = whole // divisor // options.part
            with tempfile.TemporaryDirectory() as directory:
                home = Path(directory)
                (home / ".coveragerc").write_text("[run]\nrelative_files = true\n")
                expected = f"{make(home, number):.2f}"
                size = sum(path.stat().st_size for path in home.iterdir() if path.is_file())
                total, seconds, memory = measured(covmerge, home)
            print(f"| {number:,} {unit} | {size:,} | {total} | {seconds:.2f} s | {memory / 1e6:.0f} MB |", flush=True)
            if total != expected:
                faults.append(f"{number:,} {unit}: {total} instead of {expected}")
            if memory > BASE + 10 * size:
                faults.append(f"{number:,} {unit}: {memory:,} bytes of memory")
            sizes.append(size), times.append(seconds), memories.append(memory)
        for what, values in (("processor time", times), ("memory", memories)):
            power = exponent(sizes, values)
            print(f"{what} grows with exponent {power:.2f}")
            if power > MOST_EXPONENT:
                faults.append(f"{unit}: {what} grows with exponent {power:.2f}")
    for fault in faults:
        print(f"FAULT {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
