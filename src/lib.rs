//! covmerge merges the coverage fragments that a parallel test run leaves behind into one report and one verdict.
//!
//! The modules in pipeline order:
//!
//! - [`model`]: the nouns that cross from one stage to the next

pub mod model;
