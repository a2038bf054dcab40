//! The file format of coverage.py's data files: SQLite databases of schema 7, without SQLite.
//!
//! ```text
//! coverage_schema  version                            one row: 7
//! meta             key, value                         `version` of coverage.py, `has_arcs` 0 or 1; of covmerge's: `covmerge_incomplete`
//! file             id, path                           every file, also those that were measured and never ran
//! context          id, context                        '' is what ran outside of any
//! line_bits        file_id, context_id, numbits       statement mode: a bitmap of line numbers
//! arc              file_id, context_id, fromno, tono  branch mode: transitions, negative at the ends of a code object
//! tracer           file_id, tracer                    the plugin that measured a file
//! ```
//!
//! The reader ([`Tables`], over `pages`, `btree`, `record` and `schema`) takes a slice of bytes, runs no SQL and writes nothing. What it
//! does not understand it refuses. What the rows mean is for `read::coveragepy` to say.
//! Format: <https://coverage.readthedocs.io/en/latest/dbschema.html>, <https://www.sqlite.org/fileformat2.html>.

mod arcs;
mod btree;
mod error;
mod pages;
mod record;
mod schema;
mod tables;

pub use arcs::{Entry, Packed};
pub use btree::Payload;
pub use error::{Error, Kind};
pub use pages::{Encoding, MAGIC};
pub use record::Value;
pub use tables::Tables;
