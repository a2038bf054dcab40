//! coverage.py data files made up for a test, as coverage.py 7 lays them out.

use rusqlite::Connection;

const SCHEMA: &str = "
    CREATE TABLE coverage_schema (version integer);
    CREATE TABLE meta (key text, value text, unique (key));
    CREATE TABLE file (id integer primary key, path text, unique (path));
    CREATE TABLE context (id integer primary key, context text, unique (context));
    CREATE TABLE line_bits (file_id integer, context_id integer, numbits blob, unique (file_id, context_id));
    CREATE TABLE arc (file_id integer, context_id integer, fromno integer, tono integer, unique (file_id, context_id, fromno, tono));
    CREATE TABLE tracer (file_id integer primary key, tracer text);
    INSERT INTO coverage_schema VALUES (7);
    INSERT INTO meta VALUES ('version', '7.17.3');
";

/// One data file in the making.
pub(crate) struct DataFile(Connection);

impl DataFile {
    /// Without any file or row.
    pub(crate) fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        Self(connection)
    }

    fn id(&self, table: &str, column: &str, name: &str) -> i64 {
        self.0.execute(&format!("INSERT OR IGNORE INTO {table} ({column}) VALUES (?)"), [name]).unwrap();
        self.0.query_row(&format!("SELECT id FROM {table} WHERE {column} = ?"), [name], |row| row.get(0)).unwrap()
    }

    fn kind(&self, has_arcs: &str) {
        self.0.execute("INSERT OR IGNORE INTO meta VALUES ('has_arcs', ?)", [has_arcs]).unwrap();
    }

    /// As begun by a process that chose its name: with the command line and the time.
    pub(crate) fn begun(self) -> Self {
        self.0
            .execute_batch(
                "INSERT INTO meta VALUES ('sys_argv', '[''run.py'', ''7'']'), ('when', '2026-11-30 18:35:41')",
            )
            .unwrap();
        self
    }

    /// As begun at that time by a process that chose its name.
    pub(crate) fn at(self, when: &str) -> Self {
        self.0.execute("INSERT INTO meta VALUES ('when', ?)", [when]).unwrap();
        self
    }

    /// With a file that was measured and never ran.
    pub(crate) fn touched(self, path: &str) -> Self {
        self.id("file", "path", path);
        self
    }

    /// With lines of `path` that ran under `context`.
    pub(crate) fn lines(self, path: &str, context: &str, lines: &[usize]) -> Self {
        self.kind("0");
        let mut numbits = vec![0u8; lines.iter().max().map_or(0, |last| last / 8 + 1)];
        for line in lines {
            numbits[line / 8] |= 1 << (line % 8);
        }
        let (file, context) = (self.id("file", "path", path), self.id("context", "context", context));
        self.0.execute("INSERT INTO line_bits VALUES (?, ?, ?)", (file, context, numbits)).unwrap();
        self
    }

    /// With arcs of `path` that ran under `context`.
    pub(crate) fn arcs(self, path: &str, context: &str, arcs: &[(i64, i64)]) -> Self {
        self.kind("1");
        let (file, context) = (self.id("file", "path", path), self.id("context", "context", context));
        for (from, to) in arcs {
            self.0.execute("INSERT INTO arc VALUES (?, ?, ?, ?)", (file, context, from, to)).unwrap();
        }
        self
    }

    /// With `path` measured by a plugin.
    pub(crate) fn tracer(self, path: &str, plugin: &str) -> Self {
        let file = self.id("file", "path", path);
        self.0.execute("INSERT INTO tracer VALUES (?, ?)", (file, plugin)).unwrap();
        self
    }

    /// Its bytes.
    pub(crate) fn bytes(mut self) -> Vec<u8> {
        self.0.execute_batch("VACUUM").unwrap();
        self.0.serialize("main").unwrap().to_vec()
    }
}
