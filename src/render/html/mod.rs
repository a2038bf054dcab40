//! The report for people to open: a directory of plain pages, which a script makes quicker to use.
//!
//! ```text
//! index.html      the overview: total, verdict, where to begin, every file
//! functions.html  every function and class
//! files.js, functions.js             the data of these two lists, and the script that shows it
//! files/          a page for each file: all of its source
//! dirs/           a page for each directory: its files and their sums
//! style.css, covmerge.js, icon.svg    the same for every report
//! ```
//!
//! Pages work from disk, from a server, and without scripts. Their content security policy allows nothing inline and nothing from elsewhere.

mod assets;
mod banners;
mod code;
mod contexts;
mod escape;
mod file;
mod highlight;
mod index;
mod names;
mod share;
pub(super) mod single;
mod states;
mod tree;

use std::collections::BTreeMap;
use std::io;

use rayon::prelude::*;

use self::banners::Banners;
use self::names::Names;
use self::tree::{Leaf, Tree};
use super::View;
use crate::model::lines::Line;
use crate::model::output::{EXTRA_MARK, Put};
use crate::model::path::SourcePath;
use crate::model::report::FileReport;

/// The contents of every page's head.
#[derive(Clone, Copy)]
struct Head<'a> {
    /// The path from the page to the site's root.
    root: &'a str,
    /// The script with the data of the page's list, if it has one.
    data: Option<&'a str>,
    /// Whether the user supplied a style sheet.
    extra: bool,
}

/// A link to another page.
struct Page {
    href: String,
    name: String,
}

/// The inputs of all pages.
struct Pages<'a> {
    view: &'a View<'a>,
    tree: &'a Tree<'a>,
    names: Names<'a>,
    /// The files in order of names, each with the links of its page.
    order: Vec<Turn<'a>>,
    banners: Banners,
}

/// A file, and where its page leads.
struct Turn<'a> {
    path: &'a SourcePath,
    leaf: &'a Leaf<'a>,
    /// The next page with a missing or partial line: its index, and the first such line.
    lacking: Option<(usize, Line)>,
}

impl<'a> Pages<'a> {
    fn of(view: &'a View<'a>, tree: &'a Tree<'a>) -> Self {
        let paths = tree.directories.iter().map(|directory| directory.path);
        let names = Names::of(paths.chain(tree.files.iter().map(|leaf| leaf.report.name.as_str())));
        let mut leaves: BTreeMap<&str, &Leaf<'_>> =
            tree.files.iter().map(|leaf| (leaf.report.name.as_str(), leaf)).collect();
        // If two files have one name, the first one gets the page.
        let mut order: Vec<Turn<'_>> = view
            .report
            .files
            .iter()
            .filter_map(|(path, file)| leaves.remove(file.name.as_str()).map(|leaf| Turn { path, leaf, lacking: None }))
            .collect();
        order.sort_by_key(|turn| &turn.leaf.report.name);
        let mut next = None;
        for at in (0..order.len()).rev() {
            order[at].lacking = next;
            next = order[at].leaf.lacking.map(|line| (at, line)).or(next);
        }
        Self { view, tree, names, order, banners: Banners::of(view.report) }
    }

    fn name(&self, at: usize) -> &str {
        self.names.page(&self.order[at].leaf.report.name)
    }

    /// The page of a file, or only its body if `alone`.
    fn file(&self, at: usize, alone: bool) -> io::Result<Vec<u8>> {
        let Turn { path, leaf, lacking } = &self.order[at];
        let settings = self.view.settings;
        let around = file::Around {
            above: index::above(self.tree, leaf.parent, true, &self.names, "../dirs/"),
            before: at.checked_sub(1).map(|before| self.name(before)),
            after: (at + 1 < self.order.len()).then(|| self.name(at + 1)),
            lacking: lacking.map(|(next, line)| (self.name(next), line)),
            own: leaf.name,
            precision: self.view.common.precision,
            branches: self.view.report.branches,
            contexts: settings.html.show_contexts,
            banners: &self.banners,
        };
        let head = Head { root: "../", data: None, extra: settings.html.extra_css.is_some() };
        let source = (self.view.source_text)(path);
        file::page(leaf.report, source.as_deref().map_err(String::as_str), head, &around, alone)
            .map_err(io::Error::other)
    }
}

/// The files that get a page, in the tree of their directories.
fn tree<'a>(view: &View<'a>) -> Tree<'a> {
    let settings = &view.settings.html;
    let skipped = |file: &FileReport| {
        (settings.skip_covered && file.totals.is_complete()) || (settings.skip_empty && file.totals.statements == 0)
    };
    Tree::of(view.report.files.values().map(|file| &**file).filter(|file| !skipped(file)))
}

/// Writes the site.
///
/// # Errors
/// The errors of writing.
pub(super) fn write(view: &View<'_>, put: &Put<'_>) -> io::Result<()> {
    let (branches, precision) = (view.report.branches, view.common.precision);
    let tree = tree(view);
    let pages = Pages::of(view, &tree);
    let Pages { tree, names, banners, .. } = &pages;
    for (name, content) in
        [("style.css", assets::style()), ("icon.svg", assets::ICON.to_owned()), ("covmerge.js", assets::page_script())]
    {
        put(name, content.as_bytes())?;
    }
    let extra = view.settings.html.extra_css.is_some();
    if let Some(css) = &view.settings.html.extra_css {
        put("extra.css", &[EXTRA_MARK, css.as_bytes()].concat())?;
    }
    let file = |at: usize| put(&format!("files/{}.html", pages.name(at)), &pages.file(at, false)?);
    let lists = || {
        let list = |data: String| format!("{}covmerge({data})\n", assets::list_script()).into_bytes();
        put("files.js", &list(index::files_json(tree, names, branches, precision)))?;
        put("functions.js", &list(index::functions_json(tree, names, branches, precision)))?;
        let functions = Head { root: "", data: Some("functions.js"), extra };
        put(
            "functions.html",
            index::functions_page(view, banners, functions, false).map_err(io::Error::other)?.as_bytes(),
        )?;
        let head = Head { root: "", data: Some("files.js"), extra };
        put(
            "index.html",
            index::overview(view, tree, names, banners, head, false).map_err(io::Error::other)?.as_bytes(),
        )
    };
    // Each file is a task of its own, because their sizes differ too much for equal shares.
    let (files, lists) =
        rayon::join(|| (0..pages.order.len()).into_par_iter().with_max_len(1).try_for_each(file), lists);
    files.and(lists)?;
    (0..tree.directories.len()).into_par_iter().try_for_each(|place| {
        let head = Head { root: "../", data: None, extra };
        let page = index::directory(view, tree, place, names, banners, head).map_err(io::Error::other)?;
        put(&format!("dirs/{}.html", names.page(tree.directories[place].path)), page.as_bytes())
    })
}

#[cfg(test)]
mod tests;
