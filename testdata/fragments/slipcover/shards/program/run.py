"""One of three shards of a test run."""

import sys

shard = sys.argv[1]
if shard == "1":
    from shop import orders

    for thing in (0, 2, [1, 2], {"kind": "k"}, orders.Order("a"), "text"):
        orders.classify(thing)
    orders.settle("paid")
    orders.short(1)
    orders.each([1, "a", [1]])
    orders.guarded(1, [])
    orders.order("a", (1,))
if shard == "2":
    from shop import orders

    for thing in (1, [1, 2, 3]):
        orders.classify(thing)
    orders.settle("other")
    for thing in (2, 4, 5):
        orders.short(thing)
    orders.each([[], 1])
    orders.guarded(3, [])
    orders.last(5)
if shard == "3":
    import shop
