//! Pages as text; `tests/browser/` tests how they behave in a browser.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use crate::model::lines::tests::lines;
use crate::model::report::{Basis, FileReport, Regions, Report, Sets};
use crate::model::settings;
use crate::render::View;
use crate::render::fixture;
use crate::render::fixture::{add, branch, common, exit, incomplete, report, settings as plain, verdict};

/// The source of the fixture's `partial.py`.
const PARTIAL: &str = "class Shop:\n    def price(self, n):\n        if n > 10:\n            return n - 1\n        return n\n\n    def close(self):\n        raise NotImplementedError\n\n\ndef debug(n):\n    if n:\n        print(n)\n\n\nShop().price(2)\ndebug(1)\n";

fn with_view<T>(
    report: &Report,
    settings: &settings::Render,
    common: &settings::Common,
    then: impl FnOnce(&View<'_>) -> T,
) -> T {
    let (verdict, trace) = (verdict(), crate::model::trace::Trace::default());
    let source_text = |path: &crate::model::path::SourcePath| {
        let text = path.as_str().ends_with("partial.py").then(|| PARTIAL.into());
        text.ok_or_else(|| "it was <not> found".into())
    };
    then(&View {
        report,
        verdict: &verdict,
        trace: &trace,
        settings,
        common,
        python: settings::PythonVersion::default(),
        made_at: crate::model::timestamp::Timestamp::from_micros(0),
        measured_at: Some(crate::model::timestamp::Timestamp::from_micros(1_795_242_016_123_456)),
        source_roots: &[],
        cwd: &common.root,
        real_file: &|_| None,
        source_text: &source_text,
    })
}

/// The files of the site, by name.
fn site(report: &Report, settings: &settings::Render) -> BTreeMap<String, String> {
    site_with(report, settings, &common())
}

fn site_with(report: &Report, settings: &settings::Render, common: &settings::Common) -> BTreeMap<String, String> {
    let files = Mutex::new(BTreeMap::new());
    let put = |name: &str, bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        files.lock().unwrap().insert(name.to_owned(), text);
        Ok(())
    };
    with_view(report, settings, common, |view| super::write(view, &put)).unwrap();
    files.into_inner().unwrap()
}

fn is_page(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "html")
}

fn page<'a>(site: &'a BTreeMap<String, String>, begins: &str) -> &'a str {
    site.iter().find(|(name, _)| name.starts_with(begins)).map(|(_, text)| text.as_str()).unwrap()
}

#[test]
fn pages_show_what_is_known() {
    let site = site(&report(), &plain());
    let names: Vec<&str> = site.keys().map(String::as_str).collect();
    insta::assert_debug_snapshot!(names);
    insta::assert_snapshot!("overview", page(&site, "index.html").replace(crate::render::VERSION, "[version]"));
    insta::assert_snapshot!("file", page(&site, "files/partial.py"));
    insta::assert_snapshot!("directory", page(&site, "dirs/"));
    let data = |name| page(&site, name).rsplit_once("\ncovmerge(").unwrap().1;
    insta::assert_snapshot!("lists", format!("{}{}", data("files.js"), data("functions.js")));
}

#[test]
fn a_page_without_text_gives_the_reason_and_leads_to_its_lines() {
    let mut report = report();
    let claimed = report.files.values_mut().find(|file| file.name.ends_with("full.py")).unwrap();
    claimed.basis = Basis::Fragments;
    let site = site(&report, &plain());
    let notes =
        ["The source is not shown: it was &#60;not&#62; found.", "The statements are those that the fragments list."];
    let skips = ["Skip to the source", "Skip to the lines"];
    for (name, with) in
        [("files/full.py", [true, true, false, true]), ("files/partial.py", [false, false, true, false])]
    {
        let page = page(&site, name);
        assert_eq!([notes[0], notes[1], skips[0], skips[1]].map(|text| page.contains(text)), with, "{name}: {page}");
    }
}

#[test]
fn a_shown_source_that_decides_nothing_is_noted() {
    let mut report = report();
    let claimed = report.files.values_mut().find(|file| file.name.ends_with("partial.py")).unwrap();
    claimed.basis = Basis::Fragments;
    let site = site(&report, &plain());
    let page = page(&site, "files/partial.py");
    assert!(page.contains("role=\"note\">The statements are those that the fragments list.</p>"), "{page}");
    assert!(page.contains("Skip to the source"), "{page}");
}

#[test]
fn a_fragment_that_is_rejected_is_not_missing() {
    for (expect, rest) in [(4, ""), (5, "<strong>1</strong> missing, ")] {
        let common = settings::Common { expect: Some(expect), ..common() };
        let site = site_with(&incomplete(), &plain(), &common);
        let counts = format!("<strong>1</strong> unfinished, {rest}<strong>1</strong> rejected");
        assert!(page(&site, "index.html").contains(&counts), "{counts}");
    }
}

#[test]
fn every_page_says_that_data_is_incomplete() {
    let site = site(&incomplete(), &plain());
    let pages: Vec<&str> = site.iter().filter(|(name, _)| is_page(name)).map(|(_, text)| text.as_str()).collect();
    assert!(pages.len() > 5);
    for page in pages {
        assert!(page.contains("Incomplete data") && page.contains("1 of 4 fragments rejected"), "{page}");
        assert!(
            page.contains("Never finished, and counted with the part that was saved:</strong> .coverage.d."),
            "{page}"
        );
        assert!(!page.contains('\u{1b}'));
    }
}

#[test]
fn every_page_says_which_files_are_left_out() {
    let left_out = ["a.py", "<b>.py", "c.py", "d.py", "e.py"].map(str::to_owned).to_vec();
    let site = site(&Report { left_out, ..report() }, &plain());
    for (name, text) in site.iter().filter(|(name, _)| is_page(name)) {
        assert!(text.contains("</strong> a.py, &#60;b&#62;.py, c.py and 2 more. The numbers here"), "{name}: {text}");
    }
}

#[test]
fn every_page_has_a_policy_and_nothing_inline() {
    let settings =
        settings::Render { html: settings::Html { show_contexts: true, ..settings::Html::default() }, ..plain() };
    for (name, text) in site(&report(), &settings).iter().filter(|(name, _)| is_page(name)) {
        assert!(text.contains("default-src 'none'"), "{name}");
        for inline in [" style=", " onclick=", " onload=", "<style", "javascript:"] {
            assert!(!text.contains(inline), "{name}: {inline}");
        }
        // The only script without an address holds data.
        assert!(
            text.matches("<script").count()
                == text.matches("<script src=").count() + text.matches("<script type=\"application/json\"").count(),
            "{name}"
        );
    }
}

#[test]
fn hostile_names_stay_text() {
    let mut hostile = Report { branches: true, ..Report::default() };
    let long = "x".repeat(300);
    let names = [
        "</script><script>alert(1)</script>.py",
        "../../up.py",
        "/etc/passwd",
        "a\"b'c.py",
        "new\nline.py",
        "tur\u{202e}n.py",
        &long,
        "Case.py",
        "case.py",
    ];
    for name in names {
        add(&mut hostile, name, Sets { lines: 3, ..Sets::default() }, Vec::new());
    }
    let site = site(&hostile, &plain());
    assert_eq!(site.keys().filter(|name| name.starts_with("files/")).count(), names.len());
    for (name, text) in &site {
        assert!(name.len() < 120 && !name.split('/').any(|component| component == ".."), "{name}");
        assert!(!text.contains("<script>alert") && !text.contains('\u{202e}'), "{name}");
    }
    assert!(page(&site, "index.html").contains("turU+202En.py"));
    assert!(page(&site, "files.js").contains(r"\u003c/script\u003e"));
}

#[test]
fn contexts_are_named_once_and_lines_share_their_sets() {
    let settings =
        settings::Render { html: settings::Html { show_contexts: true, ..settings::Html::default() }, ..plain() };
    let site = site(&report(), &settings);
    let text = page(&site, "files/partial.py");
    let json = text.split("id=\"contexts\">").nth(1).unwrap().split("</script>").next().unwrap();
    let contexts: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(contexts["names"], serde_json::json!(["(empty)", "test_\"é\""]));
    assert_eq!(contexts["sets"], serde_json::json!([[0], [1]]));
    assert_eq!(contexts["lines"], serde_json::json!([[1, 2, 0], [7, 1, 0], [11, 1, 0], [12, 2, 1]]));
    assert!(!page(&self::site(&report(), &plain()), "files/partial.py").contains("id=\"contexts\""));
}

#[test]
fn beyond_the_text_a_page_has_only_the_lines_that_are_listed() {
    // An exclusion may reach one line past the end of a text; `partial.py` has 17 lines.
    let sets = || Sets {
        statements: lines(&[1, 3, 4, 19, 2_147_483_647]),
        executed: lines(&[1, 3]),
        excluded: lines(&[18, 40]),
        branches: vec![branch(41, [exit(1, true), exit(19, false)])],
        ..Sets::default()
    };
    let mut report = Report::default();
    for name in ["partial.py", "no_text.py"] {
        let file = FileReport::new(name.into(), Basis::Fragments, sets(), Regions::Listed(Vec::new()), Vec::new());
        report.files.insert(name.into(), Box::new(file));
    }
    let site = site(&report, &plain());
    let shown = |name: &str| -> Vec<String> {
        let page = page(&site, name);
        let map = page.split("viewBox=\"").nth(1).unwrap().split("</svg>").next().unwrap();
        let items = page.split("<li").filter(|item| item.contains(" id=L")).map(|item| item.split('>').next().unwrap());
        items.chain([map]).map(str::to_owned).collect()
    };
    assert_eq!(
        shown("files/no_text.py"),
        [
            " id=L1 class=r",
            " value=3 id=L3 class=r",
            " id=L4 class=m",
            " value=18 id=L18 class=x",
            " id=L19 class=m",
            " value=40 id=L40 class=x",
            " id=L41 class=p",
            " value=2147483647 id=L2147483647 class=m",
            "0 0 12 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path class=m d=\"M0 2h12v1h-12zM0 4h12v1h-12zM0 7h12v1h-12z\"/><path class=p d=\"M0 6h7v1h-7z\"/><path class=x d=\"M9 3h3v1h-3zM9 5h3v1h-3z\"/>",
        ]
    );
    assert_eq!(
        shown("files/partial.py")[16..21],
        [
            " id=L17",
            " value=19 id=L19 class=m",
            " value=40 id=L40 class=x",
            " id=L41 class=p",
            " value=2147483647 id=L2147483647 class=m"
        ]
    );
}

#[test]
fn what_is_skipped_has_no_page_and_the_rest_is_the_same() {
    let html = settings::Html { skip_covered: true, skip_empty: true, ..settings::Html::default() };
    let site = site(&report(), &settings::Render { html, ..plain() });
    let files: Vec<&String> = site.keys().filter(|name| name.starts_with("files/")).collect();
    assert!(files.len() == 1 && files[0].starts_with("files/partial.py"), "{files:?}");
}

#[test]
fn a_page_far_below_names_the_innermost_directories() {
    let mut report = report();
    for depth in 0..60 {
        let name = format!("{}m.py", "a/".repeat(depth));
        report.files.insert(name.as_str().into(), Box::new(fixture::empty(&name)));
    }
    let site = site(&report, &plain());
    let links = |page: &str| page.split("</nav>").next().unwrap().matches("../dirs/a-").count();
    let deepest = site.iter().filter(|(name, _)| name.starts_with("files/m.py")).map(|(_, page)| links(page));
    assert_eq!(deepest.clone().max(), Some(21));
    assert_eq!(deepest.filter(|links| *links == 21).count(), 59 - 20);
    let elided = site.values().filter(|page| page.contains("\">…/</a> <a href=")).count();
    assert_eq!(elided, (59 - 20) + (59 - 21));
}

#[test]
fn the_one_file_holds_every_page() {
    use std::io::Read as _;

    use base64::Engine as _;

    let mut bytes = Vec::new();
    with_view(&report(), &plain(), &common(), |view| super::single::write(view, &mut bytes)).unwrap();
    let document = String::from_utf8(bytes).unwrap();
    let unpacked = |id: &str| {
        let text = document.split(&format!("id=\"{id}\">")).nth(1).unwrap().split("</script>").next().unwrap();
        let packed = base64::prelude::BASE64_STANDARD.decode(text).unwrap();
        let mut page = String::new();
        flate2::read::DeflateDecoder::new(&packed[..]).read_to_string(&mut page).unwrap();
        page
    };
    let names: Vec<&str> =
        document.split("id=\"names\">").nth(1).unwrap().split("</script>").next().unwrap().lines().collect();
    assert_eq!(names.len(), 4);
    for (at, name) in names.iter().enumerate() {
        let page = unpacked(&format!("p{at}"));
        assert!(page.contains(name.rsplit_once('-').unwrap().0), "{name}: {page}");
    }
    // The policy names exactly the only script and the only style sheet.
    let inside =
        |tag: &str| document.split(&format!("<{tag}>")).nth(1).unwrap().split(&format!("</{tag}>")).next().unwrap();
    for (tag, directive) in [("script", "script-src"), ("style", "style-src")] {
        let digest = base64::prelude::BASE64_STANDARD.encode(<sha2::Sha256 as sha2::Digest>::digest(inside(tag)));
        assert!(document.contains(&format!("{directive} 'sha256-{digest}'")), "{tag}");
    }
}
