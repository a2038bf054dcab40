#!/usr/bin/env python3
"""Opens reports in Chromium, from disk and from a plain server, and checks what a person can do and what the pages say.

    run.py --covmerge target/release/covmerge [--only WORD] [--pictures DIR] [--keep DIR]

Reports are made of testdata/example and of made projects (see projects.py), whose numbers are held against coverage.py's. A message of the
browser at level error (a breach of the policy is one), an uncaught exception, a request that leaves the report or a finding of axe (WCAG and
best practices; light, dark and forced colours) fails the check in which it happens. Nothing here depends on how fast the machine is.

Prints a line for each check that failed, then `N passed, N failed`; exits 1 if one failed. Needs what requirements.txt pins, and `chromium`.
"""

from __future__ import annotations

import argparse
import base64
import collections
import contextlib
import functools
import hashlib
import http.server
import json
import re
import shutil
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page, sync_playwright

import projects

CHECKS = []
AXE = Axe()


def check(*names: str, once: bool = False):
    """A check of the reports of these projects; `once`, from disk only: what it asks does not depend on where the report is."""

    def add(run):
        CHECKS.extend((run, name, once) for name in names)
        return run

    return add


class Server:
    """A plain server of a directory, as `python -m http.server` is one."""

    def __init__(self, root: Path) -> None:
        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(root)))
        # A browser that goes on to another page closes its connections.
        self.http.handle_error = lambda *_: None
        self.root = f"http://127.0.0.1:{self.http.server_address[1]}/"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


class Site:
    """One report at one place."""

    def __init__(self, browser, project: projects.Project, root: str) -> None:
        self.browser, self.project, self.root = browser, project, root
        self.base = f"{root}{project.report.name}/"

    @contextlib.contextmanager
    def open(self, address: str = "index.html", before: str = "", **options):
        """A page in a new context. `before` is run before its scripts. Leaving it fails on whatever went wrong in it."""
        context = self.browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
        faults: list[str] = []
        try:
            page = context.new_page()
            page.on("console", lambda message: message.type == "error" and faults.append(f"console: {message.text}"))
            page.on("pageerror", lambda error: faults.append(f"exception: {error}"))
            page.on("requestfailed", lambda request: request.failure == "net::ERR_ABORTED" or faults.append(f"request failed: {request.url}, {request.failure}"))
            page.on("request", lambda request: request.url.startswith((self.root, "about:", "blob:null")) or faults.append(f"request to outside: {request.url}"))
            page.on("dialog", lambda dialog: (faults.append(f"alert: {dialog.message}"), dialog.dismiss()))
            if before:
                page.add_init_script(before)
            page.goto(urllib.parse.urljoin(self.base, address))
            yield page
            # Without script no frame is ever reported.
            if options.get("java_script_enabled", True):
                settle(page)
            assert not faults, "; ".join(dict.fromkeys(faults))
        finally:
            context.close()

    def page_of(self, name: str) -> str:
        """Where the page of a file is: by the title of it, which no script made."""
        for path in sorted((self.project.report / "files").glob("*.html")):
            if f'aria-label="Source of {escaped(visible(name))}"' in path.read_text(encoding="utf-8"):
                return f"files/{path.name}"
        raise AssertionError(f"no page of {name!r}")

    @property
    def pages(self) -> list[str]:
        root = self.project.report
        return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.html"))


def visible(text: str) -> str:
    """As `escape.rs` shows names: what has no picture by its number."""
    hidden = r"[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    return re.sub(hidden, lambda found: f"U+{ord(found[0]):04X}", text)


def escaped(text: str) -> str:
    for character, entity in (("&", "&#38;"), ("<", "&#60;"), (">", "&#62;"), ('"', "&#34;"), ("'", "&#39;")):
        text = text.replace(character, entity)
    return text


def settle(page: Page) -> None:
    """Waits until what was begun is drawn, be it another page."""
    while True:
        try:
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")
            return
        except BrowserError as error:
            if "context was destroyed" not in str(error):
                raise
            page.wait_for_load_state()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        settle(page)


def follow(page: Page, act) -> str:
    """Does what leads to another page; where that is, without the base."""
    with page.expect_navigation():
        act()
    settle(page)
    return page.url


def equal(found, wanted, what: str = "") -> None:
    if isinstance(found, set) and isinstance(wanted, set):
        found, wanted = found - wanted, wanted - found
    if isinstance(found, dict) and isinstance(wanted, dict):
        found, wanted = ({key: value for key, value in one.items() if key not in other or other[key] != value} for one, other in ((found, wanted), (wanted, found)))
    assert found == wanted, f"{what}: found {found!r:.600}, wanted {wanted!r:.600}"


ROWS = """() => {
  // What is printed is all of the table.
  dispatchEvent(new Event("beforeprint"));
  const rows = [...document.querySelectorAll("#rows tbody tr:not(.space)")].map((row) => ({
    name: row.cells[0].querySelector("a") ? row.cells[0].querySelector("a").textContent : row.cells[0].textContent,
    title: row.cells[0].querySelector("a")?.title ?? "",
    href: row.cells[0].querySelector("a")?.getAttribute("href") ?? "",
    folder: Boolean(row.cells[0].querySelector(".twist")),
    cells: [...row.cells].slice(1).map((cell) => cell.textContent),
  }));
  dispatchEvent(new Event("afterprint"));
  return rows;
}"""


def rows(page: Page) -> list[dict]:
    return page.evaluate(ROWS)


def names(page: Page) -> list[str]:
    return [row["name"] for row in rows(page)]


def number(cell: str) -> float:
    """What a cell says, to be ordered by; nothing to measure is after all."""
    return float("nan") if "nothing" in cell else float(cell.replace(",", "").replace(" %", ""))


def hash_of(page: Page) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.url).fragment))


def sums_of(summary: dict) -> list[str]:
    """A row's cells, made of a summary of coverage.py's JSON."""
    measured = summary["num_statements"] + summary["num_branches"]
    counts = ("num_statements", "missing_lines", "excluded_lines", "num_branches", "num_partial_branches")
    return [f"{summary[name]:,}" for name in counts] + [f"{summary['percent_covered_display']}%" if measured else "nothing to measure"]


LINES = """() => [...document.querySelectorAll("#code li")].map((line) => {
  const copy = line.cloneNode(true);
  copy.querySelectorAll(".why").forEach((why) => why.remove());
  copy.querySelectorAll("mark").forEach((mark) => mark.replaceWith(String.fromCodePoint(parseInt(mark.textContent.slice(2), 16))));
  const state = (line.className.match(/(?:^|\\s)([rmpxRMPX])(?:\\s|$)/) || ["", ""])[1];
  // What is out of view is not laid out, so it has no innerText.
  const why = [...(line.querySelector(".why")?.childNodes ?? [])].map((node) => (node.nodeName === "BR" ? "\\n" : node.textContent)).join("");
  return { number: Number(line.id.slice(1)), text: copy.textContent, state, why };
})"""


def stretches(lines: list[dict]) -> list[int]:
    """Where each stretch that lacks something begins: missing statements together until another statement, partial ones alone."""
    begins, last = [], ""
    for line in lines:
        if line["state"] == "p" or (line["state"] == "m" and last != "m"):
            begins.append(line["number"])
        if line["state"] in ("r", "m", "p", "x"):
            last = line["state"]
    return begins


# --- the numbers -------------------------------------------------------------------------------------------------------------------------


@check("example", "hostile", "many")
def the_overview_has_coveragepys_numbers(site: Site) -> None:
    theirs = site.project.theirs
    with site.open() as page:
        equal(page.inner_text("h1").split("\n")[-1].strip(), site.project.total, "total")
        totals = theirs["totals"]
        words = page.inner_text(".parts")
        for part in (
            f"{totals['covered_lines']:,} of {totals['num_statements']:,} ran, {totals['missing_lines']:,} missing",
            f"{totals['covered_branches']:,} of {totals['num_branches']:,} taken, {totals['missing_branches']:,} missing",
        ):
            assert part in words, f"{part!r} is not in {words!r}"
        found = {row["name"]: row["cells"] for row in rows(page)}
        equal(found, {visible(name): sums_of(file["summary"]) for name, file in theirs["files"].items()}, "rows")
        # Worst first: what lacks most stands above.
        lacking = {visible(name): file["summary"]["missing_lines"] + file["summary"]["missing_branches"] for name, file in theirs["files"].items()}
        order = [lacking[name] for name in names(page)]
        equal(order, sorted(order, reverse=True), "worst first")
        worst = page.locator(".begin li a").first
        equal(lacking[worst.inner_text()], max(lacking.values()), "where to begin")
        assert re.search(r"#L\d+$", worst.get_attribute("href")), "it leads to the first missing line"


@check("example", "hostile", "many")
def functions_and_classes_have_coveragepys_numbers(site: Site) -> None:
    with site.open("functions.html") as page:
        for kind, key in (("function", "functions"), ("class", "classes")):
            if page.locator(f"[data-choice={kind}]").get_attribute("aria-pressed") == "false":
                page.click(f"[data-choice={kind}]")
            found = collections.defaultdict(list)
            for row in rows(page):
                found[row["title"]].append(row["cells"])
            # coverage.py tells functions of one name apart by `@` and the line.
            wanted = {f"{re.sub('@.*', '', name)} in {visible(path)}": sums_of(region["summary"]) for path, file in site.project.theirs["files"].items() for name, region in file[key].items() if name and "@" not in name}
            equal(set(found), set(wanted), kind)
            for name, cells in wanted.items():
                assert cells in found[name], f"{name}: found {found[name]}, wanted {cells}"


@check("example", "hostile", once=True)
def lines_and_sentences_are_coveragepys(site: Site) -> None:
    classes = {"r": "run", "m": "mis", "p": "par", "x": "exc", "R": "run2", "M": "mis2", "P": "par2", "X": "exc2", "": "pln"}
    sentences = 0
    with site.open() as page:
        for name, file in site.project.theirs["files"].items():
            page.goto(site.base + site.page_of(name))
            lines = page.evaluate(LINES)
            found = {line["number"]: classes[line["state"]] for line in lines}
            theirs = {at: state for at, state in site.project.states[name].items() if at <= len(lines)}
            equal({at: found[at] for at in theirs if found[at] != theirs[at]}, {at: theirs[at] for at in theirs if found[at] != theirs[at]}, name)
            equal({line["number"]: line["why"] for line in lines if line["why"]}, site.project.sentences[name], f"sentences of {name}")
            sentences += len(site.project.sentences[name])
            summary = file["summary"]
            counts = [summary["covered_lines"], summary["missing_lines"], summary["num_partial_branches"], summary["excluded_lines"]]
            equal(page.locator("#sums li").all_inner_texts(), [f"{count:,} {word}" for count, word in zip(counts, ("executed", "missing", "partial", "excluded"))], name)
            measured = summary["num_statements"] + summary["num_branches"]
            assert page.inner_text("h1").endswith(f"{summary['percent_covered_display']}%" if measured else "nothing to measure"), page.inner_text("h1")
            # What is out of view is laid out later.
            outline = page.evaluate("[...document.querySelectorAll('#outline li')].map((one) => [one.firstChild.textContent, one.lastElementChild.textContent])")
            regions = [(region, entry["summary"]) for key in ("functions", "classes") for region, entry in file[key].items() if region]
            for region, sums in regions:
                own = re.sub("@.*", "", region.rsplit(".", 1)[-1])
                share = f"{sums['percent_covered_display']}%" if sums["num_statements"] + sums["num_branches"] else "–"
                assert any(own == entry[0].strip() and share == entry[-1].strip() for entry in outline), f"{name}: no {own} {share} in {outline}"
    assert sentences > 2, "there were sentences to compare"


@check("many")
def sums_of_folders_are_those_of_their_files(site: Site) -> None:
    with site.open("index.html#view=tree") as page:
        page.click("text=Open all")
        found = rows(page)
        folders = [row for row in found if row["folder"]]
        assert len(folders) > 20, len(folders)
        statements = {visible(name): file["summary"]["num_statements"] for name, file in site.project.theirs["files"].items()}
        by_folder = collections.Counter()
        for name, count in statements.items():
            for at, character in enumerate(name):
                if character == "/":
                    by_folder[name[: at + 1]] += count
        labels = page.evaluate('() => { dispatchEvent(new Event("beforeprint")); return [...document.querySelectorAll(".twist")].map((one) => one.dataset.folder); }')
        equal({label: number(row["cells"][0]) for label, row in zip(labels, folders)}, {label: by_folder[label] for label in labels}, "sums")


# --- the overview ------------------------------------------------------------------------------------------------------------------------

COLUMNS = {"name": "f", "statements": "s", "missing": "m", "excluded": "x", "branches": "b", "partial": "p", "coverage": "c"}


def is_ordered(page: Page, at: int, down: bool) -> None:
    found = rows(page)
    if at == 0:
        values = [row["name"] for row in found]
    else:
        values = [number(row["cells"][at - 1]) for row in found]
        # What has nothing to measure is last, whichever way.
        blank = [value != value for value in values]
        assert blank == sorted(blank), "nothing to measure is last"
        values = [value for value in values if value == value]
    # JavaScript compares code units, Python code points; the names here have none beyond the first plane.
    equal(values, sorted(values, reverse=down), f"column {at}")


@check("example", "hostile", "many", once=True)
def every_column_sorts_by_click_and_by_key_both_ways(site: Site) -> None:
    for address in ("index.html", "functions.html"):
        with site.open(address) as page:
            for at, (name, key) in enumerate(COLUMNS.items()):
                if address == "functions.html" and at == 0:
                    continue
                head = page.locator("#rows thead th").nth(at)
                first = "ascending" if name in ("name", "coverage") else "descending"
                other = "ascending" if first == "descending" else "descending"
                for act in (lambda: head.locator("button").click(), lambda: press(page, key)):
                    press(page, "w")
                    equal(head.get_attribute("aria-sort"), None, name)
                    for way in (first, other):
                        act()
                        equal(head.get_attribute("aria-sort"), way, name)
                        equal(page.locator("[aria-sort]").count(), 1, "one column sorts")
                        is_ordered(page, at, way == "descending")
                        equal(hash_of(page)["sort"], ("-" if way == "descending" else "") + name, "address")


@check("example", "hostile", once=True)
def coveragepys_keys_of_the_index_mean_the_same(site: Site) -> None:
    with site.open() as page:
        for key, name in {"f": "name", "n": "name", "s": "statements", "m": "missing", "x": "excluded", "b": "branches", "p": "partial", "c": "coverage"}.items():
            press(page, "w", key)
            equal(hash_of(page)["sort"].lstrip("-"), name, key)
        press(page, "w")
        listed = rows(page)
        assert follow(page, lambda: page.keyboard.press("]")).endswith(listed[0]["href"]), "] is the first"
        page.go_back()
        assert follow(page, lambda: page.keyboard.press("[")).endswith(listed[-1]["href"]), "[ is the last"
        page.go_back()
        press(page, "?")
        assert page.locator("dialog[open]").is_visible()
        press(page, "Escape")
        equal(page.locator("dialog[open]").count(), 0, "Escape closes it")


@check("many")
def what_is_typed_in_one_go_is_one_step(site: Site) -> None:
    with site.open() as page:
        for before, typed in (("s", "part1 group"), ("c", " module1")):
            press(page, before)
            address = page.url
            press(page, "/")
            page.keyboard.press("Control+A")
            page.keyboard.type(typed)
            settle(page)
            equal(hash_of(page)["filter"], typed.strip(), "filter")
            page.go_back()
            settle(page)
            equal(page.url, address, f"Back from {typed!r}")
            page.evaluate("document.activeElement.blur()")


@check("hostile")
def back_from_a_jump_leads_to_where_one_was_in_a_file(site: Site) -> None:
    with site.open(f"{site.page_of('lib/argparse.py')}#L100") as page:
        settle(page)
        page.mouse.move(700, 500)
        page.mouse.wheel(0, 9_000)
        page.wait_for_timeout(400)
        place = page.evaluate("scrollY")
        page.locator("#outline a").nth(3).click()
        settle(page)
        assert abs(page.evaluate("scrollY") - place) > 2_000, "a jump"
        page.wait_for_timeout(400)
        page.go_back()
        settle(page)
        assert abs(page.evaluate("scrollY") - place) < 100, (page.evaluate("scrollY"), place)
        equal(selected(page), 100, "what was selected")


@check("many")
def back_within_a_list_leads_to_where_one_was(site: Site) -> None:
    for address in ("index.html", ONE_FILE):
        with site.open(address) as page:
            page.locator("#controls").wait_for()
            press(page, "s")
            page.click("[data-choice=uncovered]")
            page.mouse.move(600, 500)
            page.mouse.wheel(0, 800)
            page.wait_for_timeout(400)
            press(page, "c")
            place = page.evaluate("scrollY")
            assert place > 300, place
            page.evaluate("scrollTo(0, 100)")
            page.wait_for_timeout(400)
            for way, wanted in ((page.go_back, place), (page.go_back, 0), (page.go_back, 0), (page.go_forward, 0), (page.go_forward, place), (page.reload, place), (page.go_forward, 100)):
                way()
                page.locator("#controls").wait_for()
                settle(page)
                equal(page.evaluate("scrollY"), wanted, f"{address}, {way.__name__}: {page.url}")


@check("many")
def back_from_a_file_leads_to_where_one_was_in_the_list(site: Site) -> None:
    for address in ("index.html", "index.html#sort=name", "functions.html"):
        with site.open(address) as page:
            page.mouse.move(600, 500)
            page.mouse.wheel(0, 3_000)
            page.wait_for_timeout(400)
            place = page.evaluate("scrollY")
            assert place > 2_000, place
            page.evaluate("document.elementFromPoint(200, 500).closest('tr').querySelector('a').click()")
            page.locator("#code").wait_for()
            page.go_back()
            page.locator("#rows tbody tr:not(.space)").first.wait_for()
            settle(page)
            equal(page.evaluate("scrollY"), place, address)


@check("example", "many")
def filters_take_words_wildcards_and_states(site: Site) -> None:
    files = {name: file["summary"] for name, file in site.project.theirs["files"].items()}
    with site.open() as page:

        def after(text: str) -> set[str]:
            page.fill("#filter", text)
            settle(page)
            return set(names(page))

        some = sorted(files)[len(files) // 2]
        equal(after(some), {some}, "a whole name")
        equal(after(some.upper()), {some}, "case does not matter")
        last = some.rsplit("/", 1)[-1]
        equal(after("*" + last[2:]), {name for name in files if name.endswith(last[2:])}, "*")
        equal(after("?" + last[1:]), {name for name in files if re.search(f"(^|/).{re.escape(last[1:])}$", name)}, "?")
        top = some.split("/")[0]
        equal(after(f"/{top}/*"), {name for name in files if name.startswith(f"{top}/")}, "from the root")
        equal(after(f"/{last}*"), {name for name in files if name.startswith(last)}, "nothing below")
        equal(after(f"{top}/*"), {name for name in files if name.startswith(f"{top}/")}, "a folder")
        equal(after(f"{top} {last}"), {some}, "two words")
        equal(after("(["), set(), "no expression")
        assert page.locator(".none").is_visible(), "an empty table says why"
        assert page.locator("#found").inner_text().startswith("0 of "), page.locator("#found").inner_text()
        # Keys that go somewhere stay where nothing is listed.
        page.evaluate("document.activeElement.blur()")
        press(page, "[", "]", "g")
        equal(after(""), set(files), "all again")
        states = {
            "uncovered": lambda sums: sums["missing_lines"] > 0,
            "partial": lambda sums: sums["num_partial_branches"] > 0,
            "complete": lambda sums: sums["num_statements"] and not sums["missing_lines"] and not sums["missing_branches"],
            "excluded": lambda sums: sums["excluded_lines"] > 0,
        }
        for state, holds in states.items():
            page.click(f"[data-choice={state}]")
            equal(set(names(page)), {name for name, sums in files.items() if holds(sums)}, state)
            equal(page.get_attribute(f"[data-choice={state}]", "aria-pressed"), "true", state)
            page.click(f"[data-choice={state}]")
        page.click("[data-choice=uncovered]")
        page.click("[data-choice=partial]")
        equal(set(names(page)), {name for name, sums in files.items() if states["uncovered"](sums) or states["partial"](sums)}, "either")


@check("example")
def wildcards_are_of_names_or_of_files_in_the_list_of_functions(site: Site) -> None:
    with site.open("functions.html") as page:
        for text, wanted in (("Cart.add", {"Cart.add"}), ("*.add", {"Cart.add"}), ("a?d", {"Cart.add"}), ("Cart.re*", {"Cart.remove"}), ("*.nothing", set())):
            page.fill("#filter", text)
            settle(page)
            equal(set(row["title"].split(" in ")[0] for row in rows(page)), wanted, text)
        page.fill("#filter", "cart.p?")
        settle(page)
        assert rows(page) and all(row["title"].endswith(" in shop/cart.py") for row in rows(page)), rows(page)


@check("many", "hostile")
def the_tree_opens_and_closes_and_keeps_its_folders_in_the_address(site: Site) -> None:
    with site.open() as page:
        page.click("[data-choice=tree]")
        closed = rows(page)
        twist = page.locator(".twist[aria-expanded=false]").first
        label = twist.get_attribute("data-folder")
        twist.focus()
        press(page, "Enter")
        equal(page.evaluate("document.activeElement.dataset.folder"), label, "the focus stays")
        opened = rows(page)
        assert len(opened) > len(closed)
        assert label in urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).fragment)["open"], page.url
        page.reload()
        equal(rows(page), opened, "reload")
        page.go_back()
        settle(page)
        equal(rows(page), closed, "Back")
        page.go_forward()
        settle(page)
        equal(rows(page), opened, "Forward")
        page.click("text=Close all")
        settle(page)
        equal(page.locator(".twist[aria-expanded=true]").count(), 0, "closed")
        shut = rows(page)
        page.reload()
        equal(rows(page), shut, "closed is in the address")
        page.locator(".twist").first.click(position={"x": 40, "y": 8})
        settle(page)
        assert len(rows(page)) > len(shut), "a folder opens by its name"
        page.click("text=Open all")
        equal(len([row for row in rows(page) if not row["folder"]]), len(site.project.theirs["files"]), "all open")
        # A filter shows what is found wherever it is.
        page.click("text=Close all")
        some = sorted(site.project.theirs["files"])[-1]
        page.fill("#filter", visible(some))
        settle(page)
        equal([row["title"] for row in rows(page) if not row["folder"]], [visible(some)], "filtered")
        # What is found can be folded, too.
        found = rows(page)
        equal({twist.get_attribute("aria-expanded") for twist in page.locator(".twist").all()} <= {"true", "false"}, True, "aria-expanded")
        if page.locator(".twist").count():
            page.locator(".twist").last.click()
            settle(page)
            equal([row["title"] for row in rows(page) if not row["folder"]], [], "folded")
            page.click("text=Close all")
            shut = urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).fragment)["shut"]
            assert all(visible(some).startswith(folder) for folder in shut), f"the address names what is found: {shut}"
            page.click("text=Open all")
            equal(rows(page), found, "open again")


@check("many", "hostile")
def the_treemap_zooms_by_click_and_key(site: Site) -> None:
    with site.open() as page:
        page.click("[data-choice=map]")
        settle(page)
        area = page.locator("svg.treemap")
        assert area.is_visible() and page.locator("#table").is_hidden()
        folder = page.locator('svg.treemap a[href*="zoom="]').first
        target = folder.get_attribute("href")
        box = folder.bounding_box()
        page.mouse.click(box["x"] + 6, box["y"] + 6)
        settle(page)
        equal(page.url.split("#")[1], target[1:], "a folder opens")
        assert page.locator(".crumbs [aria-current]").inner_text(), "one sees where one is"
        page.go_back()
        settle(page)
        assert "zoom" not in hash_of(page), "Back"
        # One stop of Tab, arrows in it, Enter opens, Backspace leaves.
        equal(page.locator('svg.treemap a[tabindex="0"]').count(), 1, "one stop of Tab")
        map_is_empty(page)
        page.locator(".crumbs a").last.focus()
        press(page, "Tab")
        assert page.evaluate("document.activeElement.matches('svg.treemap a')"), "the stop of Tab is an area"
        seen = set()
        for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowDown", "ArrowRight"):
            press(page, key)
            seen.add(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        assert len(seen) > 1, seen
        page.evaluate("() => { const one = document.querySelector('svg.treemap a[href*=\"zoom=\"]'); one.focus(); }")
        press(page, "Enter")
        assert "zoom" in hash_of(page), page.url
        assert page.evaluate("document.activeElement.closest('svg.treemap') !== null"), "the focus stays in the map"
        press(page, "Backspace")
        assert "zoom" not in hash_of(page), page.url
        # What is filtered stays so.
        page.goto(site.base + "index.html#view=map&filter=*.py&show=uncovered")
        settle(page)
        page.locator('svg.treemap a[href*="zoom="]').first.focus()
        press(page, "Enter")
        equal({name: hash_of(page).get(name) for name in ("view", "filter", "show")}, {"view": "map", "filter": "*.py", "show": "uncovered"}, "zoomed")
        # An area that has words says them first to who does not see it, and colours are of what is shown.
        page.goto(site.base + "index.html#view=map&show=complete")
        settle(page)
        areas = page.evaluate("[...document.querySelectorAll('svg.treemap a')].map((one) => [one.textContent, one.getAttribute('aria-label'), one.querySelector('rect').getAttribute('class')])")
        assert areas and all(label.startswith(f"{text} ") for text, label, _ in areas if text), areas
        equal({shade for *_, shade in areas}, {"c10"}, "all is complete")
        # A file's area leads to its page.
        page.goto(site.base + "index.html#view=map")
        while page.locator('svg.treemap a[href^="files/"]').count() == 0:
            page.goto(site.base + "index.html" + page.locator("svg.treemap a").first.get_attribute("href"))
            settle(page)
        file = page.locator('svg.treemap a[href^="files/"]').first
        href = file.get_attribute("href")
        file.focus()
        assert follow(page, lambda: page.keyboard.press("Enter")).endswith(href)


def map_is_empty(page: Page) -> None:
    """Says so where nothing is found, and is back without the filter."""
    page.fill("#filter", "no such name")
    settle(page)
    assert page.locator(".none").is_visible() and not page.locator("svg.treemap").is_visible()
    page.fill("#filter", "")
    settle(page)
    assert page.locator("svg.treemap").is_visible()


@check("example", "many")
def areas_of_the_treemap_are_shares_of_the_statements(site: Site) -> None:
    with site.open("index.html#view=map&filter=*.py") as page:
        cells = page.evaluate("""() => [...document.querySelectorAll("svg.treemap > a")].map((cell) => {
          const box = cell.querySelector("rect");
          return [cell.getAttribute("aria-label"), box.getAttribute("width") * box.getAttribute("height"), cell.getAttribute("href")];
        })""")
        assert cells and all(area > 0 and re.search(r"[\d,]+ statements", label) for label, area, _ in cells), cells
        frame = page.evaluate("() => { const box = document.querySelector('svg.treemap').viewBox.baseVal; return box.width * box.height; }")
        assert all(area <= frame * 1.001 for _, area, _ in cells)


@check("example", "hostile", "many")
def views_are_in_the_address_and_come_back(site: Site) -> None:
    wanted = ["index.html#sort=-statements&filter=*.py&show=uncovered%2Cpartial", "index.html#view=tree&filter=e", "functions.html#kind=function&sort=coverage"]
    for address in wanted:
        with site.open(address) as page:
            shown = rows(page)
            assert shown, address
            page.reload()
            equal(rows(page), shown, "reload")
            place = page.url
            link = next(row["href"] for row in shown if row["href"])
            follow(page, lambda: page.locator(f'#rows a[href="{link}"]').first.click())
            page.go_back()
            settle(page)
            equal((page.url, rows(page)), (place, shown), "Back from a file")
    with site.open() as page:
        first = rows(page)
        page.click("#rows thead button >> nth=1")
        sorted_rows = rows(page)
        page.click("[data-choice=uncovered]")
        page.go_back()
        settle(page)
        equal(rows(page), sorted_rows, "Back undoes one step")
        page.go_back()
        settle(page)
        equal(rows(page), first, "and the other")
        page.locator("#filter").press_sequentially("zz")
        page.go_back()
        settle(page)
        equal((rows(page), page.input_value("#filter")), (first, ""), "what was typed is one step")
        # The address is not for skipping.
        page.goto("about:blank")
        page.goto(site.base + wanted[1])
        place, shown = page.url, rows(page)
        press(page, "Tab", "Enter")
        equal((page.url, rows(page), page.evaluate("document.activeElement.id")), (place, shown, "rows"), "the way past the head")
        for nonsense in ("show=__proto__,constructor&kind=toString&sort=__proto__&view=valueOf&open=%00|%ff&zoom=__proto__", "=&&&%E0%A4%A&show=,", "filter=" + "%3F*" * 40 + "z", "a" * 5000):
            page.goto(site.base + "index.html#" + nonsense)
            page.reload()
            rows(page)
        page.goto(site.base + "index.html")
        page.fill("#filter", "zzz")
        page.reload()
        equal((page.input_value("#filter"), rows(page)), ("zzz", []), "the filter")


@check("many")
def only_rows_in_view_are_in_the_page_and_scrolling_shows_the_others(site: Site) -> None:
    with site.open() as page:
        order = [row["href"] for row in rows(page)]
        assert page.locator("#rows tbody tr").count() < 120
        for share in (0.5, 1.0, 0.2):
            page.evaluate("(share) => scrollTo(0, share * document.documentElement.scrollHeight)", share)
            settle(page)
            in_view = page.evaluate("""() => [...document.querySelectorAll("#rows tbody tr:not(.space)")].filter((row) => {
              const box = row.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight; }).map((row) => row.cells[0].querySelector("a").getAttribute("href"))""")
            assert in_view and "".join(in_view) in "".join(order), "in order, without a gap"
        # The last row is there at the end of the page.
        page.evaluate("scrollTo(0, 1e9)")
        settle(page)
        equal(page.locator("#rows tbody tr:not(.space)").last.locator("a").first.get_attribute("href"), order[-1], "the last")


@check("example", "many", "hostile")
def the_first_missing_line_is_one_click_away(site: Site) -> None:
    with site.open() as page:
        link = page.locator("#rows td a").first
        target, is_missing = link.get_attribute("href"), " missing in " in link.get_attribute("aria-label")
        assert follow(page, lambda: link.click()).endswith(target)
        line = int(target.split("#L")[1])
        equal(page.evaluate(LINES)[line - 1]["state"], "m" if is_missing else "p", "the first missing line, or a partial one where none is")
        box = page.locator(f"#L{line}").bounding_box()
        head = page.locator(".top").bounding_box()
        assert head["y"] + head["height"] <= box["y"] < 800, f"line {line} is in view: {box}, {head}"
        page.go_back()
        assert follow(page, lambda: page.keyboard.press("g")).endswith(target), "g"


# --- keys --------------------------------------------------------------------------------------------------------------------------------


@check("example", once=True)
def every_key_that_the_dialog_lists_works_or_says_nothing(site: Site) -> None:
    for address in ("index.html", "functions.html", site.page_of(sorted(site.project.theirs["files"])[-1])):
        with site.open(address) as page:
            page.click("[aria-label=Keys]")
            dialog = page.locator("dialog[open]")
            assert dialog.is_visible() and dialog.get_attribute("aria-labelledby") and page.evaluate("document.activeElement.closest('dialog') !== null")
            keys = dialog.locator("kbd").all_inner_texts()
            wanted = set("fsmxbpcwg/?[]") if "files/" not in address else set("jknrmxp10g/[]u?cN")
            assert wanted <= set(keys) and len(keys) == len(set(keys)), keys
            # While it is open, keys are its own.
            before = page.url
            press(page, "m")
            equal(page.url, before, "keys under the dialog")
            page.click("dialog button")
            equal(page.locator("dialog[open]").count(), 0, "Close")
            equal(page.evaluate("document.activeElement.getAttribute('aria-label')"), "Keys", "the focus is back")
        signs = {"←": "ArrowLeft", "↑": "ArrowUp", "→": "ArrowRight", "↓": "ArrowDown"}
        for key in keys:
            with site.open(address) as page:
                press(page, signs.get(key, key))


@check("example", once=True)
def keys_are_dead_while_a_field_has_the_focus_or_a_modifier_is_held(site: Site) -> None:
    with site.open() as page:
        start = page.url
        for modifier in ("Control", "Alt", "Meta"):
            for key in "smbx":
                press(page, f"{modifier}+{key}")
        equal(page.url, start, "modifiers")
        press(page, "/")
        equal(page.evaluate("document.activeElement.id"), "filter", "/")
        page.keyboard.type("smbtw?")
        settle(page)
        equal((page.input_value("#filter"), page.locator("[aria-sort]").count(), page.locator("dialog[open]").count()), ("smbtw?", 0, 0), "typed")
        press(page, "Escape", "s")
        equal(page.locator("[aria-sort]").count(), 1, "Escape leaves the field")
    with site.open(site.page_of("shop/cart.py")) as page:
        press(page, "Control+m", "Alt+r", "Meta+x")
        press(page, "g")
        page.keyboard.type("mrx34")
        equal(page.locator("#sums [aria-pressed=false]").count(), 0, "no key of the page's was heard")
        press(page, "Enter")
        equal(page.locator("#code .selected").get_attribute("id"), "L34", "go to line")


@check("hostile", "example")
def coveragepys_keys_of_a_file_mean_the_same(site: Site) -> None:
    files = sorted(visible(name) for name in site.project.theirs["files"])
    middle = files[len(files) // 2]
    real = {visible(name): name for name in site.project.theirs["files"]}
    with site.open(site.page_of(real[middle])) as page:
        for key in "rmxp":
            for pressed in ("false", "true"):
                press(page, key)
                equal(page.get_attribute(f'#sums [data-key="{key}"] button', "aria-pressed"), pressed, key)
    raw = sorted(site.project.theirs["files"], key=lambda name: name.encode())
    at = len(raw) // 2
    with site.open(site.page_of(raw[at])) as page:
        for key, other in (("[", raw[at - 1]), ("]", raw[at + 1])):
            assert follow(page, lambda key=key: page.keyboard.press(key)).endswith(site.page_of(other)), key
            page.go_back()
        assert follow(page, lambda: page.keyboard.press("u")).endswith("index.html"), "u"
        page.go_back()
        follow(page, lambda: page.keyboard.press("/"))
        equal(page.evaluate("document.activeElement.id"), "filter", "/")
    name = "lib/argparse.py" if site.project.name == "hostile" else "shop/cart.py"
    with site.open(site.page_of(name)) as page:
        begins = stretches(page.evaluate(LINES))
        press(page, "1")
        equal(selected(page), begins[0], "1")
        if len(begins) > 2:
            press(page, "j", "j")
            equal(selected(page), begins[2], "j")
            press(page, "k")
            equal(selected(page), begins[1], "k")
            # After coverage.py's own keys `p` is coverage.py's.
            press(page, "p")
            equal((selected(page), page.get_attribute('#sums [data-key="p"] button', "aria-pressed")), (begins[1], "false"), "p after j")
            press(page, "p")
        press(page, "0")
        equal(page.evaluate("scrollY"), 0, "0")


def top_line(page: Page) -> int:
    """The first line below the head."""
    return page.evaluate("""() => { const head = document.querySelector(".top").getBoundingClientRect().bottom;
      return Number([...document.querySelectorAll("#code li")].find((line) => line.getBoundingClientRect().bottom > head).id.slice(1)); }""")


def selected(page: Page) -> int:
    found = page.evaluate("Number(document.querySelector('#code .selected')?.id.slice(1) ?? 0)")
    return found


# --- the page of a file ------------------------------------------------------------------------------------------------------------------


@check("hostile")
def jumps_go_on_from_where_the_reader_is_and_across_files(site: Site) -> None:
    with site.open(site.page_of("lib/argparse.py")) as page:
        lines = page.evaluate(LINES)
        begins = stretches(lines)
        assert len(begins) > 20
        counter = page.locator(".tools .count")
        for top in (900, 1500, 400):
            page.evaluate("(top) => document.getElementById(`L${top}`).scrollIntoView()", top)
            settle(page)
            edge = top_line(page)
            wanted = next(begin for begin in begins if begin >= edge)
            press(page, "n")
            equal(selected(page), wanted, f"n from line {edge}")
            equal(counter.inner_text(), f"{begins.index(wanted) + 1} of {len(begins)}", "counter")
            press(page, "n")
            equal(selected(page), begins[begins.index(wanted) + 1], "n again")
            press(page, "p")
            equal(selected(page), wanted, "p after n")
            press(page, "N")
            equal(selected(page), begins[begins.index(wanted) - 1], "N")
            box = page.locator(f"#L{selected(page)}").bounding_box()
            assert 0 <= box["y"] < 800, "it is in view"
            # Somebody who scrolls away goes on from there.
            page.evaluate("(top) => document.getElementById(`L${top}`).scrollIntoView()", 2000)
            settle(page)
            wanted = next(begin for begin in begins if begin >= top_line(page))
            press(page, "n")
            equal(selected(page), wanted, "n after scrolling on")
            press(page, "Escape")
        # What was selected is no stretch for it.
        page.evaluate("(line) => { location.hash = `#L${line}`; }", next(line["number"] for line in lines if not line["state"]))
        press(page, "Escape", "m", "m", "1", "r", "r")
        equal(counter.inner_text(), f"1 of {len(begins)}", "as many as before, and where one was")
        press(page, "Escape")
        place = page.evaluate("scrollY")
        press(page, "g")
        equal(page.evaluate("scrollY"), place, "g leaves the source where it is")
        press(page, "Escape")
        for _ in range(2):
            page.get_by_role("button", name="Next", exact=True).click()
            settle(page)
            assert selected(page) in begins
        page.get_by_role("button", name="Previous").click()
        page.evaluate("(line) => { location.hash = `#L${line}`; }", begins[-1])
        settle(page)
        equal(counter.inner_text(), f"{len(begins)} of {len(begins)}", "the last")
        raw = sorted(site.project.theirs["files"], key=lambda name: name.encode())
        later = [name for name in raw[raw.index("lib/argparse.py") + 1 :] if site.project.theirs["files"][name]["summary"]["missing_lines"] + site.project.theirs["files"][name]["summary"]["missing_branches"]]
        assert page.get_by_role("button", name="Next file").is_visible()
        place = follow(page, lambda: page.keyboard.press("n"))
        assert site.page_of(later[0]) in place and "#L" in place, place
        equal(page.locator(".tools .count").inner_text().split(" ")[0], "1", "its first")
        page.go_back()
        assert "argparse" in page.url, "Back"


@check("hostile", "example", once=True)
def the_numbers_shown_are_those_of_the_lines(site: Site) -> None:
    name = "lib/argparse.py" if site.project.name == "hostile" else "shop/cart.py"
    with site.open(site.page_of(name)) as page:
        last = page.locator("#code li").count()
        seen = set()
        for media in ("screen", "print"):
            page.emulate_media(media=media)
            for top in (1, last // 4, last // 2, last):
                page.evaluate("(top) => document.getElementById(`L${top}`).scrollIntoView()", top)
                settle(page)
                numbers = shown_numbers(page)
                equal({identity: shown for identity, shown in numbers.items() if identity != f"L{shown}"}, {}, media)
                seen |= set(numbers)
            if media == "screen":
                assert last < 200 or len(seen) < last, "only what is in view is laid out"
        equal(len(seen), last, "paper has them all")
    # A browser that lays pages out while they arrive does so in another way each time.
    for _ in range(6):
        with site.open(site.page_of(name), java_script_enabled=False) as page:
            numbers = shown_numbers(page)
            equal(({identity: shown for identity, shown in numbers.items() if identity != f"L{shown}"}, len(numbers)), ({}, last), "without script")


@check("hostile")
def coming_back_to_a_long_file_shows_the_lines_that_one_left(site: Site) -> None:
    # Within the rounding of what is kept.
    def is_where_one_left(what: str) -> None:
        page.wait_for_timeout(300)
        found = page.evaluate(where)
        assert found[0] == left[0] and abs(found[1] - left[1]) <= 2, f"{what}: {found} after {left}"

    where = "[Number(document.querySelector('.selected')?.id.slice(1)), Math.round(document.querySelector('.selected')?.getBoundingClientRect().top)]"
    with site.open(site.page_of("lib/argparse.py")) as page:
        press(page, *["n"] * 60)
        page.wait_for_timeout(400)
        left = page.evaluate(where)
        assert left[0] > 300, left
        page.reload()
        is_where_one_left("reload")
        press(page, "u")
        page.wait_for_url("**/index.html*")
        page.go_back()
        is_where_one_left("Back")
    with site.open(f"{ONE_FILE}#{urllib.parse.urlencode({'file': site.page_of('lib/argparse.py').removeprefix('files/').removesuffix('.html')})}") as page:
        wait_for_file(page, "lib/argparse.py")
        press(page, *["n"] * 60)
        page.wait_for_timeout(400)
        left = page.evaluate(where)
        page.reload()
        wait_for_file(page, "lib/argparse.py")
        is_where_one_left("reload of one file")
        press(page, "u")
        page.locator("#controls").wait_for()
        page.go_back()
        wait_for_file(page, "lib/argparse.py")
        is_where_one_left("Back in one file")


@check("hostile", "example", once=True)
def long_lines_are_read_to_their_ends(site: Site) -> None:
    name = "lib/argparse.py" if site.project.name == "hostile" else "shop/cart.py"
    for width in (1280, 375):
        # So narrow that there are lines that are too long.
        with site.open(site.page_of(name), viewport={"width": min(width, 900), "height": 800}) as page:
            code = page.locator("#code")
            wide = code.evaluate("(code) => code.scrollWidth")
            longest = page.evaluate("[...document.querySelectorAll('#code li')].map((line) => [line.firstChild?.nodeName === 'DIV' ? 0 : line.textContent.split('\\n')[0].length, line.id]).filter(([length, id]) => !document.querySelector(`#${id} .why`)).sort((a, b) => b[0] - a[0])[0][1]")
            page.locator(f"#{longest}").evaluate("(line) => line.scrollIntoView({ block: 'center' })")
            code.evaluate("(code) => { code.scrollLeft = code.scrollWidth; }")
            settle(page)
            equal(code.evaluate("(code) => code.scrollWidth"), wide, "as wide as before, whatever is in view")
            seen = page.evaluate("""(id) => {
              const line = document.getElementById(id);
              const range = document.createRange();
              range.selectNodeContents(line);
              const [box, edge] = [range.getBoundingClientRect(), document.getElementById("code").getBoundingClientRect()];
              const at = (x) => document.elementFromPoint(x, (box.top + box.bottom) / 2)?.closest("li")?.id;
              return [at(box.right - 3), at(edge.left + 20), box.right <= edge.right];
            }""", longest)
            equal(seen, [longest, longest, True], f"its end and its number at {width}")


def shown_numbers(page: Page) -> dict[str, str]:
    """The number that stands before each line that is laid out, by the line's id. Only the browser's own snapshot has counters as text."""
    session = page.context.new_cdp_session(page)
    snapshot = session.send("DOMSnapshot.captureSnapshot", {"computedStyles": []})
    strings, document = snapshot["strings"], snapshot["documents"][0]
    nodes = document["nodes"]
    pseudo = set(nodes["pseudoType"]["index"])
    numbers = {}
    for node, text in zip(document["layout"]["nodeIndex"], document["layout"]["text"]):
        if node not in pseudo or text < 0:
            continue
        attributes = nodes["attributes"][nodes["parentIndex"][node]]
        named = {strings[key]: strings[value] for key, value in zip(attributes[::2], attributes[1::2])}
        number = re.match(r"\d+", strings[text])
        if number and re.fullmatch(r"L\d+", named.get("id", "")):
            numbers[named["id"]] = number[0]
    return numbers


@check("hostile", "example")
def links_to_a_line_and_to_lines_show_them(site: Site) -> None:
    name = "lib/argparse.py" if site.project.name == "hostile" else "shop/cart.py"
    with site.open(site.page_of(name)) as page:
        for place, wanted in (("L12", [12]), ("L12-L20", list(range(12, 21))), ("L20-12", list(range(12, 21))), ("L14-L15", [14, 15])):
            page.goto("about:blank")
            page.goto(f"{site.base}{site.page_of(name)}#{place}")
            settle(page)
            found = page.evaluate("[...document.querySelectorAll('#code .selected')].map((line) => Number(line.id.slice(1)))")
            equal(found, wanted, place)
            box = page.locator(f"#L{wanted[0]}").bounding_box()
            head = page.locator(".top").bounding_box()
            assert head["y"] + head["height"] <= box["y"] + 1 < 800, f"{place} is in view: {box}, {head}"
        page.evaluate("location.hash = '#L3'")
        settle(page)
        equal(selected(page), 3, "a link in the page")
        # Beyond the end, and nonsense: the last line, and nothing.
        page.evaluate("location.hash = '#L99999999'")
        settle(page)
        equal(selected(page), page.locator("#code li").count(), "beyond")
        page.evaluate("location.hash = '#nonsense'")
        settle(page)
        equal(selected(page), 0, "nonsense")
        # Back to before anything was selected.
        page.goto("about:blank")
        page.goto(f"{site.base}{site.page_of(name)}")
        page.evaluate("location.hash = '#L3'")
        settle(page)
        page.go_back()
        settle(page)
        equal((selected(page), page.locator("#line").is_visible(), page.url.partition("#")[2]), (0, False, ""), "Back")


@check("example")
def numbers_select_lines_and_links_are_copied(site: Site) -> None:
    with site.open(site.page_of("shop/cart.py"), permissions=["clipboard-read", "clipboard-write"]) as page:
        box = page.locator("#L13").bounding_box()
        page.mouse.move(box["x"] + 20, box["y"] + 5)
        number = page.get_by_role("link", name="Line 13", exact=True)
        equal((number.get_attribute("href"), number.evaluate("(link) => document.elementsFromPoint(%d, %d)[0] === link" % (box["x"] + 20, box["y"] + 5))), ("#L13", True), "the number under the pointer is a link")
        page.mouse.click(box["x"] + 20, box["y"] + 5)
        equal(selected(page), 13, "click on a number")
        last = page.locator("#L16").bounding_box()
        page.keyboard.down("Shift")
        page.mouse.click(last["x"] + 20, last["y"] + 5)
        page.keyboard.up("Shift")
        equal(page.url.split("#")[1], "L13-L16", "Shift extends")
        assert "Lines 13 to 16" in page.locator("#line").inner_text()
        page.get_by_role("button", name="Copy link").click()
        page.get_by_role("button", name="Copied").wait_for()
        if site.base.startswith("http"):
            equal(page.evaluate("navigator.clipboard.readText()"), page.url, "copied")
        press(page, "c")
        # What is copied is the source, blank lines and all, and nothing else.
        page.evaluate("""() => { const range = document.createRange();
          range.setStart(document.getElementById("L31"), 0);
          range.setEnd(document.getElementById("L45"), document.getElementById("L45").childNodes.length);
          getSelection().removeAllRanges();
          getSelection().addRange(range); }""")
        source = (site.project.place / "shop/cart.py").read_text(encoding="utf-8").split("\n")[30:45]
        equal(page.evaluate("getSelection().toString()").split("\n"), source, "selected text")
        equal(len({page.locator(f"#L{line}").bounding_box()["height"] for line in (31, 32, 33, 42)}), 1, "a blank line is as high as another")
        # The source is one stop of Tab, with arrows inside.
        page.focus("#code")
        press(page, "ArrowDown")
        equal(selected(page), 17, "ArrowDown")
        press(page, "Shift+ArrowDown")
        equal(page.url.split("#")[1], "L17-L18", "Shift+ArrowDown")
        press(page, "Shift+ArrowUp")
        equal(page.url.split("#")[1], "L17", "Shift+ArrowUp takes it back")
        press(page, "Shift+ArrowUp")
        equal(page.url.split("#")[1], "L16-L17", "and goes on to the other side")
        press(page, "Escape")
        equal((selected(page), page.locator("#line").is_visible()), (0, False), "Escape")
        press(page, "ArrowDown")
        equal(selected(page), 0, "arrows scroll until something is selected")
        page.evaluate("scrollTo(0, 40)")
        settle(page)
        top = top_line(page)
        press(page, "Enter")
        # The line before it may have been in view in part, and is in view now.
        assert selected(page) in (top - 1, top) and selected(page) >= top_line(page), f"Enter begins where one is: {selected(page)} at {top}"


@check("example", "hostile")
def sentences_are_read_without_hovering_and_lead_to_their_lines(site: Site) -> None:
    name = "lib/argparse.py" if site.project.name == "hostile" else "shop/cart.py"
    with site.open(site.page_of(name)) as page:
        sentences = page.evaluate("[...document.querySelectorAll('#code .p')].map((line) => [line.id, ...[...line.querySelectorAll('.why a')].map((link) => link.hash.slice(1))])")
        assert sentences and all(links[0] == line and len(set(links)) == len(links) for line, *links in sentences), "the line itself, and each other one once"
        link = page.locator(".why a").nth(1)
        assert link.is_visible()
        target = link.inner_text()
        link.click()
        settle(page)
        equal(page.url.split("#")[1], f"L{target}", "the link")
        equal(selected(page), int(target), "the line")


@check("hostile")
def toggles_take_a_states_marks_away_and_out_of_the_jumps(site: Site) -> None:
    with site.open(site.page_of("lib/argparse.py")) as page:
        plain = page.evaluate("getComputedStyle(document.querySelector('#code li:not([class])')).backgroundColor")
        for state in "mpx":
            line = page.locator(f"#code li.{state}").first
            if not line.count():
                continue
            loud = line.evaluate("(line) => getComputedStyle(line).backgroundColor")
            assert loud != plain, state
            page.click(f'#sums [data-key="{state}"] button')
            equal(line.evaluate("(line) => getComputedStyle(line).backgroundColor"), plain, state)
            equal(page.locator(f"#map .{state}").evaluate("(path) => getComputedStyle(path).visibility"), "hidden", "nor is it in the map")
            equal(line.evaluate("(line) => getComputedStyle(line, '::before').content").replace("counter(list-item)", "").strip(' "'), "", "its sign is gone, too")
        equal(page.locator(".tools .count").inner_text(), "all hidden", "jumps")
        assert not page.locator(".why").first.is_visible(), "sentences go with partial lines"
        press(page, "m")
        assert page.locator(".tools .count").inner_text().startswith("– of "), "missing lines are back"


@check("hostile", once=True)
def forced_colours_keep_the_edges_that_say_something(site: Site) -> None:
    edge = "(line) => getComputedStyle(line).borderInlineStartColor"
    with site.open(site.page_of("lib/argparse.py"), forced_colors="active") as page:
        blank, executed = page.locator("#code li:not([class])").first, page.locator("#code li.r").first
        assert blank.evaluate(edge) != executed.evaluate(edge), "no statement has an edge that is not seen"
        press(page, "r")
        equal(executed.evaluate(edge), blank.evaluate(edge), "nor has what is hidden")


@check("hostile")
def a_context_is_chosen_and_its_lines_are_seen(site: Site) -> None:
    name = "lib/argparse.py"
    theirs = {int(line): {visible(one) or "(empty)" for one in contexts} for line, contexts in site.project.theirs["files"][name]["contexts"].items()}
    for path in (site.project.report / "files").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert 'id="contexts"' not in text or '<svg id="map"' in text, f"{path}: a map for what a context ran"
    with site.open(site.page_of(name)) as page:
        lines = page.evaluate(LINES)
        states = {line["number"]: line["state"] for line in lines}
        theirs = {line: contexts for line, contexts in theirs.items() if states[line] in ("r", "p")}
        some = max(theirs, key=lambda line: len(theirs[line]))
        page.evaluate("(line) => { location.hash = `#L${line}`; }", some)
        settle(page)
        equal(set(page.locator("#line ul button").all_text_contents()), theirs[some], f"who ran line {some}")
        button = page.locator("#line ul button", has_text="test_one")
        button = button.first if button.count() else page.locator("#line ul button").first
        context = button.inner_text()
        button.click()
        settle(page)
        found = page.evaluate("[...document.querySelectorAll('#code .in-context')].map((line) => Number(line.id.slice(1)))")
        wanted = {line for line, contexts in theirs.items() if context in contexts}
        equal({line for line in found if states[line] in ("r", "p")}, wanted, f"lines of {context}")
        assert all(states[line] in "rpRP" for line in found), "further lines of a statement go with it, and nothing else"
        equal(page.evaluate("[...document.querySelectorAll('#map path')].filter((path) => getComputedStyle(path).visibility !== 'hidden').map((path) => path.getAttribute('class'))"), ["r"], "the map shows what the context ran")
        assert any(states[line] == "R" for line in found) or not any(states.get(line + 1) == "R" for line in wanted)
        press(page, "Escape")
        equal(page.locator("#code .in-context").count(), 0, "all contexts again")
        picker = page.get_by_label(re.compile("context", re.IGNORECASE)).first
        picker.fill(context)
        picker.press("Enter")
        page.keyboard.press("Tab")
        settle(page)
        assert page.locator("#code .in-context").count() > 0, "by name"
        page.locator("#line, body").first.press("Escape")


@check("hostile", once=True)
def who_ran_a_line_is_what_coverage_py_says(site: Site) -> None:
    excluded = 0
    for name, file in site.project.theirs["files"].items():
        states = site.project.states[name]
        theirs = {int(line): {visible(one) or "(empty)" for one in contexts} for line, contexts in file["contexts"].items() if states[int(line)] != "pln"}
        with site.open(site.page_of(name)) as page:
            data = page.locator("#contexts")
            known = json.loads(data.text_content()) if data.count() else {"lines": []}
        ours = {line: {known["names"][at] for at in known["sets"][which]} for first, length, which in known["lines"] for line in range(first, first + length)}
        equal(ours, theirs, name)
        excluded += sum(states[line].startswith("exc") for line in theirs)
    assert excluded > 0, "what is excluded runs as well"


@check("hostile", once=True)
def the_panel_stands_on_the_tools_of_a_phone(site: Site) -> None:
    for width in (320, 375, 600):
        with site.open(site.page_of("lib/argparse.py"), viewport={"width": width, "height": 700}) as page:
            data = json.loads(page.locator("#contexts").text_content())
            for place in (f"L{data['lines'][0][0]}", "L400-L405"):
                page.evaluate("(place) => { location.hash = place; }", place)
                settle(page)
                covered = page.evaluate("""() => [...document.querySelectorAll("#line button")].slice(0, 3).filter((button) => {
                  const box = button.getBoundingClientRect();
                  return !button.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
                }).map((button) => button.textContent)""")
                equal(covered, [], f"{place} at {width}")


@check("hostile", once=True)
def the_panel_is_before_nothing_that_is_selected_or_has_the_focus(site: Site) -> None:
    page_of_it = site.page_of("lib/argparse.py")
    foot = "document.getElementById('line').getBoundingClientRect().top"
    for width in (1280, 375):
        with site.open(page_of_it, viewport={"width": width, "height": 500}) as page:
            lines = page.evaluate(LINES)
            first = next(line["number"] for line in lines if line["state"] == "p")
            page.evaluate(f"location.hash = '#L{first}'")
            settle(page)
            # As high as it gets.
            page.evaluate("document.getElementById('line').append(...Array.from({ length: 30 }, () => document.createElement('p')))")
            page.focus("#code")
            for _ in range(25):
                press(page, "ArrowDown")
                settle(page)
                edges = page.evaluate(f"[document.querySelector('.selected').getBoundingClientRect().bottom, {foot}]")
                assert edges[0] <= edges[1], f"a line at {width}: {edges}"
                page.evaluate("document.getElementById('line').append(...Array.from({ length: 30 }, () => document.createElement('p')))")
            settle(page)
            for what in ("#map", *(["aside"] if width == 1280 else [])):
                bottom = page.locator(what).evaluate("(one) => one.getBoundingClientRect().bottom")
                assert bottom <= page.evaluate(foot), f"{what} at {width}"
            page.evaluate(f"scrollBy(0, document.querySelector('#L{first} .why a').getBoundingClientRect().top - innerHeight + 20)")
            page.evaluate(f"document.querySelector('#L{first} .why a').focus({{ preventScroll: true }})")
            settle(page)
            assert page.evaluate(f"document.activeElement.getBoundingClientRect().bottom <= {foot}"), f"a link at {width}"


@check("example", once=True)
def of_long_names_the_directory_is_cut_off_and_at_its_beginning(site: Site) -> None:
    for width in (1280, 900, 375):
        with site.open(viewport={"width": width, "height": 800}) as page:
            right, start = page.evaluate("""() => {
              const above = document.querySelector("#rows .above");
              above.querySelector("bdi").textContent = `begin/${"directory/".repeat(40)}end/`;
              const range = document.createRange();
              range.selectNodeContents(above.nextSibling);
              const own = range.getBoundingClientRect();
              range.selectNodeContents(above.querySelector("bdi"));
              return [above.closest("th").getBoundingClientRect().right - own.right, above.getBoundingClientRect().left - range.getBoundingClientRect().left];
            }""")
            assert right >= 0 and start > 100, f"at {width}: {right}, {start}"


@check("hostile", once=True)
def tabs_are_as_wide_as_python_takes_them_to_be(site: Site) -> None:
    with site.open(site.page_of("pkg/tabs.py")) as page:
        begins = page.evaluate("""() => [...document.querySelectorAll("#code li")].map((line) => {
          const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
          for (let text = walker.nextNode(); text; text = walker.nextNode()) {
            const at = text.data.search(/\\S/);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(text, at);
            range.setEnd(text, at + 1);
            return Math.round(range.getBoundingClientRect().left);
          }
          return null;
        })""")
        equal(begins[0:3], begins[5:8], "tabs and eight spaces")
        equal(begins[1] - begins[0], begins[2] - begins[1], "the first tab and the second")


@check("hostile")
def what_is_in_view_stays_there_when_a_control_is_used(site: Site) -> None:
    for width in (1280, 800):
        with site.open(f"{site.page_of('lib/argparse.py')}#L900", viewport={"width": width, "height": 800}) as page:
            settle(page)
            here = page.evaluate("scrollY")
            assert here > 2_000, here
            page.locator("label", has=page.locator("input[value=dark]")).click()
            press(page, "ArrowLeft")
            page.evaluate("document.activeElement.blur()")
            press(page, "g", "1", "5", "Escape")
            picker = page.get_by_label(re.compile("context", re.IGNORECASE)).first
            picker.click()
            page.keyboard.type("tests")
            page.locator("#line button").last.focus()
            settle(page)
            equal(page.evaluate("scrollY"), here, f"at {width}")
            page.focus(".top nav a")
            page.keyboard.press("Tab")
            page.evaluate("document.getElementById('code').focus({ preventScroll: true })")
            page.keyboard.press("Shift+Tab")
            settle(page)
            equal(page.evaluate("document.activeElement.closest('#line') !== null"), True, "the panel is one step away")
            equal(page.evaluate("scrollY"), here, f"by Tab at {width}")


@check("example", "hostile")
def minimap_outline_and_ranges_lead_to_lines(site: Site) -> None:
    name = "lib/argparse.py" if site.project.name == "hostile" else "shop/cart.py"
    with site.open(site.page_of(name)) as page:
        lines = page.evaluate(LINES)
        shapes = page.evaluate("[...document.querySelectorAll('#map path')].map((path) => [path.getAttribute('class'), getComputedStyle(path).fill])")
        equal({shape[0] for shape in shapes}, {line["state"].lower() for line in lines} & set("mpx"), "states of the map")
        equal(len({shape[1] for shape in shapes}), len(shapes), "a colour each")
        settle(page)
        for width in (1280, 375):
            page.set_viewport_size({"width": width, "height": 800})
            for top in (0, 40, 400):
                page.evaluate(f"scrollTo(0, {top})")
                settle(page)
                box = page.locator("#map").bounding_box()
                assert box["y"] + box["height"] <= 800, f"the map ends on the screen: {box} at {width}, {top}"
        page.set_viewport_size({"width": 1280, "height": 800})
        settle(page)
        if len(lines) > 500:
            box = page.locator("#map").bounding_box()
            page.mouse.click(box["x"] + 4, box["y"] + box["height"] * 0.7)
            settle(page)
            near = page.locator(f"#L{round(len(lines) * 0.7)}").bounding_box()
            assert 0 < near["y"] < 800, near
        page.evaluate("scrollTo(0, 0)")
        page.click("#ranges summary")
        equal([int(re.match(r"\d+", text)[0]) for text in page.locator("#ranges a").all_inner_texts()], stretches(lines), "ranges")
        page.locator("#ranges a").first.click()
        settle(page)
        equal(selected(page), stretches(lines)[0], "a range")
        assert page.locator("#outline").get_attribute("open") is not None, "there is room for it"
        entry = page.locator("#outline a").nth(2)
        entry.click()
        settle(page)
        equal(f"#L{selected(page)}", entry.get_attribute("href"), "outline")


@check("example", "hostile", once=True)
def few_stops_of_tab_lead_to_the_source(site: Site) -> None:
    name = "lib/argparse.py" if site.project.name == "hostile" else "shop/cart.py"
    with site.open(site.page_of(name)) as page:
        press(page, "Tab")
        equal(page.evaluate("document.activeElement.className"), "skip", "first a way past them")
        for stop in range(2, 40):
            press(page, "Tab")
            if page.evaluate("document.activeElement.id") == "code":
                break
        assert stop <= 15, f"{stop} stops"
        # What is shown and hidden is one of them, with arrows inside.
        page.focus('#sums [data-key="r"] button')
        press(page, "ArrowRight")
        equal(page.evaluate("document.activeElement.parentElement.dataset.key"), "m", "ArrowRight")
        press(page, "ArrowLeft", "ArrowLeft", "Space")
        equal(page.get_attribute('#sums [data-key="x"] button', "aria-pressed"), "false", "the last, by Space")
        equal(page.locator("#sums [tabindex='0']").count(), 1, "one stop")
        inside = "[...document.querySelectorAll('#code a')].filter((link) => link.tabIndex >= 0)"
        equal(page.evaluate(f"{inside}.length"), 0, "the source is one stop")
        while not page.locator("#code li.selected.p").count():
            press(page, "n")
        assert page.evaluate(f"{inside}.length > 0 && {inside}.every((link) => link.closest('.selected'))"), "but for the links of a selected line"
        page.focus("#code")
        press(page, "Tab")
        assert page.evaluate("document.activeElement.matches('.selected .why a')"), "which come next"


# --- how it looks ------------------------------------------------------------------------------------------------------------------------

BACKGROUND = "getComputedStyle(document.body).backgroundColor"
WHITE = "rgb(255, 255, 255)"


@check("example")
def the_theme_has_three_positions_is_kept_and_does_not_flash(site: Site) -> None:
    seen = """window.seen = []; new MutationObserver(() => { if (document.body && !window.seen.length) window.seen.push(document.documentElement.dataset.theme); })
      .observe(document, { childList: true, subtree: true });"""
    for system in ("light", "dark"):
        with site.open(color_scheme=system, before=seen) as page:
            equal(page.evaluate(BACKGROUND) == WHITE, system == "light", "the system's")
            equal(page.locator("input[name=theme]").count(), 3, "positions")
            for theme in ("dark", "light", "dark"):
                page.check(f"input[name=theme][value={theme}]", force=True)
                equal(page.evaluate(BACKGROUND) == WHITE, theme == "light", theme)
                page.reload()
                equal(page.evaluate("window.seen"), [theme], "set before there is a body")
                equal(page.evaluate(BACKGROUND) == WHITE, theme == "light", f"{theme} is kept")
            page.goto(site.base + site.page_of("shop/cart.py"))
            equal(page.evaluate(BACKGROUND) == WHITE, False, "on every page")
            page.check("input[name=theme][value=system]", force=True)
            equal(page.evaluate(BACKGROUND) == WHITE, system == "light", "the system's again")
            stored = page.evaluate("Object.entries(localStorage)")
            assert stored == [["covmerge.theme", "system"]], f"only taste is stored: {stored}"


@check("example")
def all_works_where_storage_and_history_are_refused(site: Site) -> None:
    refuse = """Object.defineProperty(window, "localStorage", { get() { throw new DOMException("refused", "SecurityError"); } });
      for (const name of ["pushState", "replaceState"]) history[name] = () => { throw new DOMException("refused", "SecurityError"); };"""
    with site.open(before=refuse) as page:
        page.check("input[name=theme][value=dark]", force=True)
        assert page.evaluate(BACKGROUND) != WHITE
        press(page, "s")
        is_ordered(page, 1, True)
        page.click("[data-choice=tree]")
        page.click("[data-choice=map]")
    with site.open(site.page_of("shop/cart.py"), before=refuse) as page:
        press(page, "n")
        equal(selected(page), stretches(page.evaluate(LINES))[0], "n")


VIEWS = ("index.html", "index.html#view=tree", "index.html#view=tree&filter=*.py", "index.html#view=map", "functions.html")


@check("example", "hostile", "incomplete", "nothing", "many")
def nothing_is_wider_than_a_phone(site: Site) -> None:
    pages = [page for page in site.pages if page.startswith(("files/", "dirs/"))]
    longest = sorted(pages, key=len)[-2:]
    with site.open(viewport={"width": 375, "height": 812}) as page:
        for address in [*VIEWS, *pages[:4], *pages[-4:], *longest]:
            page.goto("about:blank")
            page.goto(site.base + address)
            settle(page)
            wide = page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - document.documentElement.clientWidth")
            assert wide <= 0, f"{address} is {wide} px too wide"
            shares = page.locator("#rows td.share .number:visible, #rows td.share .nothing:visible")
            if shares.count():
                box = shares.first.bounding_box()
                assert box["x"] + box["width"] <= 375, f"{address}: the share is out of sight: {box}"
            # Nothing that is to be read is cut off at the edge.
            cut = page.evaluate("""() => [...document.querySelectorAll("h1, h2, p, dd, dt, button, .number, label")].filter((one) => {
              const box = one.getBoundingClientRect();
              return box.width > 1 && box.right > innerWidth + 1 && !one.closest("#code") && getComputedStyle(one).visibility !== "hidden" && one.checkVisibility();
            }).map((one) => one.outerHTML.slice(0, 80))""")
            assert not cut, f"{address}: {cut}"
        page.goto("about:blank")
        page.goto(f"{site.base}index.html#view=tree")
        page.get_by_role("button", name="Open all").click()
        settle(page)
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, "the tree, all of it open"
        # Rows that are not drawn take their place: the last one can be reached.
        for address in VIEWS:
            page.goto("about:blank")
            page.goto(site.base + address)
            settle(page)
            table = page.locator("table[aria-rowcount]:visible")
            rows = table.get_attribute("aria-rowcount") if table.count() else None
            for _ in range(3):
                page.evaluate("scrollTo(0, document.body.scrollHeight)")
                settle(page)
            if rows and int(rows) > 1:
                last = page.locator("#rows tbody tr:not(.space)").last
                equal((last.get_attribute("aria-rowindex"), last.is_visible()), (rows, True), f"the last row of {address}")


@check("example", "many", once=True)
def paper_is_light_without_controls_and_has_all_of_it(site: Site) -> None:
    some = sorted(name for name, file in site.project.theirs["files"].items() if file["summary"]["missing_lines"])[0]
    dark = 'try { localStorage.setItem("covmerge.theme", "dark"); } catch {}'
    with site.open(before=dark, color_scheme="dark") as page:
        page.emulate_media(media="print")
        page.evaluate('window.printed = 0; addEventListener("afterprint", () => {}); dispatchEvent(new Event("beforeprint"))')
        equal(page.locator("#rows tbody tr:not(.space)").count(), len(site.project.theirs["files"]), "all rows")
        equal(page.evaluate(BACKGROUND), WHITE, "light")
        page.set_viewport_size({"width": 718, "height": 1000})
        cut = page.evaluate("[...document.querySelectorAll('#rows tbody th')].filter((name) => name.scrollWidth > name.clientWidth).length")
        equal((cut, page.evaluate("document.documentElement.scrollWidth <= innerWidth")), (0, True), "names are whole on A4")
        assert not page.locator("#controls").is_visible() and not page.locator("#tools").is_visible()
        page.pdf()
    with site.open("index.html#view=map") as page:
        page.emulate_media(media="print")
        page.evaluate('dispatchEvent(new Event("beforeprint"))')
        assert page.locator("#rows tbody tr").last.is_visible(), "a map is printed as its list"
        page.evaluate('dispatchEvent(new Event("afterprint"))')
        page.emulate_media(media="screen")
        assert page.locator("svg.treemap").is_visible() and page.locator("#table").is_hidden()
    with site.open(site.page_of(some), before=dark, color_scheme="dark") as page:
        page.emulate_media(media="print")
        equal(page.evaluate(BACKGROUND), WHITE, "light")
        assert not page.locator("#tools").is_visible() and not page.locator("#map").is_visible()
        assert page.locator("#ranges a").first.bounding_box()["height"] > 0, "missing stretches are printed"
        equal(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), True, "within the paper")
        page.set_viewport_size({"width": 718, "height": 1000})
        page.evaluate("document.getElementById('L1').append('x'.repeat(400))")
        equal(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), True, "a long word, too")
        page.evaluate("location.hash = '#L1'")
        settle(page)
        assert not page.locator("#line").is_visible(), "no controls"


@check("example", "hostile", "many")
def without_script_all_files_all_source_and_all_sums_can_be_read(site: Site) -> None:
    theirs = site.project.theirs["files"]
    with site.open(java_script_enabled=False) as page:
        queue, seen, files = ["index.html"], {"index.html"}, {}
        folders = {}
        while queue:
            address = queue.pop()
            if address.startswith("files/"):
                files[address] = None
                continue
            page.goto(site.base + address)
            for href, text, cells, folder in page.evaluate("""() => [...document.links].filter((link) => link.checkVisibility()).map((link) => [link.href, link.textContent,
                link.closest("tr") ? [...link.closest("tr").cells].slice(1).map((cell) => cell.textContent.trim()) : [], link.className === "directory"])"""):
                target = href.split("#")[0].removeprefix(site.base)
                if folder:
                    folders[text] = folders.get(text, []) + [cells]
                if target not in seen:
                    seen.add(target)
                    queue.append(target)
        equal(set(files), {site.page_of(name) for name in theirs}, "files that links lead to")
        if site.project.name == "many":
            for name in ("src/", "part1/", "part6/"):
                inside = [file["summary"] for path, file in theirs.items() if f"/{path}".find(f"/{name}") >= 0]
                if name in folders:
                    equal(folders[name][0][:5], [f"{sum(one[key] for one in inside):,}" for key in ("num_statements", "missing_lines", "excluded_lines", "num_branches", "num_partial_branches")], name)
            assert any(name in folders for name in ("part1/", "src/part1/")), sorted(folders)
        for name in list(theirs)[:40]:
            page.goto(site.base + site.page_of(name))
            source = (site.project.place / name).read_bytes().decode().replace("\f", " ")
            lines = page.evaluate(LINES)
            equal([line["text"].rstrip("\r\n") for line in lines], [line.rstrip("\r") for line in source.rstrip("\n").split("\n")] if source else [line["text"] for line in lines], name)
            assert not lines or page.locator("#L1").is_visible()


# --- what must not be mistaken -------------------------------------------------------------------------------------------------------------


@check("incomplete")
def a_banner_stands_on_every_page_of_incomplete_data(site: Site) -> None:
    for address in site.pages:
        for script in (True, False):
            with site.open(address, java_script_enabled=script) as page:
                text = " ".join(text for text in page.locator(".banner:visible").all_inner_texts())
                for wanted in ("Incomplete data", "1 of 2 fragments rejected", "1 fragment, expected 4", "does not fit", "src/changed.py"):
                    assert wanted in text, f"{address}: no {wanted!r} in {text!r}"


@check("nothing")
def nothing_to_measure_is_neither_all_nor_none(site: Site) -> None:
    for address in site.pages:
        with site.open(address) as page:
            text = page.inner_text("body") + page.title()
            assert not re.search(r"\b(0|100)(\.0+)? ?%", text), f"{address}: {text}"
            if address != "functions.html":
                assert "nothing to measure" in text, f"{address}: {text}"
    for address in VIEWS[:4]:
        with site.open(address) as page:
            assert not re.search(r"\b(0|100)(\.0+)? ?%", page.inner_text("body")), address
            equal(page.locator("#rows .bar:visible").count(), 0, "no bar")


@check("example", "hostile", "incomplete", "nothing", "many", once=True)
def every_page_has_the_policy_and_nothing_inline(site: Site) -> None:
    for address in site.pages:
        text = (site.project.report / address).read_text(encoding="utf-8")
        found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        assert found and found[1].startswith("default-src 'none';") and "unsafe" not in found[1] and "data:" not in found[1], address
        with_script = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text)
        assert not with_script and not re.search(r"<style|<[^<>]*\s(style|on\w+)=", re.sub(r'"[^"]*"', '""', text)), address


@check("hostile")
def hostile_names_lead_to_their_own_pages(site: Site) -> None:
    with site.open() as page:
        found = {row["name"]: row["href"] for row in rows(page)}
        equal(found, {visible(name): site.page_of(name) for name in site.project.theirs["files"]}, "links")
        page.goto(site.base + "functions.html")
        for row in rows(page):
            path = row["title"].split(" in ", 1)[1]
            assert row["href"].split("#")[0] == found[path], row
    with site.open() as page:
        for address in site.pages:
            page.goto(site.base + address)
            assert page.locator("img").count() == 0 and page.title()


# --- the report as one file --------------------------------------------------------------------------------------------------------------

ONE_FILE = "../coverage.html"


def wait_for_file(page: Page, name: str) -> None:
    """Until the page of a file is shown."""
    page.locator(f'#code[aria-label="Source of {visible(name).replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"]').wait_for()
    settle(page)


def place_of(href: str) -> str:
    """The place that a link of the report as one file names."""
    return urllib.parse.parse_qs(href.removeprefix("#"))["at"][0]


def one_of_each_tool(page: Page) -> None:
    for selector in ("#tools", "#tools [aria-label=Keys]", "#tools .theme", "#controls, .count, body.directory"):
        equal(page.locator(selector).count(), 1, f"{selector} at {page.url}")


@check("example", "hostile")
def one_file_has_the_numbers_and_the_lines_of_all_pages(site: Site) -> None:
    theirs = site.project.theirs["files"]
    classes = {"r": "run", "m": "mis", "p": "par", "x": "exc", "R": "run2", "M": "mis2", "P": "par2", "X": "exc2", "": "pln"}
    with site.open(ONE_FILE) as page:
        equal(page.inner_text("h1").split("\n")[-1].strip(), site.project.total, "total")
        listed = rows(page)
        equal({row["name"]: row["cells"] for row in listed}, {visible(name): sums_of(file["summary"]) for name, file in theirs.items()}, "rows")
        for name in theirs:
            page.evaluate("(name) => { location.hash = new URLSearchParams({ file: name }); }", site.page_of(name).removeprefix("files/").removesuffix(".html"))
            wait_for_file(page, name)
            lines = page.evaluate(LINES)
            source = (site.project.place / name).read_bytes().decode().replace("\f", " ")
            if source:
                equal([line["text"].rstrip("\r\n") for line in lines], [line.rstrip("\r") for line in source.rstrip("\n").split("\n")], name)
            found = {line["number"]: classes[line["state"]] for line in lines}
            equal(found, {at: found[at] for at in found} | {at: state for at, state in site.project.states[name].items() if at <= len(lines)}, name)
            equal({line["number"]: line["why"] for line in lines if line["why"]}, site.project.sentences[name], f"sentences of {name}")
            one_of_each_tool(page)
        page.evaluate("location.hash = 'functions'")
        page.locator("body[data-page=functions] #rows tbody tr").first.wait_for()
        regions = sum(1 for file in theirs.values() for key in ("functions", "classes") for region in file[key] if region)
        equal(len(rows(page)), regions, "functions and classes")
        one_of_each_tool(page)


@check("example", "hostile")
def one_file_goes_from_page_to_page_and_back(site: Site) -> None:
    name = "lib/argparse.py" if site.project.name == "hostile" else "shop/cart.py"
    raw = sorted(site.project.theirs["files"], key=lambda name: name.encode())
    after = raw[raw.index(name) + 1]
    with site.open(f"{ONE_FILE}#view=tree&filter=r") as page:
        shown = rows(page)
        assert page.get_attribute("[data-choice=tree]", "aria-pressed") == "true" and shown
        place = page.url
        link = next(row for row in shown if row["title"] == name)
        page.locator(f'#rows a[href="{link["href"]}"]').first.click()
        wait_for_file(page, name)
        one_of_each_tool(page)
        equal(page.evaluate("scrollY"), 0, "a page begins at its top")
        share = page.inner_text("h1").removeprefix(name.rsplit("/", 1)[-1]).strip()
        equal(page.title(), f"{name.rsplit('/', 1)[-1]}: {share}", "title")
        page.go_back()
        page.locator("#controls").wait_for()
        settle(page)
        equal((page.url, rows(page)), (place, shown), "Back")
        one_of_each_tool(page)
        page.go_forward()
        wait_for_file(page, name)
        begins = stretches(page.evaluate(LINES))
        press(page, "n")
        equal((selected(page), hash_of(page)["at"].split("-")[0]), (begins[0], f"L{begins[0]}"), "n")
        where = page.url
        page.reload()
        wait_for_file(page, name)
        equal((page.url, selected(page)), (where, begins[0]), "reload")
        box = page.locator(f"#L{begins[0]}").bounding_box()
        assert 0 <= box["y"] < 800, box
        why = page.locator(".why a").nth(1)
        target = why.inner_text()
        why.click()
        settle(page)
        equal((selected(page), hash_of(page)["at"]), (int(target), f"L{target}"), "a link in a sentence")
        page.go_back()
        settle(page)
        equal(selected(page), begins[0], "Back to the line before")
        page.click("#ranges summary")
        # Of very many stretches the last are only counted there.
        entry = page.locator("#ranges a").last
        entry.click()
        settle(page)
        equal(f"L{selected(page)}", place_of(entry.get_attribute("href")), "a stretch")
        entry = page.locator("#outline a").nth(1)
        entry.click()
        settle(page)
        equal(f"L{selected(page)}", place_of(entry.get_attribute("href")), "outline")
        press(page, "]")
        wait_for_file(page, after)
        one_of_each_tool(page)
        press(page, "[")
        wait_for_file(page, name)
        # What the page before listened to is over: one press is one step.
        press(page, "1", "j")
        equal(selected(page), begins[1], "j")
        # The same place again is gone to again.
        for _ in range(2):
            page.evaluate("scrollTo(0, 0)")
            press(page, "g")
            page.keyboard.type(str(begins[-1]))
            press(page, "Enter")
            box = page.locator(f"#L{begins[-1]}").bounding_box()
            assert 0 <= box["y"] < 800, box
        press(page, "?")
        equal(page.locator("dialog[open]").count(), 1, "?")
        keys = page.locator("dialog kbd").all_inner_texts()
        equal(len(keys), len(set(keys)), "keys, once each")
        press(page, "Escape", "u")
        page.locator("#controls").wait_for()
        press(page, "/")
        equal(page.evaluate("document.activeElement.id"), "filter", "/")
        page.get_by_role("link", name="Functions and classes").click()
        page.locator("body[data-page=functions] #rows tbody tr").first.wait_for()
        page.click("[data-choice=function]")
        page.reload()
        page.locator("body[data-page=functions] #rows tbody tr").first.wait_for()
        equal(page.get_attribute("[data-choice=function]", "aria-pressed"), "true", "reload keeps the list and what it shows")
        # A dialog goes with its page.
        press(page, "?")
        page.evaluate("history.go(-2)")
        page.locator("body:not([data-page=functions])").wait_for()
        settle(page)
        equal(page.locator("dialog[open]").count(), 0, "dialog")
        page.evaluate("history.go(2)")
        page.locator("body[data-page=functions] #rows tbody tr").first.wait_for()
        row = next(row for row in rows(page) if row["title"].endswith(f" in {name}"))
        page.locator(f'#rows a[href="{row["href"]}"]').first.click()
        wait_for_file(page, name)
        equal(f"L{selected(page)}", place_of(row["href"]), "a function's line")
        page.go_back()
        page.locator("body[data-page=functions] #rows tbody tr").first.wait_for()
        page.evaluate("location.hash = 'file=nonsense'")
        page.get_by_role("heading", name="no such file").wait_for()
        page.get_by_role("link", name="Overview").click()
        page.locator("#controls").wait_for()
        page.evaluate("(name) => { location.hash = new URLSearchParams({ file: name, at: 'L3' }); }", site.page_of(name).removeprefix("files/").removesuffix(".html"))
        wait_for_file(page, name)
        equal(selected(page), 3, "an address that somebody sent")
        page.get_by_role("navigation").get_by_role("link").nth(1).click()
        page.locator("#controls").wait_for()
        settle(page)
        folder = name.split("/")[0]
        equal({row["name"] for row in rows(page)}, {visible(one) for one in raw if one.startswith(f"{folder}/")}, "a directory is its files")
        # Every link leads somewhere also where it is opened in a new tab.
        assert all(href.startswith("#") for href in page.evaluate("[...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href'))")), "links of the list"
        page.evaluate("location.hash = 'functions'")
        page.locator("body[data-page=functions] #rows tbody tr").first.wait_for()
        if len(rows(page)) > 60:
            page.evaluate("scrollTo(0, 1500)")
            settle(page)
            place = page.evaluate("scrollY")
            assert place > 300, place
            page.evaluate("document.querySelector('#rows tbody tr:not(.space) th a').click()")
            page.locator("#code").wait_for()
            assert all(href.startswith("#") for href in page.evaluate("[...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href'))")), "links of a file"
            page.go_back()
            page.locator("body[data-page=functions] #rows tbody tr").first.wait_for()
            settle(page)
            equal(page.evaluate("scrollY"), place, "Back leads to where one was")
            page.wait_for_timeout(400)
            page.reload()
            page.locator("body[data-page=functions] #rows tbody tr").first.wait_for()
            settle(page)
            equal(page.evaluate("scrollY"), place, "reload, too")


@check("hostile")
def one_file_goes_on_to_a_line_that_the_file_before_does_not_have(site: Site) -> None:
    def address(name: str, line: int) -> str:
        return "#" + urllib.parse.urlencode({"file": site.page_of(name).removeprefix("files/").removesuffix(".html"), "at": f"L{line}"})

    with site.open(f"{ONE_FILE}{address('pkg/tabs.py', 2)}") as page:
        wait_for_file(page, "pkg/tabs.py")
        # What is pressed before it is there is no matter of it.
        page.evaluate("""(place) => {
          addEventListener("hashchange", () => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true })), { once: true });
          location.hash = place;
        }""", address("lib/argparse.py", 900))
        wait_for_file(page, "lib/argparse.py")
        equal(selected(page), 900, "onward")
        page.go_back()
        wait_for_file(page, "pkg/tabs.py")
        equal(selected(page), 2, "Back")
        page.go_forward()
        wait_for_file(page, "lib/argparse.py")
        equal((selected(page), page.url.split("at=")[1]), (900, "L900"), "Forward")


@check("hostile", once=True)
def one_file_knows_contexts(site: Site) -> None:
    with site.open(f"{ONE_FILE}#{urllib.parse.urlencode({'file': site.page_of('lib/argparse.py').removeprefix('files/').removesuffix('.html')})}") as page:
        wait_for_file(page, "lib/argparse.py")
        picker = page.get_by_label(re.compile("context", re.IGNORECASE)).first
        picker.fill("tests/test_a.py::test_one|run")
        picker.press("Enter")
        page.keyboard.press("Tab")
        settle(page)
        theirs = site.project.theirs["files"]["lib/argparse.py"]
        ran = {int(line) for line, names in theirs["contexts"].items() if "tests/test_a.py::test_one|run" in names}
        found = page.evaluate("[...document.querySelectorAll('#code .in-context')].map((line) => [Number(line.id.slice(1)), line.className.split(' ')[0]])")
        equal({line for line, state in found if state in ("r", "p")}, ran & set(theirs["executed_lines"]), "lines")


@check("example", "hostile", once=True)
def one_file_names_the_digests_of_its_script_and_style(site: Site) -> None:
    text = (site.project.report.parent / "coverage.html").read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "'self'" not in policy, policy
    for what, pattern in (("script", r"<script>(.*?)</script>"), ("style", r"<style>(.*?)</style>")):
        blocks = re.findall(pattern, text, re.DOTALL)
        equal(len(blocks), 1, what)
        digest = base64.b64encode(hashlib.sha256(blocks[0].encode()).digest()).decode()
        assert f"{what}-src 'sha256-{digest}'" in policy, (what, policy)


@check("example", "hostile", once=True)
def one_file_works_in_a_frame_without_an_address(site: Site) -> None:
    name = "lib/argparse.py" if site.project.name == "hostile" else "shop/cart.py"
    text = (site.project.report.parent / "coverage.html").read_text(encoding="utf-8")
    with site.open("about:blank") as page:
        for sandbox in (None, "allow-scripts"):
            page.evaluate("""([text, sandbox]) => {
              const frame = document.createElement("iframe");
              if (sandbox) frame.sandbox = sandbox;
              frame.width = 1200;
              frame.srcdoc = text;
              document.body.replaceChildren(frame);
            }""", [text, sandbox])
            frame = page.frame_locator("iframe")
            frame.locator("#rows tbody a", has_text=name.split("/")[-1]).first.click()
            frame.get_by_label(f"Source of {name}").wait_for()
            frame.get_by_role("link", name="Coverage").click()
            frame.locator("#controls").wait_for()


@check("incomplete", once=True)
def one_file_says_that_data_is_incomplete_whatever_is_asked_for(site: Site) -> None:
    with site.open(f"{ONE_FILE}#file=nope") as page:
        page.get_by_text("This report has no such file").wait_for()
        assert page.get_by_text("Incomplete data").is_visible()


@check("example", "hostile", once=True)
def one_file_fits_a_phone_wears_the_theme_and_says_that_it_needs_script(site: Site) -> None:
    name = "lib/argparse.py" if site.project.name == "hostile" else "shop/cart.py"
    file = urllib.parse.urlencode({"file": site.page_of(name).removeprefix("files/").removesuffix(".html")})
    with site.open(ONE_FILE, viewport={"width": 375, "height": 812}) as page:
        for place in ("#", "#view=map", "#functions", f"#{file}"):
            page.evaluate("(place) => { location.hash = place; }", place)
            page.locator("#code" if "file" in place else "#tools").wait_for()
            settle(page)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{place} is {wide} px too wide"
        page.check("input[name=theme][value=dark]", force=True)
        page.reload()
        wait_for_file(page, name)
        assert page.evaluate(BACKGROUND) != WHITE, "the theme is kept"
    with site.open(ONE_FILE, java_script_enabled=False) as page:
        assert "need script" in page.locator(".without-script:visible").inner_text()
        assert page.locator("#rows tbody tr").first.is_visible()


# --- axe -----------------------------------------------------------------------------------------------------------------------------------

SCHEMES = ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}, {"forced_colors": "active", "color_scheme": "dark"})


# All rules that are on by default, and those of WCAG 2.2 AA that are not.
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False, "rules": {"target-size": {"enabled": True}, "label-content-name-mismatch": {"enabled": True}}}


def finds_nothing(page: Page, what: str) -> None:
    found = AXE.run(page, options=AXE_OPTIONS).response["violations"]
    text = "; ".join(f"{rule['id']} ({rule['impact']}): {[node['html'][:150] for node in rule['nodes'][:3]]}" for rule in found)
    assert not found, f"{what}: {text}"


@check("example", "hostile", "incomplete", "nothing", once=True)
def axe_finds_nothing_on_any_kind_of_page_and_state(site: Site) -> None:
    short = sorted((site.project.report / "files").glob("*.html"), key=lambda path: path.stat().st_size)
    # On the largest axe takes minutes.
    files = [f"files/{path.name}" for path in (*short[:2], *[path for path in short if path.stat().st_size < 60_000][-3:])]
    directories = [page for page in site.pages if page.startswith("dirs/")][:2]
    one_file = []
    if site.project.name == "example":
        cart = site.page_of("shop/cart.py").removeprefix("files/").removesuffix(".html")
        one_file = [ONE_FILE, f"{ONE_FILE}#functions", f"{ONE_FILE}#file={cart}&at=L12"]
    for scheme in SCHEMES:
        # What a narrow screen rearranges does not depend on the colours.
        for width in (1280, 375) if scheme == SCHEMES[0] else (1280,):
            with site.open(viewport={"width": width, "height": 800}, **scheme) as page:
                for address in [*VIEWS, *files, *directories, *one_file] if width == 1280 else [*VIEWS, files[0], *one_file]:
                    page.goto("about:blank")
                    page.goto(site.base + address)
                    page.locator("#tools *").first.wait_for()
                    what = f"{address} at {width}, {scheme}"
                    finds_nothing(page, what)
                    if address.endswith("tree") and page.get_by_text("Open all").is_visible():
                        page.click("text=Open all")
                        finds_nothing(page, f"{what}, open")
                    if address == "index.html":
                        press(page, "s", "?")
                        finds_nothing(page, f"{what}, keys")
                    if address == files[-1]:
                        press(page, "r", "x", "n")
                        finds_nothing(page, f"{what}, selected")
                    if page.locator("#contexts").count() and width == 1280:
                        page.evaluate("location.hash = '#L1-L9'")
                        settle(page)
                        if page.locator("#line ul button").count():
                            page.locator("#line ul button").first.click()
                            finds_nothing(page, f"{what}, a context")


# --- all of it -------------------------------------------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--covmerge", type=Path, required=True, help="the binary under test")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "/usr/bin/chromium", help="the browser (default: %(default)s)")
    parser.add_argument("--only", help="only checks whose names have this in them")
    parser.add_argument("--verbose", action="store_true", help="also a line for each check that passed")
    parser.add_argument("--keep", type=Path, help="make the projects here, and leave them")
    options = parser.parse_args()
    passed, failed = 0, []
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as play:
        here = (options.keep or Path(scratch)).resolve()
        here.mkdir(parents=True, exist_ok=True)
        covmerge = options.covmerge.resolve()
        wanted = [entry for entry in CHECKS if not options.only or options.only in entry[0].__name__]
        reports = {make.__name__: make(covmerge, here) for make in projects.MAKERS if any(name == make.__name__ for _, name, _ in wanted)}
        browser = play.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        for run, name, once in wanted:
            project = reports[name]
            for root in [project.place.as_uri() + "/"] + ([] if once else [Server(project.place).root]):
                title = f"{run.__name__.replace('_', ' ')} ({name}, {root.split(':')[0]})"
                begun = time.monotonic()
                try:
                    run(Site(browser, project, root))
                    passed += 1
                    if options.verbose:
                        print(f"passed {title}, {time.monotonic() - begun:.1f} s", flush=True)
                except (AssertionError, BrowserError) as error:
                    place = traceback.extract_tb(error.__traceback__)
                    line = next((frame.lineno for frame in place if frame.filename == __file__ and frame.name == run.__name__), 0)
                    failed.append(title)
                    print(f"FAILED {title}, line {line}:\n    {str(error)[:1500]}", flush=True)
        browser.close()
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
