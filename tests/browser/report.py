"""A report in a browser: how checks open it, what they read from its pages, and how they compare it."""

from __future__ import annotations

import contextlib
import re
import urllib.parse

import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page

import projects


def check(*names: str, once: bool = False):
    """A check of the reports of these projects; `once`, from disk only: what it asks does not depend on where the report is."""
    places = [(name, place) for name in names for place in (("disk",) if once else ("disk", "server"))]
    return pytest.mark.parametrize("site", places, ids="-".join, indirect=True)


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


def wait_until_known(page: Page) -> None:
    """Waits until the browser knows the address that a script has set: it is another process, and reloads or goes back from the last one it knows."""
    session = page.context.new_cdp_session(page)
    while True:
        history = session.send("Page.getNavigationHistory")
        if history["entries"][history["currentIndex"]]["url"] == page.evaluate("location.href"):
            break
    session.detach()


def reload(page: Page) -> None:
    wait_until_known(page)
    page.reload()


def go_back(page: Page) -> None:
    wait_until_known(page)
    page.go_back()


def go_forward(page: Page) -> None:
    wait_until_known(page)
    page.go_forward()


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
    return float("nan") if "nothing" in cell else float(cell.replace(",", "").replace("%", ""))


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


def top_line(page: Page) -> int:
    """The first line below the head."""
    return page.evaluate("""() => { const head = document.querySelector(".top").getBoundingClientRect().bottom;
      return Number([...document.querySelectorAll("#code li")].find((line) => line.getBoundingClientRect().bottom > head).id.slice(1)); }""")


def selected(page: Page) -> int:
    found = page.evaluate("Number(document.querySelector('#code .selected')?.id.slice(1) ?? 0)")
    return found


BACKGROUND = "getComputedStyle(document.body).backgroundColor"


WHITE = "rgb(255, 255, 255)"


VIEWS = ("index.html", "index.html#view=tree", "index.html#view=tree&filter=*.py", "index.html#view=map", "functions.html")


ONE_FILE = "../coverage.html"


def wait_for_file(page: Page, name: str) -> None:
    """Until the page of a file is shown."""
    page.locator(f'#code[aria-label="Source of {visible(name).replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"]').wait_for()
    settle(page)
