//! "Did you mean": the known names nearest to one that is unknown.

use std::cell::Cell;

/// So many names one piece of work may look at for suggestions: a part of a second's worth.
pub const MOST_LOOKS: usize = 1 << 20;

thread_local! {
    /// How many names may still be looked at on this thread.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Does a piece of work that looks at no more than `looks` names for its suggestions. What is found beyond goes without:
/// where fifty thousand names are wrong in a mesh of as many, nobody reads them, and to find them would take many minutes.
pub fn sparingly<T>(looks: usize, work: impl FnOnce() -> T) -> T {
    let before = LEFT.replace(looks);
    let done = work();
    LEFT.set(before);
    done
}

/// Whether more names may be looked at, for whoever has to gather them first.
pub fn may_look() -> bool {
    LEFT.get() > 0
}

/// No name is longer; the distance to a text of megabytes would take minutes to count.
const MAX_NAME: usize = 253;

/// Up to three of `candidates` that a reader could have meant by `unknown`, nearest first.
pub fn suggest<'a>(unknown: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let most_looks = LEFT.get();
    if unknown.len() > MAX_NAME || most_looks == 0 {
        return Vec::new();
    }
    let mut looks = 0;
    let lower = unknown.to_lowercase();
    let (length, letters) = (lower.chars().count(), letters(&lower));
    let most = 1.max(unknown.chars().count() / 3);
    let mut near: Vec<(bool, usize, &str)> = candidates
        .into_iter()
        .take(most_looks)
        .inspect(|_| looks += 1)
        .filter_map(|candidate| {
            let contains = !lower.is_empty() && (candidate.contains(&lower) || lower.contains(candidate));
            let candidate_lower = candidate.to_lowercase();
            // Most are far away, which is seen without counting how far.
            let is_far = length.abs_diff(candidate_lower.chars().count()) > most
                || (letters & !self::letters(&candidate_lower)).count_ones() as usize > most;
            if is_far && !contains {
                return None;
            }
            let distance = strsim::damerau_levenshtein(&lower, &candidate_lower);
            let close = distance <= most;
            (close || contains).then_some((!close, distance, candidate))
        })
        .collect();
    LEFT.set(most_looks - looks);
    if looks == most_looks {
        return Vec::new();
    }
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(3).map(|(_, _, candidate)| candidate).collect()
}

/// Which letters occur, several to a bit. Each bit that another text lacks takes at least one change to get there.
fn letters(text: &str) -> u64 {
    text.chars().fold(0, |letters, letter| letters | 1 << (u32::from(letter) & 63))
}

/// The suggestions as a sentence: "did you mean `payments`, `payouts`?"; nothing where there are none.
pub fn did_you_mean<'a>(unknown: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = suggest(unknown, candidates);
    let quoted: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => None,
        [only] => Some(format!("did you mean {only}?")),
        [init @ .., last] => Some(format!("did you mean {} or {last}?", init.join(", "))),
    }
}
