import os
import tempfile
import unittest

from shop.cart import Cart
from shop.store import load, save


class StoreTest(unittest.TestCase):
    def test_a_cart_comes_back(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "cart.json")
            cart, again = Cart(), Cart()
            cart.add("tea", 350, 3)
            self.assertFalse(load(path, again))
            save(path, cart)
            self.assertTrue(load(path, again))
            self.assertEqual(again.total, 1050)
