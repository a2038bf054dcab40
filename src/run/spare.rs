//! The files that a run reads, which no output may replace. Fragments are spared where they are found.

use crate::model::settings::Settings;
use crate::model::trace::Trace;
use crate::publish::{Error, Plan};
use crate::{sources, testlog};

/// Checks that no output would replace the settings, or a file that they name.
pub(super) fn settings(plan: &Plan, settings: &Settings) -> Result<(), Error> {
    let cwd = &settings.discover.cwd;
    plan.spare("read as settings", settings.files.iter().map(|file| cwd.join(file)))?;
    plan.spare("a test log", testlog::files(&settings.test_logs, cwd))
}

/// Checks that no output would replace a measured source, or an archive that contains one.
pub(super) fn sources(plan: &Plan, trace: &Trace, settings: &Settings) -> Result<(), Error> {
    let root = &settings.common.root;
    plan.spare("a measured source", trace.measured().map(|(path, _)| sources::file(root, path)))
}
