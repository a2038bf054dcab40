"""Statements
over several lines."""
from __future__ import annotations

import os, sys
from os.path import (
    join,
    split,
)

'''a string
that is no docstring'''
CONSTANT = (
    1,
    2,
)
VALUE = \
    3 + \
    4
a = 1; b = 2
x: int
y: int = 5
(z): int = 6


def decorator(*args):
    def apply(f):
        return f
    return apply


@decorator(
    1,
    2,
)
@decorator()
def decorated(
    a,
    b=[
        1,
    ],
    *,
    c: int = 3,
) -> int:
    """doc"""
    global CONSTANT
    local: int
    nothing: int = (
        4
    )
    return [
        i
        for i in range(3)
        if i
    ][0] + nothing


class Documented:
    """A class
    with a docstring."""

    attribute = 1
    """A docstring of an attribute."""
    annotated: int

    def only_doc(self):
        """Nothing but this."""

    def doc_and_pass(self):
        """doc"""
        pass

    def one(self): "doc"; return 1

    async def wait(self):
        async with self as s:
            await s
        async for i in s:
            print(i)
        return [i async for i in s]

    @property
    def ellipsis(self): ...

    def stub(self, a): ...

    def stub_below(
        self,
        a,
    ) -> int:
        ...


f = lambda: (
    1
)
g = {
    "a": f(),
    "b": [
        i
        for i in (1, 2)
    ],
}
s = f"""{
    a
} text
"""
del (a)
if b: del b; c = 1
else: c = 2
async def generator():
    yield 1
    return

for i in range(
    2
): pass
