//! How outputs reach the disk: all code that writes to it, and none that decides on their contents.
//!
//! - [`plan()`] finds every failure that can be known before any work is done
//! - [`write()`] drafts every output and then puts all drafts in their places

mod draft;
mod plan;
mod site;

pub use draft::{Make, Written, write};
pub use plan::{Error, Plan, plan};
