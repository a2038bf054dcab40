//! Everything that is tested from outside, a module per concern.
