#!/usr/bin/env python3
"""Measures how soon pages are ready, ours and coverage.py's in turn: overview, largest file page, lists, the one-file form; and the overview
with ten times as many rows: how soon it is ready, and how long sorting and filtering take to the next frame.

    measure.py OURS THEIRS [--single FILE] [--times 10] [--runs 7]

OURS is a report of covmerge (-o html=OURS), THEIRS one of coverage.py of the same data, FILE one of `-o html-single=FILE`. "Ready" is the
second frame after loading, in ms from the beginning of the navigation, from disk. Rows are repeated under new names in a copy of the index,
ours in its data, coverage.py's in its markup. Medians; compare those of one run only. Needs what requirements.txt pins, and `chromium`.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

READY = """() => new Promise((done) => {
  const finish = () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
  document.readyState === "complete" ? setTimeout(finish) : addEventListener("load", () => setTimeout(finish));
})"""

# From the event until the frame that shows what it did is drawn.
FRAME = """() => new Promise((done) => requestAnimationFrame(() => {
  const start = performance.now();
  ACT
  requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => done(performance.now() - start); channel.port2.postMessage(0); });
}))"""


def grow_ours(report: Path, target: Path, times: int) -> None:
    shutil.copytree(report, target, ignore=shutil.ignore_patterns("files", "dirs"))
    text = (report / "files.js").read_text(encoding="utf-8")
    script, text = text.rsplit("\ncovmerge(", 1)
    data = json.loads(text[: text.rindex(")")])
    dirs, files = data["dirs"], data["files"]
    root, inside = dirs[0], dirs[1:]
    files = list(zip(*files))
    grown_dirs, grown_files = [root], []
    for copy in range(times):
        first = len(grown_dirs) - 1
        grown_dirs += [[name if parent or not copy else f"copy{copy}/{name}", parent + first if parent else 0, *sums] for name, parent, *sums in inside]
        grown_files += [
            [name if parent or not copy else f"copy{copy}-{name}", page, share, parent + first if parent else 0, *numbers] for name, page, share, parent, *numbers in files
        ]
    # As the writer would order them: worst first, by missing statements and branches.
    grown_files.sort(key=lambda row: -(row[6] + row[9]))
    data |= {"dirs": grown_dirs, "files": list(zip(*grown_files))}
    (target / "files.js").write_text(f"{script}\ncovmerge({json.dumps(data, separators=(',', ':'))})\n", encoding="utf-8")


def grow_theirs(report: Path, target: Path, times: int) -> None:
    target.mkdir()
    for path in report.iterdir():
        if path.is_file() and path.suffix in {".js", ".css", ".png"}:
            shutil.copy(path, target)
    text = (report / "index.html").read_text(encoding="utf-8")
    rows = re.findall(r'<tr class="region">.*?</tr>', text, re.DOTALL)
    grown = [re.sub(r'(<a href="[^"]*">)', rf"\1copy{copy}/", row) if copy else row for copy in range(times) for row in rows]
    begin, end = text.index(rows[0]), text.rindex(rows[-1]) + len(rows[-1])
    (target / "index.html").write_text(text[:begin] + "\n".join(grown) + text[end:], encoding="utf-8")


FILTER = "const field = document.getElementById('filter'); field.value = 'test'; field.dispatchEvent(new Event('input', { bubbles: true }));"
SORT = {
    "covmerge": "document.querySelectorAll('#rows thead button')[1].click();",
    "coverage.py": "document.getElementById('statements').click();",
}


def largest(pages) -> Path:
    return max(pages, key=lambda path: path.stat().st_size)


def opened(browser, place: Path):
    """A page in a new context: nothing is in a cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(0)
    page = context.new_page()
    page.goto(place.as_uri(), wait_until="commit")
    return page, page.evaluate(READY)


def elements(page) -> int:
    return page.evaluate("document.getElementsByTagName('*').length")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ours", type=Path)
    parser.add_argument("theirs", type=Path)
    parser.add_argument("--single", type=Path)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    ours, theirs = options.ours.resolve(), options.theirs.resolve()
    pages = {
        "overview, covmerge": ours / "index.html",
        "overview, coverage.py": theirs / "index.html",
        "largest file, covmerge": largest((ours / "files").glob("*.html")),
        "largest file, coverage.py": largest(path for path in theirs.glob("*_py.html")),
        "functions and classes, covmerge": ours / "functions.html",
    }
    if options.single:
        pages["one file, covmerge"] = options.single.resolve()
    found: dict[str, dict[str, list[float]]] = {}

    def note(what: str, **measured: float) -> None:
        for name, value in measured.items():
            found.setdefault(what, {}).setdefault(name, []).append(value)

    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as play:
        grown = {"covmerge": Path(scratch) / "ours", "coverage.py": Path(scratch) / "theirs"}
        grow_ours(ours, grown["covmerge"], options.times)
        grow_theirs(theirs, grown["coverage.py"], options.times)
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(options.runs):
            for what, place in pages.items():
                page, ready = opened(browser, place)
                note(what, ready=ready, elements=elements(page))
                page.context.close()
        for _ in range(options.runs):
            for name, place in grown.items():
                what = f"overview, {options.times} times the rows, {name}"
                page, ready = opened(browser, place / "index.html")
                note(what, ready=ready, elements=elements(page))
                note(what, sort=page.evaluate(FRAME.replace("ACT", SORT[name])), filter=page.evaluate(FRAME.replace("ACT", FILTER)))
                page.context.close()
        browser.close()
    for what, measured in found.items():
        print(f"{what}: " + ", ".join(f"{name} {statistics.median(values):,.0f}" for name, values in measured.items()))


if __name__ == "__main__":
    main()
