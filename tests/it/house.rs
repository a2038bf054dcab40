//! The rules of the house: which module may know which, and which crate stays behind which fence. See `docs/design.md`.

use std::fs;
use std::path::Path;

/// Module (a file or folder of `src/`) and what else of ours it may name.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("datafile", &["model"]),
    ("python", &["model"]),
    ("read", &["model", "python", "datafile"]),
    ("paths", &["model", "python", "sources"]),
    ("sources", &["model", "python"]),
    ("discover", &["model"]),
    ("analyse", &["model", "python"]),
    ("merge", &["model", "read", "paths"]),
    ("tally", &["model", "python", "analyse", "sources", "paths"]),
    ("gate", &["model"]),
    ("render", &["model", "python", "datafile"]),
    ("publish", &["model"]),
    ("config", &["model", "python"]),
    (
        "run",
        &[
            "model", "python", "discover", "merge", "tally", "gate", "render", "publish", "paths", "sources", "read",
            "analyse",
        ],
    ),
    ("messages", &["model", "python", "run", "merge", "tally", "publish"]),
    ("inspect", &["model", "python", "read", "merge", "messages"]),
    ("main", &["config", "run", "inspect", "messages", "model", "discover", "read"]),
    ("lib", &[]),
];

/// Folders whose files are formats: a leaf sees the model, its own folder, and no sibling.
const LEAVES: &[&str] = &["read", "render"];

/// What the formats of a folder stand on.
const SHARED: &[&str] = &[
    "read/mod",
    "read/error",
    "read/json",
    "read/unknown",
    "render/mod",
    "render/chunks",
    "render/formats",
    "render/table",
];

/// Crate and where it may be named.
const FENCES: &[(&str, &[&str])] = &[
    ("askama", &["render/html/"]),
    ("base64", &["render/html/single.rs"]),
    ("clap", &["config/"]),
    ("clap_complete", &["config/"]),
    ("clap_mangen", &["config/"]),
    ("encoding_rs", &["python/source/"]),
    ("flate2", &["render/html/single.rs"]),
    ("rayon", &["merge.rs", "tally.rs", "run.rs", "render/", "inspect.rs"]),
    ("regex", &["python/", "paths/", "model/wildcards.rs", "discover/"]),
    ("ruff_python_ast", &["analyse/", "python/syntax/"]),
    ("ruff_python_parser", &["analyse/", "python/syntax/"]),
    ("ruff_text_size", &["analyse/", "python/syntax/"]),
    ("rusqlite", &[]),
    ("rustc_hash", &["merge/identical.rs"]),
    ("tempfile", &["publish/"]),
    ("toml", &["config/"]),
    ("zip", &["sources", "paths/"]),
];

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// Every source file: its path below `src/` and its text up to the unit tests.
fn sources() -> Vec<(String, String)> {
    fn collect(directory: &Path, below: &str, into: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            let name = format!("{below}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                collect(&entry.path(), &format!("{name}/"), into);
            } else if !name.ends_with("tests.rs") && !name.ends_with("fixture.rs") && is_rust(&entry.path()) {
                let text = fs::read_to_string(entry.path()).unwrap();
                let code = text.split("#[cfg(test)]\n").next().unwrap_or_default();
                into.push((name, code.to_owned()));
            }
        }
    }
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut files);
    assert!(files.len() > 30, "only {} source files found", files.len());
    files
}

/// The module of a file: its folder, or its name.
fn module(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

/// What stands behind each `prefix` in the code (comments left out), to the end of the name.
fn named_after<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    code.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(move |line| {
        line.match_indices(prefix).map(move |(at, _)| {
            let rest = &line[at + prefix.len()..];
            &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())]
        })
    })
}

/// The heads of `crate::{a, b::c, …}` groups, and of plain `crate::a`; the binary says `covmerge`.
fn modules_used(file: &str, code: &str) -> Vec<String> {
    let mut used: Vec<String> = Vec::new();
    let root = if file == "main.rs" { "covmerge::" } else { "crate::" };
    used.extend(named_after(code, root).filter(|name| !name.is_empty()).map(str::to_owned));
    for group in code.split(&format!("{root}{{")).skip(1) {
        let (mut depth, mut head) = (0, String::new());
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => used.push(std::mem::take(&mut head)),
                c if depth == 0 => head.push(c),
                _ => {}
            }
        }
        used.push(head);
    }
    used.iter()
        .map(|name| name.trim().split("::").next().unwrap_or_default().to_owned())
        .filter(|name| !name.is_empty() && name != "self")
        .collect()
}

#[test]
fn every_arrow_between_modules_is_one_that_the_design_draws() {
    let mut wrong = Vec::new();
    for (file, code) in sources() {
        let own = module(&file);
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == own) else {
            wrong.push(format!("{file}: `{own}` is not in the table of modules"));
            continue;
        };
        for used in modules_used(&file, &code) {
            if used != own && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{file} uses `{used}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_format_sees_no_sibling() {
    let mut wrong = Vec::new();
    let files = sources();
    for leaf in LEAVES {
        let formats: Vec<&str> = files
            .iter()
            .filter_map(|(file, _)| file.strip_prefix(&format!("{leaf}/")))
            .map(module)
            .filter(|name| !SHARED.contains(&format!("{leaf}/{name}").as_str()))
            .collect();
        for (file, code) in
            files.iter().filter(|(file, _)| file.starts_with(&format!("{leaf}/")) && !file.ends_with("/mod.rs"))
        {
            let own = module(file.strip_prefix(&format!("{leaf}/")).unwrap());
            for sibling in formats.iter().filter(|name| **name != own) {
                for path in [format!("crate::{leaf}::{sibling}::"), format!("super::{sibling}::")] {
                    if code.contains(&path) {
                        wrong.push(format!("{file} uses `{path}`"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_crate_stays_behind_its_fence() {
    let mut wrong = Vec::new();
    for (file, code) in sources() {
        for (name, places) in FENCES {
            let named = code.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
                line.match_indices(&format!("{name}::"))
                    .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
            });
            if named && !places.iter().any(|place| file.starts_with(place)) {
                wrong.push(format!("{file} names the crate `{name}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_main_prints_and_reads_the_clock_and_the_environment() {
    let mut wrong = Vec::new();
    for (file, code) in sources().iter().filter(|(file, _)| file != "main.rs") {
        for what in ["println!", "eprintln!", "print!(", "eprint!(", "SystemTime::now", "env::var", "env::current_dir"]
        {
            if code.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(what)) {
                wrong.push(format!("{file}: {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
