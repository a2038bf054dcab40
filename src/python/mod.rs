//! What coverage.py leaves to CPython, each rule once.
//!
//! - [`text`]: how text is split into lines, stripped, quoted, printed, and read as numbers
//! - [`re`]: regular expressions
//! - [`source`]: the encoding of a source
//! - [`configparser`]: the dialect of settings files
//! - [`expression`]: what an expression says of names that are known
//! - [`syntax`]: which sources the compiler refuses, and in which words

pub mod configparser;
pub mod expression;
pub mod re;
pub mod source;
pub mod syntax;
pub mod text;
