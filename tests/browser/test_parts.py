"""A run in parts: each part has coverage.py's numbers of its package, and a verdict of its own."""

from __future__ import annotations

import re
from pathlib import Path

from report import Site, check, equal, names

# By the settings of each package and of the run.
VERDICTS = {"api": "failed: 80% required", "web": "passed: 60% required", "lib": ""}


def table_of(package: Path) -> dict[str, list[str]]:
    """The rows of coverage.py's table: statements, missing, branches, partial and share, by name."""
    rows = re.findall(r"^(\S+) +([\d ]+) +(\S+%)", (package / "expected.txt").read_text(encoding="utf-8"), re.MULTILINE)
    return {name: [*(counts.split() + ["0", "0"])[:4], share] for name, counts, share in rows}


@check("monorepo")
def test_each_part_has_coveragepys_total_and_its_own_verdict(site: Site) -> None:
    with site.open() as page:
        equal(page.locator(".of-parts thead th").all_inner_texts(), ["Part", "Root", "Statements", "Missing", "Branches", "Partial", "Verdict", "Coverage"], "heads")
        found = {}
        for row in page.locator(".of-parts tbody tr").all():
            part, root, *counts, verdict, share = (cell.strip() for cell in row.locator("th, td").all_inner_texts())
            found[part] = verdict
            equal([*counts, share], table_of(site.project.place / root)["TOTAL"], part)
        equal(found, VERDICTS, "verdicts")
        # 15 of 19 statements and 1 of 2 branches.
        assert page.inner_text("h1").endswith("76.19%"), page.inner_text("h1")


@check("monorepo")
def test_a_part_leads_to_its_own_files(site: Site) -> None:
    with site.open() as page:
        for part in VERDICTS:
            page.goto(f"{site.base}index.html")
            page.click(f".of-parts a:text-is('{part}')")
            here = page.inner_text("h1").split(" ")[0]
            wanted = {f"packages/{part}/{name}" for name in table_of(site.project.place / "packages" / part) if name != "TOTAL"}
            equal({here + name for name in names(page)}, wanted, part)
