//! How outputs reach the disk: all that touches it, and nothing of what they say.
//!
//! - [`plan()`] finds what can be known to fail before any work is done
//! - [`write()`] drafts every output and puts all in their places

mod draft;
mod plan;
mod site;

pub use draft::{Make, Written, write};
pub use plan::{Error, Plan, plan};
