//! CPython's own rules, on which coverage.py relies; each is stated once.
//!
//! - [`text`]: how text is split into lines, stripped, quoted, printed and read as numbers
//! - [`re`]: regular expressions
//! - [`source`]: the encoding of a source
//! - [`configparser`]: the dialect of settings files
//! - [`expression`]: the value of an expression on known names
//! - [`syntax`]: the sources that the compiler refuses, and its messages

pub mod configparser;
pub mod expression;
pub mod re;
pub mod source;
pub mod syntax;
pub mod text;
