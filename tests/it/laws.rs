//! The laws that hold for all data, searched for counter-examples.

use std::collections::{BTreeMap, BTreeSet};

use covmerge::model::arcs::{Arc, ArcSet, Exit};
use covmerge::model::lines::{Line, LineSet};
use covmerge::model::outline::{Name, RegionKind};
use covmerge::model::tool::Tool;
use covmerge::model::trace::{ClaimedRegion, Claims, Context, ContextTrace, FileTrace};
use covmerge::read::slipcover;
use covmerge::seal::{self, Facts};
use proptest::prelude::*;

fn numbers() -> impl Strategy<Value = BTreeSet<u32>> {
    // Dense numbers that share blocks, and a few far away.
    prop::collection::btree_set(prop_oneof![4 => 1u32..200, 1 => 1u32..=u32::MAX], 0..60)
}

fn set(numbers: &BTreeSet<u32>) -> LineSet {
    numbers.iter().filter_map(|&number| Line::new(number)).collect()
}

fn plain(lines: &LineSet) -> BTreeSet<u32> {
    lines.iter().map(Line::get).collect()
}

fn line_set() -> impl Strategy<Value = LineSet> {
    numbers().prop_map(|numbers| set(&numbers))
}

fn arc_set() -> impl Strategy<Value = ArcSet> {
    prop::collection::vec((-20i32..40, -20i32..40), 0..60)
        .prop_map(|arcs| arcs.into_iter().map(|(from, to)| Arc::new(from, to)).collect())
}

fn exit() -> impl Strategy<Value = Exit> {
    prop_oneof![
        (1u32..9).prop_map(|line| Exit::Line(Line::new(line).unwrap())),
        Just(Exit::Leave(None)),
        (1u32..9).prop_map(|line| Exit::Leave(Line::new(line))),
    ]
}

fn region() -> impl Strategy<Value = ((Option<Line>, RegionKind, Name), ClaimedRegion)> {
    let kind = prop_oneof![Just(RegionKind::Function), Just(RegionKind::Class)];
    (0u32..9, kind, "[fg]?", line_set(), 0u64..5).prop_map(|(start, kind, name, lines, counted_exits)| {
        let key = (Line::new(start), kind, Name::from(name.as_str()));
        (key, ClaimedRegion { lines, counted_exits })
    })
}

fn claims() -> impl Strategy<Value = Claims> {
    (
        line_set(),
        line_set(),
        prop::collection::vec((1u32..9, exit(), any::<bool>()), 0..9),
        0u64..5,
        any::<[bool; 2]>(),
        prop::collection::vec(region(), 0..3),
    )
        .prop_map(|(statements, excluded, exits, unlisted, [measured, unsure], regions)| {
            let mut claims = Claims::new(statements);
            claims.excluded = excluded;
            claims.counted_exits = unlisted;
            (claims.measured, claims.unsure) = (measured, unsure);
            claims.regions = regions.into_iter().collect();
            for (line, exit, taken) in exits {
                claims.claim(Line::new(line).unwrap(), exit, taken);
            }
            claims
        })
}

fn file_trace() -> impl Strategy<Value = FileTrace> {
    let contexts = prop::collection::btree_map("[ab]?", (line_set(), arc_set(), any::<bool>()), 0..3);
    let by_tool =
        prop::collection::btree_map(prop_oneof![Just(slipcover::TOOL), Just(Tool::COVERAGE_PY)], claims(), 0..3);
    let hits = prop::collection::btree_map(1u32..50, any::<u64>(), 0..9);
    let tracers = prop::collection::btree_set("[pq]".prop_map(Into::into), 0..2);
    (line_set(), arc_set(), hits, contexts, by_tool, tracers, any::<[bool; 3]>()).prop_map(
        |(lines, arcs, hits, contexts, claims, tracers, [silent, zero, by_python])| FileTrace {
            lines,
            arcs,
            zero,
            hits: hits.into_iter().map(|(line, hits)| (Line::new(line).unwrap(), hits)).collect(),
            contexts: contexts
                .into_iter()
                .map(|(name, (lines, arcs, zero))| (Context::from(name.as_str()), ContextTrace { lines, arcs, zero }))
                .collect(),
            claims: claims.into_iter().collect(),
            silent: silent.then_some(Tool::COVERAGE_PY),
            tracers,
            by_python,
        },
    )
}

fn united(mut a: FileTrace, b: FileTrace) -> FileTrace {
    a.union_with(b);
    a
}

proptest! {
    #[test]
    fn a_line_set_is_a_set_of_numbers(a in numbers(), b in numbers(), probe in 0u32..220) {
        let (left, right) = (set(&a), set(&b));
        prop_assert_eq!(plain(&left), a.clone());
        prop_assert_eq!(left.len(), a.len() as u64);
        prop_assert_eq!(plain(&left.union(&right)), &a | &b);
        prop_assert_eq!(plain(&left.intersection(&right)), &a & &b);
        prop_assert_eq!(plain(&left.difference(&right)), &a - &b);
        prop_assert_eq!(left.is_subset(&right), a.is_subset(&b));
        prop_assert_eq!(left.contains_number(probe), a.contains(&probe));
        prop_assert_eq!(left.first().map(Line::get), a.first().copied());
        prop_assert_eq!(left.last().map(Line::get), a.last().copied());
    }

    #[test]
    fn a_line_set_does_not_depend_on_the_order_it_was_filled_in(a in numbers()) {
        let backwards: LineSet = a.iter().rev().filter_map(|&number| Line::new(number)).collect();
        prop_assert_eq!(backwards, set(&a));
    }

    #[test]
    fn numbits_keep_a_line_set(a in prop::collection::btree_set(1u32..5_000, 0..60)) {
        let lines = set(&a);
        prop_assert_eq!(LineSet::from_numbits(&lines.to_numbits()), (lines, false));
    }

    #[test]
    fn a_range_is_added_with_all_its_lines_and_takes_none_away(base in numbers(), first in 1u32..600, length in 0u32..300) {
        let mut lines = set(&base);
        lines.insert_range(Line::new(first).unwrap(), Line::new(first + length).unwrap());
        prop_assert_eq!(lines, set(&base.into_iter().chain(first..=first + length).collect()));
    }

    #[test]
    fn a_range_that_ends_before_it_begins_adds_nothing(base in numbers(), last in 1u32..600, length in 1u32..300) {
        let mut lines = set(&base);
        lines.insert_range(Line::new(last + length).unwrap(), Line::new(last).unwrap());
        prop_assert_eq!(lines, set(&base));
    }

    #[test]
    fn lines_may_be_added_one_by_one_in_any_order(a in prop::collection::vec(prop_oneof![4 => 1u32..200, 1 => 1u32..=u32::MAX], 0..60)) {
        let mut lines = LineSet::new();
        for &number in &a {
            lines.insert(Line::new(number).unwrap());
        }
        prop_assert_eq!(lines, set(&a.into_iter().collect()));
    }

    #[test]
    fn an_arc_set_is_a_set_of_pairs(a in arc_set(), b in arc_set()) {
        let mut union = a.clone();
        union.union_with(&b);
        let expected: BTreeSet<Arc> = a.iter().chain(b.iter()).collect();
        prop_assert_eq!(union.iter().collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn merging_is_commutative(a in file_trace(), b in file_trace()) {
        prop_assert_eq!(united(a.clone(), b.clone()), united(b, a));
    }

    #[test]
    fn merging_is_associative(a in file_trace(), b in file_trace(), c in file_trace()) {
        prop_assert_eq!(united(united(a.clone(), b.clone()), c.clone()), united(a, united(b, c)));
    }

    #[test]
    fn the_empty_trace_changes_nothing(a in file_trace()) {
        prop_assert_eq!(united(a.clone(), FileTrace::default()), a.clone());
        prop_assert_eq!(united(FileTrace::default(), a.clone()), a);
    }

    #[test]
    fn merging_twice_changes_hits_alone(a in file_trace()) {
        let mut twice = united(a.clone(), a.clone());
        twice.hits.clone_from(&a.hits);
        prop_assert_eq!(twice, a);
    }

    #[test]
    fn sealed_facts_come_back(files in prop::collection::vec(file_trace(), 0..4), others in file_trace()) {
        // Any arcs may be expected: those of another file, and some that ran.
        let some = |file: &FileTrace| ArcSet::from_unsorted(file.arcs.iter().step_by(2).chain(others.arcs.iter()).collect());
        let expected: Vec<ArcSet> = files.iter().map(some).collect();
        let packed = seal::pack(&files.iter().zip(&expected).collect::<Vec<_>>());
        let expected: Vec<&ArcSet> = expected.iter().collect();
        let read = |contexts| -> Vec<FileTrace> {
            seal::facts(&packed, &expected, contexts).unwrap().into_iter().map(Facts::into_trace).collect()
        };
        prop_assert_eq!(read(true), files.clone());
        let without = |file| FileTrace { contexts: BTreeMap::new(), ..file };
        prop_assert_eq!(read(false), files.into_iter().map(without).collect::<Vec<_>>());
    }

    #[test]
    fn sealed_facts_unite_as_traces_do(a in file_trace(), b in file_trace()) {
        let unsealed = |of: &FileTrace, expected| {
            seal::facts(&seal::pack(&[(of, expected)]), &[expected], true).unwrap().remove(0)
        };
        let both = united(a.clone(), b.clone());
        let expected: ArcSet = both.arcs.iter().step_by(2).collect();
        for other in [&expected, &a.arcs] {
            let mut facts = unsealed(&a, &expected);
            facts.union_with(unsealed(&b, other));
            prop_assert_eq!(facts.into_trace(), both.clone());
        }
    }

    #[test]
    fn another_fragment_takes_nothing_away(a in file_trace(), b in file_trace()) {
        let union = united(a.clone(), b);
        prop_assert!(a.executed().is_subset(&union.executed()));
        for (tool, claims) in &a.claims {
            prop_assert!(claims.statements.is_subset(&union.claims[tool].statements));
            for claimed in &claims.exits {
                let kept = union.claims[tool].exits.of(claimed.line).iter().find(|other| other.exit == claimed.exit);
                prop_assert!(kept.is_some_and(|kept| kept.taken >= claimed.taken));
            }
        }
    }
}
