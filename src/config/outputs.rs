//! The requested outputs and their places: `-o FORMAT[=PATH]`, `output` in covmerge's settings, and coverage.py's own options.

use super::Error;
use super::coverage::Options;
use super::nearest::did_you_mean;
use crate::model::output::{Format, Place, Request};

/// `FORMAT` or `FORMAT=PATH`, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) format: String,
    pub(super) place: Option<Place>,
}

/// Splits `FORMAT` or `FORMAT=PATH`. Whether the format exists is checked elsewhere.
pub(super) fn parse(text: &str) -> Result<Asked, String> {
    let (format, path) = text.split_once('=').map_or((text, None), |(format, path)| (format, Some(path)));
    if format.is_empty() || path == Some("") {
        return Err("expected `FORMAT` or `FORMAT=PATH`".into());
    }
    Ok(Asked { format: format.into(), place: path.map(place) })
}

/// The same, as a list.
pub(super) fn one(text: &str) -> Result<Vec<Asked>, String> {
    parse(text).map(|asked| vec![asked])
}

/// A path, or `-` for standard output.
fn place(path: &str) -> Place {
    if path == "-" { Place::Stdout } else { Place::File(path.into()) }
}

/// The format of that name.
///
/// # Errors
/// There is no such format; the help names the format probably meant, or all formats.
pub(super) fn find(name: &str, formats: &[&'static Format]) -> Result<&'static Format, Error> {
    if let Some(format) = formats.iter().find(|format| format.name == name) {
        return Ok(format);
    }
    let lower = name.to_lowercase();
    let alias = formats.iter().find(|format| format.aliases.contains(&&*lower)).map(|format| format.name);
    let near = alias.or_else(|| did_you_mean(name, formats.iter().map(|format| format.name)));
    let names = || formats.iter().map(|format| format!("`{}`", format.name)).collect::<Vec<_>>().join(", ");
    let help =
        near.map_or_else(|| format!("the output formats are {}", names()), |near| format!("did you mean `{near}`?"));
    Err(Error::new(format!("there is no output format `{name}`")).with_help(help))
}

/// The outputs to write: the chosen ones, or else the default ones. Each goes to the place chosen for it, or else to its place in coverage.py's
/// settings, or else to its default place.
///
/// # Errors
/// The first output of a format that does not exist.
pub(super) fn requests(
    chosen: Option<Vec<Asked>>,
    coverage: &Options,
    formats: &[&'static Format],
) -> Result<Vec<Request>, Error> {
    let by_default = || {
        let named = formats.iter().filter(|format| format.by_default);
        named.map(|format| Asked { format: format.name.into(), place: None }).collect()
    };
    let request = |asked: Asked| {
        let format = find(&asked.format, formats)?;
        let set = || place(coverage.text(format.section?, format.place?)?).into();
        let default = || format.default_path.map_or(Place::Stdout, |path| Place::File(path.into()));
        Ok(Request { format, place: asked.place.or_else(set).unwrap_or_else(default) })
    };
    chosen.unwrap_or_else(by_default).into_iter().map(request).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_a_format_with_or_without_a_place() {
        let asked = |format: &str, place| Ok(Asked { format: format.into(), place });
        assert_eq!(parse("xml"), asked("xml", None));
        assert_eq!(parse("json=-"), asked("json", Some(Place::Stdout)));
        assert_eq!(parse("text=a=b"), asked("text", Some(Place::File("a=b".into()))));
        assert!(parse("xml=").is_err() && parse("=a").is_err());
    }

    #[test]
    fn the_help_names_every_format_and_the_default_ones() {
        // The table of options is a constant, and `config` does not see `render`: so the names stand in the help as text.
        let help = super::super::options::arguments();
        let help = help.iter().find(|argument| argument.get_id() == "output").and_then(|output| output.get_help());
        let help = help.unwrap().to_string();
        let listed = |formats: &[&'static Format], and: &str| {
            let names: Vec<&str> = formats.iter().map(|format| format.name).collect();
            let (last, rest) = names.split_last().unwrap();
            format!("{} {and} {last}", rest.join(", "))
        };
        let formats = crate::render::formats();
        let by_default: Vec<&Format> = formats.iter().copied().filter(|format| format.by_default).collect();
        assert!(help.contains(&format!(": {};", listed(&formats, "or"))), "{help}");
        assert!(help.ends_with(&format!("[default: {}]", listed(&by_default, "and"))), "{help}");
    }

    #[test]
    fn a_misspelt_format_is_refused_with_the_one_that_was_meant() {
        let formats = crate::render::formats();
        for (written, meant) in [("xlm", "xml"), ("JSON", "json"), ("Cobertura", "xml"), ("sumary", "summary")] {
            let error = find(written, &formats).unwrap_err();
            assert_eq!(error.help(), Some(&*format!("did you mean `{meant}`?")), "{written}");
        }
        let error = find("parquet", &formats).unwrap_err();
        assert!(error.help().unwrap().starts_with("the output formats are `xml`, `html`"), "{error:?}");
    }
}
