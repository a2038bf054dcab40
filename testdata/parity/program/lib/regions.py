"""Functions and classes in every place that can hold them."""
import sys

if sys.version_info > (3, 0):
    def here(): return 1

    class InIf:
        def method(self):
            return 1
else:
    def here():
        return 2

try:
    def in_try():
        return 1
except ImportError:
    def in_except():
        return 2
else:
    def in_else():
        return 3
finally:
    def in_finally():
        return 4

for i in range(1):
    def in_loop():
        return 5

with open(__file__) as f:
    class InWith:
        x = 1

        def same(self):
            return 1

        def same(self):
            return 2

match sys:
    case _:
        def in_match():
            def inner():
                class Local:
                    def deep(self):
                        return 1
                return Local().deep()
            return inner()


def decorated_first():
    @staticmethod
    def first():
        return 1
    return first


class A:
    class B:
        class C:
            def m(self):
                return 1

        def m(self):
            return 2
    a = 1

    async def m(self):
        return 3
