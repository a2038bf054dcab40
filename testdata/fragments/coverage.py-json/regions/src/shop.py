import sys


def twice(n):
    return 2 * n


def twice(n):
    if n:
        return n + n
    return 0


class Shop:
    def price(self, n):
        while True:  # pragma: no branch
            n = twice(
                n,
            )
            if n > 9:
                return n

    def debug(self):  # pragma: no cover
        print(self)


if len(sys.argv) > 1:
    print("arguments")
Shop().price(1)
