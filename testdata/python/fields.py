#!/usr/bin/env python3
"""Records which strings with replacement fields CPython compiles, for `tests/it/python.rs` to compare with.

    fields.py      run by each CPython from 3.10 on, in any order; adds its version to `fields.json`

Each row of `texts` is `[text, versions that compile it]`; a version compiles a text if one of its patch releases does. 3.12.5 changed the
rules, so an earlier and a later 3.12 run this (3.12.1 and 3.12.10 did). Some texts are written here, others by `tests/parity/programs.py`.
"""

import json
import sys
import warnings
from itertools import product
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests" / "parity"))

from programs import Programs

VERSION = "%d.%d" % sys.version_info[:2]
RECORD = HERE / "fields.json"

EXPRESSIONS = [
    # generator expressions
    "f'{a for a in b}'", "f'{ a for a in b if c }'", "f'{a for a in b!r}'", "f'{a for a in b:>10}'", "f'{a for a in b = !s:x}'", "f'{a async for a in b}'",
    "f'{a for a in b, 1}'", "f'{1for a in b}'", "f'{a for a in b for b in c}{d for d in e}'", "f'{x:{a for a in b}}'", "f'{x:{y:{a for a in b}}}'", "f'a' f'{a for a in b}'",
    "f'''{\na\nfor a in b}'''", "f'''{f'{a for a in b}' for c in d}'''", "f'{(a for a in b)}'", "f'{await a for a in b}'", "f'{[a for a in b]}'", "f'{(yield) for a in b}'",
    "f'{fora in b}'", "f'{a for_in b}'", "rf'{a for a in b}'", "F'{{{a for a in b}}}'", "f'{a for a in \"b\"}'", "f'{*a for a in b}'", "f'{lambda: a for a in b}'",
    # conversions and what surrounds them
    "f'{a!r}'", "f'{a !r}'", "f'{a!r }'", "f'{a! r}'", "f'{a!}'", "f'{a!:}'", "f'{a!x}'", "f'{a!rr}'", "f'{a!r:}'", "f'{a!r :}'", "f'{ a!s : x}'", "f'{a=!r}'", "f'{a=!r }'", "f'{a= !r}'",
    "f'{a = }'", "f'{a==}'", "f'{a=b}'", "f'{a==b}'", "f'{a!=b}'", "f'{a!=}'", "f'{a!=b!r}'", "f'{a<=b=}'", "f'{a>b}'", "f'{a<>b}'", "f'{a->b}'", "f'{a:=5}'", "f'{(a:=5)}'", "f'{a, b:=5}'",
    "f'{!r}'", "f'{ !r}'", "f'{=}'", "f'{:x}'", "f'{}'", "f'{ }'", "f'''{\n}'''", "f'{{}}'", "f'{{}'", "f'{}}'", "f'{{{a}}}'", "f'{{{a}}'", "f'}'", "f'{'", "f'{a'", "f'{a!'", "f'{a:'", "f'{a:b'",
    # yield, await, stars and lambdas
    "f'{yield}'", "f'{yield, 1}'", "f'{(yield), 1}'", "f'{1, yield}'", "f'{yield 1, 2}'", "f'{yield *a, 2}'", "f'{yield from a}'", "f'{await a}'", "f'{await a, b}'", "f'{*a}'", "f'{*a,}'",
    "f'{*a, 1}'", "f'{1, *a}'", "f'{*a or b,}'", "f'{*(a) or b,}'", "f'{**a}'", "f'{a,}'", "f'{,}'", "f'{a, b}'", "f'{lambda: 1}'", "f'{lambda x: 1}'", "f'{(lambda x: 1)}'", "f'{lambda x}'",
    "f'{a if b else c}'", "f'{a if b else lambda: c}'", "f'{a; b}'", "f'{a b}'", "f'{pass}'", "f'{a = b}'", "f'{del a}'",
    # escapes, comments, quotes and lines
    "f'{\"\\n\"}'", "f'{a\\\n}'", "f'\\{a}'", "f'\\{{a}}'", "f'\\}}'", "f'\\N{DIGIT ONE}{a}'", "f'\\N{}'", "f'\\N'", "rf'\\N{a}'", "f'{a:\\x41}'", "f'{a:\\N{DIGIT ONE}}'", "f'{a:\\{b}}'",
    "f'{a:\\}'", "rf'{a:\\}'", "f'{#}'", "f'{a # b}'", "f'{\"#\"}'", "f'''{a # b\n}'''", "f'{a[\"b\"]}'", "f'{a['b']}'", "f'{\"a\" \"b\"}'", "f'{\"a}'", "f'''{'a'}'''", "f'''{\"\"\"a\"\"\"}'''", "f'{''}'",
    "f'{\"}\"}'", "f'{\"{\"}'", "f'{\"!r:\"}'", "f'{a\n}'", "f'''{\na\n}'''", "f'''{a:\n}'''", "f'{a:\n}'", "f'{a:\\\n}'", "f'\\\n{a}'", "f'''{'a\nb'}'''", "f'''{f'{\na}'}'''", "f'{a\u00a0}'", "f'{\u00a0}'",
    # the end of a line in a format specification
    "f'{a:d\n}'", "f'{\n  a:.2f\n  }' 'b'", "f'{a=!r:d\n\n # no\n }{b:e\n}' f'{c:\n}'", "f'{a:d # b\n}'", "f'{a:d\\\n}'", "f'{a:{b}\n}'", "f'{a:{b:3\n}d\n}'", "f'{a:{b\n}d}'", "f'{a:d\ne}'",
    "f'{a:d\n!r}'", "f'{a:d\n'", "f'{a:d\n}}'", "f'{a:d\n} b\n{c}'", "f'{lambda x:1\n}'", "f\'\'\'{f'{a:d\n}'}\'\'\'", "t'{a:d\n}'",
    "f'{a:d\n{b}}'", "f'{a:d\n{b} {c}\n  # d\n{e}\n}'", "f'{a:d\n{b:{c}}}'", "f'{a:d\n{b:c}}'", "f'{a:d\n{b!r:{c}\n} }'", "f'{a:d\n{b[1:2](\"}\")}}'", "f'{a:d\n{b=}}'", "f'{a:d\n{}}'",
    "f'{a:d\n{b} c}'", "f'{a:d\n{(b}}'", "f'{a:d\n{b}'", "f'{a:d\n{{b}}}'", "f'{a:d\n{b}}{c:d\n{e}}'", "f'''{a:d\n{b}}'''", "f'''{a:{b}\n{c}}'''", "f'{a:{b}d\n{c}}'", "t'{a:d\n{b}}'",
    # doubled braces in a format specification
    "f'{a:{b:{{}}{{}'", "f'{a:{b}{{}'", "f'{a:{b:}{{}'", "f'{a:{b}{{}}'", "f'{a:{b}c{{d}'", "f'{a:{b}{{{c}}'", "f'{a:{b}{{{{}'", "f'{a:{{b}}{{}'", "f'{a:{b}{c:{{}}}'", "f'{a:{b}{c:{{}}{{}}'",
    "f'{a:{b}{{}}}'", "f'{a:{b}}{{c}}'", "f'''{a:{b}{{}'''", "f'''{a:{b}\n{{\n}'''", "rf'{a:{b}{{}'", "rf'{a:{b}\\{{}'", "f'{a:{b}\\{{}'", "f'{a:{f\"{c:{d}{{}\"}{{}'",
    "f'{a:{b}{{} {c:{{1}}} {d:{e}{{}'", "t'{a:{b}{{}'", "f'{a:{b}{{}' 'c' f'{d:{e}{{}'", "f'{a:{b}{{{c:{{1}}}{{}'",
    # nesting
    "f'{a:{b}}'", "f'{a:{b:{c}}}'", "f'{a:{b:{c:{d}}}}'", "f'{a:{b:{c:{d:{e}}}}}'", "f'{a!r:{b!r}}'", "f'{a:{{b}}}'", "f'{a:{{1}}}'", "f'{a:{{}}}'", "f'{a:}}'", "f'{a:}}}'", "f'{a:{b}}}'", "f'{a:{b:{c=}}}'", "f'{a:{b:{f\"{c:{d:{e}}}\"}}}'", "f'{a:{b:{f\"{c=}\"}}}'",
    "f'{f\"{a}\"}'", "f'{a:{f\"{b:{c}}\"}}'", "f'{f\"{f'''{a}'''}\"}'", "f'{a) + (b}'", "f'{(a}'", "f'{a)}'", "f'{a]}'", "f'{(a]}'", "f'{{1: 2}}'", "f'{ {1: 2}}'", "f'{ {1: 2}[1]:x}'", "f'{a[b:c]}'", "f'{a:b!r}'",
    "f'{a}' b'c'", "f'{a}' 'b' u'c'", "t'{a}'", "t'{a!r:{b}}'", "t'{a}' f'{b}'", "t'{a}' 'b'", "tr'{a}'", "t'{a for a in b}'", "t'{yield}'", "t'{a=}'", "t'{}'",
]

# Parts of format specifications, in every order: with line ends, and with doubled braces.
LINES = ["{b}", "{b:", "}", "\n", "c"]
BRACES = ["{b}", "{b:", "}", "{{", "}}"]


def specifications() -> list[str]:
    mixed = [part for parts in (LINES, BRACES) for count in (1, 2, 3) for part in product(parts, repeat=count)]
    return [f"f'{{a:{''.join(part)}}}'" for part in mixed]


def texts() -> list[str]:
    programs = Programs(7, 14)
    written = [programs.template() for _ in range(400)]
    return [f"async def f():\n    {text}\n" for text in EXPRESSIONS + specifications() + written]


def compiles(text: str) -> bool:
    try:
        compile(text, "text", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def main() -> None:
    warnings.simplefilter("ignore")
    rows = {text: [] for text in texts()}
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {"versions": [], "texts": []}
    versions = {VERSION}
    if [text for text, _ in record["texts"]] == list(rows):
        versions.update(record["versions"])
        rows = dict(record["texts"])
    for text, accepting in rows.items():
        rows[text] = sorted({*accepting, VERSION} if compiles(text) else accepting)
    lines = ",\n".join(json.dumps(row) for row in rows.items())
    RECORD.write_text(f'{{"versions": {json.dumps(sorted(versions))}, "texts": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
