//! The names of files that coverage.py chooses, one for each process.

/// Whether coverage.py chose the file name: `.coverage.HOST.pid4003.X07CgIAx`, and `.H…h` behind it from 7.13.1 on.
pub(super) fn is_of_process(name: &str) -> bool {
    without_process(name) != name
}

/// The path with a `*` for the machine and the process in the name that coverage.py chose: `.coverage.HOST.pid4003.X07CgIAx.H…h`.
pub(super) fn without_process(path: &str) -> String {
    let (directory, name) = path.rsplit_once('/').map_or(("", path), |(directory, name)| (directory, name));
    let mut parts: Vec<&str> = name.split('.').collect();
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let framed =
        |word: &str, first, last| word.len() > 2 && word.starts_with(first) && word.ends_with(last) && is_word(word);
    parts.pop_if(|last| framed(last, 'H', 'h'));
    let is_chosen = parts.pop_if(|last| framed(last, 'X', 'x')).is_some()
        && parts
            .pop_if(|last| last.strip_prefix("pid").is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_digit())))
            .is_some();
    if !is_chosen || parts.len() < 2 {
        return path.to_owned();
    }
    // The name of a machine may have dots.
    let base = if name.starts_with(".coverage.") { ".coverage".to_owned() } else { parts[..parts.len() - 1].join(".") };
    if directory.is_empty() { format!("{base}.*") } else { format!("{directory}/{base}.*") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_coverage_py_chose_lose_machine_and_process() {
        for (path, expected) in [
            ("s/.coverage.ci.pid4003.X07CgIAx.HycByPYESWEh", "s/.coverage.*"),
            (".coverage.ci.example.org.pid4003.X07CgIAx", ".coverage.*"),
            ("a/unit.data.ci.pid1.Xabcdefx", "a/unit.data.*"),
            (".coverage.unit", ".coverage.unit"),
            (".coverage.pid1", ".coverage.pid1"),
            (".coverage.Xabcdefx", ".coverage.Xabcdefx"),
            ("a/slip.json", "a/slip.json"),
        ] {
            assert_eq!(without_process(path), expected, "{path}");
        }
    }
}
