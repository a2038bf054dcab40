import sys

sys.path.insert(0, "src")

from app import choose, empty

chooser = choose.Chooser()
chooser.pick(3)
choose.forever(2)
choose.check(5)
choose.kind(int(sys.argv[1]))
if sys.argv[1] == "2":
    choose.debug()
