import sys, unittest
sys.path.insert(0, "src")
from app import model


class Test(unittest.TestCase):
    def test_first(self):
        self.assertEqual(model.first([1, 2]), 1)

    def test_last(self):
        self.assertEqual(model.last([1, 2]), 2)
