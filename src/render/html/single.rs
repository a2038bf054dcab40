//! The report as a single file: the same pages, each compressed, and unpacked in the browser one at a time.
//!
//! Everything is inline here, so the content security policy names the digests of the only script and the only style sheet.

use std::io::{self, Write};

use askama::Template;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use sha2::{Digest, Sha256};

use super::{Head, Pages, assets, index, tree};
use crate::render::View;
use crate::render::chunks::try_write_in_order;

#[derive(Template)]
#[template(path = "single.html")]
struct SingleHead<'a> {
    title: &'a str,
    style: &'a str,
    script: &'a str,
    style_digest: String,
    script_digest: String,
    icon: String,
}

/// Writes the document.
///
/// # Errors
/// The errors of `out`.
pub(in crate::render) fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let tree = tree(view);
    let pages = Pages::of(view, &tree);
    let (branches, precision) = (view.report.branches, view.common.precision);
    let style = assets::style() + &view.settings.html.extra_css.as_deref().unwrap_or_default().replace("</", "<\\/");
    let script = assets::page_script() + &assets::list_script() + &assets::single_script();
    let head = SingleHead {
        title: &index::document_title(view),
        style_digest: digest(&style),
        script_digest: digest(&script),
        style: &style,
        script: &script,
        icon: BASE64_STANDARD.encode(assets::ICON),
    };
    out.write_all(head.render().map_err(io::Error::other)?.as_bytes())?;
    let none = Head { root: "", data: None, extra: false };
    let body = index::overview(view, pages.tree, &pages.names, &pages.banners, none, true).map_err(io::Error::other)?;
    let (shown, end) = body.rsplit_once("</body>").unwrap_or((&body, ""));
    out.write_all(shown.as_bytes())?;

    let names: Vec<&str> = (0..pages.order.len()).map(|at| pages.name(at)).collect();
    writeln!(out, "<div id=\"data\" hidden>")?;
    block(out, "files-data", "application/json", &index::files_json(pages.tree, &pages.names, branches, precision))?;
    block(out, "names", "text/plain", &names.join("\n"))?;
    let functions = index::functions_page(view, &pages.banners, none, true).map_err(io::Error::other)?;
    // It must be plain or encoded text: an HTML page inside a script element would end the element.
    block(out, "functions-page", "text/plain", &pack(functions.as_bytes())?)?;
    let functions = index::functions_json(pages.tree, &pages.names, branches, precision);
    block(out, "functions-data", "text/plain", &pack(functions.as_bytes())?)?;
    try_write_in_order(&names, out, |at, _, bytes| {
        writeln!(bytes, "<script type=\"text/plain\" id=\"p{at}\">{}</script>", pack(&pages.file(at, true)?)?)
    })?;
    writeln!(out, "</div>\n</body>{end}</html>")
}

/// An element that holds data for the script.
fn block(out: &mut dyn Write, id: &str, kind: &str, content: &str) -> io::Result<()> {
    writeln!(out, "<script type=\"{kind}\" id=\"{id}\">{content}</script>")
}

/// The bytes, compressed and in base 64.
fn pack(bytes: &[u8]) -> io::Result<String> {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::new(9));
    encoder.write_all(bytes)?;
    Ok(BASE64_STANDARD.encode(encoder.finish()?))
}

fn digest(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()))
}
