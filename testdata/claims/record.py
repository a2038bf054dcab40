"""Prints, as JSON, what Slipcover and coverage.py record of the programs below: `regenerate.py` calls it, under an interpreter that has both.

Each program is imported, and its function `m` called with each number of the list. The third entry says whether Slipcover's data
shows every exit that coverage.py records. If not, the comment says why.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

DRIVE = """
import asyncio, inspect, sys
sys.dont_write_bytecode = True
import a
for number in map(int, sys.argv[1:]):
    try:
        found = a.m(number)
        if inspect.iscoroutine(found):
            asyncio.run(found)
    except ValueError:
        pass
"""
W = "class W:\n" + "".join(f"    {word} __{name}__(self, *_):\n        pass\n" for word, name in [("def", "enter"), ("def", "exit"), ("async def", "aenter"), ("async def", "aexit")])
D = "def d(x):\n    return x\n"
# From 3.14 on sys.monitoring measures, which also records the line after a `raise`, and the way that control would have gone without an exception.
OLD = sys.version_info < (3, 14)
# Up to 3.11 every end of the body of an `async with` goes through its last line.
NEW = sys.version_info >= (3, 12)
IN_WITH = W + "def m(x):\n    with W():\n        if x == 7: return 1\n    return 2\n"
IN_FINALLY = "def m(x):\n    try:\n        match x:\n            case 7: return 1\n{}    finally:\n        a = 2\n"
IN_LOOP = "def m(x):\n    for a in x, 1:\n        {}\n            match a:\n                case 7: {}\n                case _: pass\n    {}    return a\n"
# name: text, calls, whether all is seen
PROGRAMS = {
    "a return out of with, taken": (IN_WITH, [7], True),
    "a return out of with, not taken": (IN_WITH, [8], True),
    "a return out of with that is not its end": (W + "def m(x):\n    with W():\n        if x == 7: return 1\n        a = 2\n    return 2\n", [7, 8], True),
    "a return out of async with": (W + "async def m(x):\n    async with W():\n        if x == 7: return 1\n    return 2\n", [7], True),
    "a return out of with over several lines": (W + "def m(x):\n    with (\n            W(),\n            W()):\n        if x == 7: return 1\n    return 2\n", [7], True),
    "a return out of two with": (W + "def m(x):\n    with W():\n        with W():\n            if x == 7: return 1\n        a = 2\n    return 2\n", [7, 8], True),
    "a return through finally": (IN_FINALLY.format(""), [7], True),
    "a return through finally, passed": (IN_FINALLY.format(""), [8], True),
    "a return through finally, two cases": (IN_FINALLY.format("            case _: return 2\n"), [7, 8], True),
    "a return through finally, then with": (W + "def m(x):\n    with W():\n        try:\n            if x == 7: return 1\n        finally:\n            a = 2\n    return 2\n", [7], True),
    "a return through with, then finally": (W + "def m(x):\n    try:\n        with W():\n            if x == 7: return 1\n    finally:\n        a = 2\n    return 2\n", [7], True),
    "a return through finally over with": (W + "def m(x):\n    try:\n        if x == 7: return 1\n        elif x == 8: return 2\n        else: a = 3\n    finally:\n        with W(): b = 4\n    return 2\n", [7, 8], True),
    "a break through finally": (IN_LOOP.format("try:", "break", "    finally:\n            b = 2\n"), [7, 8], True),
    "a continue through finally": (IN_LOOP.format("try:", "continue", "    finally:\n            b = 2\n"), [7, 8], True),
    "the end of async with": (W + "async def m(x):\n    async with W():\n        if x == 7:\n            a = 1\n    return 2\n", [8], NEW),
    "the end of async with, of the function too": (W + "async def m(x):\n    async with W():\n        if x == 7:\n            a = 1\n", [8], NEW),
    "the end of async with, an annotation": (W + "async def m(x):\n    async with W():\n        if x == 7:\n            a = 1\n        else:\n            b: int\n", [7], True),
    "the end of async with, on its line": (W + "async def m(x):\n    async with W():\n        if x == 7: a = 1\n        else: pass\n", [7], NEW),
    "the end of async with, several": (W + "async def m(x):\n    async with W():\n        if x == 7:\n            a = 1\n        elif x == 8:\n            ''\n    async with W(), W():\n        for a in range(x):\n            break\n    async with W():\n        match x:\n            case 7: a = 1\n            case 8:\n                b: int\n    async with W():\n        if x == 8:\n            with W(): a = 1\n        else:\n            a = 2\n    return 2\n", [7, 8], NEW),
    "a break out of with": (W + IN_LOOP.format("with W():", "break", ""), [7], True),
    "a continue out of with": (W + IN_LOOP.format("with W():", "continue", ""), [7], True),
    "a break out of if": (IN_LOOP.format("if x:", "break", ""), [7, 8], True),
    "a break in a loop on its line": ("def m(x):\n    while x > 7: return 1\n    for a in range(x): break\n    return a\n", [7, 8], True),
    "an exception to a handler": ("def m(x):\n    try:\n        if x == 7: raise ValueError\n        a = 1\n    except ValueError:\n        a = 2\n    return a\n", [7, 8], OLD),
    "an exception out of the function": ("def m(x):\n    if x == 7: raise ValueError\n    return 1\n", [7], OLD),
    "an exception out of with": (W + "def m(x):\n    with W():\n        if x == 7: raise ValueError\n    return 1\n", [7], OLD),
    "a call that may raise": ("def m(x):\n    if x: a = int('1')\n    else: a = int('2')\n    return a\n", [7, 0], False),  # it may have raised
    "a call that raises": ("def m(x):\n    if x: a = int('x')\n    else: a = int('2')\n    return a\n", [7, 0], OLD),
    "a call that raises nothing, the other never": ("def m(x):\n    if x: a = int('1')\n    else: a = int('2')\n    return a\n", [7], True),
    "a call that raises in with": (W + "def m(x):\n    with W():\n        if x: a = int('x')\n        else: a = 2\n    return a\n", [7], True),
    "a call that is returned from try": ("def m(x):\n    try:\n        if x == 7: return int('x')\n        a = 1\n    except ValueError: a = 2\n    return a\n", [7], OLD),
    "a break that a call may prevent": ("def m(x):\n    for a in range(x):\n        if a == 6: b = int('x'); break\n        else: b = 2\n    return b\n", [7, 2], OLD),
    "both on their lines": ("def m(x):\n    if x == 7: a = 1\n    elif x == 8: a = 2\n    else: a = 3\n    return a\n", [7, 8, 9], True),
    "an annotation alone": ("def m(x):\n    if x == 7:\n        a: int\n    else: a = 1\n    return 2\n", [7, 8], True),
    "an annotation alone, in several forms": ("def m(x):\n    match x:\n        case 7:\n            a: int\n        case 8: b: int\n        case 9:\n            global g\n            c: f()\n    if x == 1:\n        d = 1\n    elif x == 7:\n        e: int\n    elif x == 8: (f): int\n    for h in x, x:\n        if h == 7:\n            i: int\n        elif h == 8:\n            del ()\n        else:\n            j = 1\n    return 7\n", [7, 8, 9], True),
    "an annotation at the end of finally": ("def m(x):\n    for a in range(x):\n        try:\n            b = 1\n        finally:\n            if x == 7:\n                if x == 7:\n                    b = 2\n            c: int\n    return 1\n", [7, 8], False),
    "an annotation at the beginning of finally": ("def m(x):\n    try:\n        if x == 7: b = 1\n    finally:\n        c: int\n        b = 2\n    return 1\n", [7, 8], False),
    "an annotation alone, in a class": ("def m(x):\n    class C:\n        if x == 7:\n            a: int\n        elif x == 8: b: int\n        else: c: int\n        z = 1\n", [7, 8], False),  # it may raise
    "a case for type checkers": ("TYPE_CHECKING = False\ndef m(x):\n    match x:\n        case 1: return 1\n        case 2 if TYPE_CHECKING:\n            return 2\n        case 3 if TYPE_CHECKING:\n            return 3\n        case _:\n            return 4\n", [8], True),
    "a test for type checkers": ("TYPE_CHECKING = False\ndef m(x):\n    if x == 7: return 1\n    elif TYPE_CHECKING: return 2\n    else: a = 3\n    return a\n", [8], True),
    "a case whose guard is false": ("def m(x):\n    match x:\n        case 1 if 0:\n            a = 1\n        case 2: a = 2\n        case _: a = 3\n    return a\n", [2, 3], True),
    "a class on one line": ("def m(x):\n    class C: a = x\n    return C\n", [7], True),
    "the end of a class with annotations": ("def m(x):\n    class A:\n        z: int\n        if x == 7:\n            y = 2\n    class B:\n        if x == 7:\n            y = 2\n    class C:\n        (z): int = 1\n        while x == 7:\n            w: int = 2\n            break\n        match x:\n            case 7:\n                y = 2\n", [7, 8], True),
    "the end of an except* that is not the last": ("def m(x):\n    try:\n        raise ExceptionGroup('', [ValueError()])\n    except* ValueError:\n        if x == 7:\n            a = 1\n    except* KeyError:\n        if x == 7:\n            a = 2\n    except* OSError:\n        pass\n    return 1\n", [7, 8], True),
    "a decorated class without code": (D + "def m(x):\n    @d\n    class A: global g\n    @d\n    class B: nonlocal x\n    @d\n    class C: del ()\n    @d\n    class D: global g; pass\n    a = 1\n    class E: global g\n    return A\n", [7], True),
    "a decorated class with annotations": (D + "def m(x):\n    @d\n    class A: z: int\n    @d\n    class B: z: int = 1\n    @d\n    class C: (z): int\n    a = 1\n    class D: z: int\n    return A\n", [7], True),
    "a function on one line": ("def m(x):\n    def f(): return x\n    return f()\n", [7], False),  # nothing shows that it was called
    "a break through with on one line": (W + "def m(x):\n    for a in range(x):\n        with W(): break\n    else: return 1\n    return 2\n", [7, 0], True),
    "a break through with after a call": (W + "def m(x):\n    for a in range(x):\n        with W():\n            if a == 1: int('1'); break\n            else: b = 2\n    return 2\n", [7], True),
    "a yield on its line": ("def g(x):\n    if x == 7: yield 1\n    else: yield 2\n    return\ndef m(x):\n    for a in g(x): pass\n", [7, 8], False),  # it may never go on
}


def record(text: str, calls: list, seen: bool) -> dict:
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        (here / "a.py").write_text(text)
        (here / "drive.py").write_text(DRIVE)

        def run(*arguments: str, **environment: str) -> None:
            subprocess.run([sys.executable, "-m", *arguments], cwd=here, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)

        drive = ["drive.py", *map(str, calls)]
        run("slipcover", "--branch", "--source=.", "--json", "--out=slip.json", *drive)
        found = {"text": text, "seen": seen, "slipcover": json.loads((here / "slip.json").read_text())["files"]["a.py"]}
        del found["slipcover"]["summary"]
        for core in ["ctrace", *["sysmon"] * (sys.version_info >= (3, 14))]:
            run("coverage", "run", "--branch", "--include=a.py", *drive, COVERAGE_CORE=core)
            run("coverage", "json", "-q", "-o", "cov.json")
            said = json.loads((here / "cov.json").read_text())["files"]["a.py"]
            found[core] = {part: said[part] for part in ("executed_lines", "executed_branches", "missing_branches")}
        return found


print("{")
print(",\n".join(f"{json.dumps(name)}: {json.dumps(record(*program))}" for name, program in PROGRAMS.items()))
print("}")
