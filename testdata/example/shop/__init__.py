"""A small shop: enough code for four test processes to share."""
