//! The request space of one question: the classes of every dimension that its formulas look at, and the
//! diagram over them in which the formulas are compared.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use rustc_hash::FxHashMap;

use super::address;
use super::classes::{Class, TooComplex, partition};
use super::diagram::{Diagram, NodeId};
use super::domain::Domain;
use super::formula::{Condition, Dimension, Formula};
use super::pattern::Pattern;
use super::request::{Claims, Request, Token};

/// The space in which some formulas can be compared.
#[derive(Debug)]
pub struct Space {
    axes: BTreeMap<Dimension, Axis>,
    positions: FxHashMap<Condition, u32>,
    diagram: Diagram,
}

/// The classes of one dimension, and its levels in the diagram: one for all classes where a request has one
/// value, and one for each class where it can have several.
#[derive(Debug)]
struct Axis {
    level: u32,
    classes: Vec<Class>,
}

/// What is to be told apart in one dimension.
#[derive(Default)]
struct Distinctions {
    patterns: Vec<Pattern>,
    blocks: Vec<IpNet>,
}

impl Space {
    /// The space of these formulas. `paths` is what the proxy makes of a path before it compares.
    pub fn new(paths: Domain, formulas: &[&Formula]) -> Result<Self, TooComplex> {
        let mut conditions = Vec::new();
        for formula in formulas {
            formula.conditions(&mut conditions);
        }
        let mut distinctions: BTreeMap<Dimension, Distinctions> = BTreeMap::new();
        let mut positions = FxHashMap::default();
        for condition in conditions {
            if positions.contains_key(condition) {
                continue;
            }
            let found = distinctions.entry(condition.dimension()).or_default();
            let position = match condition {
                Condition::Identity(pattern)
                | Condition::Host(pattern)
                | Condition::Method(pattern)
                | Condition::Path(pattern)
                | Condition::Sni(pattern)
                | Condition::Issuer(pattern)
                | Condition::Subject(pattern)
                | Condition::Header(_, pattern)
                | Condition::Claim(_, pattern) => push(&mut found.patterns, pattern.clone()),
                Condition::Peer(block) | Condition::Client(block) | Condition::Destination(block) => {
                    push(&mut found.blocks, *block)
                }
                Condition::ValidToken => VALID,
                Condition::InvalidToken => INVALID,
            };
            positions.insert(condition.clone(), position);
        }
        for dimension in distinctions.keys().cloned().collect::<Vec<_>>() {
            if of_token(&dimension) {
                distinctions.entry(Dimension::Token).or_default();
            }
        }
        let mut sizes = Vec::new();
        let mut axes = BTreeMap::new();
        for (dimension, found) in distinctions {
            let classes = classes_of(&dimension, paths, &found)?;
            let level = sizes.len() as u32;
            if is_repeated(&dimension) {
                sizes.extend(classes.iter().map(|_| 2));
            } else {
                sizes.push(classes.len());
            }
            axes.insert(dimension, Axis { level, classes });
        }
        Ok(Self { axes, positions, diagram: Diagram::new(sizes) })
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
        let mut request = Request::new("GET", "example.com", "/");
        let mut claims = Claims::default();
        let mut token = Token::Absent;
        for (dimension, axis) in &self.axes {
            let level = axis.level as usize;
            if is_repeated(dimension) {
                let present = axis.classes.iter().zip(&chosen[level..]).filter(|(_, present)| **present == 1);
                let values: Vec<String> = present.map(|(class, _)| class.witness.clone()).collect();
                match dimension {
                    _ if values.is_empty() => {}
                    Dimension::Header(name) => {
                        request.headers.insert(name.clone(), values);
                    }
                    Dimension::Claim(path) => {
                        claims.others.insert(path.clone(), values);
                    }
                    _ => {}
                }
                continue;
            }
            let class = &axis.classes[chosen[level]];
            let text = class.witness.clone();
            let optional = (!text.is_empty()).then(|| text.clone());
            let address = || text.parse::<IpAddr>().expect("an address class is spelled as an address");
            match dimension {
                Dimension::Identity => request.identity = optional,
                Dimension::Peer => request.peer = address(),
                Dimension::Client => request.client = address(),
                Dimension::Destination => request.destination = address(),
                Dimension::Sni => request.sni = optional,
                Dimension::Host => request.host = text,
                Dimension::Method => request.method = text,
                Dimension::Path => request.path = text,
                Dimension::Issuer => claims.issuer = optional,
                Dimension::Subject => claims.subject = optional,
                Dimension::Token => {
                    token = match class.members.first() {
                        Some(&VALID) => Token::Valid(Claims::default()),
                        Some(_) => Token::Invalid,
                        None => Token::Absent,
                    }
                }
                Dimension::Header(_) | Dimension::Claim(_) => {}
            }
        }
        request.token = match token {
            Token::Valid(_) => Token::Valid(claims),
            Token::Absent | Token::Invalid => token,
        };
        Some(request)
    }

    /// How many classes the space has in all dimensions together.
    pub fn class_count(&self) -> usize {
        self.axes.values().map(|axis| axis.classes.len()).sum()
    }

    fn condition(&mut self, condition: &Condition) -> NodeId {
        let dimension = condition.dimension();
        let position = self.positions[condition];
        let node = self.classes_with(&dimension, position);
        if of_token(&dimension) {
            let valid = self.classes_with(&Dimension::Token, VALID);
            return self.diagram.and(valid, node);
        }
        node
    }

    fn classes_with(&mut self, dimension: &Dimension, position: u32) -> NodeId {
        let axis = &self.axes[dimension];
        if !is_repeated(dimension) {
            return self
                .diagram
                .condition(axis.level, |class| axis.classes[class].members.contains(&position));
        }
        let levels: Vec<u32> = (axis.level..)
            .zip(&axis.classes)
            .filter(|(_, class)| class.members.contains(&position))
            .map(|(level, _)| level)
            .collect();
        let nodes =
            levels.into_iter().map(|level| self.diagram.condition(level, |class| class == 1)).collect();
        self.fold(nodes, NodeId::NEVER, Diagram::or)
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

/// The positions of the two conditions on the token.
const VALID: u32 = 0;
const INVALID: u32 = 1;

/// Whether a request can have several values in a dimension.
fn is_repeated(dimension: &Dimension) -> bool {
    matches!(dimension, Dimension::Header(_) | Dimension::Claim(_))
}

/// Whether a dimension is one of a valid token.
fn of_token(dimension: &Dimension) -> bool {
    matches!(dimension, Dimension::Issuer | Dimension::Subject | Dimension::Claim(_))
}

fn push<T>(list: &mut Vec<T>, item: T) -> u32 {
    list.push(item);
    list.len() as u32 - 1
}

fn classes_of(dimension: &Dimension, paths: Domain, found: &Distinctions) -> Result<Vec<Class>, TooComplex> {
    let patterns = &found.patterns;
    // What a request need not have: a class of its own, in no set.
    let optional = |domain| {
        let mut classes = partition(domain, patterns)?;
        classes.push(Class { members: Vec::new(), witness: String::new() });
        Ok(classes)
    };
    match dimension {
        Dimension::Identity => optional(Domain::Identity),
        Dimension::Sni => optional(Domain::Sni),
        Dimension::Issuer | Dimension::Subject => optional(Domain::Claim),
        Dimension::Peer | Dimension::Client | Dimension::Destination => Ok(address::partition(&found.blocks)),
        Dimension::Host => partition(Domain::Host, patterns),
        Dimension::Method => partition(Domain::Method, patterns),
        Dimension::Path => partition(paths, patterns),
        Dimension::Header(_) => partition(Domain::Header, patterns),
        Dimension::Claim(_) => partition(Domain::Claim, patterns),
        Dimension::Token => Ok([vec![], vec![VALID], vec![INVALID]]
            .map(|members| Class { members, witness: String::new() })
            .to_vec()),
    }
}
