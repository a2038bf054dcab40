"""Where carts are kept."""

import json
import os


def save(path, cart):
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump([[item.article, item.price, item.amount] for item in cart], file)
    os.replace(path + ".new", path)


def load(path, cart):
    try:
        with open(path, encoding="utf-8") as file:
            items = json.load(file)
    except FileNotFoundError:
        return False
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is damaged") from error
    finally:
        cart.items.clear()
    for article, price, amount in items:
        cart.add(article, price, amount)
    return True
