//! What a user may choose on the command line and in covmerge's own settings: the same things, so the same struct.

use std::num::NonZeroUsize;

use crate::model::settings::{
    Alias, BadFragments, BranchMix, EmptyFragments, Output, PythonVersion, Sort, StatementsFrom, XmlFlavour,
};

/// What was said in one place; `None` for what was not.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices {
    pub(super) fragments: Option<Vec<String>>,
    pub(super) root: Option<String>,
    pub(super) output: Option<Vec<Output>>,
    pub(super) fail_under: Option<f64>,
    pub(super) expect: Option<u64>,
    pub(super) include: Option<Vec<String>>,
    pub(super) omit: Option<Vec<String>>,
    pub(super) map: Vec<Alias>,
    pub(super) python_version: Option<PythonVersion>,
    pub(super) analysis: Option<StatementsFrom>,
    pub(super) contexts: Option<Vec<String>>,
    pub(super) show_contexts: Option<bool>,
    pub(super) branch_mix: Option<BranchMix>,
    pub(super) bad_fragments: Option<BadFragments>,
    pub(super) empty_fragments: Option<EmptyFragments>,
    pub(super) allow_incomplete: Option<bool>,
    pub(super) ignore_errors: Option<bool>,
    pub(super) precision: Option<u32>,
    pub(super) skip_covered: Option<bool>,
    pub(super) skip_empty: Option<bool>,
    pub(super) show_missing: Option<bool>,
    pub(super) sort: Option<Sort>,
    pub(super) xml_flavour: Option<XmlFlavour>,
    pub(super) jobs: Option<NonZeroUsize>,
}

impl Choices {
    /// These and, where they say nothing, the `other` ones; path aliases of both, these first.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            fragments: self.fragments.or(other.fragments),
            root: self.root.or(other.root),
            output: self.output.or(other.output),
            fail_under: self.fail_under.or(other.fail_under),
            expect: self.expect.or(other.expect),
            include: self.include.or(other.include),
            omit: self.omit.or(other.omit),
            map: [self.map, other.map].concat(),
            python_version: self.python_version.or(other.python_version),
            analysis: self.analysis.or(other.analysis),
            contexts: self.contexts.or(other.contexts),
            show_contexts: self.show_contexts.or(other.show_contexts),
            branch_mix: self.branch_mix.or(other.branch_mix),
            bad_fragments: self.bad_fragments.or(other.bad_fragments),
            empty_fragments: self.empty_fragments.or(other.empty_fragments),
            allow_incomplete: self.allow_incomplete.or(other.allow_incomplete),
            ignore_errors: self.ignore_errors.or(other.ignore_errors),
            precision: self.precision.or(other.precision),
            skip_covered: self.skip_covered.or(other.skip_covered),
            skip_empty: self.skip_empty.or(other.skip_empty),
            show_missing: self.show_missing.or(other.show_missing),
            sort: self.sort.or(other.sort),
            xml_flavour: self.xml_flavour.or(other.xml_flavour),
            jobs: self.jobs.or(other.jobs),
        }
    }
}
