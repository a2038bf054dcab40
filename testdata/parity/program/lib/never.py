"""No process imports this one."""


def f(n):
    if n:
        return 1


class C:
    x: int
    if x:
        y: int
