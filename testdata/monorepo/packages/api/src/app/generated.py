SCHEMA = {}


def schema():
    return SCHEMA
