#!/usr/bin/env python3
"""Holds covmerge against coverage.py on real sources, with fragments made up from what coverage.py's own parser says could run.

    compare.py --covmerge target/release/covmerge [--seed N] [--files N] [SOURCE ...]

SOURCE is a directory of Python files (default: this interpreter's standard library). A sample of the files is copied to a scratch
directory; a few overlapping fragments are written for them in statement mode and in branch mode, with contexts in the latter; both tools
report, and json, xml, lcov, text, markdown and what the HTML pages say are compared. coverage.py must be
beside this interpreter, whose rules are compared.

Prints one line a mode and format, the first differences below it, then `N passed, N failed`; exits 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import warnings
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from coverage import CoverageData
from coverage.exceptions import NotPython
from coverage.parser import PythonParser

import pages

FRAGMENTS = 4
SHOWN = 10  # differences of one format
REPORTS = {
    "json": ["json", "-q", "-o"],
    "xml": ["xml", "-q", "-o"],
    "lcov": ["lcov", "-q", "-o"],
    "text": ["report", "-m"],
    "markdown": ["report", "-m", "--format=markdown"],
}


def copy_sources(roots: list[Path], target: Path, count: int, chance: random.Random) -> list[Path]:
    """A sample of parsable files of `roots`, under `target`."""
    found = sorted(
        (root, path) for root in roots for path in root.rglob("*.py") if path.is_file() and "site-packages" not in path.relative_to(root).parts
    )
    chance.shuffle(found)
    copied = []
    for root, path in found:
        if len(copied) == count:
            break
        place = target / root.name / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                PythonParser(filename=str(place)).parse_source()
                compile(place.read_bytes(), str(place), "exec", dont_inherit=True)
        except (NotPython, SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
            place.unlink()
        else:
            copied.append(place)
    return copied


def write_fragments(files: list[Path], here: Path, branch: bool, chance: random.Random) -> None:
    """Overlapping fragments, each of a part of the files and of what could run in them; some files run in none."""
    measured = []
    for path in files:
        parser = PythonParser(filename=str(path))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parser.parse_source()
        arcs = sorted(parser.arcs() | {(-1, min(parser.statements, default=0))})
        lines = sorted({line for arc in arcs for line in arc if line > 0} | parser.statements | parser.raw_docstrings)
        measured.append((str(path), arcs, lines))
    for number in range(FRAGMENTS):
        data = CoverageData(basename=str(here / f".coverage.runner.pid{number}.Xaaaaaa{number}x"))
        for context in ("", f"test_{number}", "test_of_all") if branch else ("",):
            data.set_context(context)
            for path, arcs, lines in measured:
                if chance.random() < 0.5:
                    share = chance.random()
                    chosen = [item for item in (arcs if branch else lines) if chance.random() < share]
                    (data.add_arcs if branch else data.add_lines)({path: chosen})
        (data.add_arcs if branch else data.add_lines)({})  # a fragment of nothing, too, has a mode: else no file can be touched
        data.touch_files([path for path, _, _ in measured])
        data.write()


def normal(form: str, text: str) -> object:
    """What must be equal: all but times, versions and the order of sets."""
    if form == "json":
        document = json.loads(text)
        document["meta"].pop("timestamp"), document["meta"].pop("version")

        def walk(value: object) -> object:
            if isinstance(value, dict):
                return [(key, {line: sorted(names) for line, names in item.items()} if key == "contexts" else walk(item)) for key, item in value.items()]
            return value

        return walk(document)
    if form == "xml":
        root = ElementTree.fromstring(text)
        root.attrib.pop("timestamp"), root.attrib.pop("version")
        return [(node.tag, sorted(node.attrib.items()), (node.text or "").strip()) for node in root.iter()]
    return text.splitlines() if form == "lcov" else [re.sub(r"\s+$", "", line) for line in text.splitlines()]


def differences(theirs: object, ours: object, place: str = "") -> list[str]:
    """What is not equal in two normal documents, each with its place."""
    if theirs == ours:
        return []
    if isinstance(theirs, dict) and isinstance(ours, dict):
        theirs, ours = sorted(theirs.items(), key=repr), sorted(ours.items(), key=repr)
    if isinstance(theirs, (list, tuple)) and isinstance(ours, (list, tuple)):
        if len(theirs) == len(ours):
            return [text for number, pair in enumerate(zip(theirs, ours), 1) for text in differences(*pair, f"{place}/{number}")]
        alone = [(name, item) for name, items, others in (("coverage.py", theirs, ours), ("covmerge", ours, theirs)) for item in items if item not in others]
        return [f"{place}: only {name} has {str(item)[:200]}" for name, item in alone]
    return [f"{place}: coverage.py {str(theirs)[:200]}, covmerge {str(ours)[:200]}"]


def compare(covmerge: Path, here: Path, *settings: str) -> dict[str, list[str]]:
    """Format to what covmerge says otherwise than coverage.py, of the fragments in `here`."""
    def run(*command: str) -> str:
        return subprocess.run(command, cwd=here, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8").stdout

    fragments = [str(path) for path in sorted(here.glob(".coverage.*"))]
    version = ".".join(map(str, sys.version_info[:2]))
    outputs = [part for form in REPORTS for part in ("-o", f"{form}=ours.{form}")]
    run(str(covmerge), "-q", "--python-version", version, "--show-missing", *settings, *outputs, "-o", "html=ours", *fragments)
    coverage = [sys.executable, "-m", "coverage"]
    run(*coverage, "combine", "-q", "--keep", *fragments)
    found = {}
    for form, command in REPORTS.items():
        theirs = here / f"theirs.{form}"
        if command[-1] == "-o":
            run(*coverage, *command, str(theirs))
        else:
            theirs.write_text(run(*coverage, *command), encoding="utf-8")
        said = [normal(form, path.read_text(encoding="utf-8")) for path in (theirs, here / f"ours.{form}")]
        found[form] = differences(*said)
    run(*coverage, "html", "-q", "-d", "theirs")
    found["html"] = differences(pages.theirs(here / "theirs"), pages.ours(here / "ours"))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--covmerge", type=Path, required=True, help="the binary under test")
    parser.add_argument("--files", type=int, default=150, help="how many files (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which sample, and what ran (default: %(default)s)")
    parser.add_argument("--keep", type=Path, help="keep the scratch directories here")
    parser.add_argument("sources", type=Path, nargs="*", metavar="SOURCE", help="directories of Python files")
    options = parser.parse_args()
    roots = [path.resolve() for path in options.sources] or [Path(sysconfig.get_path("stdlib"))]

    passed = failed = 0
    for branch in (False, True):
        chance = random.Random(options.seed)
        with tempfile.TemporaryDirectory() as scratch:
            here = (options.keep / ("branch" if branch else "lines")).resolve() if options.keep else Path(scratch).resolve()
            files = copy_sources(roots, here / "src", options.files, chance)
            (here / ".coveragerc").write_text("[json]\nshow_contexts = true\n" if branch and options.files <= 200 else "[run]\n")
            write_fragments(files, here, branch, chance)
            for form, found in compare(options.covmerge.resolve(), here).items():
                passed, failed = passed + (not found), failed + bool(found)
                print(f"{'DIFFER' if found else 'same  '} {form:8} of {len(files)} files, {'branches' if branch else 'statements'}")
                for line in found[:SHOWN]:
                    print(f"       {line}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
