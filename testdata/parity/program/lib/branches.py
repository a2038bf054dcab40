"""Decisions of every kind, each taken by some process in one way, in both, or in none."""


def choose(n):
    if n > 0:
        a = 1
    elif n == 0:
        a = 2
    else:
        a = 3
    if n > 5: a = 6
    b = 4 if n else 5
    return a + b


def loops(n):
    total = 0
    for i in range(n):
        if i == 3:
            continue
        if i == 5:
            break
        total += i
    else:
        total = -total
    while total > 10:
        total -= 7
    else:
        total += 1
    while True:
        total += 1
        if total > 3:
            break
    while 0:
        total = 99
    for _ in ():
        total = 0
    return total


def constant(n):
    if 1:
        a = 1
    else:
        a = 2
    if 0:
        def never():
            return a
    if __debug__:
        a = 3
    if not __debug__:
        a = 4
    while 1:
        return a
    a = 5


def only_pass(n):
    if n:
        pass
    try:
        pass
    finally:
        pass


def one_line(n): return n
def never_called(n): return n


def waived(n):
    if n:  # pragma: no branch
        n += 1
    while True:
        n += 1
        if n > 3:  # pragma: no branch
            return n


def asserts(n):
    assert n is not None
    assert (
        n
        or not n
    ), "always"
    if n == 77:
        assert 0
        n = 78
    return n


class Decisions:
    flag = 1
    if flag:
        a = 1
    else:
        a = 2

    for i in range(2):
        b = i

    def method(self, n):
        def inner(m):
            if m:
                return 1
            return 2
        return inner(n) if n else 0

    class Nested:
        def deep(self):
            return lambda: (
                1
            )


if __name__ == "__main__":
    choose(1)
