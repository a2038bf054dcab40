#!/usr/bin/env python3
"""Makes a data file as a large suite leaves it behind that records which test ran each line: the workload of contexts in docs/benchmarks.md.

    contexts.py [--seed N] [--files N] [--contexts N] [--each FILES LINES] [--source DIRECTORY] OUT

OUT/src/ gets FILES files of SOURCE (default: this interpreter's standard library), some of them again under another name where it has
fewer; OUT/.coverage is one data file in branch mode: each context ran LINES lines in every one of EACH files, chosen at random. The same
options and the same interpreter give the same rows. coverage.py 7 must be beside this interpreter.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import shutil
import sqlite3
import sysconfig
import warnings
from pathlib import Path

from coverage import CoverageData
from coverage.exceptions import CoverageException
from coverage.parser import PythonParser

Arc = tuple[int, int]


def ways_on(path: Path) -> list[list[Arc]]:
    """The possible arcs of a source, those of each line together, in order; none if the source cannot be parsed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parser = PythonParser(filename=str(path))
            parser.parse_source()
            arcs = sorted(parser.arcs())
        except (CoverageException, SyntaxError, RecursionError):
            return []
    by_line: dict[int, list[Arc]] = {}
    for arc in arcs:
        if arc[0] > 0:
            by_line.setdefault(arc[0], []).append(arc)
    return list(by_line.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=1_249)
    parser.add_argument("--contexts", type=int, default=26_000)
    parser.add_argument("--each", type=int, nargs=2, default=(5, 30), metavar=("FILES", "LINES"))
    parser.add_argument("--source", type=Path, default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    files_each, lines_each = options.each
    chance = random.Random(options.seed)

    found = sorted(path for path in options.source.rglob("*.py") if "site-packages" not in path.relative_to(options.source).parts)
    chance.shuffle(found)
    with multiprocessing.Pool() as pool:
        usable = [item for item in zip(found, pool.imap(ways_on, found, chunksize=16)) if len(item[1]) >= lines_each]
    if not usable:
        parser.error(f"{options.source} has no source of {lines_each} lines or more")

    files = {}
    for number in range(options.files):
        path, ways = usable[number % len(usable)]
        copy = options.out.absolute() / "src" / str(number // len(usable)) / path.relative_to(options.source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        files[str(copy)] = ways
    data_file = options.out / ".coverage"
    data_file.unlink(missing_ok=True)
    data = CoverageData(basename=str(data_file))
    # Outside of any context each file was imported.
    data.add_arcs({file: [ways[0][0]] for file, ways in files.items()})
    data.close()

    # As coverage.py writes the rows, in a fraction of its time.
    database = sqlite3.connect(data_file)
    ids = dict(database.execute("select path, id from file"))
    for number in range(options.contexts):
        name = f"tests/test_{number // 100:03}.py::test_{number % 100:02}|run"
        context = database.execute("insert into context (context) values (?)", (name,)).lastrowid
        for file in chance.sample(list(files), files_each):
            start = chance.randrange(len(files[file]) - lines_each + 1)
            ran = map(chance.choice, files[file][start : start + lines_each])
            database.executemany("insert into arc values (?, ?, ?, ?)", ((ids[file], context, *arc) for arc in ran))
    database.commit()
    database.close()
    print(f"{options.out}: {options.contexts:,} contexts, {len(files):,} files, {data_file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
