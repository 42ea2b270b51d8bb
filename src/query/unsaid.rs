//! What a question does not say of a request, and what rules want of that: `from 10.0.0.0/8`, `with the header
//! x-team: red`. A rule that wants something there lets nobody in by what is usual, and must not be passed over.

use indexmap::IndexSet;

use super::arrival::{Arrival, Sent};
use super::products::{Literal, Product, atoms, conditions, folded, minimal, node};
use super::restricted::{is_possible, restricted};
use crate::access::{Condition, Dimension, Formula, Request, Space, Token, TooComplex};
use crate::check::{Asked, paths_under};
use crate::istio::semantics::{Access, Part};
use crate::project::PathNormalization;

/// What is said where a rule is too mixed to tell.
const SOME: &str = "under conditions of the rule";

/// Which parts of a request a question leaves open; beside these, every header that is not sent.
#[derive(Clone, Debug)]
pub(super) struct Unsaid {
    dimensions: Vec<Dimension>,
}

impl Unsaid {
    /// What neither the question nor what is sent beside it says.
    pub(super) fn of(asked: &Asked<'_>, sent: &Sent) -> Self {
        let peer = sent.source_ip.is_none();
        // The client is the peer where nothing else is said of it.
        let client = peer && sent.remote_ip.is_none() && !sent.headers.contains_key("x-forwarded-for");
        let host = sent.host.is_none() && asked.request.as_ref().is_none_or(|request| request.host.is_none());
        let all = [
            (Dimension::Peer, peer),
            (Dimension::Client, client),
            (Dimension::Destination, sent.destination_ip.is_none()),
            (Dimension::Sni, sent.sni.is_none()),
            (Dimension::Host, host),
            (Dimension::Token, sent.token == Token::Absent),
        ];
        let dimensions = all.into_iter().filter_map(|(dimension, is_open)| is_open.then_some(dimension));
        Self { dimensions: dimensions.collect() }
    }

    fn leaves_open(&self, dimension: &Dimension, request: &Request) -> bool {
        match dimension {
            Dimension::Header(name) => !request.headers.contains_key(name),
            of_token if of_token.is_of_token() => self.dimensions.contains(&Dimension::Token),
            other => self.dimensions.contains(other),
        }
    }

    /// A set once all is decided that the question says.
    fn left(&self, formula: &Formula, request: &Request) -> Formula {
        let left = |part: &Formula| self.left(part, request);
        match formula {
            Formula::Always => Formula::Always,
            Formula::When(condition) if self.leaves_open(&condition.dimension(), request) => formula.clone(),
            Formula::When(condition) if condition.holds(request) => Formula::Always,
            Formula::Never | Formula::When(_) => Formula::Never,
            Formula::Not(inner) => left(inner).complement(),
            Formula::All(parts) => Formula::intersection(parts.iter().map(left)),
            Formula::Any(parts) => Formula::union(parts.iter().map(left)),
        }
    }
}

/// What lets a request in.
#[derive(Default)]
pub(super) struct LetIn<'d, 'a> {
    /// The rules that do.
    pub(super) parts: Vec<&'d Part<'a>>,
    /// What one of them wants beside what is asked; nothing where one of them wants no more.
    pub(super) conditions: IndexSet<String>,
    /// Whether a CUSTOM provider is asked first.
    pub(super) external: bool,
}

/// What lets a request in at a proxy, whatever the question leaves open; `None` where nothing does.
pub(super) fn let_in<'d, 'a>(
    access: &'d Access<'a>,
    arrival: &Arrival<'a>,
    unsaid: &Unsaid,
    normalization: PathNormalization,
) -> Option<LetIn<'d, 'a>> {
    let request = &arrival.request;
    let left = |formula: &Formula| unsaid.left(formula, request);
    let of_rules = |parts: &[Part<'_>]| Formula::union(parts.iter().map(|part| left(&part.requests)));
    let failing = if access.external_fails { of_rules(&access.external) } else { Formula::Never };
    let passed = Formula::intersection([of_rules(&access.deny).complement(), failing.complement()]);
    let taken = [&access.handshake, &access.authentication, &access.audience].map(left);
    let taken = Formula::intersection(taken);
    let is_met = |formula: &Formula| formula.holds(request) || is_possible(formula, normalization);
    let mut found: Vec<(Option<&Part<'a>>, Vec<String>)> = Vec::new();
    let rules = access.allow.as_deref().unwrap_or_default().iter();
    let rules = rules.map(|part| (Some(part), left(&part.requests)));
    for (part, rule) in rules.chain(access.allow.is_none().then_some((None, Formula::Always))) {
        let wanted = Formula::intersection([rule, passed.clone()]);
        if is_met(&Formula::intersection([wanted.clone(), taken.clone()])) {
            found.push((part, said(&wanted, &request.host, normalization)));
        }
    }
    if found.is_empty() {
        return None;
    }
    if found.iter().any(|(_, conditions)| conditions.is_empty()) {
        found.retain(|(_, conditions)| conditions.is_empty());
    }
    let is_external = |part: &Part<'_>| is_met(&left(&part.requests));
    let external = !access.external_fails && access.external.iter().any(is_external);
    let mut let_in = LetIn { external, ..LetIn::default() };
    for (part, conditions) in found {
        let_in.parts.extend(part);
        let_in.conditions.extend(conditions);
    }
    Some(let_in)
}

/// From where a caller must come to be in a set: ` from 10.0.0.0/8`; nothing where it may come from anywhere.
pub(super) fn origin(requests: &Formula, identity: Option<&str>, normalization: PathNormalization) -> String {
    let is_address = |condition: &Condition| matches!(condition, Condition::Peer(_) | Condition::Client(_));
    let addresses = projected(&restricted(requests, identity), true, &is_address);
    let said = said(&addresses, "", normalization);
    if said.is_empty() { String::new() } else { format!(" {}", said.join(" or ")) }
}

/// A set in words, one for each way to be in it; none where one of the ways wants nothing. `usual` is the host that a
/// client sends of its own accord.
fn said(formula: &Formula, usual: &str, normalization: PathNormalization) -> Vec<String> {
    if *formula == Formula::Always {
        return Vec::new();
    }
    let positive = projected(formula, true, &|_| true);
    let Some(atoms) = atoms(&positive) else { return vec![SOME.to_owned()] };
    let Ok(mut space) = Space::new(paths_under(normalization), &[&positive]) else {
        return vec![SOME.to_owned()];
    };
    let Ok(atoms) = apart(&mut space, atoms, usual) else { return vec![SOME.to_owned()] };
    let text = |product: Product<'_>| conditions(&product, |values| values.join(", ")).join(" ");
    let texts: Vec<String> = folded(atoms).into_iter().map(text).collect();
    if texts.iter().any(String::is_empty) { Vec::new() } else { texts }
}

/// The products that some request is in, without what says nothing and without what the usual host meets.
fn apart<'f>(
    space: &mut Space,
    atoms: Vec<Vec<Literal<'f>>>,
    usual: &str,
) -> Result<Vec<Vec<Literal<'f>>>, TooComplex> {
    let mut found = Vec::new();
    for mut atom in atoms {
        let is_host = |(condition, _): &Literal<'_>| condition.dimension() == Dimension::Host;
        let is_met = |(condition, holds): &Literal<'_>| match condition {
            Condition::Host(pattern) => pattern.matches(usual) == *holds,
            _ => false,
        };
        if atom.iter().filter(|literal| is_host(literal)).all(is_met) {
            atom.retain(|literal| !is_host(literal));
        }
        let set = node(space, &atom)?;
        if !space.is_empty(set) {
            found.push(minimal(space, atom, set)?);
        }
    }
    Ok(found)
}

/// A set, or with `holds` false what is not in it, as far as the wanted conditions tell, with `Not` before single
/// conditions alone.
fn projected(formula: &Formula, holds: bool, is_wanted: &impl Fn(&Condition) -> bool) -> Formula {
    let inner = |parts: &[Formula]| -> Vec<Formula> {
        parts.iter().map(|part| projected(part, holds, is_wanted)).collect()
    };
    match (formula, holds) {
        (Formula::Always, true) | (Formula::Never, false) => Formula::Always,
        (Formula::Always, false) | (Formula::Never, true) => Formula::Never,
        (Formula::When(condition), _) if !is_wanted(condition) => Formula::Always,
        (Formula::When(_), true) => formula.clone(),
        (Formula::When(_), false) => formula.clone().complement(),
        (Formula::Not(inner), _) => projected(inner, !holds, is_wanted),
        (Formula::All(parts), true) | (Formula::Any(parts), false) => Formula::intersection(inner(parts)),
        (Formula::All(parts), false) | (Formula::Any(parts), true) => Formula::union(inner(parts)),
    }
}
