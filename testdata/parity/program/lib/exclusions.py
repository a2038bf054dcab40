"""What pragmas and patterns take along."""
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
else:
    os = None


def whole():  # pragma: no cover
    a = 1

    # a comment
    return a


@staticmethod
def decorated(  # pragma: no cover
    a,
):
    return a


class Excluded:  # pragma: no cover
    def method(self):
        return 1


class Partly:
    def a(self):
        return 1

    def b(self):  # pragma: no cover
        return 2

    def c(self):
        raise NotImplementedError


def branches(n):
    if n:  # pragma: no cover
        a = 1
    else:
        a = 2
    if n:
        a = 3
    else:  # pragma: no cover
        a = 4
    if n:
        a = 5
    elif n == 0:  # pragma: no cover
        a = 6
    else:
        a = 7
    try:
        a = 8
    except ValueError:  # pragma: no cover
        a = 9
    finally:
        a = 10
    for i in range(n):  # pragma: no cover
        a = i
    while a > 100:
        a -= 1  # pragma: no cover
    with open(__file__):  # pragma: no cover
        a = 11
    return (
        a  # pragma: no cover
    )


def strings():
    return "# pragma: no cover"


def overload(a): ...


def stub():
    ...

    return 1
...


def last():
    return 1
...
