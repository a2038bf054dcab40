"""Themes, phones, paper, and what works without script or storage."""

from __future__ import annotations

from report import BACKGROUND, LINES, VIEWS, WHITE, Site, check, equal, is_ordered, press, reload, selected, settle, stretches


@check("example")
def test_the_theme_has_three_positions_is_kept_and_does_not_flash(site: Site) -> None:
    seen = """window.seen = []; new MutationObserver(() => { if (document.body && !window.seen.length) window.seen.push(document.documentElement.dataset.theme); })
      .observe(document, { childList: true, subtree: true });"""
    for system in ("light", "dark"):
        with site.open(color_scheme=system, before=seen) as page:
            equal(page.evaluate(BACKGROUND) == WHITE, system == "light", "the system's")
            equal(page.locator("input[name=theme]").count(), 3, "positions")
            for theme in ("dark", "light", "dark"):
                page.check(f"input[name=theme][value={theme}]", force=True)
                equal(page.evaluate(BACKGROUND) == WHITE, theme == "light", theme)
                reload(page)
                equal(page.evaluate("window.seen"), [theme], "set before there is a body")
                equal(page.evaluate(BACKGROUND) == WHITE, theme == "light", f"{theme} is kept")
            page.goto(site.base + site.page_of("shop/cart.py"))
            equal(page.evaluate(BACKGROUND) == WHITE, False, "on every page")
            page.check("input[name=theme][value=system]", force=True)
            equal(page.evaluate(BACKGROUND) == WHITE, system == "light", "the system's again")
            stored = page.evaluate("Object.entries(localStorage)")
            assert stored == [["covmerge.theme", "system"]], f"only taste is stored: {stored}"


@check("example")
def test_all_works_where_storage_and_history_are_refused(site: Site) -> None:
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


@check("example", "hostile", "incomplete", "nothing", "many")
def test_nothing_is_wider_than_a_phone(site: Site) -> None:
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
def test_paper_is_light_without_controls_and_has_all_of_it(site: Site) -> None:
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
def test_without_script_all_files_all_source_and_all_sums_can_be_read(site: Site) -> None:
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
