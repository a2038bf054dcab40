#!/usr/bin/env python3
"""Measures an overview with ten times as many rows: how soon it is ready, and how long sorting and filtering take to the next frame.

    grow.py OURS THEIRS [--times 10] [--runs 5]

OURS is a report of covmerge (-o html=OURS), THEIRS one of coverage.py of the same data (or `-` for none). Rows are repeated under new names
in a copy of the index, ours in its data, coverage.py's in its markup. Times are medians in ms, from disk; compare those of one run only.
Needs what requirements.txt pins, and `chromium`.
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
    "ours": "document.querySelectorAll('#rows thead button')[1].click();",
    "coverage.py": "document.querySelectorAll('table.index thead th[aria-sort]')[1].click();",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ours", type=Path)
    parser.add_argument("theirs")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as play:
        places = {"ours": Path(scratch) / "ours"}
        grow_ours(options.ours, places["ours"], options.times)
        if options.theirs != "-":
            places["coverage.py"] = Path(scratch) / "theirs"
            grow_theirs(Path(options.theirs), places["coverage.py"], options.times)
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, place in places.items():
            found: dict[str, list[float]] = {"ready": [], "filter": [], "sort": [], "sort again": [], "elements": []}
            for _ in range(options.runs):
                context = browser.new_context(viewport={"width": 1280, "height": 800})
                context.set_default_timeout(0)
                page = context.new_page()
                page.goto((place / "index.html").as_uri(), wait_until="commit")
                found["ready"].append(page.evaluate(READY))
                found["elements"].append(page.evaluate("document.getElementsByTagName('*').length"))
                found["sort"].append(page.evaluate(FRAME.replace("ACT", SORT[name])))
                found["sort again"].append(page.evaluate(FRAME.replace("ACT", SORT[name])))
                found["filter"].append(page.evaluate(FRAME.replace("ACT", FILTER)))
                context.close()
            print(f"{name}: index {sum(path.stat().st_size for path in place.glob('*') if path.name in ('index.html', 'files.js')) / 1e3:,.0f} kB; " + ", ".join(f"{what} {statistics.median(values):,.0f}" for what, values in found.items()), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
