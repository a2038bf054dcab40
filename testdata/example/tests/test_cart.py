import unittest

from shop.cart import Cart


class CartTest(unittest.TestCase):
    def test_equal_items_are_one(self):
        cart = Cart()
        cart.add("tea", 350)
        cart.add("tea", 350, 2)
        cart.add("pot", 2200)
        self.assertEqual((len(list(cart)), cart.total), (2, 3250))

    def test_a_negative_price_is_refused(self):
        with self.assertRaises(ValueError):
            Cart().add("tea", -1)
