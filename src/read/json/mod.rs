//! JSON as fragments need it read: in one pass, without a tree, and with the place of whatever is wrong.
//!
//! - [`cursor`] walks a document strictly; what is read says what it wants next
//! - [`peek`] looks into the beginning of something that may be JSON, to tell what it is
//! - [`lists`] reads what coverage formats share: lists of lines and of branches
//!
//! `serde_json` would do for speed; but it knows neither the path of a wrong value, nor a key that comes twice, nor half a surrogate pair.

pub mod cursor;
pub mod lists;
pub mod peek;
