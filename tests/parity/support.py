"""What the random programs of `programs.py` call, and how they are run: `support.py FILE ...`, to be measured."""

from __future__ import annotations

import builtins
import importlib
import random
import sys
from pathlib import Path

CHANCE = random.Random(7)
FUEL = [0]
TYPE_CHECKING = False
CALLS = 60


class Empty(BaseException):
    """There is no fuel left."""


class E(ValueError):
    """What programs raise and catch."""


class O(dict):
    """An object with attributes and items."""

    K = 2


def burn(share: float) -> None:
    FUEL[0] -= 1
    if FUEL[0] < 0:
        raise Empty
    if CHANCE.random() < share:
        raise CHANCE.choice([E, KeyError, E])


def t(*_: object, **__: object) -> int:
    burn(0.06)
    return 1


def c(*_: object, **__: object) -> int:
    burn(0.03)
    return CHANCE.choice([0, 1, 1, 2, 0])


def f(*_: object) -> list[int]:
    return [1, 2, 3]


def d(function: object) -> object:
    return function


def dd(*_: object) -> object:
    return d


class m:
    def __init__(self, swallows: int = 0) -> None:
        self.swallows = swallows

    def __enter__(self) -> m:
        return self

    def __iter__(self) -> object:
        return iter((1, 2))

    def __exit__(self, kind: object, *_: object) -> bool:
        return bool(self.swallows) and kind is not Empty


class am(m):
    async def __aenter__(self) -> am:
        return self

    async def __aexit__(self, *_: object) -> bool:
        return False


async def a(*_: object) -> int:
    return 1


async def ai() -> object:
    for number in range(2):
        yield number


def finish(started: object) -> None:
    """Runs what a call has only begun: generators, coroutines and both in one."""
    if hasattr(started, "__anext__"):
        for _ in range(CALLS):
            try:
                started.__anext__().send(None)
            except StopIteration:
                pass
    elif hasattr(started, "send"):
        for _ in range(CALLS):
            started.send(None)


def main() -> None:
    # Slipcover measures what is imported, and nothing that is run in another way.
    vars(builtins).update({name: value for name, value in globals().items() if name[0] != "_" and name not in ("main", "finish")})
    sys.dont_write_bytecode = True
    for path in map(Path, sys.argv[1:]):
        sys.path[0] = str(path.parent)
        builtins.o = O(k=1)
        FUEL[0] = CALLS
        CHANCE.seed(7)
        try:
            module = vars(importlib.import_module(path.stem))
        except BaseException:
            # Of the functions that were not defined yet nothing runs.
            continue
        functions = [value for name, value in module.items() if name[0] == "f" and name[1:].isdigit()]
        for number, function in enumerate(functions * 4):
            FUEL[0] = CALLS
            # One that ended elsewhere, as under another tool, does not change the others.
            CHANCE.seed(number)
            try:
                finish(function())
            except BaseException:
                pass


if __name__ == "__main__":
    main()
