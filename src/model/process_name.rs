//! The names of files that coverage.py chooses, one for each process.

/// Whether coverage.py chose the file name: `.coverage.HOST.4003.246278`, from 7.4 on `.coverage.HOST.4003.X07CgIAx`, and with `pid` before the process
/// and `.H…h` behind it in later versions.
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
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    parts.pop_if(|last| framed(last, 'H', 'h'));
    let is_chosen = if parts.pop_if(|last| framed(last, 'X', 'x')).is_some() {
        parts.pop_if(|last| is_number(last.strip_prefix("pid").unwrap_or(last))).is_some()
    } else {
        // A date and a time (`20261130.173042`) are not a process.
        parts.pop_if(|last| last.len() == 6 && is_number(last)).is_some()
            && parts.pop_if(|last| last.len() < 8 && is_number(last)).is_some()
    };
    let is_default = name.starts_with(".coverage.");
    if !is_chosen || parts.len() <= if is_default { 2 } else { 1 } {
        return path.to_owned();
    }
    // The name of a machine may have dots.
    let base = if is_default { ".coverage".to_owned() } else { parts[..parts.len() - 1].join(".") };
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
            // Coverage.py 7.13.0 and 7.4.0; 7.3.0 and 7.2.0.
            (".coverage.vm.26741.XZGjjtkx", ".coverage.*"),
            ("a/unit.data.vm.26497.XtDOXGjx", "a/unit.data.*"),
            (".coverage.vm.26412.379606", ".coverage.*"),
            ("covdata.vm.26197.246278", "covdata.*"),
            (".coverage.unit.20261130.173042", ".coverage.unit.20261130.173042"),
            (".coverage.26197.246278", ".coverage.26197.246278"),
            (".coverage.vm.XtDOXGjx", ".coverage.vm.XtDOXGjx"),
            (".coverage.unit", ".coverage.unit"),
            (".coverage.pid1", ".coverage.pid1"),
            (".coverage.Xabcdefx", ".coverage.Xabcdefx"),
            ("a/slip.json", "a/slip.json"),
        ] {
            assert_eq!(without_process(path), expected, "{path}");
        }
    }
}
