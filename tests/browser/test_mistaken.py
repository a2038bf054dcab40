"""What must not be mistaken: incomplete data, nothing to measure, hostile names."""

from __future__ import annotations

import re

from report import VIEWS, Site, check, equal, rows, visible


@check("incomplete")
def test_a_banner_stands_on_every_page_of_incomplete_data(site: Site) -> None:
    for address in site.pages:
        for script in (True, False):
            with site.open(address, java_script_enabled=script) as page:
                text = " ".join(text for text in page.locator(".banner:visible").all_inner_texts())
                for wanted in ("Incomplete data", "1 of 2 fragments rejected", "1 fragment, expected 4", "differs from the one that was measured", "src/changed.py"):
                    assert wanted in text, f"{address}: no {wanted!r} in {text!r}"


@check("nothing")
def test_nothing_to_measure_is_neither_all_nor_none(site: Site) -> None:
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
def test_every_page_has_the_policy_and_nothing_inline(site: Site) -> None:
    for address in site.pages:
        text = (site.project.report / address).read_text(encoding="utf-8")
        found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        assert found and found[1].startswith("default-src 'none';") and "unsafe" not in found[1] and "data:" not in found[1], address
        with_script = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text)
        assert not with_script and not re.search(r"<style|<[^<>]*\s(style|on\w+)=", re.sub(r'"[^"]*"', '""', text)), address


@check("hostile")
def test_hostile_names_lead_to_their_own_pages(site: Site) -> None:
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
