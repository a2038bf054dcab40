//! Whether a damaged fragment contradicts itself, by the word of other readers than ours.

use rusqlite::Connection;
use serde_json::Value;

/// SQLite does not find the database intact.
pub(crate) fn database(bytes: &[u8]) -> bool {
    let intact = || -> rusqlite::Result<bool> {
        let mut database = Connection::open_in_memory()?;
        database.deserialize_read_exact("main", bytes, bytes.len(), true)?;
        let check: String = database.query_row("pragma integrity_check", [], |row| row.get(0))?;
        Ok(check == "ok")
    };
    // A database that SQLite cannot even open is none for coverage.py either.
    !intact().unwrap_or(false)
}

/// The document is not JSON, or one of Slipcover's sums is not that of its lists.
pub(crate) fn slipcover(bytes: &[u8]) -> bool {
    let lists = [
        ("covered_lines", Some("executed_lines")),
        ("missing_lines", Some("missing_lines")),
        ("covered_branches", Some("executed_branches")),
        ("missing_branches", Some("missing_branches")),
    ];
    sums(bytes, "summary", &lists)
}

/// The document is not JSON, or one of coverage.py's sums is not that of its lists. Not every line or branch that it lists as executed counts.
pub(crate) fn coveragepy_json(bytes: &[u8]) -> bool {
    let lists = [
        ("missing_lines", Some("missing_lines")),
        ("excluded_lines", Some("excluded_lines")),
        ("covered_lines", None),
        ("num_statements", None),
        ("num_branches", None),
        ("covered_branches", None),
        ("missing_branches", None),
    ];
    sums(bytes, "totals", &lists)
}

/// Whether a sum of a file differs from the length of its list, or one of the document from the sum over its files. A sum or a list that is absent
/// contradicts nothing.
fn sums(bytes: &[u8], totals: &str, lists: &[(&str, Option<&str>)]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Ok(document) = serde_json::from_slice::<Value>(text) else { return true };
    let Some(files) = document["files"].as_object() else { return true };
    lists.iter().any(|(sum, list)| {
        let mut of_all = 0;
        let mut differs = false;
        for file in files.values() {
            let listed = list.and_then(|list| file[list].as_array()).map(|list| list.len() as u64);
            let said = file["summary"][sum].as_u64();
            differs |= listed.is_some_and(|listed| said.is_some_and(|said| said != listed));
            of_all += said.or(listed).unwrap_or_default();
        }
        differs || document[totals][sum].as_u64().is_some_and(|said| said != of_all)
    })
}

/// Such a fragment carries a digest or a checksum of every byte that counts: whatever reads differently contradicts it.
pub(crate) fn by_digest(_: &[u8]) -> bool {
    true
}
