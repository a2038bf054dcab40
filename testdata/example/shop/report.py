"""What the shop prints. No test needs it, so no process imports it."""


def bill(cart):
    width = max((len(item.article) for item in cart), default=0)
    for item in cart:
        print(f"{item.article:{width}} {item.amount:3} × {item.price:5} = {item.total:6}")
    print(f"{'total':{width}} {cart.total:20}")
