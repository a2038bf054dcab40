//! JSON as the readers of fragments need it: read in one pass, without a tree, and with the place of every fault.
//!
//! - [`cursor`] walks a document strictly; the reader says which value it expects next
//! - [`peek`] looks at the beginning of bytes that may be JSON, to identify them
//! - [`text`] has the strings of a document
//! - [`lists`] reads the shared parts of coverage formats: lists of lines and of branches
//! - [`sums`] has the numbers beside them
//!
//! `serde_json` would be fast enough, but it reports neither the path of a wrong value, nor a key that comes twice, nor half a surrogate pair.

pub mod cursor;
pub mod lists;
pub mod peek;
pub mod sums;
pub mod text;
