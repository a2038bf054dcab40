//! The job that seals: its run and attempt, as the CI system names them.

use super::{Environment, Error, Kind, commit};
use crate::model::seal::Job;
use crate::model::shard::Shard;

/// The variables of a run and of an attempt that rises within it: GitHub, Gitea and Forgejo; GitLab; Azure DevOps; Bitbucket; Circle CI; Buildkite; and
/// of Travis and Jenkins, which do not count attempts.
/// Where a system does not count attempts, the number of the job rises with each.
const RUNS: [(&str, &str); 8] = [
    ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"),
    ("CI_PIPELINE_ID", "CI_JOB_ID"),
    ("BUILD_BUILDID", "SYSTEM_JOBATTEMPT"),
    ("BITBUCKET_PIPELINE_UUID", "BITBUCKET_STEP_RUN_NUMBER"),
    ("CIRCLE_PIPELINE_ID", "CIRCLE_BUILD_NUM"),
    ("BUILDKITE_BUILD_ID", "BUILDKITE_RETRY_COUNT"),
    ("TRAVIS_BUILD_ID", ""),
    ("BUILD_TAG", ""),
];

/// The description of the job on the command line, as written.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) shard: Option<String>,
    pub(super) status: Option<String>,
    pub(super) attempt: Option<u64>,
    pub(super) run: Option<String>,
    pub(super) commit: Option<String>,
}

impl Said {
    /// Whether anything is said.
    pub(super) fn is_something(&self) -> bool {
        let Self { shard, status, attempt, run, commit } = self;
        shard.is_some() || status.is_some() || attempt.is_some() || run.is_some() || commit.is_some()
    }

    /// The job: as it is said or, failing that, as the CI system says; `commit` is the one that was found.
    ///
    /// # Errors
    /// A value is wrong.
    pub(super) fn job(self, found: Option<String>, environment: &Environment) -> Result<Job, Error> {
        let of_ci = RUNS.iter().find_map(|(run, attempt)| {
            let run = environment.variable(run)?;
            Some((run.to_owned(), environment.variable(attempt).and_then(|attempt| attempt.parse().ok())))
        });
        let (run, attempt) = of_ci.map_or((None, None), |(run, attempt)| (Some(run), attempt));
        let commit = match self.commit {
            Some(commit) if commit::is_hash(&commit) => Some(commit),
            Some(commit) => return Err(wrong("--commit", &commit, "a commit's id of 7 to 64 hexadecimal digits")),
            None => found,
        };
        if let Some(empty) = self.run.as_ref().filter(|run| run.is_empty()) {
            return Err(wrong("--run-id", empty, "the id of the run"));
        }
        Ok(Job {
            shard: self.shard.map(|text| shard(&text)).transpose()?,
            status: self.status.map(|text| status(&text)).transpose()?,
            attempt: self.attempt.or(attempt),
            run: self.run.or(run),
            commit: commit.map(|commit| commit.to_lowercase()),
        })
    }
}

fn wrong(option: &str, found: &str, expected: &str) -> Error {
    Error::new(format!("`{option}` is `{found}`, expected {expected}")).of(Kind::CommandLine)
}

fn shard(text: &str) -> Result<Shard, Error> {
    let expected = "a shard's number of how many, as in `3/12` or `unit:3/12`";
    Shard::parse(text).ok_or_else(|| wrong("--shard", text, expected))
}

/// An exit status, or a CI system's word for the result of a job.
fn status(text: &str) -> Result<String, Error> {
    let is_number = text.parse::<u8>().is_ok_and(|number| number.to_string() == text);
    let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if is_number || is_word {
        return Ok(text.to_lowercase());
    }
    let error = wrong("--status", text, "an exit status from 0 to 255, or a word such as `success`");
    Err(error.with_help("`--status $?` right after the command that ran the tests"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Environment { variables, ..Environment::default() }
    }

    #[test]
    fn a_ci_system_names_its_run_and_attempt() {
        let job = |variables: &[(&str, &str)]| {
            let job = Said::default().job(None, &environment(variables)).unwrap();
            (job.run, job.attempt)
        };
        assert_eq!(job(&[]), (None, None));
        assert_eq!(job(&[("GITHUB_RUN_ID", "77"), ("GITHUB_RUN_ATTEMPT", "2")]), (Some("77".into()), Some(2)));
        assert_eq!(job(&[("CI_PIPELINE_ID", "5"), ("CI_JOB_ID", "812")]), (Some("5".into()), Some(812)));
        assert_eq!(job(&[("BUILD_TAG", "jenkins-unit-7")]), (Some("jenkins-unit-7".into()), None));
        assert_eq!(job(&[("BUILDKITE_BUILD_ID", "x"), ("BUILDKITE_RETRY_COUNT", "")]), (Some("x".into()), None));
    }

    #[test]
    fn the_command_line_wins_and_is_checked() {
        let said =
            || Said { run: Some("mine".into()), attempt: Some(9), commit: Some("ABCDEF0".into()), ..Said::default() };
        let job = said().job(Some("1234567".into()), &environment(&[("GITHUB_RUN_ID", "77")])).unwrap();
        assert_eq!((job.run.as_deref(), job.attempt, job.commit.as_deref()), (Some("mine"), Some(9), Some("abcdef0")));
        let error = |said: Said| said.job(None, &environment(&[])).unwrap_err().to_string();
        assert_eq!(
            error(Said { shard: Some("13/12".into()), ..said() }),
            "`--shard` is `13/12`, expected a shard's number of how many, as in `3/12` or `unit:3/12`"
        );
        assert_eq!(
            error(Said { status: Some(String::new()), ..said() }),
            "`--status` is ``, expected an exit status from 0 to 255, or a word such as `success`"
        );
        assert_eq!(
            error(Said { commit: Some("main".into()), ..said() }),
            "`--commit` is `main`, expected a commit's id of 7 to 64 hexadecimal digits"
        );
        assert_eq!(error(Said { run: Some(String::new()), ..said() }), "`--run-id` is ``, expected the id of the run");
        for text in ["256", "-1", "01", "+1", "1 "] {
            assert!(status(text).is_err(), "{text}");
        }
    }
}
