"""The report as one file."""

from __future__ import annotations

import base64
import hashlib
import re
import urllib.parse

from playwright.sync_api import Page

from report import BACKGROUND, LINES, ONE_FILE, WHITE, Site, check, equal, go_back, go_forward, hash_of, press, reload, rows, selected, settle, stretches, sums_of, visible, wait_for_file


def place_of(href: str) -> str:
    """The place that a link of the report as one file names."""
    return urllib.parse.parse_qs(href.removeprefix("#"))["at"][0]


def one_of_each_tool(page: Page) -> None:
    for selector in ("#tools", "#tools [aria-label=Keys]", "#tools .theme", "#controls, .count, body.directory"):
        equal(page.locator(selector).count(), 1, f"{selector} at {page.url}")


@check("example", "hostile")
def test_one_file_has_the_numbers_and_the_lines_of_all_pages(site: Site) -> None:
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
def test_one_file_goes_from_page_to_page_and_back(site: Site) -> None:
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
        go_back(page)
        page.locator("#controls").wait_for()
        settle(page)
        equal((page.url, rows(page)), (place, shown), "Back")
        one_of_each_tool(page)
        go_forward(page)
        wait_for_file(page, name)
        begins = stretches(page.evaluate(LINES))
        press(page, "n")
        equal((selected(page), hash_of(page)["at"].split("-")[0]), (begins[0], f"L{begins[0]}"), "n")
        where = page.url
        reload(page)
        wait_for_file(page, name)
        equal((page.url, selected(page)), (where, begins[0]), "reload")
        box = page.locator(f"#L{begins[0]}").bounding_box()
        assert 0 <= box["y"] < 800, box
        why = page.locator(".why a").nth(1)
        target = why.inner_text()
        why.click()
        settle(page)
        equal((selected(page), hash_of(page)["at"]), (int(target), f"L{target}"), "a link in a sentence")
        go_back(page)
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
        reload(page)
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
        go_back(page)
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
            go_back(page)
            page.locator("body[data-page=functions] #rows tbody tr").first.wait_for()
            settle(page)
            equal(page.evaluate("scrollY"), place, "Back leads to where one was")
            page.wait_for_timeout(400)
            reload(page)
            page.locator("body[data-page=functions] #rows tbody tr").first.wait_for()
            settle(page)
            equal(page.evaluate("scrollY"), place, "reload, too")


@check("hostile")
def test_one_file_goes_on_to_a_line_that_the_file_before_does_not_have(site: Site) -> None:
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
        go_back(page)
        wait_for_file(page, "pkg/tabs.py")
        equal(selected(page), 2, "Back")
        go_forward(page)
        wait_for_file(page, "lib/argparse.py")
        equal((selected(page), page.url.split("at=")[1]), (900, "L900"), "Forward")


@check("hostile", once=True)
def test_one_file_knows_contexts(site: Site) -> None:
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
def test_one_file_names_the_digests_of_its_script_and_style(site: Site) -> None:
    text = (site.project.report.parent / "coverage.html").read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "'self'" not in policy, policy
    for what, pattern in (("script", r"<script>(.*?)</script>"), ("style", r"<style>(.*?)</style>")):
        blocks = re.findall(pattern, text, re.DOTALL)
        equal(len(blocks), 1, what)
        digest = base64.b64encode(hashlib.sha256(blocks[0].encode()).digest()).decode()
        assert f"{what}-src 'sha256-{digest}'" in policy, (what, policy)


@check("example", "hostile", once=True)
def test_one_file_works_in_a_frame_without_an_address(site: Site) -> None:
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
def test_one_file_says_that_data_is_incomplete_whatever_is_asked_for(site: Site) -> None:
    with site.open(f"{ONE_FILE}#file=nope") as page:
        page.get_by_text("This report has no such file").wait_for()
        assert page.get_by_text("Incomplete data").is_visible()


@check("example", "hostile", once=True)
def test_one_file_fits_a_phone_wears_the_theme_and_says_that_it_needs_script(site: Site) -> None:
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
        reload(page)
        wait_for_file(page, name)
        assert page.evaluate(BACKGROUND) != WHITE, "the theme is kept"
    with site.open(ONE_FILE, java_script_enabled=False) as page:
        assert "need JavaScript" in page.locator(".without-script:visible").inner_text()
        assert page.locator("#rows tbody tr").first.is_visible()
