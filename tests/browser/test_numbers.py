"""The numbers of the lists and pages are coverage.py's."""

from __future__ import annotations

import collections
import re

from report import LINES, Site, check, equal, names, number, rows, sums_of, visible


@check("example", "hostile", "many")
def test_the_overview_has_coveragepys_numbers(site: Site) -> None:
    theirs = site.project.theirs
    with site.open() as page:
        equal(page.inner_text("h1").split("\n")[-1].strip(), site.project.total, "total")
        totals = theirs["totals"]
        words = page.inner_text(".parts")
        for part in (
            f"{totals['covered_lines']:,} of {totals['num_statements']:,} ran, {totals['missing_lines']:,} missing",
            f"{totals['covered_branches']:,} of {totals['num_branches']:,} taken, {totals['missing_branches']:,} missing",
        ):
            assert part in words, f"{part!r} is not in {words!r}"
        found = {row["name"]: row["cells"] for row in rows(page)}
        equal(found, {visible(name): sums_of(file["summary"]) for name, file in theirs["files"].items()}, "rows")
        # Worst first: what lacks most stands above.
        lacking = {visible(name): file["summary"]["missing_lines"] + file["summary"]["missing_branches"] for name, file in theirs["files"].items()}
        order = [lacking[name] for name in names(page)]
        equal(order, sorted(order, reverse=True), "worst first")
        worst = page.locator(".begin li a").first
        equal(lacking[worst.inner_text()], max(lacking.values()), "where to begin")
        assert re.search(r"#L\d+$", worst.get_attribute("href")), "it leads to the first missing line"


@check("example", "hostile", "many")
def test_functions_and_classes_have_coveragepys_numbers(site: Site) -> None:
    with site.open("functions.html") as page:
        for kind, key in (("function", "functions"), ("class", "classes")):
            if page.locator(f"[data-choice={kind}]").get_attribute("aria-pressed") == "false":
                page.click(f"[data-choice={kind}]")
            found = collections.defaultdict(list)
            for row in rows(page):
                found[row["title"]].append(row["cells"])
            # coverage.py tells functions of one name apart by `@` and the line.
            wanted = {f"{re.sub('@.*', '', name)} in {visible(path)}": sums_of(region["summary"]) for path, file in site.project.theirs["files"].items() for name, region in file[key].items() if name and "@" not in name}
            equal(set(found), set(wanted), kind)
            for name, cells in wanted.items():
                assert cells in found[name], f"{name}: found {found[name]}, wanted {cells}"


@check("example", "hostile", once=True)
def test_lines_and_sentences_are_coveragepys(site: Site) -> None:
    classes = {"r": "run", "m": "mis", "p": "par", "x": "exc", "R": "run2", "M": "mis2", "P": "par2", "X": "exc2", "": "pln"}
    sentences = 0
    with site.open() as page:
        for name, file in site.project.theirs["files"].items():
            page.goto(site.base + site.page_of(name))
            lines = page.evaluate(LINES)
            found = {line["number"]: classes[line["state"]] for line in lines}
            theirs = {at: state for at, state in site.project.states[name].items() if at <= len(lines)}
            equal({at: found[at] for at in theirs if found[at] != theirs[at]}, {at: theirs[at] for at in theirs if found[at] != theirs[at]}, name)
            equal({line["number"]: line["why"] for line in lines if line["why"]}, site.project.sentences[name], f"sentences of {name}")
            sentences += len(site.project.sentences[name])
            summary = file["summary"]
            counts = [summary["covered_lines"], summary["missing_lines"], summary["num_partial_branches"], summary["excluded_lines"]]
            equal(page.locator("#sums li").all_inner_texts(), [f"{count:,} {word}" for count, word in zip(counts, ("executed", "missing", "partial", "excluded"))], name)
            measured = summary["num_statements"] + summary["num_branches"]
            assert page.inner_text("h1").endswith(f"{summary['percent_covered_display']}%" if measured else "nothing to measure"), page.inner_text("h1")
            # What is out of view is laid out later.
            outline = page.evaluate("[...document.querySelectorAll('#outline li')].map((one) => [one.firstChild.textContent, one.lastElementChild.textContent])")
            regions = [(region, entry["summary"]) for key in ("functions", "classes") for region, entry in file[key].items() if region]
            for region, sums in regions:
                own = re.sub("@.*", "", region.rsplit(".", 1)[-1])
                share = f"{sums['percent_covered_display']}%" if sums["num_statements"] + sums["num_branches"] else "–"
                assert any(own == entry[0].strip() and share == entry[-1].strip() for entry in outline), f"{name}: no {own} {share} in {outline}"
    assert sentences > 2, "there were sentences to compare"


@check("many")
def test_sums_of_folders_are_those_of_their_files(site: Site) -> None:
    with site.open("index.html#view=tree") as page:
        page.click("text=Open all")
        found = rows(page)
        folders = [row for row in found if row["folder"]]
        assert len(folders) > 20, len(folders)
        statements = {visible(name): file["summary"]["num_statements"] for name, file in site.project.theirs["files"].items()}
        by_folder = collections.Counter()
        for name, count in statements.items():
            for at, character in enumerate(name):
                if character == "/":
                    by_folder[name[: at + 1]] += count
        labels = page.evaluate('() => { dispatchEvent(new Event("beforeprint")); return [...document.querySelectorAll(".twist")].map((one) => one.dataset.folder); }')
        equal({label: number(row["cells"][0]) for label, row in zip(labels, folders)}, {label: by_folder[label] for label in labels}, "sums")
