//! How outputs reach the disk: all code that writes to it, and none that decides on their contents.
//!
//! - [`plan()`] finds every failure that can be known before any work is done
//! - [`write()`] drafts every output and then puts all drafts in their places

mod changes;
mod contents;
mod created;
mod draft;
mod journal;
mod litter;
mod lock;
mod plan;
mod signals;
mod site;
mod stage;
#[cfg(test)]
mod tests;

pub use draft::{Make, Published, Written, write};
pub use plan::{Error, Plan, plan};
