"""The page of a file: sentences, toggles, contexts, the panel and the outline."""

from __future__ import annotations

import json
import re

from report import LINES, Site, check, equal, press, selected, settle, stretches, visible


@check("example", "hostile")
def test_sentences_are_read_without_hovering_and_lead_to_their_lines(site: Site) -> None:
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
def test_toggles_take_a_states_marks_away_and_out_of_the_jumps(site: Site) -> None:
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
def test_forced_colours_keep_the_edges_that_say_something(site: Site) -> None:
    edge = "(line) => getComputedStyle(line).borderInlineStartColor"
    with site.open(site.page_of("lib/argparse.py"), forced_colors="active") as page:
        blank, executed = page.locator("#code li:not([class])").first, page.locator("#code li.r").first
        assert blank.evaluate(edge) != executed.evaluate(edge), "no statement has an edge that is not seen"
        press(page, "r")
        equal(executed.evaluate(edge), blank.evaluate(edge), "nor has what is hidden")


@check("hostile")
def test_a_context_is_chosen_and_its_lines_are_seen(site: Site) -> None:
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
def test_who_ran_a_line_is_what_coverage_py_says(site: Site) -> None:
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
def test_the_panel_stands_on_the_tools_of_a_phone(site: Site) -> None:
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
def test_the_panel_is_before_nothing_that_is_selected_or_has_the_focus(site: Site) -> None:
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
def test_of_long_names_the_directory_is_cut_off_and_at_its_beginning(site: Site) -> None:
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
def test_tabs_are_as_wide_as_python_takes_them_to_be(site: Site) -> None:
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
def test_what_is_in_view_stays_there_when_a_control_is_used(site: Site) -> None:
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
def test_minimap_outline_and_ranges_lead_to_lines(site: Site) -> None:
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
def test_few_stops_of_tab_lead_to_the_source(site: Site) -> None:
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
