"""One of each kind of line."""
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # 5
    import abc


class Chooser:
    """A class with a docstring."""

    size = 12

    def pick(self, number):
        """A docstring
        of two lines.
        """
        if number > 0:  # 18
            sign = 1
        else:
            sign = -1
        for step in range(
            number,
        ):
            if step == 1:  # 25
                continue
            sign += step
        return sign

    def unused(self):  # 30
        return None


def forever(limit):
    while True:  # 35
        limit -= 1
        if limit < 0:
            return limit


def check(value):
    if value:  # pragma: no branch
        value += 1
    return value


def kind(value):
    match value:  # 48
        case 1:
            return "one"
        case 2:  # 51
            return "two"  # pragma: no cover
        case _:
            return "more"


def debug():  # pragma: no cover
    print("never", file=sys.stderr)
