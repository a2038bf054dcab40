//! Texts that a pattern cannot match without: if none of them is there, there is no match, and no need to search.

use super::tree::{Node, Repeat};

/// How many texts are worth looking for at once.
const MOST: usize = 32;
/// How long one is worth spelling out.
const LONGEST: usize = 24;

/// Texts of which every match contains at least one; `None` if nothing useful is known.
pub(super) fn needed(node: &Node) -> Option<Vec<String>> {
    match node {
        Node::Set(_) => exact(node),
        Node::Sequence(parts) => in_sequence(parts),
        Node::Choice(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.append(&mut needed(part)?);
            }
            all.sort_unstable();
            all.dedup();
            (all.len() <= MOST).then_some(all)
        }
        Node::Repeat(repeat) if repeat.min > 0 => needed(&repeat.body),
        Node::Group(_, body) | Node::Atomic(body) => needed(body),
        _ => None,
    }
}

/// The best that the parts of a sequence need: their own needs, or those of several that are known to the letter.
fn in_sequence(parts: &[Node]) -> Option<Vec<String>> {
    let mut best: Option<Vec<String>> = None;
    let mut offer = |texts: Vec<String>| {
        if best.as_ref().is_none_or(|best| worth(&texts) > worth(best)) {
            best = Some(texts);
        }
    };
    let mut run = vec![String::new()];
    for part in parts {
        let Some(texts) = exact(part) else {
            offer(std::mem::replace(&mut run, vec![String::new()]));
            if let Some(texts) = needed(part) {
                offer(texts);
            }
            continue;
        };
        let joined: Vec<String> =
            run.iter().flat_map(|start| texts.iter().map(move |end| format!("{start}{end}"))).collect();
        let fits = joined.len() <= MOST / 2 && joined.iter().all(|text| text.len() <= LONGEST);
        let old = std::mem::replace(&mut run, if fits { joined } else { texts });
        if !fits {
            offer(old);
        }
    }
    offer(run);
    best.filter(|texts| worth(texts).0 > 0)
}

/// The more the better: the length of the shortest, then how few they are.
fn worth(texts: &[String]) -> (usize, std::cmp::Reverse<usize>) {
    (texts.iter().map(String::len).min().unwrap_or(0), std::cmp::Reverse(texts.len()))
}

/// All texts that `node` matches, if they are few.
fn exact(node: &Node) -> Option<Vec<String>> {
    match node {
        Node::Empty | Node::At(_) => Some(vec![String::new()]),
        Node::Set(set) => {
            let chars = set.few(4)?;
            (!chars.is_empty()).then(|| chars.into_iter().map(String::from).collect())
        }
        Node::Sequence(parts) => {
            let mut all = vec![String::new()];
            for part in parts {
                let texts = exact(part)?;
                all = all.iter().flat_map(|start| texts.iter().map(move |end| format!("{start}{end}"))).collect();
                if all.len() > MOST / 2 || all.iter().any(|text| text.len() > LONGEST) {
                    return None;
                }
            }
            Some(all)
        }
        Node::Choice(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.append(&mut exact(part)?);
                if all.len() > MOST / 2 {
                    return None;
                }
            }
            Some(all)
        }
        Node::Repeat(repeat) => match **repeat {
            Repeat { min: 1, max: Some(1), ref body, .. } => exact(body),
            _ => None,
        },
        Node::Group(_, body) | Node::Atomic(body) => exact(body),
        Node::Never | Node::Look(_) | Node::Backreference { .. } | Node::Conditional { .. } => None,
    }
}
