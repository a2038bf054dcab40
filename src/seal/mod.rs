//! The file format of seals, written and read; `docs/formats/covmerge.md` specifies it.
//!
//! ```text
//! MAGIC                              13 bytes and the version of the format, 1
//! number of sources                  and for each source its fingerprint and a block, its study; packed until it is needed
//! texts                              a block: the texts of the sources, or nothing
//! number of sections                 and for each section three blocks:
//!     header                         the job, its settings, its fragments, what was odd
//!     files                          names, each with its source
//!     facts                          what ran and what is claimed, file by file; packed until it is needed
//! SHA-256                            of all bytes before it
//! ```
//!
//! A block is compressed, and says how many bytes it has before and after. Sections are independent of each other: to seal seals is to copy their
//! sections, in an order of their own, so any grouping gives the same bytes.

#![deny(clippy::indexing_slicing)]

mod arcs;
mod block;
mod container;
mod error;
mod facts;
mod header;
mod outline;
mod regions;
mod wire;

pub use arcs::expected;
pub use container::{Known, decode, decode_beside, encode, is_seal};
pub use error::Error;
pub use facts::{Facts, facts, pack};
pub use outline::{decode as study, encode as encode_study, fingerprint};

/// The format's name.
pub const NAME: &str = "covmerge";

/// The beginning of a seal. Its line ends show whether a transfer changed them.
pub const MAGIC: &[u8; 13] = b"\x93covmerge\r\n\x1a\n";

/// The version of the format.
pub const VERSION: u8 = 1;

/// The names of the formats of fragments, and how a section writes them.
pub const FORMATS: [&str; 3] = ["coverage.py", "slipcover", "coverage.py-json"];
