"""What is taken off the price."""

from shop.cart import Cart


def percent_off(total: int, code: str) -> int:
    match code.split("-"):
        case ["SUMMER"]:
            return total * 10 // 100
        case ["STAFF", _]:
            return total * 30 // 100
        case ["GIFT", amount] if amount.isdigit():
            return min(int(amount), total)
        case _:
            return 0


class Discounts:
    """All that apply to one cart."""

    def __init__(self, cart: Cart) -> None:
        self.cart = cart
        self.codes: list[str] = []

    def apply(self, code: str) -> bool:
        if code in self.codes:
            return False
        self.codes.append(code)
        return True

    def total(self) -> int:
        total = self.cart.total
        for code in self.codes:
            total -= percent_off(total, code)
        while total < 0:
            total += 1
        return total
