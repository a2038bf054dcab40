import sys, unittest
sys.path.insert(0, "src")
from app import model


class Test(unittest.TestCase):
    def test_title(self):
        self.assertEqual(model.Page().title(), "page")
