"""Exceptions, context managers, and how control leaves them."""
import contextlib


@contextlib.contextmanager
def manager(swallow=False):
    try:
        yield 1
    except ValueError:
        if not swallow:
            raise


def tries(n):
    try:
        if n == 1:
            raise ValueError(n)
        elif n == 2:
            raise KeyError(n)
        a = 1
    except ValueError as error:
        a = 2
    except (KeyError,
            IndexError):
        a = 3
    else:
        a = 4
    finally:
        b = 5
    try:
        return a
    finally:
        b = 6


def nested(n):
    for i in range(n):
        try:
            try:
                if i == 1:
                    continue
                if i == 2:
                    break
            finally:
                a = i
        except ValueError:
            return None
    return n


def groups(n):
    try:
        if n:
            raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError:
        a = 1
    except* TypeError:
        a = 2
    return a if n else 0


def withs(n):
    with manager() as a:
        b = a
    with manager(True):
        if n:
            raise ValueError
        b = 2
    with manager() as a, manager() as b:
        c = a + b
    with (
        manager() as a,
        manager(True) as b,
    ):
        if n:
            return a
        with manager():
            with manager():
                d = 1
    with manager(): d = 2
    for i in range(2):
        with manager(True):
            if i:
                break
            continue
    return d


def with_in_loop(n):
    while n:
        with manager():
            n -= 1
        if n == 3:
            with manager() as m:
                return m


def reraise():
    try:
        raise ValueError(
            "over"
            " lines"
        )
    except ValueError:
        raise
    return 1


def endless():
    try:
        while True:
            yield 1
    finally:
        pass
