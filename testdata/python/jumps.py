#!/usr/bin/env python3
"""Records the arcs of jumps through `finally` clauses, for the tests of `src/tally/doubts.rs` to compare with.

    jumps.py      run by each CPython from 3.8 on, with any coverage.py, in any order; adds the arcs under its version to `jumps.json`
"""

import json
import sys
import tempfile
from pathlib import Path

import coverage

RECORD = Path(__file__).with_name("jumps.json")

# Each is measured by itself.
SOURCES = [
    "def f(x):\n    try:\n        return 1\n    finally:\n        x.append(2)\nf([])\n",
    "def f(x):\n    try:\n        return len(\n            x\n        )\n    finally:\n        for y in x:\n            str(y)\nf([1])\n",
    "for i in range(3):\n    try:\n        if i:\n            continue\n    finally:\n        str(i)\n",
    "while True:\n    try:\n        break\n    finally:\n        str(1)\nstr(2)\n",
    "def f(x):\n    try:\n        x.index(2)\n    except ValueError:\n        return x\n    else:\n        return 2\n    finally:\n        if x:\n            x.pop()\nf([1])\nf([2])\n",
    "def f(x):\n    with open(x) as a:\n        try:\n            try:\n                return a.read()\n            finally:\n                a.tell()\n        finally:\n            a.close()\nf(__file__)\n",
    "async def f():\n    try:\n        return 1\n    finally:\n        str(2)\ntry:\n    f().send(None)\nexcept StopIteration:\n    pass\n",
    "def f(x):\n    while True:\n        try:\n            return x.pop()\n        finally:\n            if x: continue\nf([1, 2, 3])\n",
    # From here on, control goes on after the clause, or meets the line of `try` before the jump.
    "def f(x):\n    while x:\n        try:\n            x.pop()\n        finally:\n            str(x)\n        if not x:\n            return\nf([1, 2])\n",
    "def f(x):\n    for y in x:\n        try: y.pop()\n        finally: str(y)\n    return x\nf([[1], [2]])\n",
    "def f(x):\n    while True:\n        try: return x.pop()\n        finally:\n            if x: continue\nf([1, 2, 3])\n",
    "def f():\n    for x in 'ab':\n        try:\n            yield x\n        finally:\n            str(x)\n    return\nlist(f())\nnext(f()).join('a')\n",
    "def f(x):\n    for y in x:\n        try:\n            y()\n            return\n        except TypeError:\n            continue\n        finally:\n            raise ValueError(y)\ntry:\n    f([1])\nexcept ValueError:\n    pass\n",
]


def arcs(source: str) -> list:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "program.py").resolve()
        path.write_text(source)
        measured = coverage.Coverage(data_file=None, branch=True, include=[str(path)], config_file=False)
        measured.start()
        try:
            exec(compile(source, str(path), "exec", dont_inherit=True), {"__file__": str(path)})
        finally:
            measured.stop()
        return sorted(measured.get_data().arcs(str(path)))


def main() -> None:
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    versions = record.get("versions", {}) if record.get("sources") == SOURCES else {}
    versions["%d.%d" % sys.version_info[:2]] = [arcs(source) for source in SOURCES]
    rows = ",\n".join(f'  "{version}": {json.dumps(versions[version])}' for version in sorted(versions, key=lambda name: int(name[2:])))
    RECORD.write_text(f'{{"sources": {json.dumps(SOURCES)},\n"versions": {{\n{rows}\n}}}}\n')


if __name__ == "__main__":
    main()
