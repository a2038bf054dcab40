//! Texts that a match must contain: if none of them is in the text, there is no match and no need to search.

use super::tree::{Node, Repeat};

/// The maximum number of texts to look for at once.
const MOST: usize = 32;
/// The maximum length of such a text in bytes.
const LONGEST: usize = 24;

/// Texts of which every match contains at least one; `None` if no useful ones are known.
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

/// The best texts for a sequence: those of one of its parts, or the joined texts of adjacent parts that are known exactly.
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

/// The value of texts for a search, greater for better ones: the length of the shortest text, then how few there are.
fn worth(texts: &[String]) -> (usize, std::cmp::Reverse<usize>) {
    (texts.iter().map(String::len).min().unwrap_or(0), std::cmp::Reverse(texts.len()))
}

/// All texts that `node` matches, if there are few.
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
