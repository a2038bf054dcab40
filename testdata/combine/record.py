#!/usr/bin/env python3
"""Records what `coverage combine` makes of small data files, for `tests/it/combine.rs` to compare with.

    record.py      run by an interpreter that has coverage.py 7.17.5

`merged.json`: what the data file holds that is combined of the fragments of `parity/3.13/contexts` and of `parity/3.13/lines`: of each file
its plugin, and by context the arcs or the lines.
`paths.json`: files that are here, `[paths]` of the settings, and paths that fragments recorded, the first on line 1, the second on line 2 …:
which lines of which files the JSON report shows. `{root}` stands for the working directory.
`plugins.json`: two fragments list one file, each with lines or without, under a plugin or none: whose the file is in the end, or `conflict`.
"""

import io
import json
import os
import random
import shutil
import sys
import tempfile
from contextlib import redirect_stdout
from itertools import product
from pathlib import Path

import coverage
from coverage import Coverage, CoverageData
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


def settings(row: dict[str, object], root: str) -> str:
    """The settings that the test writes, too."""
    text = f"[run]\nrelative_files = {row['relative']}\n[paths]\n"
    for number, locations in enumerate(row["paths"]):
        text += f"p{number} =\n" + "".join(f"    {one}\n" for one in locations).replace("{root}", root)
    return text


def reported(row: dict[str, object]) -> dict[str, list[int]]:
    with tempfile.TemporaryDirectory() as scratch:
        root = os.path.realpath(scratch)
        os.chdir(root)
        for name in row["files"]:
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("a = 1\n" * 20)
        Path(".coveragerc").write_text(settings(row, root))
        for number, name in enumerate(row["recorded"], 1):
            data = CoverageData(f".coverage.{number:02}")
            data.add_lines({name.replace("{root}", root): [number]})
            data.close()
        with redirect_stdout(io.StringIO()):
            combining = Coverage(config_file=".coveragerc")
            combining.combine(strict=True)
            combining.save()
            reporting = Coverage(config_file=".coveragerc")
            reporting.load()
            reporting.json_report(outfile="report.json", ignore_errors=True)
        files = json.loads(Path("report.json").read_text())["files"]
        os.chdir(HERE)
        return {name: file["executed_lines"] for name, file in files.items()}


# The shapes that people write: `[paths]` whose first location is relative, dotted or absolute.
CHOSEN = [
    {"files": ["src/a.py"], "relative": True, "paths": [[first, "*/build/*/src"]], "recorded": ["/ci/build/7/src/a.py", "src/a.py"]}
    for first in ("src", "src/", "./src", "{root}/src")
] + [
    {"files": ["lib/a.py"], "relative": True, "paths": [["./lib", "*/lib"]], "recorded": ["lib/a.py", "/x/lib/a.py"]},
    {"files": ["one/a.py", "two/a.py"], "relative": True, "paths": [["one", "*/ci"], ["two", "*/one"]], "recorded": ["/x/ci/a.py"]},
    {"files": ["one/a.py", "two/a.py"], "relative": False, "paths": [["one", "*/ci"], ["two", "*/one"]], "recorded": ["/x/ci/a.py"]},
]


def drawn(draw: random.Random) -> dict[str, object]:
    """Without what `docs/differences.md` lists: every first directory is known before a foreign path comes, and none is in another twice."""
    directories = draw.sample(["src", "src/pkg", "deep/er", "."], draw.randint(1, 3))
    files = sorted({os.path.normpath(f"{directory}/{draw.choice('ab')}.py") for directory in directories})
    firsts = ["src", "./src", "src/", "src/pkg", "./deep", "."]
    patterns = ["*/ci/*/src", "*/site", "/ci/1/src", "/ci/1", "*/build/*/src", "C:\\ci\\src", "./lib", "lib"]
    paths = [[draw.choice(firsts), *draw.sample(patterns, draw.randint(1, 3))] for _ in range(draw.randint(0, 2))]
    relative = draw.random() < 0.7
    starts = ["{root}/", "/ci/1/", "/ci/1/src/", "/x/ci/9/src/", "/y/site/", "/y/build/7/src/", "C:\\ci\\src\\"]
    foreign = []
    for start in draw.sample(starts, draw.randint(1, 5)):
        tail = draw.choice([*files, "a.py", "pkg/b.py"])
        foreign.append(start + (tail.replace("/", "\\") if "\\" in start else tail))
    known = files if relative else ["{root}/" + name for name in files]
    recorded = known + [name for name in foreign if name not in known]
    return {"files": files, "relative": relative, "paths": paths, "recorded": recorded}


def mapped() -> list[dict[str, object]]:
    draw = random.Random(10)
    rows = [*CHOSEN, *(drawn(draw) for _ in range(80))]
    return [{**row, "reported": reported(row)} for row in rows]


def merged(case: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        for fragment in (HERE.parent / "parity" / "3.13" / case).glob(".coverage.*"):
            shutil.copy(fragment, scratch)
        Path(".coveragerc").write_text("[run]\nrelative_files = true\n")
        with redirect_stdout(io.StringIO()):
            combining = Coverage(config_file=".coveragerc")
            combining.combine(strict=True)
            combining.save()
        data = CoverageData()
        data.read()
        os.chdir(HERE)
        files: dict[str, object] = {}
        for name in sorted(data.measured_files()):
            ran = {}
            for context in sorted(data.measured_contexts()):
                data.set_query_context(context)
                found = data.arcs(name) if data.has_arcs() else data.lines(name)
                if found:
                    ran[context] = sorted(found)
            data.set_query_contexts(None)
            files[name] = {"plugin": data.file_tracer(name), "ran": ran}
        return {"case": case, "files": files}


def write(name: str, rows: list[dict[str, object]]) -> None:
    lines = ",\n".join(json.dumps(row) for row in rows)
    (HERE / name).write_text(f"[\n{lines}\n]\n")
    print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    if coverage.__version__ != VERSION:
        sys.exit(f"this is coverage.py {coverage.__version__}, the rows are of {VERSION}")
    write("plugins.json", plugins())
    write("paths.json", mapped())
    write("merged.json", [merged("contexts"), merged("lines")])
