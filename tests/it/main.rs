//! The tests from outside: a module for each concern.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod claims;
mod cli;
mod combine;
mod complete;
mod data_file;
mod data_written;
mod differences;
mod endings;
mod errors;
mod hostile;
mod house;
mod laws;
mod leaks;
mod limits;
mod losses;
mod monorepo;
mod packed;
mod parity;
mod parts;
mod permissions;
mod project;
mod python;
mod seal;
mod slipcover;
mod sqlite;
mod verify;
