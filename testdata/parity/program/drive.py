"""Runs a part of the library: `drive.py 0` and `drive.py 1` take different ways through it."""
import sys
import threading

part = int(sys.argv[1])
from lib import branches, handlers, matches, lines, ends, latin, bom, exclusions, regions, empty, comment


def test_branches():
    for n in ((1, 7), (0, 1))[part]:
        branches.choose(n)
        branches.loops(n)
        branches.waived(n)
    branches.constant(part)
    branches.only_pass(part)
    branches.asserts(part)
    branches.Decisions().method(part)
    if part:
        branches.one_line(1)


def test_handlers():
    handlers.tries(part)
    handlers.nested(part * 4)
    handlers.groups(part)
    handlers.withs(part)
    handlers.with_in_loop(part * 5)
    try:
        handlers.reraise()
    except ValueError:
        pass
    next(handlers.endless())


def test_matches():
    for value in ((0, [1, 1], "a"), ({"key": 1}, "text", None))[part]:
        matches.matches(value)
    matches.no_wildcard(part + 1)
    matches.excluded_wildcard(part + 1)


def test_lines():
    lines.decorated(1)
    lines.Documented().one()
    ends.form_feed()


def test_regions():
    regions.here()
    exclusions.Partly().a()
    exclusions.branches(part)
    regions.in_match()
    regions.A.B().m()
    threading.Thread(target=regions.in_try).start()


test_branches()
test_handlers()
test_matches()
test_lines()
test_regions()
