import unittest

from shop.cart import Cart


class RemoveTest(unittest.TestCase):
    def test_what_is_not_there_is_not_removed(self):
        cart = Cart()
        cart.add("tea", 350)
        self.assertFalse(cart.remove("pot"))
        self.assertTrue(cart.remove("tea"))
