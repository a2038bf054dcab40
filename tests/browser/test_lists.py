"""The lists of files and functions: columns, filters, keys, and the way back."""

from __future__ import annotations

import re

from report import ONE_FILE, Site, check, equal, follow, go_back, hash_of, is_ordered, names, press, rows, selected, settle


COLUMNS = {"name": "f", "statements": "s", "missing": "m", "excluded": "x", "branches": "b", "partial": "p", "coverage": "c"}


@check("example", "hostile", "many", once=True)
def test_every_column_sorts_by_click_and_by_key_both_ways(site: Site) -> None:
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
def test_coveragepys_keys_of_the_index_mean_the_same(site: Site) -> None:
    with site.open() as page:
        for key, name in {"f": "name", "n": "name", "s": "statements", "m": "missing", "x": "excluded", "b": "branches", "p": "partial", "c": "coverage"}.items():
            press(page, "w", key)
            equal(hash_of(page)["sort"].lstrip("-"), name, key)
        press(page, "w")
        listed = rows(page)
        assert follow(page, lambda: page.keyboard.press("]")).endswith(listed[0]["href"]), "] is the first"
        go_back(page)
        assert follow(page, lambda: page.keyboard.press("[")).endswith(listed[-1]["href"]), "[ is the last"
        go_back(page)
        press(page, "?")
        assert page.locator("dialog[open]").is_visible()
        press(page, "Escape")
        equal(page.locator("dialog[open]").count(), 0, "Escape closes it")


@check("many")
def test_what_is_typed_in_one_go_is_one_step(site: Site) -> None:
    with site.open() as page:
        for before, typed in (("s", "part1 group"), ("c", " module1")):
            press(page, before)
            address = page.url
            press(page, "/")
            page.keyboard.press("Control+A")
            page.keyboard.type(typed)
            settle(page)
            equal(hash_of(page)["filter"], typed.strip(), "filter")
            go_back(page)
            settle(page)
            equal(page.url, address, f"Back from {typed!r}")
            page.evaluate("document.activeElement.blur()")


@check("hostile")
def test_back_from_a_jump_leads_to_where_one_was_in_a_file(site: Site) -> None:
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
        go_back(page)
        settle(page)
        assert abs(page.evaluate("scrollY") - place) < 100, (page.evaluate("scrollY"), place)
        equal(selected(page), 100, "what was selected")


@check("many")
def test_back_within_a_list_leads_to_where_one_was(site: Site) -> None:
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
def test_back_from_a_file_leads_to_where_one_was_in_the_list(site: Site) -> None:
    for address in ("index.html", "index.html#sort=name", "functions.html"):
        with site.open(address) as page:
            page.mouse.move(600, 500)
            page.mouse.wheel(0, 3_000)
            page.wait_for_timeout(400)
            place = page.evaluate("scrollY")
            assert place > 2_000, place
            page.evaluate("document.elementFromPoint(200, 500).closest('tr').querySelector('a').click()")
            page.locator("#code").wait_for()
            go_back(page)
            page.locator("#rows tbody tr:not(.space)").first.wait_for()
            settle(page)
            equal(page.evaluate("scrollY"), place, address)


@check("example", "many")
def test_filters_take_words_wildcards_and_states(site: Site) -> None:
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
def test_wildcards_are_of_names_or_of_files_in_the_list_of_functions(site: Site) -> None:
    with site.open("functions.html") as page:
        for text, wanted in (("Cart.add", {"Cart.add"}), ("*.add", {"Cart.add"}), ("a?d", {"Cart.add"}), ("Cart.re*", {"Cart.remove"}), ("*.nothing", set())):
            page.fill("#filter", text)
            settle(page)
            equal(set(row["title"].split(" in ")[0] for row in rows(page)), wanted, text)
        page.fill("#filter", "cart.p?")
        settle(page)
        assert rows(page) and all(row["title"].endswith(" in shop/cart.py") for row in rows(page)), rows(page)
