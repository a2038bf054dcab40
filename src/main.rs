//! The `covmerge` program.

fn main() {}
