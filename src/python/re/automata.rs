//! Automata that make their states as a text needs them, and count their work: a step for each byte, and all steps of the pattern for each state that
//! is made. The count is the same on every machine and for any number of threads.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

/// The search takes too many steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

/// The share of the steps that a search may take with states that earlier texts left behind: nobody counts how many it makes, so that each byte is
/// taken to make one. A search that needs more begins again without them.
const SHARED: u64 = 4;

/// The largest size of an automaton before it meets a text.
const MOST_BYTES: usize = 48 << 20;

/// The automaton that finds the end of a match, and the one that goes back to its beginning.
#[derive(Debug)]
pub(super) struct Automata {
    forward: DFA,
    backward: DFA,
    /// The number of steps of the pattern.
    size: u64,
    /// States made by earlier searches.
    made: Mutex<Vec<States>>,
}

#[derive(Debug)]
struct States {
    forward: Made,
    backward: Made,
}

/// The states of an automaton.
#[derive(Debug)]
struct Made {
    cache: Cache,
    /// The ways out of marked states that were paid for.
    paid: HashSet<(LazyStateID, Option<u8>)>,
}

impl Automata {
    /// The automata for a pattern of that many steps, in the syntax of the `regex` crate; `None` if they are too large.
    pub(super) fn new(pattern: &str, size: u64) -> Option<Self> {
        let build = |reverse: bool, kind: MatchKind| {
            DFA::builder()
                .configure(Config::new().match_kind(kind).skip_cache_capacity_check(true))
                .syntax(syntax::Config::new().utf8(false).nest_limit(2000))
                .thompson(thompson::Config::new().reverse(reverse).nfa_size_limit(Some(MOST_BYTES)))
                .build(pattern)
                .ok()
        };
        let (forward, backward) = (build(false, MatchKind::LeftmostFirst)?, build(true, MatchKind::All)?);
        Some(Self { size: size.max(1), forward, backward, made: Mutex::default() })
    }

    /// Whether the pattern matches anywhere in `text`.
    pub(super) fn is_match(&self, text: &str, work: u64) -> Result<bool, Exhausted> {
        self.search(work, |search| Ok(search.end(text, 0, true)?.is_some()))
    }

    /// All matches, of which none is empty.
    pub(super) fn find_all(&self, text: &str, work: u64) -> Result<Vec<Range<usize>>, Exhausted> {
        self.search(work, |search| {
            let (mut all, mut from) = (Vec::new(), 0);
            while let Some(end) = search.end(text, from, false)? {
                all.push(search.start(text, from..end)?..end);
                from = end;
            }
            Ok(all)
        })
    }

    fn search<T>(&self, work: u64, look: impl Fn(&mut Search<'_>) -> Result<T, Exhausted>) -> Result<T, Exhausted> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut states = made.unwrap_or_else(|| self.states());
        let left = work / SHARED / self.size;
        let found = look(&mut Search { automata: self, states: &mut states, left, price: 0 });
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(states);
        found.or_else(|Exhausted| {
            let states = &mut self.states();
            look(&mut Search { automata: self, states, left: work, price: self.size })
        })
    }

    fn states(&self) -> States {
        let [forward, backward] = [&self.forward, &self.backward]
            .map(|automaton| Made { cache: automaton.create_cache(), paid: HashSet::new() });
        States { forward, backward }
    }
}

/// A search through a text.
struct Search<'a> {
    automata: &'a Automata,
    states: &'a mut States,
    left: u64,
    /// The price of making a state; 0 if it is not counted.
    price: u64,
}

impl Search<'_> {
    /// The end of the first match that begins at `from` or later; of any match, if `any` will do.
    fn end(&mut self, text: &str, from: usize, any: bool) -> Result<Option<usize>, Exhausted> {
        let (automaton, made) = (&self.automata.forward, &mut self.states.forward);
        let mut way = Way { automaton, made, left: &mut self.left, price: self.price };
        let input = Input::new(text).span(from..text.len());
        let mut state = automaton.start_state_forward(&mut way.made.cache, &input).map_err(|_| Exhausted)?;
        let (mut end, mut at) = (None, from);
        loop {
            at += way.glide(&mut state, text.as_bytes().get(at..).unwrap_or_default());
            let Some(&byte) = text.as_bytes().get(at) else { break };
            state = way.next(state, byte)?;
            if state.is_tagged() {
                // A match is known one byte late.
                if state.is_match() {
                    end = Some(at);
                    if any {
                        return Ok(end);
                    }
                } else if state.is_dead() || state.is_quit() {
                    return Ok(end);
                }
            }
            at += 1;
        }
        Ok(if way.end(state)?.is_match() { Some(text.len()) } else { end })
    }

    /// The beginning of the match that ends at the end of `range` and begins in it.
    fn start(&mut self, text: &str, range: Range<usize>) -> Result<usize, Exhausted> {
        let (automaton, made) = (&self.automata.backward, &mut self.states.backward);
        let mut way = Way { automaton, made, left: &mut self.left, price: self.price };
        let input = Input::new(text).span(range.clone()).anchored(Anchored::Yes);
        let mut state = automaton.start_state_reverse(&mut way.made.cache, &input).map_err(|_| Exhausted)?;
        let mut start = range.end;
        let bytes = text.as_bytes();
        for (at, &byte) in range.clone().zip(bytes.get(range.clone()).unwrap_or_default()).rev() {
            state = way.next(state, byte)?;
            if state.is_tagged() {
                if state.is_match() {
                    start = at + 1;
                } else if state.is_dead() || state.is_quit() {
                    return Ok(start);
                }
            }
        }
        // The byte before the range decides whether a match may begin at its start.
        let last = match range.start.checked_sub(1).and_then(|before| bytes.get(before)) {
            Some(&byte) => way.next(state, byte)?,
            None => way.end(state)?,
        };
        Ok(if last.is_match() { range.start } else { start })
    }
}

/// A way through an automaton, with the count of its steps.
struct Way<'a> {
    automaton: &'a DFA,
    made: &'a mut Made,
    left: &'a mut u64,
    price: u64,
}

impl Way<'_> {
    /// Goes on through `bytes` as long as states are ordinary ones that were made before. Returns the number of bytes that it went.
    fn glide(&mut self, state: &mut LazyStateID, bytes: &[u8]) -> usize {
        if state.is_tagged() {
            return 0;
        }
        let mut gone = 0;
        // Not further than is paid for.
        for &byte in bytes.iter().take(usize::try_from(*self.left).unwrap_or(usize::MAX)) {
            let next = self.automaton.next_state_untagged(&self.made.cache, *state, byte);
            if next.is_tagged() {
                break;
            }
            *state = next;
            gone += 1;
        }
        *self.left -= gone as u64;
        gone
    }

    fn next(&mut self, state: LazyStateID, byte: u8) -> Result<LazyStateID, Exhausted> {
        self.pay(1)?;
        if state.is_tagged() {
            self.pay_once(state, Some(self.automaton.byte_classes().get(byte)))?;
        } else {
            let next = self.automaton.next_state_untagged(&self.made.cache, state, byte);
            if !next.is_unknown() {
                return Ok(next);
            }
            self.pay(self.price)?;
        }
        let clears = self.made.cache.clear_count();
        let next = self.automaton.next_state(&mut self.made.cache, state, byte).map_err(|_| Exhausted)?;
        if self.made.cache.clear_count() != clears {
            self.made.paid.clear();
        }
        Ok(next)
    }

    fn end(&mut self, state: LazyStateID) -> Result<LazyStateID, Exhausted> {
        self.pay_once(state, None)?;
        self.automaton.next_eoi_state(&mut self.made.cache, state).map_err(|_| Exhausted)
    }

    /// Pays for a way out of a state, which does not tell whether it was taken before.
    fn pay_once(&mut self, state: LazyStateID, class: Option<u8>) -> Result<(), Exhausted> {
        if self.price > 0 && self.made.paid.insert((state, class)) { self.pay(self.price) } else { Ok(()) }
    }

    fn pay(&mut self, price: u64) -> Result<(), Exhausted> {
        *self.left = self.left.checked_sub(price).ok_or(Exhausted)?;
        Ok(())
    }
}
