//! The rules of the house: which module may know which, and which crate stays behind which fence. See `docs/design.md`.

mod code;

use std::sync::LazyLock;

use code::{Code, File};

static CODE: LazyLock<Code> = LazyLock::new(Code::read);

/// The rooms (files or folders of `src/`), each with the rooms, or folders of rooms, that it may name.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("datafile", &["model"]),
    ("seal", &["model"]),
    ("python", &["model"]),
    ("read", &["model", "python", "datafile", "seal"]),
    ("regular", &[]),
    ("packed", &["model", "regular"]),
    ("walk", &[]),
    ("paths", &["model", "python", "sources", "walk"]),
    ("sources", &["model", "python", "regular"]),
    ("discover", &["model", "walk", "packed", "regular"]),
    ("analyse", &["model", "python"]),
    ("merge", &["model", "python", "read", "seal", "paths", "regular", "packed"]),
    ("tally", &["model", "python", "analyse", "sources", "paths"]),
    ("testlog", &["model", "regular"]),
    ("gate", &["model"]),
    ("verify", &["model", "regular"]),
    ("render", &["model", "python/text", "datafile"]),
    ("publish", &["model", "regular"]),
    ("config", &["model", "python", "regular"]),
    (
        "run",
        &[
            "model", "python", "discover", "merge", "tally", "testlog", "gate", "render", "publish", "paths",
            "sources", "read", "seal", "analyse", "packed",
        ],
    ),
    ("messages", &["model", "python", "run", "merge", "tally", "publish", "verify"]),
    ("clean", &["model", "python", "read", "regular", "packed"]),
    ("manifest", &["model", "python", "read", "merge", "packed"]),
    ("inspect", &["model", "python", "read", "merge", "packed", "messages"]),
    (
        "main",
        &["config", "run", "inspect", "manifest", "clean", "messages", "model", "discover", "read", "render", "verify"],
    ),
    ("lib", &[]),
];

/// Folders whose files are formats: a leaf sees the model, its own folder, and no sibling.
const LEAVES: &[&str] = &["read", "render"];

/// The foundations of the formats: files that every format of the folder may name.
const SHARED: &[&str] = &[
    "read/mod",
    "read/contexts",
    "read/error",
    "read/json",
    "read/unknown",
    "render/mod",
    "render/chunks",
    "render/formats",
    "render/table",
];

/// The crates that are fenced, each with the places where it may be named.
const FENCES: &[(&str, &[&str])] = &[
    ("anstream", &["main.rs"]),
    ("anstyle", &["messages.rs"]),
    ("askama", &["render/html/"]),
    ("base64", &["render/html/single.rs", "render/lcov.rs"]),
    ("clap", &["config/"]),
    ("clap_complete", &["config/"]),
    ("clap_mangen", &["config/"]),
    ("encoding_rs", &["python/source/"]),
    ("flate2", &["packed", "render/html/single.rs", "seal/block.rs"]),
    ("jiff", &["main.rs"]),
    ("quick_xml", &["testlog/junit.rs"]),
    (
        "rayon",
        &[
            "merge.rs",
            "merge/sealed.rs",
            "merge/studies.rs",
            "tally.rs",
            "run.rs",
            "run/",
            "render/",
            "inspect.rs",
            "manifest.rs",
        ],
    ),
    ("regex_automata", &["python/re/automata.rs"]),
    ("regex", &["python/"]),
    ("ruff_python_ast", &["analyse/", "python/syntax/", "python/expression.rs"]),
    ("ruff_python_parser", &["analyse/", "python/syntax/", "python/expression.rs"]),
    ("ruff_text_size", &["analyse/", "python/syntax/", "python/expression.rs"]),
    ("rusqlite", &[]),
    ("rustc_hash", &["merge/identical.rs", "python/syntax/units.rs"]),
    ("rustix", &["main.rs", "publish/changes.rs", "run/stage.rs"]),
    ("signal_hook", &["publish/signals.rs"]),
    ("strsim", &["config/nearest.rs"]),
    ("tempfile", &["publish/"]),
    ("toml", &["config/"]),
    ("zip", &["sources", "paths/", "packed"]),
];

/// The macros and functions of `main.rs` alone: it prints, and reads the clock and the environment.
const PRINTS: &[&str] = &["println", "eprintln", "print", "eprint"];
const OUTSIDE: &[&str] =
    &["std::time::SystemTime::now", "std::env::var", "std::env::vars", "std::env::var_os", "std::env::current_dir"];

/// The functions that open a file to read it, and the files that may name them: `regular.rs` opens files for all, and the others open a directory, to
/// lock it, and a file of the system's.
const OPENS: &[&str] = &["std::fs::File::open", "std::fs::read", "std::fs::read_to_string"];
const OPENERS: &[&str] = &["regular.rs", "publish/lock.rs", "publish/signals.rs"];

/// A format's name within its folder: `html` of `render/html/file.rs`.
fn leaf<'a>(file: &'a File, folder: &str) -> Option<&'a str> {
    let below = file.name.strip_prefix(folder)?.strip_prefix('/')?;
    let leaf = below.split('/').next()?.trim_end_matches(".rs");
    (leaf != "mod").then_some(leaf)
}

/// Arrows between rooms that the design does not draw.
fn strange_arrows(code: &Code) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in &code.files {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == file.room()) else {
            wrong.push(format!("{}: `{}` is not in the table of rooms", file.name, file.room()));
            continue;
        };
        let may = |target: &File| {
            allowed.iter().any(|room| target.room() == *room || target.name.starts_with(&format!("{room}/")))
        };
        let strange = code.arrows(file).filter(|(target, _)| target.room() != file.room() && !may(target));
        wrong.extend(strange.map(|(target, path)| format!("{} uses `{path}` of {}", file.name, target.name)));
    }
    wrong
}

/// Formats that see a sibling.
fn sibling_arrows(code: &Code) -> Vec<String> {
    let mut wrong = Vec::new();
    for folder in LEAVES {
        let of = |file: &File| {
            leaf(file, folder).filter(|leaf| !SHARED.contains(&format!("{folder}/{leaf}").as_str())).map(str::to_owned)
        };
        for file in &code.files {
            let Some(own) = of(file) else { continue };
            let siblings = code.arrows(file).filter(|(target, _)| of(target).is_some_and(|other| other != own));
            wrong.extend(siblings.map(|(target, path)| format!("{} uses `{path}` of {}", file.name, target.name)));
        }
    }
    wrong
}

/// The files of a room that stand in a circle. A folder's `mod.rs` and the files below it count as one: it is their face.
fn circles(code: &Code) -> Vec<String> {
    let below = |one: &File, other: &File| {
        one.name.strip_suffix("mod.rs").is_some_and(|folder| !folder.is_empty() && other.name.starts_with(folder))
    };
    let next: Vec<Vec<usize>> = code
        .files
        .iter()
        .map(|file| {
            let inside = code
                .arrows(file)
                .filter(|(target, _)| target.room() == file.room() && !below(target, file) && !below(file, target));
            let at = inside.filter_map(|(target, _)| code.files.iter().position(|file| file.name == target.name));
            at.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
        })
        .collect();
    let reached = |from: usize| {
        let (mut seen, mut open) = (vec![false; next.len()], vec![from]);
        while let Some(at) = open.pop() {
            for &to in &next[at] {
                if !std::mem::replace(&mut seen[to], true) {
                    open.push(to);
                }
            }
        }
        seen
    };
    let reached: Vec<Vec<bool>> = (0..next.len()).map(reached).collect();
    (0..next.len()).filter(|&at| reached[at][at]).map(|at| code.files[at].name.clone()).collect()
}

/// Crates that are named outside their fence.
fn beyond_fences(code: &Code) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in &code.files {
        for path in file.foreign() {
            let fence = FENCES.iter().find(|(name, _)| path.split("::").next() == Some(name));
            if fence.is_some_and(|(_, places)| !places.iter().any(|place| file.name.starts_with(place))) {
                wrong.push(format!("{} names `{path}`", file.name));
            }
        }
    }
    wrong
}

/// Files other than `main.rs` that print, or read the clock or the environment.
fn outside(code: &Code) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in code.files.iter().filter(|file| file.name != "main.rs") {
        let prints = file.macros.iter().filter(|name| PRINTS.contains(&name.as_str())).cloned();
        let reads = file.foreign().filter(|path| OUTSIDE.contains(&path.as_str()));
        wrong.extend(prints.chain(reads).map(|what| format!("{}: {what}", file.name)));
    }
    wrong
}

/// Files that open others past the one guard against pipes, devices and files that the system makes.
fn unguarded(code: &Code) -> Vec<String> {
    let files = code.files.iter().filter(|file| !OPENERS.contains(&file.name.as_str()));
    let opens = |file: &File| {
        file.foreign()
            .filter(|path| OPENS.contains(&path.as_str()))
            .map(|path| format!("{}: {path}", file.name))
            .collect()
    };
    files.flat_map(|file| -> Vec<String> { opens(file) }).collect()
}

#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_arrow_between_rooms_is_one_that_the_design_draws() {
    none(&strange_arrows(&CODE));
}

#[test]
fn a_format_sees_no_sibling() {
    none(&sibling_arrows(&CODE));
}

#[test]
fn no_files_of_a_room_stand_in_a_circle() {
    none(&circles(&CODE));
}

#[test]
fn a_crate_stays_behind_its_fence() {
    none(&beyond_fences(&CODE));
}

#[test]
fn only_main_prints_and_reads_the_clock_and_the_environment() {
    none(&outside(&CODE));
}

#[test]
fn every_file_that_is_read_goes_through_the_one_guard() {
    none(&unguarded(&CODE));
}

#[test]
fn every_room_stands_in_the_picture_of_the_design() {
    let design = include_str!("../../../docs/design.md");
    for (room, _) in MAY_USE {
        let drawn = [format!("── {room}/"), format!("── {room}.rs"), format!(" · {room}.rs")];
        assert!(drawn.iter().any(|name| design.contains(name.as_str())), "docs/design.md does not draw `{room}`");
    }
}

#[test]
fn planted_violations_are_seen() {
    type Rule = fn(&Code) -> Vec<String>;
    let planted: &[(Rule, &str, &str)] = &[
        (strange_arrows, "gate/mod.rs", "use crate::render;"),
        (strange_arrows, "gate/mod.rs", "use super::render;"),
        (strange_arrows, "gate/mod.rs", "use crate :: render;"),
        (strange_arrows, "gate/mod.rs", "fn f() { crate::render::requests(&[]); }"),
        (strange_arrows, "gate/mod.rs", "fn f() { println!(\"{:?}\", vec![crate::render::FORMATS]); }"),
        (strange_arrows, "gate/mod.rs", "mod inner { use super::super::render; }"),
        (strange_arrows, "gate/mod.rs", "use crate::{render as r, model};"),
        (strange_arrows, "gate/mod.rs", "#[cfg(test)]\nmod fixture;\nuse crate::run;"),
        (strange_arrows, "model/lines.rs", "use super::super::run;"),
        (strange_arrows, "render/planted.rs", "use crate::python::re::Pattern;"),
        (strange_arrows, "render/planted.rs", "use crate::publish;"),
        (sibling_arrows, "render/text.rs", "use super::lcov;"),
        (sibling_arrows, "render/text.rs", "use super::{lcov as x};"),
        (sibling_arrows, "render/text.rs", "fn f() { super::html::write(); }"),
        (sibling_arrows, "read/slipcover.rs", "use super::coveragepy;"),
        (circles, "gate/one.rs", "use super::two;"),
        (beyond_fences, "gate/mod.rs", "use toml::Value;"),
        (beyond_fences, "gate/mod.rs", "use {std::fmt, rayon as threads};"),
        (beyond_fences, "gate/mod.rs", "fn f(_: &regex::Regex) {}"),
        (unguarded, "packed/planted.rs", "use std::fs;\nfn f() { fs::read(\"a\"); }"),
        (unguarded, "merge/planted.rs", "fn f() { let open = std::fs::File::open; }"),
        (unguarded, "config/planted.rs", "use std::fs::{self, File as F};\nfn f() { F::open(\"a\"); }"),
        (outside, "gate/mod.rs", "fn f() { println!(); }"),
        (outside, "gate/mod.rs", "use std::env;\nfn f() { env::var(\"A\"); }"),
        (outside, "gate/mod.rs", "use std::time::SystemTime as Clock;\nfn f() { Clock::now(); }"),
    ];
    for (rule, file, text) in planted {
        let beside = ("gate/two.rs", "use super::one;");
        let code = CODE.with(&[(file, text), beside]);
        let found = rule(&code).iter().any(|wrong| wrong.starts_with(file));
        assert!(found, "{file} with `{text}` is not seen");
    }
    let harmless =
        "use crate::model::verdict::Verdict;\n#[cfg(test)]\nmod tests { use crate::render; }\n// use crate::run;";
    let code = CODE.with(&[("gate/mod.rs", harmless)]);
    assert!(!strange_arrows(&code).iter().any(|wrong| wrong.starts_with("gate/mod.rs")));
}
