//! The report people open: a directory of plain pages that a script makes quicker to use.
//!
//! ```text
//! index.html      the overview: total, verdict, where to begin, every file (files.js)
//! functions.html  every function and class (functions.js)
//! files/          a page for each file: all of its source
//! dirs/           a page for each directory: its files and their sums
//! style.css, base.js, index.js, file.js, icon.svg     the same for every report
//! ```
//!
//! Pages work from disk, from a server and without script. They obey a policy that allows nothing inline and nothing from elsewhere.

mod escape;
mod file;
mod highlight;
mod index;
mod names;
mod share;
mod tree;

use std::io;

use rayon::prelude::*;

use self::names::Names;
use self::tree::Tree;
use super::View;
use super::site::Site;

/// What is the same for every report.
const ASSETS: &[(&str, &str)] = &[
    ("style.css", include_str!("style.css")),
    ("base.js", include_str!("base.js")),
    ("index.js", include_str!("index.js")),
    ("file.js", include_str!("file.js")),
    ("icon.svg", include_str!("icon.svg")),
];

/// What every page has in its head.
#[derive(Clone, Copy)]
struct Head<'a> {
    /// Where the site's root is from the page.
    root: &'a str,
    /// The scripts it needs.
    scripts: &'a [&'a str],
}

/// A link to another page.
struct Page<'a> {
    href: String,
    name: String,
    root: &'a str,
}

/// Writes the site.
///
/// # Errors
/// What writing gives.
pub(super) fn write(view: &View<'_>, site: &Site) -> io::Result<()> {
    let (branches, precision) = (view.report.branches, view.settings.precision);
    let tree = Tree::of(view.report.files.values());
    let names = Names::of(
        tree.directories
            .iter()
            .map(|directory| directory.path)
            .chain(view.report.files.values().map(|file| file.name.as_str())),
    );
    for (name, content) in ASSETS {
        site.put(name, content.as_bytes())?;
    }
    let (pages, lists) = rayon::join(
        || files(view, &tree, &names, site),
        || {
            site.put("files.js", index::files_script(&tree, &names, branches, precision).as_bytes())?;
            site.put("functions.js", index::functions_script(&tree, &names, branches, precision).as_bytes())?;
            let functions = Head { root: "", scripts: &["base.js", "index.js", "functions.js"] };
            site.put("functions.html", index::functions_page(view, functions).map_err(io::Error::other)?.as_bytes())?;
            let head = Head { root: "", scripts: &["base.js", "index.js", "files.js"] };
            site.put("index.html", index::overview(view, &tree, &names, head).map_err(io::Error::other)?.as_bytes())
        },
    );
    pages.and(lists)?;
    (0..tree.directories.len()).into_par_iter().try_for_each(|place| {
        let head = Head { root: "../", scripts: &["base.js"] };
        let page = index::directory(view, &tree, place, &names, head).map_err(io::Error::other)?;
        site.put(&format!("dirs/{}.html", names.page(tree.directories[place].path)), page.as_bytes())
    })
}

/// A page for each file.
fn files(view: &View<'_>, tree: &Tree<'_>, names: &Names<'_>, site: &Site) -> io::Result<()> {
    let mut order: Vec<(&crate::model::path::SourcePath, &tree::Leaf<'_>)> = Vec::with_capacity(tree.files.len());
    let mut leaves: std::collections::BTreeMap<&str, &tree::Leaf<'_>> =
        tree.files.iter().map(|leaf| (leaf.report.name.as_str(), leaf)).collect();
    for (path, file) in &view.report.files {
        // Of two files under one name the first has the page.
        if let Some(leaf) = leaves.remove(file.name.as_str()) {
            order.push((path, leaf));
        }
    }
    order.sort_by_key(|(_, leaf)| &leaf.report.name);
    let page = |at: usize| names.page(&order[at].1.report.name);
    // From the end: the next page that lacks something.
    let mut lacking = vec![None; order.len()];
    let mut next = None;
    for at in (0..order.len()).rev() {
        lacking[at] = next;
        if let Some(line) = order[at].1.first {
            next = Some((page(at), line));
        }
    }
    // Each is a task of its own: sizes differ too much for equal shares.
    order.par_iter().enumerate().with_max_len(1).try_for_each(|(at, (path, leaf))| {
        let around = file::Around {
            above: index::above(tree, leaf.parent, true, names, "../dirs/"),
            before: at.checked_sub(1).map(page),
            after: (at + 1 < order.len()).then(|| page(at + 1)),
            lacking: lacking[at],
            own: leaf.name,
            precision: view.settings.precision,
            branches: view.report.branches,
            incomplete: &view.report.incomplete,
        };
        let head = Head { root: "../", scripts: &["base.js", "file.js"] };
        let source = (view.source_text)(path);
        let page = file::page(leaf.report, source.as_deref(), head, &around).map_err(io::Error::other)?;
        site.put(&format!("files/{}.html", names.page(&leaf.report.name)), &page)
    })
}
