import unittest

from shop.cart import Cart
from shop.discount import Discounts, percent_off


class DiscountTest(unittest.TestCase):
    def test_codes_apply_once(self):
        cart = Cart()
        cart.add("tea", 1000)
        discounts = Discounts(cart)
        self.assertTrue(discounts.apply("SUMMER"))
        self.assertFalse(discounts.apply("SUMMER"))
        self.assertEqual(discounts.total(), 900)

    def test_a_gift_is_worth_its_amount(self):
        self.assertEqual(percent_off(1000, "GIFT-250"), 250)
        self.assertEqual(percent_off(1000, "NONSENSE"), 0)
