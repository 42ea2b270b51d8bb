//! The request space of one question: the classes of every dimension that its formulas look at, and the
//! diagram over them in which the formulas are compared.

use std::net::IpAddr;

use ipnet::IpNet;
use rustc_hash::FxHashMap;

use super::address;
use super::classes::{Class, TooComplex, partition};
use super::diagram::{Diagram, NodeId};
use super::domain::Domain;
use super::formula::{Condition, Dimension, Formula, Request};
use super::pattern::Pattern;

/// The space in which some formulas can be compared.
#[derive(Debug)]
pub struct Space {
    classes: Vec<Vec<Class>>,
    positions: FxHashMap<Condition, (Dimension, u32)>,
    diagram: Diagram,
}

impl Space {
    /// The space of these formulas. `paths` is what the proxy makes of a path before it compares.
    pub fn new(paths: Domain, formulas: &[&Formula]) -> Result<Self, TooComplex> {
        let mut conditions = Vec::new();
        for formula in formulas {
            formula.conditions(&mut conditions);
        }
        let mut strings: Vec<Vec<Pattern>> = vec![Vec::new(); Dimension::ALL.len()];
        let mut blocks: Vec<Vec<IpNet>> = vec![Vec::new(); Dimension::ALL.len()];
        let mut positions = FxHashMap::default();
        for condition in conditions {
            if positions.contains_key(condition) {
                continue;
            }
            let dimension = condition.dimension();
            let position = match condition {
                Condition::Identity(pattern)
                | Condition::Host(pattern)
                | Condition::Method(pattern)
                | Condition::Path(pattern) => push(&mut strings[dimension as usize], pattern.clone()),
                Condition::Peer(block) | Condition::Client(block) => {
                    push(&mut blocks[dimension as usize], *block)
                }
            };
            positions.insert(condition.clone(), (dimension, position));
        }
        let classes = Dimension::ALL
            .into_iter()
            .map(|dimension| {
                classes_of(dimension, paths, &strings[dimension as usize], &blocks[dimension as usize])
            })
            .collect::<Result<Vec<_>, _>>()?;
        let diagram = Diagram::new(classes.iter().map(Vec::len).collect());
        Ok(Self { classes, positions, diagram })
    }

    /// The node of a formula; equal sets have equal nodes. The formula must be one that the space was made of.
    pub fn node(&mut self, formula: &Formula) -> NodeId {
        match formula {
            Formula::Always => NodeId::ALWAYS,
            Formula::Never => NodeId::NEVER,
            Formula::When(condition) => self.condition(condition),
            Formula::Not(inner) => {
                let inner = self.node(inner);
                self.diagram.not(inner)
            }
            Formula::All(parts) => {
                let nodes: Vec<NodeId> = parts.iter().map(|part| self.node(part)).collect();
                self.fold(nodes, NodeId::ALWAYS, Diagram::and)
            }
            Formula::Any(parts) => {
                let nodes: Vec<NodeId> = parts.iter().map(|part| self.node(part)).collect();
                self.fold(nodes, NodeId::NEVER, Diagram::or)
            }
        }
    }

    /// A request that is in one of the two sets and not in the other; `None` if they are equal.
    pub fn difference(&mut self, left: NodeId, right: NodeId) -> Option<Request> {
        if left == right {
            return None;
        }
        let (not_left, not_right) = (self.diagram.not(left), self.diagram.not(right));
        let only_left = self.diagram.and(left, not_right);
        let only_right = self.diagram.and(right, not_left);
        self.witness(only_left).or_else(|| self.witness(only_right))
    }

    /// One request of a set; `None` if the set is empty.
    pub fn witness(&self, node: NodeId) -> Option<Request> {
        let chosen = self.diagram.witness(node)?;
        let text =
            |dimension: Dimension| &self.classes[dimension as usize][chosen[dimension as usize]].witness;
        let address =
            |dimension| text(dimension).parse::<IpAddr>().expect("an address class is spelled as an address");
        let identity = text(Dimension::Identity);
        Some(Request {
            identity: (!identity.is_empty()).then(|| identity.clone()),
            peer: address(Dimension::Peer),
            client: address(Dimension::Client),
            host: text(Dimension::Host).clone(),
            method: text(Dimension::Method).clone(),
            path: text(Dimension::Path).clone(),
        })
    }

    /// How many classes the space has in all dimensions together.
    pub fn class_count(&self) -> usize {
        self.classes.iter().map(Vec::len).sum()
    }

    fn condition(&mut self, condition: &Condition) -> NodeId {
        let (dimension, position) = self.positions[condition];
        let classes = &self.classes[dimension as usize];
        self.diagram.condition(dimension as u8, |class| classes[class].members.contains(&position))
    }

    /// Combines neighbours pairwise, so that the intermediate sets stay small.
    fn fold(
        &mut self,
        mut nodes: Vec<NodeId>,
        neutral: NodeId,
        apply: fn(&mut Diagram, NodeId, NodeId) -> NodeId,
    ) -> NodeId {
        while nodes.len() > 1 {
            nodes = nodes
                .chunks(2)
                .map(|pair| match pair {
                    [left, right] => apply(&mut self.diagram, *left, *right),
                    [single] => *single,
                    _ => neutral,
                })
                .collect();
        }
        nodes.first().copied().unwrap_or(neutral)
    }
}

fn push<T>(list: &mut Vec<T>, item: T) -> u32 {
    list.push(item);
    list.len() as u32 - 1
}

fn classes_of(
    dimension: Dimension,
    paths: Domain,
    patterns: &[Pattern],
    blocks: &[IpNet],
) -> Result<Vec<Class>, TooComplex> {
    match dimension {
        Dimension::Identity => {
            // A caller in plaintext has no identity: a class of its own, in no set.
            let absent = Class { members: Vec::new(), witness: String::new() };
            let mut classes = partition(Domain::Identity, patterns)?;
            classes.push(absent);
            Ok(classes)
        }
        Dimension::Peer | Dimension::Client => Ok(address::partition(blocks)),
        Dimension::Host => partition(Domain::Host, patterns),
        Dimension::Method => partition(Domain::Method, patterns),
        Dimension::Path => partition(paths, patterns),
    }
}
