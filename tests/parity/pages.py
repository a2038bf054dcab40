"""What HTML reports say, read from their pages: covmerge's and coverage.py's, in one form.

`ours(directory)` and `theirs(directory)` give the same three dictionaries where the reports agree:

    files      name -> (statements, missing, excluded, branches, partial, share)
    regions    ("function" or "class", file, name) -> a sorted list of the same numbers
    lines      (file, number) -> (state, sentences about branches that were not taken)

A share is the number shown; `None` where there is nothing to measure (coverage.py shows 100 there). A state is `r`, `m`, `p`, `x`, or the same as
a capital letter for the further lines of a statement, or empty.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

Report = tuple[dict, dict, dict]

ROW = re.compile(r'<tr class="region">(.*?)</tr>', re.DOTALL)
CELL = re.compile(r'<td(?! class="spacer")[^>]*>(.*?)</td>', re.DOTALL)
# The further lines of a statement have the classes of its first line, too.
STATES = {"mis2": "M", "par2": "P", "exc2": "X", "run2": "R", "mis": "m", "par": "p", "exc": "x", "run": "r"}


def plain(markup: str) -> str:
    """The text of some markup, without the characters that only help to break lines."""
    return re.sub(r"[\u200b\u2009]", "", html.unescape(re.sub(r"<[^>]+>", "", markup))).strip()


def share(statements: int, branches: int, shown: str) -> str | None:
    return shown.rstrip(" %") if statements + branches else None


def data(script: Path) -> dict:
    """What a list shows: it comes behind the script that shows it."""
    return json.loads(script.read_text(encoding="utf-8").rsplit("\ncovmerge(", 1)[1].rstrip()[:-1])


def ours(directory: Path) -> Report:
    files, regions, lines = {}, {}, {}
    listed = data(directory / "files.js")
    above: list[str] = []
    for name, parent, *_ in listed["dirs"]:
        above.append(above[parent] + name if above else name)
    for name, _, shown, parent, _, statements, missing, excluded, branches, _, partial in zip(*listed["files"]):
        files[above[parent] + name] = (statements, missing, excluded, branches, partial, share(statements, branches, shown))
    listed = data(directory / "functions.js")
    for file, _, inside in listed["files"]:
        for name, is_class, _, statements, missing, excluded, branches, _, partial, shown in inside:
            numbers = (statements, missing, excluded, branches, partial, share(statements, branches, shown))
            regions.setdefault(("class" if is_class else "function", file, name), []).append(numbers)
    for page in (directory / "files").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        name = html.unescape(re.search(r'aria-label="Source of ([^"]*)"', text)[1])
        for number, state, content in re.findall(r"<li id=L(\d+)(?: class=(\w))?[^>]*>(.*?)(?=<li |</ol>)", text, re.DOTALL):
            why = re.search(r"<div class=why>(.*)</div>", content, re.DOTALL)
            lines[name, int(number)] = (state, [plain(one) for one in why[1].split("<br>")] if why else [])
    return files, {key: sorted(numbers, key=str) for key, numbers in regions.items()}, lines


def theirs(directory: Path) -> Report:
    files, regions, lines, pages = {}, {}, {}, {}

    def rows(page: str, names: int):
        for row in ROW.findall((directory / page).read_text(encoding="utf-8")):
            cells = [plain(cell) for cell in CELL.findall(row)]
            numbers = cells[names:]
            # With branches: share, statements, missing, excluded, share, branches, partial, share; else statements, missing, excluded, share.
            if len(numbers) == 8:
                _, statements, missing, excluded, _, branches, partial, shown = numbers
            else:
                statements, missing, excluded, shown = numbers
                branches = partial = "0"
            whole = tuple(map(int, (statements, missing, excluded, branches, partial)))
            yield cells[:names], (*whole, share(whole[0], whole[3], shown)), re.search(r'href="([^"#]+)', row)[1]

    for (name,), numbers, page in rows("index.html", 1):
        files[name], pages[name] = numbers, page
    for page, kind in (("function_index.html", "function"), ("class_index.html", "class")):
        for (file, name), numbers, _ in rows(page, 2):
            # What is in none has a row of its own there.
            if not name.startswith("("):
                regions.setdefault((kind, file, name), []).append(numbers)
    for name, page in pages.items():
        text = (directory / page).read_text(encoding="utf-8")
        for line, classes, number in re.findall(r'(<p class="([^"]*)"><span class="n"><a id="t(\d+)".*?</p>)', text, re.DOTALL):
            state = next((state for one, state in STATES.items() if one in classes.split()), "")
            said = [plain(one) for one in re.findall(r'<span class="annotate long">(.*?)</span>', line, re.DOTALL)]
            # Several are numbered in one sentence.
            if said and (several := re.fullmatch(r"\d+ missed branches: (.*)", said[0], re.DOTALL)):
                said = [re.sub(r"^\d+\) ", "", one) for one in re.split(r",\s+(?=\d+\) )", several[1])]
            lines[name, int(number)] = (state, said)
    return files, {key: sorted(numbers, key=str) for key, numbers in regions.items()}, lines
