"""axe finds nothing, on any kind of page and in any state."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from report import ONE_FILE, VIEWS, Site, check, press, settle


AXE = Axe()
SCHEMES = ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}, {"forced_colors": "active", "color_scheme": "dark"})


# All rules that are on by default, and those of WCAG 2.2 AA that are not.
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False, "rules": {"target-size": {"enabled": True}, "label-content-name-mismatch": {"enabled": True}}}


def finds_nothing(page: Page, what: str) -> None:
    found = AXE.run(page, options=AXE_OPTIONS).response["violations"]
    text = "; ".join(f"{rule['id']} ({rule['impact']}): {[node['html'][:150] for node in rule['nodes'][:3]]}" for rule in found)
    assert not found, f"{what}: {text}"


@check("example", "hostile", "incomplete", "nothing", "monorepo", once=True)
def test_axe_finds_nothing_on_any_kind_of_page_and_state(site: Site) -> None:
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
