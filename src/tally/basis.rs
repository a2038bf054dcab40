//! The basis of a file's statements: its source, or the tools that measured it.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::error::FileErrorKind;
use crate::model::arcs::Exit;
use crate::model::lines::Line;
use crate::model::report::Basis;
use crate::model::settings::StatementsFrom;
use crate::model::tool::{Tool, Unites};
use crate::model::trace::{Claims, FileTrace};

/// The basis of the file's statements: its fragments if all of them list statements and come from one tool, else its source.
pub(super) fn basis(trace: &FileTrace, wanted: StatementsFrom, contexts_chosen: bool) -> Result<Basis, FileErrorKind> {
    if let Some(plugin) = trace.tracers.first() {
        return if trace.claims.is_empty() {
            Err(FileErrorKind::Plugin(plugin.to_string()))
        } else {
            Ok(Basis::Fragments)
        };
    }
    let heard = heard(trace);
    match wanted {
        StatementsFrom::Source => Ok(Basis::Source),
        StatementsFrom::Fragments if trace.claims.is_empty() => Err(FileErrorKind::NoClaims),
        StatementsFrom::Fragments if heard.iter().any(|(_, claims)| claims.unsure) => {
            Err(if contexts_chosen { FileErrorKind::ChosenContexts } else { FileErrorKind::UnsureClaims })
        }
        StatementsFrom::Fragments if !tools_agree(&heard) => {
            Err(FileErrorKind::Disagreement(heard.iter().map(|(tool, _)| tool.name).collect()))
        }
        StatementsFrom::Fragments => Ok(Basis::Fragments),
        // Tools also define exits differently: the claims of two tools are never simply added, even if their statements are the same.
        StatementsFrom::Auto => Ok(match heard[..] {
            [(tool, claims)]
                if trace.silent.is_none() && !claims.unsure && (tool.unites == Unites::Lists || claims.agree()) =>
            {
                Basis::Fragments
            }
            _ => Basis::Source,
        }),
    }
}

/// The claims that decide: those of the tools that saw any of the file run, or all claims if no tool did.
pub(super) fn heard(trace: &FileTrace) -> Vec<(&Tool, &Claims)> {
    let ran = trace.claims.values().any(|claims| claims.measured);
    trace.claims.iter().filter(|(_, claims)| claims.measured || !ran).collect()
}

/// Whether all tools claim the same statements with the same exits, whatever the names of the exits and whether or not they ran.
fn tools_agree(heard: &[(&Tool, &Claims)]) -> bool {
    // Slipcover does not say which function, class or module a line leaves; coverage.py does.
    let exits = |claims: &Claims| -> BTreeSet<(Line, Exit)> {
        let unnamed = |exit: &Exit| if matches!(exit, Exit::Leave(_)) { Exit::Leave(None) } else { exit.clone() };
        claims.exits.iter().map(|claimed| (claimed.line, unnamed(&claimed.exit))).collect()
    };
    let mut all = heard.iter().map(|(_, claims)| *claims);
    let Some(first) = all.next() else { return true };
    let first_exits = LazyCell::new(|| exits(first));
    all.all(|other| {
        other.statements == first.statements
            && other.unlisted_exits() == first.unlisted_exits()
            && exits(other) == *first_exits
    })
}
