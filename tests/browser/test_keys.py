"""What a key does, and where it does nothing."""

from __future__ import annotations

from report import LINES, Site, check, equal, follow, go_back, press, selected, settle, stretches, visible


@check("example", once=True)
def test_every_key_that_the_dialog_lists_works_or_says_nothing(site: Site) -> None:
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
def test_keys_are_dead_while_a_field_has_the_focus_or_a_modifier_is_held(site: Site) -> None:
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
def test_coveragepys_keys_of_a_file_mean_the_same(site: Site) -> None:
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
            go_back(page)
        assert follow(page, lambda: page.keyboard.press("u")).endswith("index.html"), "u"
        go_back(page)
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
