def first(items):
    for item in items:
        return item
    return None


def last(items):
    return items[-1] if items else None
