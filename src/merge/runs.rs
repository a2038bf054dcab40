//! Fragments of two test runs, told by their times.
//!
//! A test run that leaves its fragments beside those of an earlier run makes two clusters of times. They are two if the pause between them is longer
//! than each of them lasted, and longer than half an hour.

use std::collections::BTreeSet;

use crate::model::duration::Duration;
use crate::model::fragment::Fragment;
use crate::model::local_time::LocalTime;
use crate::model::warning::Warning;
use crate::model::words::grouped;
use crate::paths::Mappers;

/// A pause within a run may last this number of seconds.
const PAUSE: i64 = 30 * 60;

/// A run does not last longer than this number of seconds: six hours, as GitHub allows a job.
const LONGEST_RUN: i64 = 6 * 60 * 60;

/// A duration that the user is told is still right after this number of seconds.
const SLACK: i64 = 10 * 60;

/// A fragment with its time.
type Dated<'a> = (LocalTime, &'a Fragment);

/// The warnings of the parts whose fragments are those of two runs, or of all fragments in a run without parts. The tests of two packages may well run
/// one after the other.
pub(super) fn of_parts(fragments: &[Fragment], mappers: &Mappers, now: LocalTime) -> Vec<Warning> {
    if mappers.parts() == 0 {
        return warning(fragments, now).into_iter().collect();
    }
    let of_part = |part: Option<usize>| {
        let own: Vec<Fragment> = fragments.iter().filter(|fragment| fragment.part == part).cloned().collect();
        let mut warning = warning(&own, now)?;
        if let Some(part) = part {
            warning.text = format!("part `{}`: {}", mappers.name(part), warning.text);
        }
        Some(warning)
    };
    std::iter::once(None).chain((0..mappers.parts()).map(Some)).filter_map(of_part).collect()
}

/// The warning, if the fragments that count are those of two runs.
#[must_use]
pub fn warning(fragments: &[Fragment], now: LocalTime) -> Option<Warning> {
    let counting = fragments.iter().filter(|fragment| fragment.counts());
    let mut dated: Vec<Dated<'_>> = counting.filter_map(|fragment| Some((fragment.origin.time()?, fragment))).collect();
    dated.sort_by_key(|(time, _)| *time);
    let (earlier, later) = clusters(&dated)?;
    if are_of_one_run(earlier, later) {
        return None;
    }
    let text = format!("the fragments seem to be of two test runs: {}, and {}", shown(earlier)?, shown(later)?);
    let or = separating(earlier, later, now)
        .map(|max_age| format!(", or leave the earlier ones out with `--max-age {max_age}`"));
    Some(Warning::new(text).with_help(format!("run `covmerge clean` before the tests{}", or.unwrap_or_default())))
}

/// Both sides of the longest pause, if they are two clusters.
fn clusters<'a, 'b>(dated: &'a [Dated<'b>]) -> Option<(&'a [Dated<'b>], &'a [Dated<'b>])> {
    let pause = |at: &usize| Some(dated.get(*at)?.0.since(dated.get(at.checked_sub(1)?)?.0));
    let at = (1..dated.len()).max_by_key(pause)?;
    let (earlier, later) = dated.split_at_checked(at)?;
    let pause = pause(&at)?;
    let lasted = |cluster: &[Dated<'_>]| Some(cluster.last()?.0.since(cluster.first()?.0));
    (pause > PAUSE && pause > lasted(earlier)? && pause > lasted(later)?).then_some((earlier, later))
}

/// Whether the clusters are parts of one run after all: a process of the later one began before all of the earlier one on its machine, as a
/// process does whose children have ended before it; or they have neither a machine nor a command line in common, as shards that waited for
/// machines.
fn are_of_one_run(earlier: &[Dated<'_>], later: &[Dated<'_>]) -> bool {
    let began_before = |(_, fragment): &Dated<'_>| {
        let Some(process) = &fragment.origin.process else { return false };
        let others = earlier.iter().filter_map(|(_, other)| other.origin.process.as_ref());
        let first = others.filter(|other| other.host == process.host).map(|other| other.id).min();
        first.is_some_and(|first| process.id < first)
    };
    let lasted = later.last().zip(earlier.first()).map_or(0, |(last, first)| last.0.since(first.0));
    let host = |fragment: &Fragment| fragment.origin.process.as_ref().map(|process| process.host.clone());
    let command = |fragment: &Fragment| fragment.origin.line();
    (lasted <= LONGEST_RUN && later.iter().any(began_before))
        || !(share(earlier, later, host) || share(earlier, later, command))
}

/// Whether both clusters hold a fragment of the same `key`, which may be that it is unknown.
fn share(earlier: &[Dated<'_>], later: &[Dated<'_>], key: impl Fn(&Fragment) -> Option<String>) -> bool {
    let of_earlier: BTreeSet<Option<String>> = earlier.iter().map(|(_, fragment)| key(fragment)).collect();
    later.iter().any(|(_, fragment)| of_earlier.contains(&key(fragment)))
}

/// `12 from 2026-11-28 17:02:10 to 17:04:33`
fn shown(cluster: &[Dated<'_>]) -> Option<String> {
    let (from, to) = (cluster.first()?.0, cluster.last()?.0);
    let number = grouped(cluster.len() as u64);
    Some(if from == to { format!("{number} of {from}") } else { format!("{number} from {}", from.range(to)) })
}

/// The greatest age that admits the later cluster, still after a while, and not the earlier one: in hours or, failing that, in parts of an hour.
fn separating(earlier: &[Dated<'_>], later: &[Dated<'_>], now: LocalTime) -> Option<Duration> {
    let needed = now.since(later.first()?.0).max(0) + SLACK;
    let bound = now.since(earlier.last()?.0);
    let rounded = |unit: i64| (needed + unit - 1) / unit * unit;
    let seconds = [60 * 60, SLACK].map(rounded).into_iter().find(|&seconds| seconds < bound)?;
    Duration::new(u64::try_from(seconds).ok()?)
}

#[cfg(test)]
mod tests {
    use crate::model::fragment::Outcome;
    use crate::model::origin::{Origin, Process};

    use super::*;

    fn now() -> LocalTime {
        LocalTime::parse("2026-11-29 12:00:00").unwrap()
    }

    /// A fragment of 2026-11-`day clock`, made by `command` on `host` with the number `id`; an empty host is not known.
    fn fragment(when: &str, host: &str, id: u64, command: &str) -> Fragment {
        let process = (!host.is_empty()).then(|| Process { host: host.into(), id });
        let command = command.split_whitespace().map(Into::into).collect();
        let origin = Origin { command, when: Some(format!("2026-11-{when}")), process };
        Fragment { origin, outcome: Outcome::Merged { files: 1 }, ..Fragment::untried("f".into()) }
    }

    fn said(fragments: &[Fragment]) -> Option<(String, String)> {
        warning(fragments, now()).map(|warning| (warning.text, warning.help.unwrap()))
    }

    /// Whether fragments of one command on one machine, made at those times in this order, are those of two runs.
    fn are_two(times: &[&str]) -> bool {
        let fragments: Vec<Fragment> =
            times.iter().zip(1..).map(|(when, id)| fragment(when, "ci", id, "pytest")).collect();
        warning(&fragments, now()).is_some()
    }

    #[test]
    fn two_runs_are_shown_with_both_remedies() {
        let fragments = [
            fragment("29 09:14:01", "ci", 7, "pytest"),
            fragment("28 17:04:33", "ci", 2, "pytest"),
            fragment("28 17:02:10", "ci", 1, "-c"),
        ];
        let text = "the fragments seem to be of two test runs: 2 from 2026-11-28 17:02:10 to 17:04:33, and 1 of 2026-11-29 09:14:01";
        let help = "run `covmerge clean` before the tests, or leave the earlier ones out with `--max-age 3h`";
        assert_eq!(said(&fragments), Some((text.into(), help.into())));
    }

    #[test]
    fn the_duration_separates_the_runs_and_has_some_slack() {
        for (earlier, later, max_age) in [
            ("28 17:00:00", "29 10:00:00", "3h"),
            ("28 17:00:00", "29 10:10:00", "2h"),
            ("29 10:50:00", "29 11:55:00", "1h"),
            ("29 11:05:00", "29 11:55:00", "20m"),
            ("29 11:25:00", "29 11:55:01", "20m"),
            ("01 00:00:00", "27 12:00:00", "2d1h"),
        ] {
            let fragments = [fragment(earlier, "ci", 1, "t"), fragment(later, "ci", 2, "t")];
            let (_, help) = said(&fragments).unwrap();
            assert!(help.ends_with(&format!("`--max-age {max_age}`")), "{earlier} {later}: {help}");
            let limit = Duration::parse(max_age).unwrap().seconds();
            let age = |fragment: &Fragment| now().since(fragment.origin.time().unwrap()).unsigned_abs();
            assert!(age(&fragments[0]) > limit && age(&fragments[1]) <= limit, "{earlier} {later}");
        }
        // By this clock, neither of them has been made yet.
        let (_, help) = said(&[fragment("29 14:00:00", "ci", 1, "t"), fragment("29 18:00:00", "ci", 2, "t")]).unwrap();
        assert_eq!(help, "run `covmerge clean` before the tests");
    }

    #[test]
    fn a_pause_separates_runs_if_it_is_longer_than_both_and_than_half_an_hour() {
        assert!(are_two(&["29 09:00:00", "29 09:30:01"]));
        assert!(!are_two(&["29 09:00:00", "29 09:30:00"]));
        assert!(!are_two(&["29 09:00:00"]));
        assert!(!are_two(&[]));
        assert!(are_two(&["28 09:00:00", "28 09:40:00", "28 10:20:01"]));
        assert!(!are_two(&["28 09:00:00", "28 09:40:00", "28 10:20:00"]));
        // Shards that waited for machines, one after another.
        assert!(!are_two(&["29 01:00:00", "29 02:00:00", "29 03:00:00", "29 04:00:00"]));
    }

    #[test]
    fn a_process_that_began_before_the_others_ended_is_of_their_run() {
        let child = |when, id| fragment(when, "ci", id, "-c");
        let session =
            |id| [child("29 09:01:00", 11), child("29 09:02:00", 12), fragment("29 11:30:00", "ci", id, "-c")];
        assert_eq!(said(&session(10)), None);
        // After a restart of the machine, numbers begin anew.
        let mut days = session(10);
        days[2].origin.when = Some("2026-11-30 08:00:00".into());
        assert!(said(&days).is_some());
        assert!(said(&session(13)).is_some());
        // Numbers of another machine say nothing.
        let mut elsewhere = session(10);
        elsewhere[2].origin.process = Some(Process { host: "dev".into(), id: 10 });
        assert!(said(&elsewhere).is_some());
    }

    #[test]
    fn shards_of_different_commands_on_different_machines_are_of_one_run() {
        let shard = |when, host, command| fragment(when, host, 1, command);
        let first = || shard("29 01:00:00", "a", "pytest --group 1");
        assert_eq!(said(&[first(), shard("29 08:00:00", "b", "pytest --group 2")]), None);
        assert!(said(&[first(), shard("29 08:00:00", "b", "pytest --group 1")]).is_some());
        assert!(said(&[first(), fragment("29 08:00:00", "a", 2, "pytest --group 2")]).is_some());
        // Reports name neither.
        assert!(said(&[shard("28 01:00:00", "", ""), shard("29 08:00:00", "", "")]).is_some());
    }

    #[test]
    fn fragments_without_a_time_or_that_do_not_count_are_of_no_run() {
        let mut others = [fragment("28 09:00:00", "ci", 1, "t"), fragment("28 09:00:00", "ci", 1, "t")];
        others[0].origin.when = None;
        others[1].outcome = Outcome::TooOld;
        let fragments = [others.as_slice(), &[fragment("29 09:00:00", "ci", 2, "t")]].concat();
        assert_eq!(said(&fragments), None);
    }
}
