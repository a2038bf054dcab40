//! Sources made to break the analysis: refused with name, line and reason, as CPython refuses them, and never an abort.

use serde_json::json;

use crate::data_file::DataFile;
use crate::project::Project;

/// The exit status and the reason that covmerge gives for a project whose only source is `text`.
fn reason(text: impl AsRef<[u8]>) -> String {
    let project = Project::new()
        .file("a.py", text)
        .relative()
        .file(".coverage.1", DataFile::new().arcs("a.py", "", &[(-1, 1), (1, -1)]).bytes());
    let shown = project.run("-q -o total");
    let reason = shown.lines().find_map(|line| line.trim_start().strip_prefix("because: "));
    let named = shown.contains("`a.py`");
    format!("{} {}{}", &shown[..7], if named { "a.py: " } else { "" }, reason.unwrap_or_default())
}

#[test]
fn depth_is_refused_before_it_can_overflow_a_stack() {
    let too_deep = "exit: 1 a.py: line 1: too deeply nested: an expression chains more than 32768 operators";
    for text in [
        "not ".repeat(200_000) + "a\n",
        "a".to_owned() + &"+a".repeat(200_000) + "\n",
        "a".to_owned() + &"()".repeat(200_000) + "\n",
    ] {
        assert_eq!(reason(text), too_deep);
    }
    for bracket in ["(", "[", "{"] {
        assert_eq!(reason(bracket.repeat(100_000) + "\n"), "exit: 1 a.py: line 1: too many nested parentheses");
    }
    let levels: String = (0..5_000).map(|level| " ".repeat(level) + "if a:\n").collect();
    let indented = levels + &" ".repeat(5_000) + "pass\n";
    assert_eq!(reason(indented), "exit: 1 a.py: line 101: too many levels of indentation");
}

// Eight stacks do not fit into 512 MB: as many workers start as find room.
#[cfg(target_os = "linux")]
#[test]
fn a_limited_address_space_takes_workers_and_nothing_else() {
    let project = Project::new()
        .file("a.py", "a = 1\n")
        .relative()
        .file(".coverage.1", DataFile::new().arcs("a.py", "", &[(-1, 1), (1, -1)]).bytes());
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -v 524288 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_covmerge")])
        .args(["-q", "--jobs", "8", "-o", "total"])
        .current_dir(project.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stdout)), (Some(0), "100\n"), "{said}");
}

#[test]
fn one_endless_line_is_refused() {
    let because = "exit: 1 a.py: line 1: the line has 50000004 bytes, more than the 16777216 that can be parsed";
    assert_eq!(reason("a = ".to_owned() + &"x".repeat(50_000_000) + "\n"), because);
}

#[test]
fn what_is_no_text_is_refused() {
    let null = "exit: 1 a.py: line 2: source code string cannot contain null bytes";
    assert_eq!(reason("a = 1\nb = '\0'\n"), null);
    assert_eq!(reason(vec![0; 1_000]), null.replace("line 2", "line 1"));
    assert_eq!(reason(b"a = '\xff'\n"), "exit: 1 a.py: line 1: it is not UTF-8, and no encoding is declared");
}

#[test]
fn what_cpython_compiles_is_counted_however_deep() {
    // CPython 3.11 to 3.14 compile these.
    for text in [
        "not ".repeat(2_000) + "a\n",
        "(".repeat(199) + &")".repeat(199) + "\n",
        "a".to_owned() + &".b".repeat(6_000) + "\n",
    ] {
        assert_eq!(reason(text), "exit: 0 ");
    }
}

#[test]
fn a_fragment_brings_no_secret_to_light() {
    let claims = |name: &str| {
        let file = json!({"executed_lines": [1], "missing_lines": [], "excluded_lines": [], "summary": {"covered_lines": 1,
            "num_statements": 1, "percent_covered": 100.0, "percent_covered_display": "100", "missing_lines": 0, "excluded_lines": 0}});
        let meta = json!({"format": 3, "version": "7.17.3", "timestamp": "2026-11-21T00:00:00", "branch_coverage": false, "show_contexts": false});
        json!({"meta": meta, "files": {name: &file}, "totals": &file["summary"]}).to_string()
    };
    let data = DataFile::new().lines(".env", "", &[1]).bytes();
    for (fragment, content) in
        [("1.json", claims(".env").into_bytes()), ("2.json", claims("token").into_bytes()), (".coverage.1", data)]
    {
        let project = Project::new()
            .relative()
            .file(fragment, content)
            .file(".env", "token = 'sesame'\n")
            .file("token", "token = 'sesame'\n");
        let shown = project.run(&format!("-q -o html=site -o html-single=site.html {fragment}"));
        assert!(shown.starts_with("exit: 0\n"), "{shown}");
        let pages: Vec<String> = std::fs::read_dir(project.path("site/files"))
            .unwrap()
            .map(|page| std::fs::read_to_string(page.unwrap().path()).unwrap())
            .collect();
        assert_eq!(pages.len(), 1);
        assert!(pages[0].contains("marks it as Python") && !pages[0].contains("sesame"), "{fragment}: {}", pages[0]);
    }
}

#[test]
fn a_page_is_as_large_as_its_text_and_its_lists_however_large_the_line_numbers() {
    let lists = json!({"executed_lines": [1, 5_000_000], "missing_lines": [4_999_999]});
    let meta = json!({"software": "slipcover", "version": "1.1.0", "branch_coverage": false});
    let slipcover = json!({"meta": meta, "files": {"a.py": lists, "not_here.py": lists}, "summary": {}});
    let project = Project::new()
        .relative()
        .file("a.py", "x = 1\n".repeat(67))
        .file("slipcover.json", slipcover.to_string())
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1, 5_000_000]).bytes());
    for fragment in ["slipcover.json", ".coverage.1"] {
        let shown = project.run(&format!("-q -o html=site -o html-single=site.html {fragment}"));
        assert!(shown.starts_with("exit: 0\n"), "{shown}");
        let pages = std::fs::read_dir(project.path("site/files")).unwrap().map(|page| page.unwrap().path());
        for page in pages.chain([project.path("site.html")]) {
            let bytes = page.metadata().unwrap().len();
            assert!(bytes < 100_000, "{fragment}: {} has {bytes} bytes", page.display());
        }
    }
}
