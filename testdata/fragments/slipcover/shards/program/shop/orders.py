"""What is ordered."""


class Order:
    def __init__(self, kind, items=()):
        self.kind = kind
        self.items = list(items)


def order(
    kind: str,
    items: tuple = (),
) -> Order:
    made = Order(kind, items)
    if (
        made.items
        and made.kind
    ):
        return made
    return None


def classify(thing):
    match thing:
        case 0:
            name = "nothing"
        case (
            1
            | 2
        ):
            name = "few"
        case [first, *rest] if rest:
            # A comment before the body.
            name = "list"
        case {"kind": kind}:
            name = kind
        case Order(kind="a"):
            name = "a"
        case str() | bytes():
            name = "text"
    return name


def settle(thing):
    match thing:
        case "paid":
            return 1
        case "open":
            return 2
        case _:
            return 3


def short(thing):
    match thing:
        case 1: return "one"
        case 2: name = "two"
        case 3: raise ValueError
        case 4: pass
    return "more"


def each(things):
    found = []
    for thing in things:
        match thing:
            case int():
                found.append(thing)
            case str():
                continue
            case [*inner]:
                match inner:
                    case []:
                        break
                    case [1, *_]:
                        found.append("one")
    else:
        found.append("end")
    return found


def guarded(thing, log):
    try:
        match thing:
            case 1:
                log.append(1)
            case 2 if log:
                raise KeyError
    finally:
        log.append("done")
    with open("/dev/null") as sink:
        match thing:
            case 1:
                sink.seek(0)
    match thing:
        case 1:
            @staticmethod
            def inner():
                return 1
        case 2:
            while True:
                break


class Kinds:
    match "b":
        case "a":
            kind = 1
        case "b":
            kind = 2


def last(thing):
    while thing:
        thing -= 1
        if thing == 3:
            match thing:
                case 4:
                    return 4
