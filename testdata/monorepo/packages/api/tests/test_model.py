import sys, unittest
sys.path.insert(0, "src")
from app import model


class Test(unittest.TestCase):
    def test_member(self):
        self.assertEqual(model.price(10, True), 9)
