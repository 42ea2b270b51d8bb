//! The request space of one question: the axes of every dimension that its formulas look at, and the diagram
//! over them in which the formulas are compared.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::axis::{Axis, VALID};
use super::classes::{MOST_CONDITIONS, TooComplex};
use super::diagram::{Diagram, Exhausted, NodeId};
use super::domain::Domain;
use super::formula::{Condition, Dimension, Formula};
use super::pattern::Pattern;
use super::request::ClaimPath;

/// The space in which some formulas can be compared, exactly.
///
/// ```text
/// allow orders -> payments /a/*           left   Identity(orders) and Path(/a/*)
/// allow orders -> payments /a/*, /a/b     right  Identity(orders) and (Path(/a/*) or Path(/a/b))
/// ```
///
/// Both come to one node, because every path of `/a/b` is one of `/a/*`. A node is a set of requests; all that
/// is asked of sets is asked of nodes.
#[derive(Debug)]
pub struct Space {
    pub(super) axes: BTreeMap<Dimension, Placed>,
    pub(super) diagram: Diagram,
    positions: FxHashMap<Condition, u32>,
}

/// An axis and its place among the levels.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) level: u32,
    pub(super) end: u32,
    pub(super) axis: Axis,
}

/// In which requests two sets differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What is in the left set only.
    pub only_left: NodeId,
    /// What is in the right set only.
    pub only_right: NodeId,
}

impl Space {
    /// The space of these formulas. `paths` is what the proxy makes of a path before it compares.
    pub fn new(paths: Domain, formulas: &[&Formula]) -> Result<Self, TooComplex> {
        let mut conditions = Vec::new();
        for formula in formulas {
            formula.conditions(&mut conditions);
        }
        let mut by_dimension: BTreeMap<Dimension, Vec<&Condition>> = BTreeMap::new();
        let mut positions = FxHashMap::default();
        let implied = implied(&conditions);
        for condition in conditions.into_iter().chain(&implied) {
            if positions.contains_key(condition) {
                continue;
            }
            let list = by_dimension.entry(condition.dimension()).or_default();
            positions.insert(condition.clone(), list.len() as u32);
            list.push(condition);
            if positions.len() > MOST_CONDITIONS {
                return Err(TooComplex { patterns: positions.len() });
            }
        }
        let mut sizes = Vec::new();
        let mut axes = BTreeMap::new();
        for (dimension, conditions) in by_dimension {
            let axis = Axis::new(&dimension, paths, &conditions)?;
            let level = sizes.len() as u32;
            sizes.extend(axis.sizes());
            axes.insert(dimension, Placed { level, end: sizes.len() as u32, axis });
        }
        Ok(Self { axes, positions, diagram: Diagram::new(sizes) })
    }

    /// The node of a formula; equal sets have equal nodes. Its conditions must be ones that the space was made of.
    pub fn node(&mut self, formula: &Formula) -> Result<NodeId, TooComplex> {
        self.node_of(formula).map_err(|Exhausted| self.too_complex())
    }

    /// Whether every request of `inner` is in `outer`.
    pub fn includes(&mut self, outer: NodeId, inner: NodeId) -> Result<bool, TooComplex> {
        Ok(self.without(inner, outer)? == NodeId::NEVER)
    }

    /// Whether there is no such request.
    pub fn is_empty(&self, node: NodeId) -> bool {
        node == NodeId::NEVER
    }

    /// What is in both.
    pub fn intersection(&mut self, left: NodeId, right: NodeId) -> Result<NodeId, TooComplex> {
        self.diagram.and(left, right).map_err(|Exhausted| self.too_complex())
    }

    /// What is in one of them.
    pub fn union(&mut self, left: NodeId, right: NodeId) -> Result<NodeId, TooComplex> {
        self.diagram.or(left, right).map_err(|Exhausted| self.too_complex())
    }

    /// What is in `left` and not in `right`.
    pub fn without(&mut self, left: NodeId, right: NodeId) -> Result<NodeId, TooComplex> {
        let outside = self.diagram.not(right).map_err(|Exhausted| self.too_complex())?;
        self.intersection(left, outside)
    }

    /// What is in one of the two sets only, each way. Two sets are equal when both ways are empty, and that is
    /// when their nodes are equal.
    pub fn difference(&mut self, left: NodeId, right: NodeId) -> Result<Difference, TooComplex> {
        Ok(Difference { only_left: self.without(left, right)?, only_right: self.without(right, left)? })
    }

    /// How many classes the space has in all dimensions together.
    pub fn class_count(&self) -> usize {
        self.axes.values().map(|placed| placed.axis.class_count()).sum()
    }

    /// How many nodes were made.
    pub fn node_count(&self) -> usize {
        self.diagram.len()
    }

    pub(super) fn too_complex(&self) -> TooComplex {
        TooComplex { patterns: self.positions.len() }
    }

    fn node_of(&mut self, formula: &Formula) -> Result<NodeId, Exhausted> {
        match formula {
            Formula::Always => Ok(NodeId::ALWAYS),
            Formula::Never => Ok(NodeId::NEVER),
            Formula::When(condition) => self.condition(condition),
            Formula::Not(inner) => {
                let inner = self.node_of(inner)?;
                self.diagram.not(inner)
            }
            Formula::All(parts) => self.fold(parts, NodeId::ALWAYS, Diagram::and),
            Formula::Any(parts) => self.fold(parts, NodeId::NEVER, Diagram::or),
        }
    }

    /// The requests for which a condition holds: a condition on a claim holds with a valid token only, and where
    /// there are strings at the beginning of its path there is nothing below.
    fn condition(&mut self, condition: &Condition) -> Result<NodeId, Exhausted> {
        let dimension = condition.dimension();
        let mut node = self.alone(&dimension, condition)?;
        if let Dimension::Claim(path) = &dimension {
            for above in above(path) {
                if let Some((dimension, condition)) = self.presence(above) {
                    let present = self.alone(&dimension, &condition)?;
                    let absent = self.diagram.not(present)?;
                    node = self.diagram.and(node, absent)?;
                }
            }
        }
        if dimension.is_of_token() {
            let level = self.axes[&Dimension::Token].level;
            let valid = self.diagram.branch(level, [(VALID, NodeId::ALWAYS)]);
            node = self.diagram.and(valid, node)?;
        }
        Ok(node)
    }

    /// The condition that there is any string at a path, if the space looks at that path.
    fn presence(&self, path: ClaimPath) -> Option<(Dimension, Condition)> {
        let condition = Condition::Claim(path, Pattern::any());
        self.positions.contains_key(&condition).then(|| (condition.dimension(), condition))
    }

    /// The values of one dimension for which a condition holds, whatever the others are.
    fn alone(&mut self, dimension: &Dimension, condition: &Condition) -> Result<NodeId, Exhausted> {
        let Placed { axis, level, .. } = &self.axes[dimension];
        axis.node(&mut self.diagram, *level, condition, self.positions[condition])
    }

    /// Combines neighbours pairwise, so that the intermediate sets stay small.
    fn fold(
        &mut self,
        parts: &[Formula],
        neutral: NodeId,
        apply: fn(&mut Diagram, NodeId, NodeId) -> Result<NodeId, Exhausted>,
    ) -> Result<NodeId, Exhausted> {
        let mut nodes = parts.iter().map(|part| self.node_of(part)).collect::<Result<Vec<_>, _>>()?;
        while nodes.len() > 1 {
            let pairs = nodes.chunks(2).map(|pair| match pair {
                [left, right] => apply(&mut self.diagram, *left, *right),
                single => Ok(single.first().copied().unwrap_or(neutral)),
            });
            nodes = pairs.collect::<Result<Vec<_>, _>>()?;
        }
        Ok(nodes.first().copied().unwrap_or(neutral))
    }
}

/// The conditions that others speak of as well: of a valid token where one is about its claims, and that there
/// is any string at a path where one is about a path that goes on from it.
fn implied(conditions: &[&Condition]) -> Vec<Condition> {
    let is_of_token = conditions.iter().any(|condition| condition.dimension().is_of_token());
    let paths: BTreeSet<&ClaimPath> = conditions
        .iter()
        .filter_map(|condition| {
            let Condition::Claim(path, _) = condition else { return None };
            Some(path)
        })
        .collect();
    let above = paths.iter().flat_map(|path| above(path)).filter(|above| paths.contains(above));
    let present = above.map(|path| Condition::Claim(path, Pattern::any()));
    is_of_token.then_some(Condition::ValidToken).into_iter().chain(present).collect()
}

/// The paths from which a path goes on.
fn above(path: &ClaimPath) -> impl Iterator<Item = ClaimPath> {
    (1..path.len()).map(|length| path[..length].into())
}
