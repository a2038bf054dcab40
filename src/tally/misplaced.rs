//! Executed lines that are not in their source: beyond its end, blank or comments. Some show that one source differs from the one that was measured;
//! many, that the sources are of another revision, and the numbers mean nothing.
//!
//! Templates do not count: engines such as Jinja run code under the name of a template, and its lines need not be code there.

use super::Error;
use super::doubts::{STALE, beyond_end};
use super::text::Text;
use crate::model::lines::LineSet;
use crate::model::outline::FirstLines;
use crate::model::path::is_python;
use crate::model::settings::StaleSources;
use crate::model::warning::Warning;
use crate::model::words::{by_number, counted, grouped};

/// So many misplaced lines may be chance: a file was changed during the run, or generated anew.
const FEW: u64 = 9;

/// How the executed lines of a file fit its source.
#[derive(Debug, Default)]
pub(super) struct Fit {
    /// The number of executed lines.
    executed: u64,
    /// The number of those that are not in the source.
    misplaced: u64,
    /// The same in words, for the file's own page.
    pub(super) doubts: Vec<Warning>,
}

/// How the lines `recorded` of a file fit its text. `unexplained` are those of them that are not known as statements or excluded lines, and
/// `first` is asked, if need be, about lines within statements.
pub(super) fn fit(
    name: &str,
    recorded: &LineSet,
    unexplained: &LineSet,
    text: &Text<'_>,
    first: impl FnOnce() -> Option<FirstLines>,
) -> Fit {
    if is_template(name) {
        return Fit::default();
    }
    let executed = recorded.len();
    let last = text.last();
    // In an empty module, line 1 runs up to CPython 3.10, and line 0 since.
    if executed == 1 && recorded.iter().all(|line| line.get() == 1) && text.is_bare() {
        return Fit { executed, ..Fit::default() };
    }
    let beyond = recorded.iter().filter(|line| line.get() > last).count() as u64;
    let doubt = beyond_end(name, "executed", beyond, last);
    let mut fit = Fit { executed, misplaced: beyond, doubts: doubt.into_iter().collect() };
    // In an empty module, line 1 runs.
    let odd = text.without_code(unexplained);
    if odd.is_empty() || (executed == 1 && text.is_bare()) {
        return fit;
    }
    let Some(first) = first() else { return fit };
    // A blank line within a string is a line of its statement.
    let in_several =
        |line: &u32| first.of(*line) != *line || first.ranges().binary_search_by_key(line, |range| range.0).is_ok();
    let number = odd.iter().filter(|line| !in_several(line)).count() as u64;
    if number > 0 {
        fit.misplaced += number;
        let are = by_number(number, "is blank or a comment", "are blank or comments");
        let text = format!("{} of `{name}` {are} in its source", counted(number, "executed line"));
        fit.doubts.push(Warning::new(text).with_help(STALE));
    }
    fit
}

/// Whether a file with an extension is not Python by its name. A script may have no extension.
fn is_template(name: &str) -> bool {
    let name = std::path::Path::new(name);
    name.extension().is_some() && !is_python(name)
}

/// How the files of a part fit together.
#[derive(Default)]
pub(super) struct Fits {
    executed: u64,
    misplaced: u64,
    /// The number of files with misplaced lines, and the name of the first.
    odd: u64,
    first: String,
}

impl Fits {
    /// Adds the file of that name.
    pub(super) fn add(&mut self, name: &str, fit: &Fit) {
        self.executed += fit.executed;
        self.misplaced += fit.misplaced;
        if fit.misplaced > 0 {
            if self.odd == 0 {
                name.clone_into(&mut self.first);
            }
            self.odd += 1;
        }
    }

    /// All misplaced lines together, as one warning. A report of more than one per cent of all executed lines would mean nothing.
    ///
    /// # Errors
    /// There are so many, and that is to be an error.
    pub(super) fn doubt(&self, stale: StaleSources) -> Result<Option<Warning>, Error> {
        let Self { executed, misplaced, odd, ref first } = *self;
        if odd == 0 {
            return Ok(None);
        }
        let text = format!(
            "the source has no code on {} of {}, in {} such as `{first}`: they are beyond its end, blank or comments",
            grouped(misplaced),
            counted(executed, "executed line"),
            counted(odd, "file"),
        );
        if misplaced > FEW && misplaced.saturating_mul(100) > executed && stale == StaleSources::Fail {
            return Err(Error::Stale(text));
        }
        Ok(Some(Warning::new(text).with_help(STALE)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::Rules;
    use crate::analyse::tests::outline;
    use crate::model::kind::Kind;
    use crate::model::lines::tests::lines;
    use crate::tally::text::study;

    /// The fit of lines that ran, by their number alone.
    fn fit_of(source: &str, ran: &[u32]) -> (u64, usize) {
        let study = study(source, &Rules::default(), Kind::Statements).unwrap();
        let fit = |text| {
            let fit = fit("a.py", &lines(ran), &lines(ran), &text, || Some(outline(source).first));
            (fit.misplaced, fit.doubts.len())
        };
        let whole = fit(Text::Whole(source.into()));
        assert_eq!(fit(Text::Studied(&study)), whole);
        whole
    }

    #[test]
    fn lines_beyond_the_end_blank_ones_and_comments_are_misplaced() {
        let source = "a = 1\n\n# b\n    # c\nd = 2";
        assert_eq!(fit_of(source, &[1, 5]), (0, 0));
        assert_eq!(fit_of(source, &[1, 2, 3, 4, 5]), (3, 1));
        assert_eq!(fit_of(source, &[6, 7]), (2, 1));
        assert_eq!(fit_of("a = 1\n", &[1, 2]), (1, 1));
        assert_eq!(fit_of(source, &[3, 6]), (2, 2));
    }

    #[test]
    fn a_line_within_a_statement_and_the_first_of_an_empty_module_are_in_their_place() {
        assert_eq!(fit_of("a = \"\"\"\n\n# b\n\"\"\"\nc = [\n    # d\n    1,\n]\n", &[1, 2, 3, 5, 6]), (0, 0));
        assert_eq!(fit_of("# nothing\n", &[1]), (0, 0));
        assert_eq!(fit_of("\n", &[1]), (0, 0));
        assert_eq!(fit_of("\n\n", &[1, 2]), (2, 1));
    }

    #[test]
    fn lines_that_an_engine_ran_under_the_name_of_a_template_are_not_judged() {
        let source = "Before\n\n{{ fail() }}\n";
        let recorded = lines(&[1, 2, 9]);
        let misplaced = |name: &str| {
            fit(name, &recorded, &recorded, &Text::Whole(source.into()), || Some(outline(source).first)).misplaced
        };
        assert_eq!(["page.html", "mail.txt", "page.py", "PAGE.PY", "page"].map(misplaced), [0, 0, 2, 2, 2]);
    }

    #[test]
    fn ten_lines_and_more_than_one_per_cent_mean_that_the_sources_are_others() {
        let fits = |files: &[(u64, u64)]| {
            let mut fits = Fits::default();
            for &(misplaced, executed) in files {
                fits.add(&format!("{executed}.py"), &Fit { executed, misplaced, doubts: vec![] });
            }
            fits
        };
        let outcome = |files, stale| match fits(files).doubt(stale) {
            Ok(warning) => warning.map(|warning| warning.text),
            Err(error) => Some(error.to_string()),
        };
        let text = |misplaced, executed, files, first| {
            format!(
                "the source has no code on {misplaced} of {executed} executed lines, in {files} such as `{first}.py`: they are beyond its end, blank or comments"
            )
        };
        assert_eq!(outcome(&[(0, 10)], StaleSources::Fail), None);
        assert_eq!(outcome(&[(0, 1), (9, 9)], StaleSources::Fail), Some(text("9", "10", "1 file", "9")));
        assert_eq!(outcome(&[(10, 1000)], StaleSources::Fail), Some(text("10", "1,000", "1 file", "1000")));
        let many = text("10", "999", "2 files", "998");
        assert_eq!(outcome(&[(9, 998), (1, 1)], StaleSources::Fail), Some(format!("no verdict: {many}")));
        assert_eq!(outcome(&[(9, 998), (1, 1)], StaleSources::Warn), Some(many));
    }
}
