//! `docs/security.md`: each defence has tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::complete::exists;

#[test]
fn every_defence_names_tests_that_exist() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/security.md");
    let document = fs::read_to_string(path).unwrap();
    let table = document.split("| defence | test |\n").nth(1).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert!(rows.len() >= 15, "{} rows", rows.len());
    for row in &rows {
        assert!(row.len() == 2 && row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        let tests: Vec<&str> = row[1].split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "{row:?}");
        for test in tests {
            assert!(exists(test), "`{test}` does not exist: {}", row[0]);
        }
    }
    let titles: BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(titles.len(), rows.len(), "a row is there twice");
}
