//! Texts outside of the root are counted and not shown, unless that is allowed.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::data_file::DataFile;
use crate::packed::zipped;
use crate::project::Project;

const SECRET: &str = "PASSWORD = 'sesame-open'\nTOKEN = 2\n";

/// A project in `own`, a secret beside it, and a fragment that names the secret and a source of the project.
fn naming(name: &str) -> Project {
    naming_in(Project::new(), name)
}

fn naming_in(project: Project, name: &str) -> Project {
    let project = project
        .file("out/settings.py", SECRET)
        .file("out/app.zip", zipped(&[("settings.py", SECRET.as_bytes())]))
        .file("own/a.py", "a = 1\n")
        .file("own/.coveragerc", "[run]\nrelative_files = true\n[lcov]\nline_checksums = true\n");
    for (link, to) in [("file.py", "../out/settings.py"), ("dir", "../out"), ("to.zip", "../out/app.zip")] {
        symlink(to, project.path("own").join(link)).unwrap();
    }
    let data = DataFile::new().lines("a.py", "", &[1]).lines(name, "other", &[1]).bytes();
    project.file("own/.coverage.1", data)
}

/// Runs covmerge in `own`, which must succeed; what it says.
fn run(project: &Project, arguments: &str) -> String {
    let output = project.covmerge(arguments).current_dir(project.path("own")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments}: {said}");
    said + &String::from_utf8_lossy(&output.stdout)
}

/// All pages below a directory.
fn pages(project: &Project, directory: &str) -> String {
    let entries = fs::read_dir(project.path(directory).join("files")).unwrap();
    entries.map(|page| fs::read_to_string(page.unwrap().path()).unwrap()).collect()
}

/// The one-file form, unpacked.
fn unpacked(project: &Project, file: &str) -> String {
    use base64::Engine as _;
    let text = project.read(file);
    let packed = text.split("<script type=\"text/plain\" id=\"p").skip(1);
    let page = |script: &str| {
        let data = script.split('>').nth(1).unwrap().split('<').next().unwrap();
        let bytes = base64::prelude::BASE64_STANDARD.decode(data).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::DeflateDecoder::new(&bytes[..]), &mut text).unwrap();
        text
    };
    packed.map(page).collect()
}

/// Whether the text and its checksums are in the outputs; the numbers are there in any case.
fn shows(project: &Project, arguments: &str) -> bool {
    let outputs = "-q -o html=site -o html-single=site.html -o lcov=a.info -o json=a.json -o xml=a.xml -o text=a.txt";
    let said = run(project, &format!("{outputs} {arguments}"));
    let json: Value = serde_json::from_str(&project.read("own/a.json")).unwrap();
    assert_eq!(json["totals"]["num_statements"], 3, "{json}");
    assert_eq!(json["totals"]["missing_lines"], 1);
    let others = ["a.info", "a.json", "a.xml", "a.txt"].map(|file| project.read(&format!("own/{file}"))).concat();
    assert!(!others.contains("sesame"));
    let checksummed = others.lines().filter(|line| line.starts_with("DA:") && line.matches(',').count() == 2).count();
    let [site, single] = [pages(project, "own/site"), unpacked(project, "own/site.html")];
    let shown = site.contains("sesame-open");
    assert_eq!(single.contains("sesame-open"), shown);
    assert_eq!(checksummed, if shown { 3 } else { 1 });
    let why = "it lies outside of the root, and `--allow-outside-root` does not allow it";
    for page in [&site, &single] {
        assert_eq!(page.contains(why), !shown, "{page}");
        // The files of the project are shown.
        assert!(page.contains("a = <n->1</n->"), "{page}");
    }
    assert_eq!(said.contains(why), !shown, "{said}");
    shown
}

#[test]
fn a_text_outside_of_the_root_is_counted_and_not_shown() {
    for name in ["../out/settings.py", "file.py", "dir/settings.py", "to.zip/settings.py", "../out/app.zip/settings.py"]
    {
        let project = naming(name);
        assert!(!shows(&project, ""), "{name}");
        for allowed in [
            "--allow-outside-root",
            "--allow-outside-root=../out",
            "--allow-outside-root=none --allow-outside-root=dir",
        ] {
            assert!(shows(&project, allowed), "{name} {allowed}");
        }
        assert!(!shows(&project, "--allow-outside-root=none"), "{name}");
    }
}

#[test]
fn an_absolute_name_outside_of_the_root_is_counted_and_not_shown() {
    let project = Project::new();
    let name = project.path("out/settings.py").to_string_lossy().into_owned();
    let project = naming_in(project, &name);
    assert!(!shows(&project, ""));
    assert!(shows(&project, "--allow-outside-root"));
}

#[test]
fn the_settings_allow_texts_outside_of_the_root() {
    for (file, settings, allowed) in [
        ("covmerge.toml", "allow-outside-root = true\n", true),
        ("covmerge.toml", "allow-outside-root = false\n", false),
        ("covmerge.toml", "allow-outside-root = [\"elsewhere\", \"../out\"]\n", true),
        ("covmerge.toml", "allow-outside-root = \"../out\"\n", true),
        ("covmerge.toml", "allow-outside-root = \"~/out\"\n", true),
        ("covmerge.toml", "allow-outside-root = [\"..\"]\n", true),
        ("covmerge.toml", "allow-outside-root = [\"elsewhere\"]\n", false),
        ("pyproject.toml", "[tool.covmerge]\nallow-outside-root = [\"../out\"]\n", true),
    ] {
        let project = naming("../out/settings.py").file(&format!("own/{file}"), settings);
        assert_eq!(shows(&project, ""), allowed, "{settings}");
        // The command line wins.
        assert!(!shows(&project, "--allow-outside-root=elsewhere"), "{settings}");
    }
    for wrong in ["allow-outside-root = 1\n", "allow-outside-root = [1]\n", "allow-outside-root = \"\"\n"] {
        let project = naming("a.py").file("own/covmerge.toml", wrong);
        let status = project.covmerge("").current_dir(project.path("own")).status().unwrap();
        assert_eq!(status.code(), Some(64), "{wrong}");
    }
    let project = naming("a.py").file("a.py", "a = 1\n");
    for word in ["", "true", "false"] {
        assert!(project.run(&format!("--allow-outside-root={word}")).starts_with("exit: 64\n"), "{word}");
        let project = Project::new().file("covmerge.toml", format!("allow-outside-root = \"{word}\"\n"));
        let shown = project.run("");
        assert!(shown.starts_with("exit: 64\n") && (word.is_empty() || shown.contains("without quotes")), "{shown}");
    }
    // Directories with a comma exist: the option is repeated for others. The settings hold wherever covmerge runs.
    let nothing = "warning: `--allow-outside-root=../out,../own` allows nothing: there is no such directory";
    assert!(run(&naming("a.py"), "-q -o total --allow-outside-root=../out,../own").contains(nothing));
    let project = naming("a.py").file("own/covmerge.toml", "allow-outside-root = \"none\"\n");
    assert!(!run(&project, "-q -o total").contains("none"));
}

#[test]
fn directories_that_other_settings_name_allow_nothing() {
    // `--source`, `--map` and `[run] source` say what counts.
    let project = naming("/elsewhere/settings.py");
    for arguments in ["--map /elsewhere=../out", "--map /elsewhere=../out --source=../out"] {
        assert!(!shows(&project, arguments), "{arguments}");
    }
    let project = naming("../out/settings.py");
    fs::write(
        project.path("own/.coveragerc"),
        "[run]\nrelative_files = true\nsource = ../out\n[lcov]\nline_checksums = true\n",
    )
    .unwrap();
    assert!(!shows(&project, "--source"));
}

#[test]
fn the_root_of_the_run_counts_for_its_parts() {
    let project = Project::new()
        .file("out/settings.py", SECRET)
        .file("own/lib/settings.py", SECRET)
        .file("own/api/a.py", "a = 1\n")
        .file("own/api/.coveragerc", "[run]\nrelative_files = true\n")
        .file("own/covmerge.toml", "[[part]]\nname = \"api\"\nroot = \"api\"\n");
    for (name, shown) in [("../lib/settings.py", true), ("../../out/settings.py", false)] {
        fs::write(project.path("own/api/.coverage.1"), DataFile::new().lines(name, "", &[1]).bytes()).unwrap();
        run(&project, "-q -o html=site");
        assert_eq!(pages(&project, "own/site").contains("sesame"), shown, "{name}");
    }
}

#[test]
fn a_text_outside_of_the_root_is_not_sealed() {
    let project = naming("../out/settings.py");
    let sealed = |arguments: &str| {
        run(&project, &format!("seal -q --with-sources -o a.covmerge {arguments} .coverage.1"));
        run(&project, "-q -o html=site a.covmerge");
        let pages = pages(&project, "own/site");
        assert_eq!(pages.contains("sesame"), !pages.contains("it lies outside of the root"));
        assert!(pages.contains("a = <n->1</n->"));
        pages.contains("sesame")
    };
    assert_eq!(["", "--allow-outside-root", "--allow-outside-root=../out"].map(sealed), [false, true, true]);
    // A seal without texts does not bring those of the machine that reports to light.
    run(&project, "seal -q --allow-outside-root -o a.covmerge .coverage.1");
    for (arguments, shown) in [("", false), ("--allow-outside-root", true)] {
        run(&project, &format!("-q -o html=site a.covmerge {arguments}"));
        assert_eq!(pages(&project, "own/site").contains("sesame"), shown, "{arguments}");
    }
}

#[test]
fn a_fragment_that_lists_its_statements_brings_no_text_to_light_either() {
    let project = naming("a.py");
    let lists = json!({"executed_lines": [1], "missing_lines": [2]});
    let meta = json!({"software": "slipcover", "version": "1.1.0", "branch_coverage": false});
    let slipcover = json!({"meta": meta, "files": {"../out/settings.py": lists}, "summary": {}});
    fs::remove_file(project.path("own/.coverage.1")).unwrap();
    fs::write(project.path("own/1.json"), slipcover.to_string()).unwrap();
    run(&project, "-q -o html=site 1.json");
    let pages = pages(&project, "own/site");
    assert!(!pages.contains("sesame") && pages.contains("it lies outside of the root"), "{pages}");
}

#[test]
fn patterns_of_a_seal_do_not_probe_a_text_that_is_not_shown() {
    let [named, secrets] = [["../out/settings.py", ".env", "b.py"], ["../out/settings.py", ".env", "../out"]];
    let data = named.iter().fold(DataFile::new(), |data, name| data.lines(name, "", &[2]));
    let project = naming("a.py").file("own/.coverage.1", data.bytes());
    fs::rename(project.path("out"), project.path("gone")).unwrap();
    let rc = |settings: &str| {
        fs::write(project.path("own/.coveragerc"), format!("[run]\nrelative_files = true\n{settings}"))
    };
    // The job of a stranger, without these sources.
    rc("[report]\nexclude_lines = sesame\n").unwrap();
    run(&project, "seal -q -o a.covmerge .coverage.1");
    fs::rename(project.path("gone"), project.path("out")).unwrap();
    rc("").unwrap();
    for name in &named[1..] {
        fs::write(project.path("own").join(name), SECRET).unwrap();
    }
    run(&project, "-q -o json=a.json -o html=site a.covmerge");
    let json: Value = serde_json::from_str(&project.read("own/a.json")).unwrap();
    for name in named {
        let expected = if secrets.contains(&name) { json!([]) } else { json!([1]) };
        assert_eq!(json["files"][name]["excluded_lines"], expected, "{name}");
    }
    run(&project, "-q -o json=a.json a.covmerge --allow-outside-root");
    let json: Value = serde_json::from_str(&project.read("own/a.json")).unwrap();
    assert_eq!(json["files"][named[0]]["excluded_lines"], json!([1]));
}

#[test]
fn no_digest_of_a_text_that_is_not_shown_is_said() {
    let project = naming("../out/settings.py");
    run(&project, "seal -q -o a.covmerge .coverage.1");
    let said = |text: &str, arguments: &str| {
        fs::write(project.path("out/settings.py"), text).unwrap();
        let output = project
            .covmerge(&format!("-q -o total .coverage.1 a.covmerge {arguments}"))
            .current_dir(project.path("own"))
            .output();
        String::from_utf8_lossy(&output.unwrap().stderr).into_owned()
    };
    for text in ["PASSWORD = 'another'\nTOKEN = 2\n", "if PASSWORD:\n    TOKEN = 2\n"] {
        let (shown, not) = (said(text, "--allow-outside-root"), said(text, ""));
        assert!(shown.contains(" of the checkout") && !shown.contains("which is not shown"), "{shown}");
        assert!(not.contains("the text of the checkout, which is not shown"), "{not}");
    }
}

#[test]
fn no_text_that_is_not_shown_is_compared_with_one_that_a_stranger_guessed() {
    for name in ["../out/settings.py", "dir/settings.py", "../out/app.zip/settings.py"] {
        let project = naming("a.py");
        let data = DataFile::new().lines(name, "", &[1]).lines("lib/settings.py", "", &[1]).bytes();
        let project = project.file("own/.coverage.1", data);
        fs::create_dir(project.path("own/lib")).unwrap();
        let said = |guess: &str, arguments: &str| {
            fs::write(project.path("own/lib/settings.py"), guess).unwrap();
            run(&project, &format!("-q -o total {arguments}"))
        };
        let [right, wrong] = [SECRET, "PASSWORD = ''\nTOKEN = 2\n"].map(|guess| said(guess, ""));
        assert!(right == wrong && !right.contains("cop"), "{name}: {right}");
        let is_aside = name.starts_with("../");
        assert_eq!(said(SECRET, "--allow-outside-root").contains("is a copy of"), is_aside, "{name}");
    }
}

#[test]
fn no_text_that_is_not_shown_decides_which_file_a_relative_name_means() {
    let project = Project::new()
        .file("out/settings.py", SECRET)
        .file("own/a.py", "a = 1\n")
        .file("own/.coveragerc", "[run]\nrelative_files = true\n")
        .file("own/lib/.coverage.1", DataFile::new().lines("settings.py", "", &[1]).bytes());
    symlink("../out/settings.py", project.path("own/settings.py")).unwrap();
    let said = |guess: &str, arguments: &str| {
        fs::write(project.path("own/lib/settings.py"), guess).unwrap();
        let output = project.covmerge(&format!("-o total lib {arguments}")).current_dir(project.path("own")).output();
        let output = output.unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let [right, wrong] = [SECRET, "PASSWORD = ''\nTOKEN = 2\n"].map(|guess| said(guess, ""));
    assert!(right == wrong && right.0 == Some(1) && right.1.contains("`lib/settings.py`"), "{right:?}");
    assert_eq!(said(SECRET, "--allow-outside-root").0, Some(0));
}

#[test]
fn no_error_quotes_a_word_of_a_text_that_is_not_shown() {
    for (text, word) in [
        ("# coding: sesame\n", "sesame"),
        ("\n# coding: sesame\n", "sesame"),
        ("# coding: utf-7\n", "utf-7"),
        ("def f(sesame, sesame): pass\n", "sesame"),
        ("def f(sesame):\n    global sesame\n", "sesame"),
        ("class C:\n    nonlocal sesame\n", "sesame"),
        ("from __future__ import sesame\n", "sesame"),
        ("x = 1\ny = \u{20ac}\n", "\u{20ac}"),
        ("while 1:\n    def f(): break\n", "'break'"),
    ] {
        let project = naming("../out/settings.py").file("out/settings.py", text);
        let said = |arguments: &str| {
            let output = project.covmerge(arguments).current_dir(project.path("own")).output().unwrap();
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
        };
        for arguments in
            ["-o total", "-o total --ignore-errors", "-o html-single=- --ignore-errors", "seal -o a.covmerge"]
        {
            let hidden = said(arguments);
            assert!(!hidden.contains(word), "{arguments}: {hidden}");
            let allowed = format!("{arguments} --allow-outside-root=../out");
            let is_quoted = arguments.contains("total");
            assert!(!is_quoted || hidden.contains(": line ") && said(&allowed).contains(word), "{arguments}: {hidden}");
        }
        // Nor does a seal carry it to those who merge.
        fs::remove_file(project.path("out/settings.py")).unwrap();
        assert!(!said("-o total a.covmerge").contains(word), "{word}");
    }
}

#[test]
fn no_error_quotes_a_word_of_a_file_that_is_not_plainly_a_source() {
    let project = naming(".env").file("own/.env", "from __future__ import sesame\n");
    for shown in [".env", "lib.py"] {
        let data = DataFile::new().lines(shown, "", &[1]).bytes();
        fs::write(project.path("own/.coverage.1"), data).unwrap();
        fs::write(project.path("own").join(shown), "from __future__ import sesame\n").unwrap();
        let output = project.covmerge("-o total").current_dir(project.path("own")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("line 1") && said.contains("sesame") == (shown == "lib.py"), "{said}");
    }
}
