//! "Did you mean": the known names nearest to one that is unknown.

/// No name is longer; the distance to a text of megabytes would take minutes to count.
const MAX_NAME: usize = 253;

/// Up to three of `candidates` that a reader could have meant by `unknown`, nearest first.
pub fn suggest<'a>(unknown: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if unknown.len() > MAX_NAME {
        return Vec::new();
    }
    let lower = unknown.to_lowercase();
    let mut near: Vec<(bool, usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
            let contains = !lower.is_empty() && (candidate.contains(&lower) || lower.contains(candidate));
            let close = distance <= 1.max(unknown.chars().count() / 3);
            (close || contains).then_some((!close, distance, candidate))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(3).map(|(_, _, candidate)| candidate).collect()
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
