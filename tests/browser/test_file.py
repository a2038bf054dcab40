"""The page of a file: jumps, selected lines, links to them."""

from __future__ import annotations

import re
import urllib.parse

from playwright.sync_api import Page

from projects import LAST
from report import LINES, ONE_FILE, Site, check, equal, follow, go_back, press, reload, selected, settle, stretches, top_line, wait_for_file


@check("hostile")
def test_jumps_go_on_from_where_the_reader_is_and_across_files(site: Site) -> None:
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
        go_back(page)
        assert "argparse" in page.url, "Back"


@check("hostile", "example", once=True)
def test_the_numbers_shown_are_those_of_the_lines(site: Site) -> None:
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
def test_coming_back_to_a_long_file_shows_the_lines_that_one_left(site: Site) -> None:
    def at_rest() -> list[int]:
        """Where the selected line is when it does not move any more: a page that is loaded scrolls until all is laid out."""
        place = None
        while place != (place := page.evaluate(where)):
            page.wait_for_timeout(400)
        return place

    # Within a fifth of a line, which rounding may add.
    def is_where_one_left(what: str) -> None:
        found = at_rest()
        assert found[0] == left[0] and abs(found[1] - left[1]) <= 4, f"{what}: {found} after {left}"

    where = "[Number(document.querySelector('.selected')?.id.slice(1)), Math.round(document.querySelector('.selected')?.getBoundingClientRect().top)]"
    with site.open(site.page_of("lib/argparse.py")) as page:
        press(page, *["n"] * 60)
        left = at_rest()
        assert left[0] > 300, left
        reload(page)
        is_where_one_left("reload")
        press(page, "u")
        page.wait_for_url("**/index.html*")
        go_back(page)
        is_where_one_left("Back")
    with site.open(f"{ONE_FILE}#{urllib.parse.urlencode({'file': site.page_of('lib/argparse.py').removeprefix('files/').removesuffix('.html')})}") as page:
        wait_for_file(page, "lib/argparse.py")
        press(page, *["n"] * 60)
        left = at_rest()
        reload(page)
        wait_for_file(page, "lib/argparse.py")
        is_where_one_left("reload of one file")
        press(page, "u")
        page.locator("#controls").wait_for()
        go_back(page)
        wait_for_file(page, "lib/argparse.py")
        is_where_one_left("Back in one file")


@check("hostile", "example", once=True)
def test_long_lines_are_read_to_their_ends(site: Site) -> None:
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
def test_links_to_a_line_and_to_lines_show_them(site: Site) -> None:
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
        go_back(page)
        settle(page)
        equal((selected(page), page.locator("#line").is_visible(), page.url.partition("#")[2]), (0, False, ""), "Back")


@check("listed")
def test_lines_far_beyond_the_end_are_reached_like_others(site: Site) -> None:
    numbers = [1, 2, 40, 41, 500, *range(1_000, 4_000), LAST - 1, LAST]
    pages = [(site.page_of(name), name) for name in ("short.py", "gone.py")]
    files = [(address, "") for address, _ in pages] + [(ONE_FILE, f"#file={address.removeprefix('files/').removesuffix('.html')}") for address, _ in pages]
    for address, place in files:
        with site.open(address + place) as page:
            if place:
                wait_for_file(page, "gone.py" if "gone" in place else "short.py")
            equal([line["number"] for line in page.evaluate(LINES)], numbers, "lines")
            counter = page.locator(".tools .count")
            press(page, "n")
            equal((selected(page), counter.inner_text()), (500, "1 of 2"), "the first range")
            press(page, "n")
            equal((selected(page), counter.inner_text()), (LAST - 1, "2 of 2"), "the second range")
            assert f"Lines {LAST - 1} to {LAST}" in page.locator("#line").inner_text()
            equal(page.locator("#code .selected").count(), 2, "its lines")
            press(page, "Escape")
            # A number that is not there: the nearest line before it.
            for asked, wanted in (("45", 41), ("41", 41), ("4500", 3_999), (str(LAST - 1), LAST - 1), ("9999999999", LAST)):
                press(page, "g")
                page.keyboard.type(asked)
                press(page, "Enter")
                equal(selected(page), wanted, f"go to line {asked}")
            page.keyboard.press("ArrowUp")
            equal(selected(page), LAST - 1, "the line above")
            page.keyboard.press("ArrowUp")
            equal(selected(page), 3_999, "the line above it")
            box = page.locator("#map").bounding_box()
            page.mouse.click(box["x"] + 5, box["y"] + box["height"] * 0.5)
            settle(page)
            box = page.locator(f"#L{numbers[len(numbers) // 2]}").bounding_box()
            assert 0 < box["y"] < 800, "the middle of the map is the middle of the page"


@check("listed", once=True)
def test_a_link_to_lines_of_which_few_are_there_selects_those(site: Site) -> None:
    for name in ("short.py", "gone.py"):
        with site.open(f"{site.page_of(name)}#L41-L600") as page:
            found = page.evaluate("[...document.querySelectorAll('#code .selected')].map((line) => Number(line.id.slice(1)))")
            equal(found, [41, 500], "lines")
            shown = page.evaluate("[...document.querySelectorAll('#code li[value]')].map((line) => [line.value, getComputedStyle(line).borderBlockStartStyle])")
            equal(shown, [[number, "dashed"] for number in (40, 500, 1_000, LAST - 1)], "lines after a gap")


@check("example")
def test_numbers_select_lines_and_links_are_copied(site: Site) -> None:
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
