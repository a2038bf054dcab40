//! The tables of coverage.py's schema 7, for both the reader and the writer.

/// The version of the schema.
pub const VERSION: i64 = 7;

/// The key in `meta` for the reason why covmerge's data is incomplete. coverage.py ignores unknown keys.
pub const INCOMPLETE: &str = "covmerge_incomplete";

/// A table: its name, its columns in their order, and the statement that creates it.
#[derive(Debug)]
pub struct Layout<const N: usize> {
    /// The name.
    pub name: &'static str,
    /// The names of the columns.
    pub columns: [&'static str; N],
    /// The statement, without the comments that coverage.py writes into it.
    pub sql: &'static str,
}

/// One row: [`VERSION`].
pub const COVERAGE_SCHEMA: Layout<1> =
    Layout { name: "coverage_schema", columns: ["version"], sql: "CREATE TABLE coverage_schema (version integer)" };

/// Information on all the data: coverage.py's `version`, `has_arcs` 0 or 1, [`INCOMPLETE`].
pub const META: Layout<2> =
    Layout { name: "meta", columns: ["key", "value"], sql: "CREATE TABLE meta (key text, value text, unique (key))" };

/// Every file, including files that were measured and never ran.
pub const FILE: Layout<2> = Layout {
    name: "file",
    columns: ["id", "path"],
    sql: "CREATE TABLE file (id integer primary key, path text, unique (path))",
};

/// Every context; `''` is the context of code that ran outside of any.
pub const CONTEXT: Layout<2> = Layout {
    name: "context",
    columns: ["id", "context"],
    sql: "CREATE TABLE context (id integer primary key, context text, unique (context))",
};

/// Statement mode: the lines of a file and context, as numbits.
pub const LINE_BITS: Layout<3> = Layout {
    name: "line_bits",
    columns: ["file_id", "context_id", "numbits"],
    sql: "CREATE TABLE line_bits (file_id integer, context_id integer, numbits blob, \
          foreign key (file_id) references file (id), foreign key (context_id) references context (id), \
          unique (file_id, context_id))",
};

/// Branch mode: the transitions of a file and context.
pub const ARC: Layout<4> = Layout {
    name: "arc",
    columns: ["file_id", "context_id", "fromno", "tono"],
    sql: "CREATE TABLE arc (file_id integer, context_id integer, fromno integer, tono integer, \
          foreign key (file_id) references file (id), foreign key (context_id) references context (id), \
          unique (file_id, context_id, fromno, tono))",
};

/// The plugin that measured a file.
pub const TRACER: Layout<2> = Layout {
    name: "tracer",
    columns: ["file_id", "tracer"],
    sql: "CREATE TABLE tracer (file_id integer primary key, tracer text, foreign key (file_id) references file (id))",
};

/// The name of the index that SQLite makes for a table's only list of columns that are unique together.
#[must_use]
pub fn automatic_index(table: &str) -> String {
    format!("sqlite_autoindex_{table}_1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datafile::schema::Table;

    #[test]
    fn every_statement_creates_the_columns_beside_it() {
        fn check<const N: usize>(layout: &Layout<N>) {
            assert_eq!(Table::parse(layout.sql).unwrap().columns, layout.columns);
            assert!(layout.sql.starts_with(&format!("CREATE TABLE {} (", layout.name)));
        }
        check(&COVERAGE_SCHEMA);
        check(&META);
        check(&FILE);
        check(&CONTEXT);
        check(&LINE_BITS);
        check(&ARC);
        check(&TRACER);
    }
}
