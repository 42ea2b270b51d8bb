//! Requests whose answer changes since proxies read their paths in another way: of all spellings of a path those are
//! tried by which people get past a rule, so that each one found is a change, and none found is no promise.

use super::compare::example;
use super::model::Direction;
use crate::access::{Condition, Formula, Normalization, Pattern, Request, Space, TooComplex};

/// How many patterns of one decision are looked at.
const MOST_PATTERNS: usize = 16;

/// A request as it is sent, and which way its answer goes.
pub(super) struct Spelled {
    pub(super) direction: Direction,
    pub(super) request: Request,
}

/// For each direction a request that gets through in one world alone, though its rules decide alike about the path that
/// the new world makes of it. `through` is what gets through in the old world and in the new one.
pub(super) fn spelled(
    through: [&Formula; 2],
    normalizations: [Normalization; 2],
    methods: &[Formula],
) -> Result<Vec<Spelled>, TooComplex> {
    let patterns = patterns(through);
    let mut found: Vec<Spelled> = Vec::new();
    if patterns.is_empty() {
        return Ok(found);
    }
    let mut known = Vec::new();
    for (formula, normalization) in through.into_iter().zip(normalizations) {
        known.extend(witnesses(formula, normalization, &patterns, methods)?);
    }
    let [before, after] = through;
    for request in candidates(&known) {
        let read = |normalization: Normalization| {
            Some(Request { path: normalization.apply(&request.path).ok()?, ..request.clone() })
        };
        let (Some(old), Some(new)) = (read(normalizations[0]), read(normalizations[1])) else { continue };
        let (was, is) = (before.holds(&old), after.holds(&new));
        let direction = if is { Direction::Opened } else { Direction::Closed };
        let is_by_spelling = was != is && before.holds(&new) == is;
        if is_by_spelling && !found.iter().any(|known| known.direction == direction) {
            found.push(Spelled { direction, request });
        }
        if found.len() == 2 {
            break;
        }
    }
    Ok(found)
}

/// The patterns of paths that are asked for, each once.
fn patterns(through: [&Formula; 2]) -> Vec<Pattern> {
    let mut conditions = Vec::new();
    for formula in through {
        formula.conditions(&mut conditions);
    }
    let mut patterns: Vec<Pattern> = Vec::new();
    for condition in conditions {
        if let Condition::Path(pattern) = condition
            && !patterns.contains(pattern)
        {
            patterns.push(pattern.clone());
        }
    }
    patterns.truncate(MOST_PATTERNS);
    patterns
}

/// For each pattern a request that gets through and one that does not, and the same for all other paths.
fn witnesses(
    formula: &Formula,
    normalization: Normalization,
    patterns: &[Pattern],
    methods: &[Formula],
) -> Result<Vec<Request>, TooComplex> {
    let asked: Vec<Formula> =
        patterns.iter().map(|pattern| Formula::When(Condition::Path(pattern.clone()))).collect();
    let any = Formula::Any(asked.clone());
    let told_apart = Formula::Any(methods.to_vec());
    let mut space = Space::new(normalization.domain(), &[formula, &any, &told_apart])?;
    let through = space.node(formula)?;
    let stopped = space.node(&formula.clone().complement())?;
    let mut found = Vec::new();
    for set in asked.into_iter().chain([any.complement()]) {
        let set = space.node(&set)?;
        for side in [through, stopped] {
            let both = space.intersection(set, side)?;
            if !space.is_empty(both) {
                found.push(example(&mut space, both, methods)?);
            }
        }
    }
    Ok(found)
}

/// The requests with their paths spelled in other ways, the plainest first, and those that climb from one to another.
fn candidates(known: &[Request]) -> impl Iterator<Item = Request> + '_ {
    let sent = |request: &Request, path: String| Request { path, ..request.clone() };
    let alone = known
        .iter()
        .flat_map(move |request| spellings(&request.path).into_iter().map(move |path| sent(request, path)));
    let climbing = known.iter().flat_map(move |from| {
        let others = known.iter().filter(move |to| to.path != from.path);
        others.flat_map(move |to| climbs(&from.path, &to.path).into_iter().map(move |path| sent(to, path)))
    });
    alone.chain(climbing)
}

/// `/a/b` as `/a//b`, `/a/%62`, `/a/./b`, `/a/x/../b`, `/a%2Fb`, `/a\b`.
fn spellings(path: &str) -> Vec<String> {
    let slashes: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
    let mut spelled = vec![path.to_owned()];
    for instead in ["//", "/./", "/x/../"] {
        spelled.extend(slashes.iter().map(|at| format!("{}{instead}{}", &path[..*at], &path[at + 1..])));
    }
    if let Some((at, letter)) = path.char_indices().rfind(|(_, letter)| letter.is_ascii_alphanumeric()) {
        let escape = format!("%{:02X}", u32::from(letter));
        spelled.push(format!("{}{escape}{}", &path[..at], &path[at + 1..]));
    }
    for instead in ["%2F", "\\"] {
        let inner = slashes.iter().skip(1);
        spelled.extend(inner.map(|at| format!("{}{instead}{}", &path[..*at], &path[at + 1..])));
    }
    spelled
}

/// `/public/../admin` and `/public/..%2Fadmin`: from one path to another.
fn climbs(from: &str, to: &str) -> Vec<String> {
    let from = from.trim_end_matches('/');
    let up = "/..".repeat(from.matches('/').count());
    let escaped = format!("{up}{to}").replace('/', "%2F").replacen("%2F", "/", 1);
    vec![format!("{from}{up}{to}"), format!("{from}{escaped}")]
}
