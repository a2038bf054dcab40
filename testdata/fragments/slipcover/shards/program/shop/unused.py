"""What no test comes near."""


def first(a, b):
    if (
        a
        and b
    ):
        return a
    return b


def wrapped(
    a: int,
) -> int:
    match a:
        case 1:
            return 2
