"""The tree, the treemap, and views that an address keeps."""

from __future__ import annotations

import re
import urllib.parse

from playwright.sync_api import Page

from report import LINES, Site, check, equal, follow, go_back, go_forward, hash_of, press, reload, rows, settle, visible


@check("many", "hostile")
def test_the_tree_opens_and_closes_and_keeps_its_folders_in_the_address(site: Site) -> None:
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
        reload(page)
        equal(rows(page), opened, "reload")
        go_back(page)
        settle(page)
        equal(rows(page), closed, "Back")
        go_forward(page)
        settle(page)
        equal(rows(page), opened, "Forward")
        page.click("text=Close all")
        settle(page)
        equal(page.locator(".twist[aria-expanded=true]").count(), 0, "closed")
        shut = rows(page)
        reload(page)
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
def test_the_treemap_zooms_by_click_and_key(site: Site) -> None:
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
        go_back(page)
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
def test_areas_of_the_treemap_are_shares_of_the_statements(site: Site) -> None:
    with site.open("index.html#view=map&filter=*.py") as page:
        cells = page.evaluate("""() => [...document.querySelectorAll("svg.treemap > a")].map((cell) => {
          const box = cell.querySelector("rect");
          return [cell.getAttribute("aria-label"), box.getAttribute("width") * box.getAttribute("height"), cell.getAttribute("href")];
        })""")
        assert cells and all(area > 0 and re.search(r"[\d,]+ statements", label) for label, area, _ in cells), cells
        frame = page.evaluate("() => { const box = document.querySelector('svg.treemap').viewBox.baseVal; return box.width * box.height; }")
        assert all(area <= frame * 1.001 for _, area, _ in cells)


@check("example", "hostile", "many")
def test_views_are_in_the_address_and_come_back(site: Site) -> None:
    wanted = ["index.html#sort=-statements&filter=*.py&show=uncovered%2Cpartial", "index.html#view=tree&filter=e", "functions.html#kind=function&sort=coverage"]
    for address in wanted:
        with site.open(address) as page:
            shown = rows(page)
            assert shown, address
            reload(page)
            equal(rows(page), shown, "reload")
            place = page.url
            link = next(row["href"] for row in shown if row["href"])
            follow(page, lambda: page.locator(f'#rows a[href="{link}"]').first.click())
            go_back(page)
            settle(page)
            equal((page.url, rows(page)), (place, shown), "Back from a file")
    with site.open() as page:
        first = rows(page)
        page.click("#rows thead button >> nth=1")
        sorted_rows = rows(page)
        page.click("[data-choice=uncovered]")
        go_back(page)
        settle(page)
        equal(rows(page), sorted_rows, "Back undoes one step")
        go_back(page)
        settle(page)
        equal(rows(page), first, "and the other")
        page.locator("#filter").press_sequentially("zz")
        go_back(page)
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
            reload(page)
            rows(page)
        page.goto(site.base + "index.html")
        page.fill("#filter", "zzz")
        reload(page)
        equal((page.input_value("#filter"), rows(page)), ("zzz", []), "the filter")


@check("many")
def test_only_rows_in_view_are_in_the_page_and_scrolling_shows_the_others(site: Site) -> None:
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
def test_the_first_missing_line_is_one_click_away(site: Site) -> None:
    with site.open() as page:
        link = page.locator("#rows td a").first
        target, is_missing = link.get_attribute("href"), " missing in " in link.get_attribute("aria-label")
        assert follow(page, lambda: link.click()).endswith(target)
        line = int(target.split("#L")[1])
        equal(page.evaluate(LINES)[line - 1]["state"], "m" if is_missing else "p", "the first missing line, or a partial one where none is")
        box = page.locator(f"#L{line}").bounding_box()
        head = page.locator(".top").bounding_box()
        assert head["y"] + head["height"] <= box["y"] < 800, f"line {line} is in view: {box}, {head}"
        go_back(page)
        assert follow(page, lambda: page.keyboard.press("g")).endswith(target), "g"
