//! The job that seals: its name, run and attempt, as the CI system names them.

use super::{Environment, Error, Kind, commit};
use crate::model::seal::Job;
use crate::model::shard::Shard;

/// The variables of a CI system.
struct Variables {
    /// That of the run.
    run: &'static str,
    /// That of the attempt, which rises within the run; empty if attempts are not counted.
    attempt: &'static str,
    /// Those of the job's name, which its attempts share, and other jobs of the run do not have. The first one that is set counts.
    name: &'static [&'static str],
}

/// Those of GitHub, Gitea and Forgejo; GitLab; Azure DevOps; Bitbucket; Circle CI; Buildkite; Travis and Jenkins.
///
/// GitLab and Circle CI do not count the attempts at a job: the number of the job stands for them, which rises with each, but from job to job, too. Bitbucket
/// names a step only by its place in a group of parallel ones.
const SYSTEMS: [Variables; 8] = [
    Variables { run: "GITHUB_RUN_ID", attempt: "GITHUB_RUN_ATTEMPT", name: &["GITHUB_JOB"] },
    Variables { run: "CI_PIPELINE_ID", attempt: "CI_JOB_ID", name: &["CI_JOB_NAME"] },
    Variables { run: "BUILD_BUILDID", attempt: "SYSTEM_JOBATTEMPT", name: &["SYSTEM_JOBNAME"] },
    Variables {
        run: "BITBUCKET_PIPELINE_UUID",
        attempt: "BITBUCKET_STEP_RUN_NUMBER",
        name: &["BITBUCKET_PARALLEL_STEP"],
    },
    Variables { run: "CIRCLE_PIPELINE_ID", attempt: "CIRCLE_BUILD_NUM", name: &["CIRCLE_JOB"] },
    Variables {
        run: "BUILDKITE_BUILD_ID",
        attempt: "BUILDKITE_RETRY_COUNT",
        name: &["BUILDKITE_STEP_KEY", "BUILDKITE_STEP_ID"],
    },
    Variables { run: "TRAVIS_BUILD_ID", attempt: "", name: &["TRAVIS_JOB_NAME"] },
    Variables { run: "BUILD_TAG", attempt: "", name: &["STAGE_NAME"] },
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
    /// The job: as it is said or, failing that, as the CI system says; `commit` is the one that was found.
    ///
    /// # Errors
    /// A value is wrong.
    pub(super) fn job(self, found: Option<String>, environment: &Environment) -> Result<Job, Error> {
        let value = |name: &str| environment.variable(name).map(str::to_owned);
        let system = SYSTEMS.iter().find(|system| environment.variable(system.run).is_some());
        let run = system.and_then(|system| value(system.run));
        let attempt = system.and_then(|system| value(system.attempt)?.parse().ok());
        let name = system.and_then(|system| system.name.iter().find_map(|name| value(name)));
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
            name: name.map(|name| without_shard(&name).to_owned()),
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

/// The name of a job without the `3/12` that GitLab writes behind that of each of several parallel jobs.
fn without_shard(name: &str) -> &str {
    let is_shard = |shard: &str| Shard::parse(shard).is_some_and(|shard| shard.name.is_empty());
    name.rsplit_once(' ').filter(|(_, shard)| is_shard(shard)).map_or(name, |(name, _)| name)
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
    fn a_ci_system_names_its_run_attempt_and_job() {
        let job = |variables: &[&str]| {
            let variables: Vec<(&str, &str)> = variables.iter().filter_map(|both| both.split_once('=')).collect();
            let job = Said::default().job(None, &environment(&variables)).unwrap();
            (job.run.unwrap_or_default(), job.attempt, job.name.unwrap_or_default())
        };
        let expected = |run: &str, attempt, name: &str| (run.to_owned(), attempt, name.to_owned());
        assert_eq!(job(&[]), expected("", None, ""));
        let github = ["GITHUB_RUN_ID=77", "GITHUB_RUN_ATTEMPT=2", "GITHUB_JOB=unit"];
        assert_eq!(job(&github), expected("77", Some(2), "unit"));
        let gitlab = ["CI_PIPELINE_ID=5", "CI_JOB_ID=812", "CI_JOB_NAME=unit tests 3/12"];
        assert_eq!(job(&gitlab), expected("5", Some(812), "unit tests"));
        let azure = ["BUILD_BUILDID=6", "SYSTEM_JOBATTEMPT=1", "SYSTEM_JOBNAME=Python312"];
        assert_eq!(job(&azure), expected("6", Some(1), "Python312"));
        let bitbucket = ["BITBUCKET_PIPELINE_UUID={a}", "BITBUCKET_STEP_RUN_NUMBER=1", "BITBUCKET_PARALLEL_STEP=0"];
        assert_eq!(job(&bitbucket), expected("{a}", Some(1), "0"));
        let circle = ["CIRCLE_PIPELINE_ID=b", "CIRCLE_BUILD_NUM=40", "CIRCLE_JOB=test-3.12"];
        assert_eq!(job(&circle), expected("b", Some(40), "test-3.12"));
        let buildkite =
            ["BUILDKITE_BUILD_ID=x", "BUILDKITE_RETRY_COUNT=", "BUILDKITE_STEP_ID=c", "BUILDKITE_STEP_KEY=unit"];
        assert_eq!(job(&buildkite), expected("x", None, "unit"));
        assert_eq!(job(&buildkite[..3]), expected("x", None, "c"));
        assert_eq!(job(&["TRAVIS_BUILD_ID=8", "TRAVIS_JOB_NAME=unit"]), expected("8", None, "unit"));
        assert_eq!(job(&["BUILD_TAG=jenkins-unit-7"]), expected("jenkins-unit-7", None, ""));
    }

    #[test]
    fn a_job_has_the_name_of_all_its_shards() {
        for (name, without) in [
            ("unit 3/12", "unit"),
            ("unit: [3.12] 1/2", "unit: [3.12]"),
            ("a/b", "a/b"),
            ("unit 13/12", "unit 13/12"),
            ("unit x:1/2", "unit x:1/2"),
        ] {
            assert_eq!(without_shard(name), without);
        }
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
