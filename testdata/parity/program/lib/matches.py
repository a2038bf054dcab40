"""Patterns."""


def matches(value):
    match value:
        case 0:
            return "zero"
        case [a, b] if a == b:
            return "pair"
        case {"key": x, **rest}:
            return x
        case (
            "a"
            | "b"
        ):
            return "letter"
        case str() as text:
            result = text
        case _:
            result = None
    return result


def no_wildcard(value):
    match value:
        case 1:
            a = 1
        case 2:
            a = 2
    match value:
        case 1:
            pass
        case other:
            a = other
    match value, 1:
        case (x, _) if x: return x
    return a if value in (1, 2) else 0


def excluded_wildcard(value):
    match value:
        case 1:
            a = 1
        case 2:
            a = 2
        case _:
            raise AssertionError(value)  # pragma: no cover
    return a
