//! One dimension of a space: its classes, its levels in the diagram, and what a condition on it comes to there.

use fixedbitset::FixedBitSet;
use ipnet::IpNet;

use super::address;
use super::classes::{Class, TooComplex, partition};
use super::diagram::{Diagram, Exhausted, NodeId};
use super::domain::Domain;
use super::formula::{Condition, Dimension};
use super::pattern::Pattern;
use super::strings::Strings;

/// The values of a dimension, as far as the conditions on it tell them apart.
#[derive(Debug)]
pub(super) enum Axis {
    /// One address: a level of all classes.
    Address(Vec<Class>),
    /// One string: a level of all beginnings and one of all endings. Where a request need not have it, the class
    /// behind the last beginning is that of the requests that have not.
    One {
        /// The strings.
        strings: Box<Strings>,
        /// Whether a request need not have it.
        optional: bool,
    },
    /// Any number of strings: for each class a level that tells whether one of them lies in it. All combinations
    /// are possible, so the diagram stays canonical.
    Several(Vec<Class>),
    /// The state of the token: one level.
    Token,
}

/// The classes of the token; the first one is that of requests without a token.
pub(super) const INVALID: u32 = 1;
pub(super) const VALID: u32 = 2;

impl Axis {
    /// The axis of a dimension on which these are all conditions. `paths` is the domain of paths.
    pub(super) fn new(
        dimension: &Dimension,
        paths: Domain,
        conditions: &[&Condition],
    ) -> Result<Self, TooComplex> {
        let patterns: Vec<Pattern> = conditions.iter().copied().filter_map(pattern).cloned().collect();
        let one = |domain, optional| {
            Ok(Self::One { strings: Box::new(Strings::new(domain, &patterns)?), optional })
        };
        match dimension {
            Dimension::Peer | Dimension::Client | Dimension::Destination => {
                let blocks: Vec<IpNet> = conditions.iter().copied().filter_map(block).collect();
                Ok(Self::Address(address::partition(&blocks)))
            }
            Dimension::Identity => one(Domain::Identity, true),
            Dimension::Sni => one(Domain::Sni, true),
            Dimension::Host => one(Domain::Host, false),
            Dimension::Method => one(Domain::Method, false),
            Dimension::Path => one(paths, false),
            Dimension::Token => Ok(Self::Token),
            Dimension::Issuer | Dimension::Subject => one(Domain::Claim, true),
            Dimension::Header(_) => Ok(Self::Several(partition(Domain::Header, &patterns)?)),
            Dimension::Claim(_) => Ok(Self::Several(partition(Domain::Claim, &patterns)?)),
        }
    }

    /// How many classes each of its levels has.
    pub(super) fn sizes(&self) -> Vec<u32> {
        match self {
            Self::Address(classes) => vec![classes.len() as u32],
            Self::One { strings, optional } => {
                vec![strings.beginning_count() as u32 + u32::from(*optional), strings.ending_count() as u32]
            }
            Self::Several(classes) => vec![2; classes.len()],
            Self::Token => vec![3],
        }
    }

    /// How many classes it has.
    pub(super) fn class_count(&self) -> usize {
        match self {
            Self::Address(classes) | Self::Several(classes) => classes.len(),
            Self::One { strings, optional } => strings.class_count() + usize::from(*optional),
            Self::Token => 3,
        }
    }

    /// The set of a condition, given its position, from `level` on.
    pub(super) fn node(
        &self,
        diagram: &mut Diagram,
        level: u32,
        condition: &Condition,
        position: u32,
    ) -> Result<NodeId, Exhausted> {
        let covered = |classes: &[Class]| -> Vec<u32> {
            let has = |class: &Class| class.members.binary_search(&position).is_ok();
            (0..).zip(classes).filter(|(_, class)| has(class)).map(|(index, _)| index).collect()
        };
        let lead = |classes: Vec<u32>| classes.into_iter().map(|class| (class, NodeId::ALWAYS));
        match self {
            Self::Address(classes) => Ok(diagram.branch(level, lead(covered(classes)))),
            Self::One { strings, .. } => of_pattern(strings, diagram, level, position),
            Self::Several(classes) => {
                let levels = covered(classes).into_iter().map(|class| level + class);
                Ok(any_present(diagram, levels.rev()))
            }
            Self::Token => {
                let class = if *condition == Condition::InvalidToken { INVALID } else { VALID };
                Ok(diagram.branch(level, lead(vec![class])))
            }
        }
    }
}

/// The requests that have a value in the class of one of these levels, which come from the last to the first.
fn any_present(diagram: &mut Diagram, levels: impl Iterator<Item = u32>) -> NodeId {
    let absent_leads_to =
        |diagram: &mut Diagram, rest, level| diagram.branch(level, [(0, rest), (1, NodeId::ALWAYS)]);
    levels.fold(NodeId::NEVER, |rest, level| absent_leads_to(diagram, rest, level))
}

/// The strings that match a pattern: those with its beginning and its end, less the exceptions.
fn of_pattern(
    strings: &Strings,
    diagram: &mut Diagram,
    level: u32,
    position: u32,
) -> Result<NodeId, Exhausted> {
    let shape = strings.shape(position);
    let begins = |diagram: &mut Diagram, begin: u32| {
        diagram.branch(level, strings.beginnings_of(begin).iter().map(|class| (*class, NodeId::ALWAYS)))
    };
    let mut node = shape.begin.map_or(NodeId::ALWAYS, |begin| begins(diagram, begin));
    if let Some(end) = shape.end {
        let ends = of_end(strings, diagram, level, end);
        node = diagram.and(node, ends)?;
    }
    for except in &shape.except {
        let excepted = begins(diagram, *except);
        let others = diagram.not(excepted)?;
        node = diagram.and(node, others)?;
    }
    Ok(node)
}

/// The strings with an end. Under a beginning that can not have all endings, those that it can not have go where
/// its first one goes: so no node tells apart what no string tells apart, and the diagram stays canonical.
fn of_end(strings: &Strings, diagram: &mut Diagram, level: u32, end: u32) -> NodeId {
    let covered = strings.endings_of(end);
    let of_possible = |diagram: &mut Diagram, possible: &FixedBitSet| {
        let mut leads = covered.clone();
        leads.intersect_with(possible);
        if possible.minimum().is_some_and(|first| covered.contains(first)) {
            let mut impossible = possible.clone();
            impossible.toggle_range(..);
            leads.union_with(&impossible);
        }
        diagram.branch(level + 1, leads.ones().map(|class| (class as u32, NodeId::ALWAYS)))
    };
    let nodes: Vec<NodeId> =
        strings.possible().iter().map(|possible| of_possible(diagram, possible)).collect();
    let classes =
        (0..strings.beginning_count()).map(|class| (class as u32, nodes[strings.possible_of(class)]));
    diagram.branch(level, classes)
}

/// The pattern of a condition that has one.
fn pattern(condition: &Condition) -> Option<&Pattern> {
    match condition {
        Condition::Claim(_, pattern)
        | Condition::Header(_, pattern)
        | Condition::Host(pattern)
        | Condition::Identity(pattern)
        | Condition::Issuer(pattern)
        | Condition::Method(pattern)
        | Condition::Path(pattern)
        | Condition::Sni(pattern)
        | Condition::Subject(pattern) => Some(pattern),
        Condition::Client(_)
        | Condition::Destination(_)
        | Condition::InvalidToken
        | Condition::Peer(_)
        | Condition::ValidToken => None,
    }
}

/// The block of a condition that has one.
fn block(condition: &Condition) -> Option<IpNet> {
    match condition {
        Condition::Client(block) | Condition::Destination(block) | Condition::Peer(block) => Some(*block),
        Condition::Claim(..)
        | Condition::Header(..)
        | Condition::Host(_)
        | Condition::Identity(_)
        | Condition::InvalidToken
        | Condition::Issuer(_)
        | Condition::Method(_)
        | Condition::Path(_)
        | Condition::Sni(_)
        | Condition::Subject(_)
        | Condition::ValidToken => None,
    }
}
