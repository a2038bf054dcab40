"""What a customer is about to buy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Item:
    """So many of one article."""

    article: str
    price: int
    amount: int = 1

    @property
    def total(self) -> int:
        return self.price * self.amount


@dataclass
class Cart:
    """Items, in the order in which they were added."""

    items: list[Item] = field(default_factory=list)

    def add(self, article: str, price: int, amount: int = 1) -> None:
        if price < 0:
            raise ValueError(f"a price is not negative: {price}")
        if amount < 1:
            raise ValueError(f"an amount is at least 1: {amount}")
        for position, item in enumerate(self.items):
            if item.article == article and item.price == price:
                self.items[position] = Item(article, price, item.amount + amount)
                break
        else:
            self.items.append(Item(article, price, amount))

    def remove(self, article: str) -> bool:
        kept = [item for item in self.items if item.article != article]
        found = len(kept) < len(self.items)
        self.items = kept
        return found

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __repr__(self) -> str:  # pragma: no cover
        return f"Cart({self.items!r})"

    @property
    def total(self) -> int:
        return sum(
            item.total
            for item in self.items
        )
