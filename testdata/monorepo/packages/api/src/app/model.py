def price(amount, member):
    if member:
        return amount * 0.9
    return amount


def debug():
    raise NotImplementedError  # never in use


if __name__ == "__main__":
    debug()
