//! The file format of coverage.py's data files: SQLite databases of schema 7, without SQLite.
//!
//! - [`layout`]: the tables and their columns
//! - [`Tables`] reads: it takes a slice of bytes, runs no SQL, and refuses anything that it does not understand
//! - [`write`](write()) writes rows that arrive in order, one page at a time
//! - [`numbits`]: lines as bits
//! - [`journal`]: files beside it that show an unfinished write
//!
//! Below them, `pages`, `btree`, `record` and `schema` know SQLite. The modules `read::coveragepy` and `render::data` know the meaning of the rows.
//! Format: <https://coverage.readthedocs.io/en/latest/dbschema.html>, <https://www.sqlite.org/fileformat2.html>.

#![deny(clippy::indexing_slicing)]

mod arcs;
mod btree;
mod error;
pub mod journal;
pub mod layout;
pub mod numbits;
mod pages;
mod record;
mod schema;
mod sql;
mod sums;
mod tables;
mod tree;
mod writer;

pub use arcs::{Entry, Packed};
pub use btree::{Cells, Payload};
pub use error::{Error, Kind};
pub use pages::{Encoding, MAGIC};
pub use record::Value;
pub use tables::Tables;
pub use writer::{Rows, write};
