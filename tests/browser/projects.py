"""The projects whose reports are opened, and what coverage.py says about the same data."""

from __future__ import annotations

import html
import json
import random
import re
import shutil
import subprocess
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from coverage import CoverageData
from coverage.parser import PythonParser
from coverage.results import display_covered

ROOT = Path(__file__).parents[2]
PYTHON = ".".join(map(str, sys.version_info[:2]))

EVERYTHING = '''\
"""Docstring with </script><!-- and & and 'quotes'."""
import os  # </ol></main><script>alert(1)</script>


def several(
    first,
    second=(
        1,
        2,
    ),
):
    """What ends late."""
    if (
        first
        and second
    ):
        return call(
            first,
            [
                item
                for item in second
                if item
            ],
        )
    for turn in range(first):
        while turn:
            turn -= 1
        else:
            first += 1
    else:
        second = """
            text over
            lines <b>bold</b>
        """
    return first


class Outer:
    """A class."""

    kind = "x"

    class Inner(object):
        def method(self):
            if self: return 1
            return 2

        async def other(self, thing):
            async with thing as it:
                async for one in it:
                    yield one

    @property
    def value(self):
        try:
            return self._value
        except (AttributeError, KeyError) as error:
            raise ValueError(f"no {error!r}") from error
        finally:
            self.done = True

    def excluded(self):  # pragma: no cover
        if self:
            return 1

    @staticmethod
    def lambdas():
        add = lambda a, b: a + b if a else b
        def inner():
            with open(os.devnull) as sink, open(os.devnull):
                return sink
        return add(1, 2), inner


def empty(): ...
\tx = 1 if False else 2
'''.replace("\tx", "\n\nx")

TWO_EXITS = """\
def choose(a, b, c):
    if a:
        b = 1
    if b:
        c = 1
    for x in c:
        a += x
    match a:
        case 1:
            b = 1
        case [x, *_] if x:
            b = 2
    while True:
        if a and b or c: break
        a += 1
    return a
"""

TABS = "def tabs(a):\n\tif a:\n\t\treturn 1\n\n\ndef spaces(a):\n        if a:\n                return 1\n"

ODD_TEXT = "a = 1  # \u202eright to left\u202c, zero\u200bwidth, \u0085next\n\tb = 2\n".replace("\tb", "b") + 's = "é😀 \ufeff"\x0c\nc = 3\nif a:\n    b = "' + "x" * 600 + '"\nelse:\n    pass\n'

HOSTILE_NAMES = [
    "pkg/everything.py",
    "pkg/deep/er/still/two_exits.py",
    "pkg/deep/er/still/odd_text.py",
    "a<b>&amp;\"'.py",
    "x</script><script>alert(1)</script>/y.py",
    "new\nline\ttab.py",
    "bidi\u202e\u200byp.py",
    "L" * 200 + ".py",
    "Case.py",
    "case.py",
    "ünï cödé.py",
    "hash#and?query=%2e%2e&x.py",
    ".hidden/.dot.py",
    "con.py",
    "javascript:alert(1).py",
    "pkg/nothing.py",
    "pkg/comment.py",
    "pkg/never_ran.py",
]

CONTEXTS = ["", "tests/test_a.py::test_one|run", "tests/test_a.py::test_two|run", "</script><img src=x onerror=alert(1)>", 'quote"\'&', "long " * 80, "bidi\u202e"]


@dataclass
class Project:
    """A report of ours (for some, also as one file: `coverage.html` beside it) and, where there is one, coverage.py's of the same data."""

    name: str
    place: Path
    report: Path
    # coverage.py's JSON, and by file name the sentence of each partial line and the class of each line of its HTML.
    theirs: dict = field(default_factory=dict)
    sentences: dict[str, dict[int, str]] = field(default_factory=dict)
    states: dict[str, dict[int, str]] = field(default_factory=dict)
    contexts: dict[str, dict[int, set[str]]] = field(default_factory=dict)

    @property
    def total(self) -> str:
        return display_covered(self.theirs["totals"]["percent_covered"], 2) + "%"


def shell(*command: object, cwd: Path, statuses: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run([str(part) for part in command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8")
    if done.returncode not in statuses:
        sys.exit(f"`{' '.join(map(str, command))}` in {cwd} gave {done.returncode}:\n{done.stdout}")


def state_of(classes: str) -> str:
    """The state of a line by its classes: `mis show_mis`, `par run show_par`, `run run2`."""
    states = [name for name in classes.split() if not name.startswith("show_")]
    return next((name for name in states if name.endswith("2")), states[0])


def ask_coveragepy(project: Project) -> Project:
    """Fills in what coverage.py says."""
    cwd = project.place
    coverage = (sys.executable, "-m", "coverage")
    shell(*coverage, "combine", "-q", "--keep", "--data-file=theirs.data", *sorted(cwd.glob(".coverage.*")), cwd=cwd)
    shell(*coverage, "json", "-q", "--data-file=theirs.data", "--show-contexts", "-o", "theirs.json", cwd=cwd)
    shell(*coverage, "html", "-q", "--data-file=theirs.data", "-d", "theirs", cwd=cwd)
    project.theirs = json.loads((cwd / "theirs.json").read_text(encoding="utf-8"))
    for page in sorted((cwd / "theirs").glob("*.html")):
        text = page.read_text(encoding="utf-8")
        title = re.search(r"<title>Coverage for (.*?): [\d.]+%</title>", text, re.DOTALL)
        if not title:
            continue
        name = html.unescape(title[1])
        rows = re.findall(r'<p class="([^"]*)"><span class="n"><a id="t(\d+)"(.*?)</p>', text, re.DOTALL)
        project.states[name] = {int(number): state_of(state) for state, number, _ in rows}
        project.sentences[name] = {
            int(number): html.unescape(re.sub(r"<[^>]*>", "", long[1]))
            for _, number, rest in rows
            if (long := re.search(r'<span class="annotate long">(.*?)</span>', rest, re.DOTALL))
        }
    unseen = set(project.theirs["files"]) ^ set(project.states)
    if unseen:
        sys.exit(f"coverage.py's JSON and HTML are not of the same files: {sorted(unseen)}")
    return project


def example(covmerge: Path, here: Path) -> Project:
    """The example of the README."""
    place = here / "example"
    shutil.copytree(ROOT / "testdata/example", place)
    shell(covmerge, "-q", "--python-version", PYTHON, "--fail-under", "80", "-o", "html=htmlcov", "-o", "html-single", cwd=place)
    return ask_coveragepy(Project("example", place, place / "htmlcov"))


def arcs_of(path: Path) -> list[tuple[int, int]]:
    parser = PythonParser(filename=str(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parser.parse_source()
    # What has no statement runs without a line.
    return sorted(parser.arcs() | {(-1, min(parser.statements))}) if parser.statements else []


def hostile(covmerge: Path, here: Path) -> Project:
    """Names, sources and contexts that try to get out of the page; statements over many lines; branches of every kind, some taken."""
    place = here / "hostile <&> project"
    place.mkdir()
    (place / ".coveragerc").write_text("[run]\nbranch = true\nrelative_files = true\n")
    sources = {name: EVERYTHING for name in HOSTILE_NAMES}
    sources["pkg/deep/er/still/two_exits.py"] = TWO_EXITS
    sources["pkg/deep/er/still/odd_text.py"] = ODD_TEXT
    sources["pkg/nothing.py"] = ""
    sources["pkg/comment.py"] = "# only words\n"
    # Real code has branches that nobody thinks of.
    library = Path(shutil.__file__).parent
    for module in ("argparse.py", "shlex.py", "textwrap.py", "json/decoder.py", "configparser.py"):
        sources[f"lib/{module}"] = (library / module).read_text(encoding="utf-8")
    sources["pkg/tabs.py"] = TABS
    for name, text in sources.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    absolute = here / "elsewhere" / "absolute.py"
    absolute.parent.mkdir()
    absolute.write_text(TWO_EXITS)
    measured = {name: arcs_of(place / name) for name in sources} | {str(absolute): arcs_of(absolute), "../elsewhere/up.py": arcs_of(absolute)}
    (here / "elsewhere" / "up.py").write_text(TWO_EXITS)
    chance = random.Random(3)
    for number in range(3):
        data = CoverageData(basename=str(place / f".coverage.made.pid{number}.Xaaaaaa{number}x"))
        for context in CONTEXTS:
            data.set_context(context)
            for name, arcs in measured.items():
                if "never_ran" not in name and chance.random() < 0.25:
                    data.add_arcs({name: [arc for arc in arcs if chance.random() < 0.15]})
        data.touch_files(list(measured))
        data.write()
    outside = f"--allow-outside-root={here / 'elsewhere'}"
    shell(covmerge, "-q", "--python-version", PYTHON, "--show-contexts", outside, "-o", "html=report", "-o", "html-single", cwd=place)
    return ask_coveragepy(Project("hostile", place, place / "report"))


def incomplete(covmerge: Path, here: Path) -> Project:
    """A fragment that is missing, one that is rejected, and a source that is not the one measured."""
    place = here / "incomplete"
    (place / "src").mkdir(parents=True)
    (place / ".coveragerc").write_text("[run]\nbranch = true\nrelative_files = true\n")
    (place / "src/sound.py").write_text(TWO_EXITS)
    (place / "src/changed.py").write_text("a = 1\nb = 2\n")
    data = CoverageData(basename=str(place / ".coverage.made.pid1.Xaaaaaaax"))
    data.add_arcs({"src/sound.py": arcs_of(place / "src/sound.py")[:6], "src/changed.py": [(-1, 1), (1, 2), (2, 3), (3, 40), (40, -1)]})
    data.write()
    (place / ".coverage.made.pid2.Xaaaaaabx").write_bytes(b"no database")
    shell(covmerge, "-q", "--expect", "4", "--bad-fragments", "skip", "-o", "html=report", "-o", "html-single", cwd=place, statuses=(3,))
    return Project("incomplete", place, place / "report")


def nothing(covmerge: Path, here: Path) -> Project:
    """Measured, and nothing in it that could run."""
    place = here / "nothing"
    place.mkdir()
    (place / ".coveragerc").write_text("[run]\nbranch = true\nrelative_files = true\n")
    (place / "empty.py").write_text("")
    data = CoverageData(basename=str(place / ".coverage.made.pid1.Xaaaaaaax"))
    data.add_arcs({"empty.py": []})
    data.touch_files(["empty.py"])
    data.write()
    shell(covmerge, "-q", "-o", "html=report", cwd=place, statuses=(0, 2, 3))
    return Project("nothing", place, place / "report")


def many(covmerge: Path, here: Path) -> Project:
    """More files than a screen has rows, in a tree of directories."""
    place = here / "many"
    place.mkdir()
    (place / ".coveragerc").write_text("[run]\nbranch = true\nrelative_files = true\n")
    data = CoverageData(basename=str(place / ".coverage.made.pid1.Xaaaaaaax"))
    chance = random.Random(5)
    for number in range(160):
        name = f"src/part{number % 7}/group{number % 13}/module{number}.py"
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"def f{at}(a):\n    if a:\n        return {at}\n    return 0\n" for at in range(1 + number % 9)]
        path.write_text("".join(lines))
        arcs = arcs_of(path)
        whole = chance.random() < 0.5
        data.add_arcs({name: [arc for arc in arcs if whole or chance.random() < 0.8]})
    # Deeper than a phone is wide.
    for depth in range(1, 24):
        path = place / "src" / "/".join(["below"] * depth) / "module.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a = 1\n")
        data.add_arcs({path.relative_to(place).as_posix(): arcs_of(path)})
    data.write()
    shell(covmerge, "-q", "--python-version", PYTHON, "-o", "html=report", "-o", "html-single", cwd=place)
    return ask_coveragepy(Project("many", place, place / "report"))


def monorepo(covmerge: Path, here: Path) -> Project:
    """Three packages with equal names, judged each by its own settings; coverage.py's tables of them are in `expected.txt`."""
    place = here / "monorepo"
    shutil.copytree(ROOT / "testdata/monorepo", place)
    shell(covmerge, "-q", "-o", "html=report", "-o", "html-single", cwd=place, statuses=(2,))
    return Project("monorepo", place, place / "report")


LAST = 2**31 - 1


def listed(covmerge: Path, here: Path) -> Project:
    """Lines that a fragment lists, far beyond the end of one text and of a file without a text."""
    place = here / "listed"
    place.mkdir()
    (place / "short.py").write_text("a = 1\nb = 2\n")
    (place / "covmerge.toml").write_text(f"[limits]\nlines = {LAST}\n")
    lists = {"executed_lines": [1, 2, 40, 41, *range(1_000, 4_000)], "missing_lines": [500, LAST - 1, LAST]}
    meta = {"software": "slipcover", "version": "1.1.0", "branch_coverage": False}
    report = {"meta": meta, "files": {"short.py": lists, "gone.py": lists}, "summary": {}}
    (place / "slipcover.json").write_text(json.dumps(report))
    shell(covmerge, "-q", "--stale-sources", "warn", "slipcover.json", "-o", "html=report", "-o", "html-single", cwd=place)
    return Project("listed", place, place / "report")


MAKERS = (example, hostile, incomplete, nothing, many, monorepo, listed)
