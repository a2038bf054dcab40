#!/usr/bin/env python3
"""Records what `coverage combine` makes of small data files, for `tests/it/combine.rs` to compare with.

    record.py      run by an interpreter that has coverage.py 7.17.5

`plugins.json`: two fragments list one file, each with lines or without, under a plugin or none: whose the file is in the end, or `conflict`.
"""

import json
import sys
import tempfile
from itertools import product
from pathlib import Path

import coverage
from coverage import CoverageData
from coverage.exceptions import DataError

HERE = Path(__file__).resolve().parent
VERSION = "7.17.5"


def fragment(path: Path, plugin: str, measured: bool) -> CoverageData:
    data = CoverageData(str(path))
    data.add_lines({"/page.html": [1]} if measured else {"/other.py": [1]})
    data.touch_file("/page.html", plugin)
    data.write()
    return data


def owner(sides: tuple[tuple[str, bool], ...]) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        merged = CoverageData(str(Path(scratch) / "merged"))
        for number, (plugin, measured) in enumerate(sides):
            try:
                merged.update(fragment(Path(scratch) / str(number), plugin, measured), map_path=lambda path: path)
            except DataError as error:
                if not str(error).startswith("Conflicting file tracer"):
                    raise
                return "conflict"
        return merged.file_tracer("/page.html") or ""


def plugins() -> list[dict[str, object]]:
    sides = [(plugin, measured) for plugin in ("", "one", "two") for measured in (False, True)]
    return [
        {"fragments": [{"plugin": plugin, "measured": measured} for plugin, measured in pair], "owner": owner(pair)}
        for pair in product(sides, repeat=2)
    ]


def write(name: str, rows: list[dict[str, object]]) -> None:
    lines = ",\n".join(json.dumps(row) for row in rows)
    (HERE / name).write_text(f"[\n{lines}\n]\n")
    print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    if coverage.__version__ != VERSION:
        sys.exit(f"this is coverage.py {coverage.__version__}, the rows are of {VERSION}")
    write("plugins.json", plugins())
