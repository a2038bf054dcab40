//! The overview, the plain page of each directory, and the list of functions and classes.

use std::fmt::Write as _;

use askama::Template;

use super::banners::Banners;
use super::escape::{push_json, visible};
use super::names::Names;
use super::share::Share;
use super::tree::{Directory, Leaf, Tree, lacking};
use super::{Head, Page};
use crate::model::fragment::Outcome;
use crate::model::lines::Line;
use crate::model::outline::RegionKind;
use crate::model::percent::Percent;
use crate::model::report::{Report, Totals};
use crate::model::verdict::Check;
use crate::model::words::{counted, grouped};
use crate::render::View;

/// How many rows the page itself holds: one screen of them. A script and the pages of the directories show the others.
const ROWS: usize = 30;

/// The most fragments that are named as not merged; all of them are counted.
const MOST_FRAGMENTS: usize = 200;

/// How many files are named as those to begin with.
const BEGIN: usize = 5;

#[derive(Template)]
#[template(path = "index.html", blocks = ["body"])]
struct IndexPage<'a> {
    head: Head<'a>,
    title: String,
    total: Share,
    verdict: Vec<(bool, String)>,
    statements: Part,
    branches: Option<Part>,
    fragments: Vec<(&'static str, String)>,
    odd_fragments: Vec<OddFragment>,
    begin: Vec<Begin>,
    parts: Vec<PartRow>,
    rows: Vec<Row>,
    files: u64,
    /// How many files have no page because of the settings.
    left_out: u64,
    of: String,
    all: Option<String>,
    made_from: Vec<(&'static str, String)>,
    banners: &'a Banners,
    warnings: Vec<(String, String)>,
    has_branches: bool,
}

/// Statements or branches: how many ran, and of how many.
struct Part {
    covered: String,
    of: String,
    lacking: String,
    share: String,
}

impl Part {
    fn of(covered: u64, of: u64, precision: u32) -> Self {
        let share = Percent::new(covered, of).display(precision);
        Self {
            covered: grouped(covered),
            of: grouped(of),
            lacking: grouped(of - covered.min(of)),
            share: if of == 0 { String::new() } else { format!("{share}%") },
        }
    }
}

/// A fragment that was not merged.
struct OddFragment {
    name: String,
    outcome: &'static str,
    why: String,
}

/// A part of the run.
struct PartRow {
    name: String,
    root: String,
    /// The plain page of its root; empty if there is none.
    href: String,
    totals: [String; 5],
    share: Share,
    /// Whether it reaches its threshold, and the words for it; `None` without one.
    verdict: Option<(bool, String)>,
}

/// A file to begin with.
struct Begin {
    name: String,
    href: String,
    lacking: String,
}

/// A row of a table.
struct Row {
    href: String,
    above: String,
    name: String,
    /// A link to the first missing line or, if there is none, the first partial one; empty if there is neither.
    first: String,
    totals: [String; 5],
    share: Share,
    is_directory: bool,
}

#[derive(Template)]
#[template(path = "directory.html")]
struct DirectoryPage<'a> {
    head: Head<'a>,
    name: String,
    above: Vec<Page>,
    total: Share,
    rows: Vec<Row>,
    banners: &'a Banners,
    has_branches: bool,
}

#[derive(Template)]
#[template(path = "functions.html", blocks = ["body"])]
struct FunctionsPage<'a> {
    head: Head<'a>,
    functions: String,
    classes: String,
    /// How many files have no known functions and classes; empty if there is no such file.
    unknown: String,
    banners: &'a Banners,
    has_branches: bool,
}

fn columns(totals: &Totals) -> [String; 5] {
    [totals.statements, totals.missing(), totals.excluded, totals.branches, totals.partial].map(grouped)
}

fn file_row(file: &Leaf<'_>, names: &Names<'_>, above: &str, root: &str, precision: u32) -> Row {
    let href = format!("{root}files/{}.html", names.page(&file.report.name));
    Row {
        first: file.first.map(|line| format!("{href}#L{line}")).unwrap_or_default(),
        href,
        above: visible(above).into_owned(),
        name: visible(file.name).into_owned(),
        totals: columns(&file.report.totals),
        share: Share::of(&file.report.totals, precision),
        is_directory: false,
    }
}

/// The title of the report.
pub(super) fn title<'a>(view: &View<'a>) -> &'a str {
    let title = view.settings.html.title.trim();
    if title.is_empty() { "Coverage" } else { title }
}

/// The title of the browser window that shows the overview.
pub(super) fn document_title(view: &View<'_>) -> String {
    let total = Share::of(&view.report.totals, view.common.precision.max(2)).text;
    format!("{}: {total}", visible(title(view)))
}

/// The overview, or only its body if `alone`.
pub(super) fn overview(
    view: &View<'_>,
    tree: &Tree<'_>,
    names: &Names<'_>,
    banners: &Banners,
    head: Head<'_>,
    alone: bool,
) -> Result<String, askama::Error> {
    let (report, precision) = (view.report, view.common.precision);
    let totals = &report.totals;
    let row = |file: &Leaf<'_>| file_row(file, names, tree.directories[file.parent].path, "", precision);
    let begin = tree.files.iter().filter_map(|file| {
        let page = names.page(&file.report.name);
        file.first.map(|line| Begin {
            name: visible(&file.report.name).into_owned(),
            href: format!("files/{page}.html#L{line}"),
            lacking: grouped(lacking(&file.report.totals)),
        })
    });
    let decimals = precision.max(2);
    let page = IndexPage {
        head,
        title: visible(title(view)).into_owned(),
        total: Share::of(totals, decimals),
        verdict: view
            .verdict
            .checks
            .iter()
            .filter(|check| !matches!(check, Check::Part { .. }) || !check.passed())
            .map(|check| (check.passed(), visible(&check.to_string()).into_owned()))
            .collect(),
        statements: Part::of(totals.executed, totals.statements, decimals),
        branches: report.branches.then(|| Part::of(totals.taken(), totals.branches, decimals)),
        fragments: fragments(report, view.common.expect),
        odd_fragments: odd_fragments(report),
        begin: begin.take(BEGIN).collect(),
        parts: parts(view, tree, names, alone),
        rows: tree.files.iter().take(ROWS).map(row).collect(),
        files: totals.files,
        left_out: totals.files.saturating_sub(tree.files.len() as u64),
        of: grouped(totals.files),
        all: (!alone).then(|| format!("dirs/{}.html", names.page(""))),
        made_from: made_from(view),
        banners,
        warnings: report
            .warnings
            .iter()
            .map(|warning| {
                (visible(&warning.text).into_owned(), visible(warning.help.as_deref().unwrap_or_default()).into_owned())
            })
            .collect(),
        has_branches: report.branches,
    };
    if alone { page.as_body().render() } else { page.render() }
}

/// The parts of the run, and the files that belong to none.
fn parts(view: &View<'_>, tree: &Tree<'_>, names: &Names<'_>, alone: bool) -> Vec<PartRow> {
    let precision = view.common.precision;
    let row = |(at, (name, totals)): (usize, (&str, Totals))| {
        let root = view.report.parts.get(at).map_or("", |part| &part.root);
        let is_own = |check: &&Check| matches!(check, Check::Part { name: own, .. } if own == name);
        let check = view.verdict.checks.iter().find(is_own).filter(|_| !root.is_empty());
        let below = if root == "." { String::new() } else { format!("{root}/") };
        // A directory that holds only another one is shown together with it.
        let pages = tree.directories.iter().map(|one| one.path).filter(|path| !alone && path.starts_with(&below));
        let page = pages.min_by_key(|path| path.len()).filter(|_| !root.is_empty());
        PartRow {
            name: visible(name).into_owned(),
            root: visible(root).into_owned(),
            href: page.map(|path| format!("dirs/{}.html", names.page(path))).unwrap_or_default(),
            totals: columns(&totals),
            share: Share::of(&totals, precision.max(2)),
            verdict: check.map(|check| (check.passed(), visible(&required(check)).into_owned())),
        }
    };
    view.report.sums_of_parts().into_iter().enumerate().map(row).collect()
}

/// `passed: 95% required`
fn required(check: &Check) -> String {
    let words = check.to_string();
    let outcome = words.split(':').next().unwrap_or_default();
    check.threshold().map_or(String::new(), |threshold| format!("{outcome}: {}% required", threshold.required()))
}

/// How many fragments had each outcome, and how many are missing; zero counts are left out, except that of merged fragments.
fn fragments(report: &Report, expect: Option<u64>) -> Vec<(&'static str, String)> {
    let count = |wanted: fn(&Outcome) -> bool| {
        report.fragments.iter().filter(|fragment| wanted(&fragment.outcome)).count() as u64
    };
    let too_old = count(|outcome| *outcome == Outcome::TooOld);
    let rejected = count(|outcome| matches!(outcome, Outcome::Rejected { .. }));
    [
        ("merged", count(|outcome| matches!(outcome, Outcome::Merged { .. }))),
        ("duplicate", count(|outcome| matches!(outcome, Outcome::Duplicate { .. }))),
        ("unfinished", report.unfinished()),
        ("missing", expect.unwrap_or_default().saturating_sub(report.fragments.len() as u64 - too_old)),
        ("too old", too_old),
        ("rejected", rejected),
    ]
    .into_iter()
    .filter(|(name, count)| *count > 0 || *name == "merged")
    .map(|(name, count)| (name, grouped(count)))
    .collect()
}

/// The fragments that were not merged or never finished, and why; rejected ones come first.
fn odd_fragments(report: &Report) -> Vec<OddFragment> {
    let mut odd: Vec<OddFragment> = report
        .fragments
        .iter()
        .filter_map(|fragment| {
            let (outcome, why) = match &fragment.outcome {
                Outcome::Merged { .. } => ("unfinished", fragment.why_unfinished()?),
                Outcome::Duplicate { of } => ("duplicate", format!("the same bytes as {}", of.display())),
                Outcome::TooOld => ("too old", format!("made {}", fragment.origin.when.as_deref()?)),
                Outcome::Rejected { why, .. } => ("rejected", why.clone()),
            };
            let name = visible(&fragment.path.to_string_lossy()).into_owned();
            Some(OddFragment { name, outcome, why: visible(&why).into_owned() })
        })
        .collect();
    odd.sort_by_key(|fragment| fragment.outcome != "rejected");
    odd.truncate(MOST_FRAGMENTS);
    odd
}

/// The origin of the report: commit, newest fragment, tools and rules.
fn made_from(view: &View<'_>) -> Vec<(&'static str, String)> {
    let mut producers: Vec<&str> = view
        .report
        .fragments
        .iter()
        .map(|fragment| fragment.producer.as_str())
        .filter(|name| !name.is_empty())
        .collect();
    producers.sort_unstable();
    producers.dedup();
    let mut rows = Vec::new();
    if let Some(commit) = &view.settings.commit {
        rows.push(("commit", visible(commit).into_owned()));
    }
    if let Some(measured) = view.measured_at {
        rows.push(("newest fragment", format!("{} UTC", measured.iso()[..16].replace('T', " "))));
    }
    if !producers.is_empty() {
        rows.push(("measured by", visible(&producers.join(", ")).into_owned()));
    }
    let mut rules: Vec<String> = view.report.parts.iter().map(|part| part.python.to_string()).collect();
    if rules.is_empty() || view.report.files.values().any(|file| file.part.is_none()) {
        rules.push(view.python.to_string());
    }
    rules.sort_by_key(|version| (version.len(), version.clone()));
    rules.dedup();
    rows.push(("Python rules", rules.join(", ")));
    rows.push(("reported by", format!("covmerge {}", crate::render::VERSION)));
    rows
}

/// The plain page of a directory: for readers without script, and for printing.
pub(super) fn directory(
    view: &View<'_>,
    tree: &Tree<'_>,
    place: usize,
    names: &Names<'_>,
    banners: &Banners,
    head: Head<'_>,
) -> Result<String, askama::Error> {
    let precision = view.common.precision;
    let own = &tree.directories[place];
    let directory_row = |directory: &Directory<'_>| Row {
        href: format!("{}.html", names.page(directory.path)),
        above: String::new(),
        name: visible(directory.name).into_owned(),
        first: String::new(),
        totals: columns(&directory.totals),
        share: Share::of(&directory.totals, precision),
        is_directory: true,
    };
    let directories = own.directories.iter().map(|&inside| directory_row(&tree.directories[inside]));
    let files = own.files.iter().map(|&inside| file_row(&tree.files[inside], names, "", "../", precision));
    let rows = directories.chain(files).collect();
    DirectoryPage {
        head,
        name: if own.path.is_empty() { "all files".to_owned() } else { visible(own.path).into_owned() },
        above: above(tree, own.parent, place != 0, names, ""),
        total: Share::of(&own.totals, precision),
        rows,
        banners,
        has_branches: view.report.branches,
    }
    .render()
}

/// How many directories a page names above itself: in a deep tree, the links of all pages would take far more room than the names.
const MOST_ABOVE: usize = 20;

/// The pages of the directories down to `place`, without the root; of many, the innermost, and a link to the one above these.
pub(super) fn above(tree: &Tree<'_>, place: usize, any: bool, names: &Names<'_>, root: &str) -> Vec<Page> {
    let mut pages = Vec::new();
    let mut place = if any { place } else { 0 };
    while place != 0 {
        let directory = &tree.directories[place];
        let is_last = pages.len() == MOST_ABOVE;
        pages.push(Page {
            href: format!("{root}{}.html", names.page(directory.path)),
            name: if is_last { "…/".into() } else { visible(directory.name).into_owned() },
        });
        place = if is_last { 0 } else { directory.parent };
    }
    pages.reverse();
    pages
}

/// The page of functions and classes, or only its body if `alone`; a script fills the list.
pub(super) fn functions_page(
    view: &View<'_>,
    banners: &Banners,
    head: Head<'_>,
    alone: bool,
) -> Result<String, askama::Error> {
    let count = |kind| {
        view.report
            .files
            .values()
            .map(|file| file.regions.iter().filter(|region| region.kind == kind).count() as u64)
            .sum()
    };
    let unknown = view.report.files.values().filter(|file| !file.knows_regions()).count() as u64;
    let page = FunctionsPage {
        head,
        unknown: if unknown == 0 { String::new() } else { counted(unknown, "file") },
        functions: counted(count(RegionKind::Function), "function"),
        classes: counted(count(RegionKind::Class), "class"),
        banners,
        has_branches: view.report.branches,
    };
    if alone { page.as_body().render() } else { page.render() }
}

/// The data for the script of the overview.
///
/// ```text
/// {"branches":true,
/// "dirs":[["src/",0,41,1,0,10,1,1,"97"],…],                     name, parent, statements, missing, excluded, branches, missing branches,
///                                                               partial, share
/// "files":[["plan.py",…],["0f3a…",…],["97",…],[1,…],[12,…],…]}  columns, as similar values in a row compress better: name, end of
///                                                               its page's name, share, directory, first missing line, the other sums
/// ```
pub(super) fn files_json(tree: &Tree<'_>, names: &Names<'_>, branches: bool, precision: u32) -> String {
    let mut json = format!("{{\"branches\":{branches},\n\"dirs\":[");
    for (at, directory) in tree.directories.iter().enumerate() {
        json.push_str(if at > 0 { ",\n[" } else { "\n[" });
        push_json(&mut json, directory.name);
        _ = write!(json, ",{}", directory.parent);
        push_sums(&mut json, &directory.totals, precision);
        json.push(']');
    }
    json.push_str("],\n\"files\":[");
    let mut columns: [String; 11] = Default::default();
    for (at, file) in tree.files.iter().enumerate() {
        if at > 0 {
            for column in &mut columns {
                column.push(',');
            }
        }
        let totals = &file.report.totals;
        let Totals { statements, excluded, branches, missing_branches, partial, .. } = *totals;
        let [name, page, share, numbers @ ..] = &mut columns;
        push_json(name, file.name);
        push_json(page, names.short(&file.report.name));
        push_json(share, &Share::of(totals, precision).number);
        let (parent, first) = (file.parent as u64, u64::from(file.first.map_or(0, Line::get)));
        let values = [parent, first, statements, totals.missing(), excluded, branches, missing_branches, partial];
        for (column, value) in numbers.iter_mut().zip(values) {
            _ = write!(column, "{value}");
        }
    }
    for (at, column) in columns.iter().enumerate() {
        _ = write!(json, "{}\n[{column}]", if at > 0 { "," } else { "" });
    }
    json.push_str("]}");
    json
}

/// The data for the script of the list of functions: for each file (without sums), its functions and classes.
///
/// ```text
/// {"branches":true,"files":[["src/plan.py","0f3a…",[["Plan.run",1,12,9,1,0,2,1,1,"83"],…]],…]}
///                                                     name, whether it is a class, line, the sums
/// ```
pub(super) fn functions_json(tree: &Tree<'_>, names: &Names<'_>, branches: bool, precision: u32) -> String {
    let mut json = format!("{{\"branches\":{branches},\n\"files\":[");
    let mut first = true;
    for file in tree.files.iter().filter(|file| !file.report.regions.is_empty()) {
        json.push_str(if first { "\n[" } else { ",\n[" });
        first = false;
        push_json(&mut json, &file.report.name);
        _ = write!(json, ",\"{}\",[", names.short(&file.report.name));
        for (at, region) in file.report.regions.iter().enumerate() {
            json.push_str(if at > 0 { ",[" } else { "[" });
            push_json(&mut json, region.name.as_str());
            let line = region.line().map_or(1, Line::get);
            _ = write!(json, ",{},{line}", u8::from(region.kind == RegionKind::Class));
            push_sums(&mut json, &region.totals, precision);
            json.push(']');
        }
        json.push_str("]]");
    }
    json.push_str("]}");
    json
}

fn push_sums(json: &mut String, totals: &Totals, precision: u32) {
    let Totals { statements, excluded, branches, missing_branches, partial, .. } = totals;
    let share = Share::of(totals, precision).number;
    _ = write!(
        json,
        ",{statements},{},{excluded},{branches},{missing_branches},{partial},\"{share}\"",
        totals.missing()
    );
}
