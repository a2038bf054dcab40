//! The names that the code uses, by its syntax: imports, paths in expressions and types, and paths inside macros.
//!
//! Tests are left out: items under `#[cfg(test)]`, and files that such a `mod` declares.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta, UseTree};

/// Segments of a path: those of ours begin with `crate`, those of a crate with its name.
type Segments = Vec<String>;

/// One source file.
#[derive(Clone)]
pub(super) struct File {
    /// Its path below `src/`: `render/html/mod.rs`.
    pub(super) name: String,
    /// Its module: `[crate, render, html]`; `main.rs` is a module of its own.
    module: Segments,
    /// The imported names, with the paths they stand for.
    imports: BTreeMap<String, Segments>,
    /// The paths that it imports or names, in full.
    named: BTreeSet<Segments>,
    /// The macros it calls.
    pub(super) macros: BTreeSet<String>,
    /// The modules it declares for tests.
    tests: BTreeSet<Segments>,
}

/// All source files, and the arrows between them.
#[derive(Clone)]
pub(super) struct Code {
    pub(super) files: Vec<File>,
}

impl Code {
    /// The code below `src/`.
    pub(super) fn read() -> Self {
        let mut texts = BTreeMap::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut texts);
        assert!(texts.len() > 30, "only {} source files found", texts.len());
        let modules: BTreeSet<Segments> = texts.keys().map(|name| module(name)).collect();
        let mut files: Vec<File> = texts.iter().map(|(name, text)| File::parse(name, text, &modules)).collect();
        let tests: Vec<Segments> = files.iter().flat_map(|file| file.tests.clone()).collect();
        files.retain(|file| !tests.iter().any(|test| file.module.starts_with(test)));
        Self { files }
    }

    /// The same code, with these files beside it or in place of those with their names.
    pub(super) fn with(&self, planted: &[(&str, &str)]) -> Self {
        let mut files: Vec<File> = self.files.clone();
        files.retain(|file| planted.iter().all(|(name, _)| file.name != *name));
        let names = files.iter().map(|file| file.name.as_str()).chain(planted.iter().map(|(name, _)| *name));
        let modules: BTreeSet<Segments> = names.map(module).collect();
        files.extend(planted.iter().map(|(name, text)| File::parse(name, text, &modules)));
        Self { files }
    }

    /// The files that `file` names, with a path that leads there.
    pub(super) fn arrows<'a>(&'a self, file: &'a File) -> impl Iterator<Item = (&'a File, String)> {
        file.named.iter().filter_map(|path| {
            let target = self.owner(path, 0)?;
            (target.name != file.name).then(|| (target, path[1..].join("::")))
        })
    }

    /// The file that a path of ours leads to: the one that defines the name, not one that re-exports it.
    fn owner(&self, path: &[String], depth: usize) -> Option<&File> {
        let of = |length: usize| self.files.iter().find(|file| file.module[..] == path[..length]);
        let (length, file) = (1..=path.len()).rev().find_map(|length| Some((length, of(length)?)))?;
        let passed_on = path.get(length).and_then(|name| file.imports.get(name));
        match passed_on {
            Some(whole) if depth < 8 && whole[0] == "crate" => {
                self.owner(&[whole, &path[length + 1..]].concat(), depth + 1)
            }
            _ => Some(file),
        }
    }
}

impl File {
    /// The crates and modules of the standard library that it names: first segments of paths that are not ours.
    pub(super) fn foreign(&self) -> impl Iterator<Item = String> {
        self.named.iter().filter(|path| path[0] != "crate").map(|path| path.join("::"))
    }

    /// The module directly below `src/` that it belongs to.
    pub(super) fn room(&self) -> &str {
        self.module.get(1).map_or("lib", String::as_str)
    }

    fn parse(name: &str, text: &str, modules: &BTreeSet<Segments>) -> Self {
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let file = Self {
            name: name.to_owned(),
            module: module(name),
            imports: BTreeMap::new(),
            named: BTreeSet::new(),
            macros: BTreeSet::new(),
            tests: BTreeSet::new(),
        };
        let here = if name == "main.rs" { vec!["crate".to_owned()] } else { file.module.clone() };
        // Imports first: they define the names in the rest, wherever they are.
        let mut reader = Reader { file, here, modules, imports_only: true };
        reader.visit_file(&parsed);
        reader.imports_only = false;
        reader.visit_file(&parsed);
        reader.file
    }
}

/// Walks one file.
struct Reader<'a> {
    file: File,
    /// The module at hand, inline ones included.
    here: Segments,
    modules: &'a BTreeSet<Segments>,
    imports_only: bool,
}

impl Reader<'_> {
    /// A path as written, made whole; `None` for a name of the file's own.
    fn whole(&self, written: &[String]) -> Option<Segments> {
        let (first, rest) = written.split_first()?;
        match first.as_str() {
            "crate" => Some(written.to_vec()),
            "covmerge" if self.file.name == "main.rs" => Some([&["crate".to_owned()], rest].concat()),
            "self" => Some([&self.here, rest].concat()),
            "super" => {
                let mut base = self.here.clone();
                let up = written.iter().take_while(|segment| *segment == "super").count();
                base.truncate(base.len().saturating_sub(up).max(1));
                Some([base, written[up..].to_vec()].concat())
            }
            name => {
                let child = [&self.here[..], &[name.to_owned()]].concat();
                if self.modules.contains(&child) {
                    return Some([child, rest.to_vec()].concat());
                }
                if let Some(imported) = self.file.imports.get(name).filter(|imported| imported[..] != written[..1]) {
                    return Some([imported, rest].concat());
                }
                // A crate, or a type of the file's own.
                (written.len() > 1 && name.starts_with(char::is_lowercase)).then(|| written.to_vec())
            }
        }
    }

    fn name(&mut self, written: &[String]) {
        if !self.imports_only
            && let Some(whole) = self.whole(written)
        {
            self.file.named.insert(whole);
        }
    }

    /// Every path of a `use`, with the name it is known by.
    fn import(&mut self, tree: &UseTree, before: &mut Segments) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.import(&path.tree, before);
                before.pop();
            }
            UseTree::Name(name) => self.imported(before, &name.ident.to_string(), None),
            UseTree::Rename(name) => self.imported(before, &name.ident.to_string(), Some(name.rename.to_string())),
            UseTree::Glob(_) => self.name(&before.clone()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before)),
        }
    }

    fn imported(&mut self, before: &[String], name: &str, rename: Option<String>) {
        let mut path = before.to_vec();
        if name != "self" || before.is_empty() {
            path.push(name.to_owned());
        }
        let alias = rename.or_else(|| path.last().cloned()).unwrap_or_default();
        if self.imports_only {
            if let Some(whole) = self.whole(&path).or_else(|| Some(path.clone())) {
                self.file.imports.insert(alias, whole);
            }
        } else if path.len() > 1 {
            self.name(&path);
        } else {
            self.file.named.insert(self.whole(&path).unwrap_or(path));
        }
    }

    /// Paths inside of a macro, whose tokens are nobody's syntax but its own.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons) = (Segments::new(), 0);
        for token in tokens {
            match token {
                TokenTree::Ident(name) if path.is_empty() || colons == 2 => {
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() && colons < 2 => colons += 1,
                other => {
                    self.written_in_macro(&std::mem::take(&mut path));
                    colons = 0;
                    match other {
                        TokenTree::Ident(name) => path.push(name.to_string()),
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                    }
                }
            }
        }
        self.written_in_macro(&path);
    }

    fn written_in_macro(&mut self, path: &[String]) {
        if path.len() > 1 {
            self.name(path);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if let Item::Mod(module) = item {
            let inner = [&self.here[..], &[module.ident.to_string()]].concat();
            if is_test(&module.attrs) {
                self.file.tests.insert(inner);
                return;
            }
            let outer = std::mem::replace(&mut self.here, inner);
            visit::visit_item(self, item);
            self.here = outer;
            return;
        }
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let written: Segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if written.len() > 1 {
            self.name(&written);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.file.macros.extend(called.path.segments.last().map(|segment| segment.ident.to_string()));
        self.tokens(called.tokens.clone());
        visit::visit_macro(self, called);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The module that a file is, by its path below `src/`.
fn module(name: &str) -> Segments {
    let below = name.trim_end_matches(".rs").trim_end_matches("/mod");
    let own = if below == "lib" { "" } else { below };
    std::iter::once("crate").chain(own.split('/').filter(|part| !part.is_empty())).map(str::to_owned).collect()
}

fn collect(directory: &Path, below: &str, into: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let name = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), into);
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            into.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
}
