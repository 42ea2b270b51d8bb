//! Decision diagrams over classes: levels in a fixed order, and at each node the runs of classes that lead to
//! one child. Equal nodes are one node, so two sets of requests are equal when their nodes are.

use rustc_hash::FxHashMap;

/// How many runs all operations of one space may touch. Well-behaved rules need a few for each pair of them.
pub const MOST_RUNS: usize = 2_000_000;

/// A set of requests, by its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// No request.
    pub const NEVER: Self = Self(0);
    /// Every request.
    pub const ALWAYS: Self = Self(1);
}

/// An operation took more than [`MOST_RUNS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted;

/// The classes from `first` to before the next run lead to `child`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Run {
    first: u32,
    child: NodeId,
}

/// Where the classes of one level lead, as runs with different neighbours; the first begins at class 0. A level
/// at which all classes lead to one child has no node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Node {
    level: u32,
    runs: Box<[Run]>,
}

/// What is done to two sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    And,
    Or,
}

/// All nodes that were made over one set of classes.
#[derive(Debug, Default)]
pub struct Diagram {
    sizes: Vec<u32>,
    nodes: Vec<Node>,
    ids: FxHashMap<Node, NodeId>,
    combined: FxHashMap<(Operation, NodeId, NodeId), NodeId>,
    complements: FxHashMap<NodeId, NodeId>,
    touched: usize,
}

impl Diagram {
    /// An empty diagram; `sizes` is the number of classes of each level, in order.
    pub fn new(sizes: Vec<u32>) -> Self {
        Self { sizes, ..Self::default() }
    }

    /// Leads each listed class of a level to its child, and all others to [`NodeId::NEVER`]. The list is sorted.
    pub(super) fn branch(&mut self, level: u32, classes: impl IntoIterator<Item = (u32, NodeId)>) -> NodeId {
        let mut runs = Runs::default();
        let mut next = 0;
        for (class, child) in classes {
            if next < class {
                runs.push(next, NodeId::NEVER);
            }
            runs.push(class, child);
            next = class + 1;
        }
        if next < self.sizes[level as usize] {
            runs.push(next, NodeId::NEVER);
        }
        self.node(level, runs)
    }

    /// What is in both.
    pub fn and(&mut self, left: NodeId, right: NodeId) -> Result<NodeId, Exhausted> {
        match (left, right) {
            (NodeId::NEVER, _) | (_, NodeId::NEVER) => Ok(NodeId::NEVER),
            (NodeId::ALWAYS, other) | (other, NodeId::ALWAYS) => Ok(other),
            (left, right) if left == right => Ok(left),
            (left, right) => self.combine(Operation::And, left, right),
        }
    }

    /// What is in one of them.
    pub fn or(&mut self, left: NodeId, right: NodeId) -> Result<NodeId, Exhausted> {
        match (left, right) {
            (NodeId::ALWAYS, _) | (_, NodeId::ALWAYS) => Ok(NodeId::ALWAYS),
            (NodeId::NEVER, other) | (other, NodeId::NEVER) => Ok(other),
            (left, right) if left == right => Ok(left),
            (left, right) => self.combine(Operation::Or, left, right),
        }
    }

    /// What is not in it.
    pub fn not(&mut self, node: NodeId) -> Result<NodeId, Exhausted> {
        match node {
            NodeId::NEVER => Ok(NodeId::ALWAYS),
            NodeId::ALWAYS => Ok(NodeId::NEVER),
            node => {
                if let Some(known) = self.complements.get(&node) {
                    return Ok(*known);
                }
                let complement = self.map(node, Self::not)?;
                self.complements.insert(node, complement);
                self.complements.insert(complement, node);
                Ok(complement)
            }
        }
    }

    /// One element of a set, as the class at each level, `None` at the levels that do not matter; `None` if the
    /// set is empty.
    pub fn witness(&self, node: NodeId) -> Option<Vec<Option<u32>>> {
        let mut classes = vec![None; self.sizes.len()];
        let mut current = node;
        while current != NodeId::ALWAYS {
            // A canonical node that is not `NEVER` has a child that is not.
            let Node { level, runs } = if current == NodeId::NEVER { return None } else { self.get(current) };
            let run = runs.iter().find(|run| run.child != NodeId::NEVER)?;
            classes[*level as usize] = Some(run.first);
            current = run.child;
        }
        Some(classes)
    }

    /// How many nodes were made.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no node was made yet.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn combine(&mut self, operation: Operation, left: NodeId, right: NodeId) -> Result<NodeId, Exhausted> {
        let key = (operation, left.min(right), left.max(right));
        if let Some(known) = self.combined.get(&key) {
            return Ok(*known);
        }
        let level = self.level(left).min(self.level(right));
        let (left_runs, right_runs) = (self.runs(left, level), self.runs(right, level));
        self.touch(left_runs.len() + right_runs.len())?;
        let mut runs = Runs::default();
        let (mut at_left, mut at_right) = (0, 0);
        loop {
            let (here, there) = (left_runs[at_left], right_runs[at_right]);
            let child = match operation {
                Operation::And => self.and(here.child, there.child)?,
                Operation::Or => self.or(here.child, there.child)?,
            };
            runs.push(here.first.max(there.first), child);
            let end = |runs: &[Run], at: usize| runs.get(at + 1).map_or(u32::MAX, |run| run.first);
            let (left_end, right_end) = (end(&left_runs, at_left), end(&right_runs, at_right));
            if left_end.min(right_end) == u32::MAX {
                break;
            }
            at_left += usize::from(left_end <= right_end);
            at_right += usize::from(right_end <= left_end);
        }
        let node = self.node(level, runs);
        self.combined.insert(key, node);
        Ok(node)
    }

    /// The same node with other children.
    fn map(
        &mut self,
        node: NodeId,
        mut apply: impl FnMut(&mut Self, NodeId) -> Result<NodeId, Exhausted>,
    ) -> Result<NodeId, Exhausted> {
        let Node { level, runs: old } = self.get(node).clone();
        self.touch(old.len())?;
        let mut runs = Runs::default();
        for run in &old {
            let child = apply(self, run.child)?;
            runs.push(run.first, child);
        }
        Ok(self.node(level, runs))
    }

    /// The runs of a node at a level; a node of a later level does not look at it.
    fn runs(&self, node: NodeId, level: u32) -> Box<[Run]> {
        if self.level(node) == level {
            self.get(node).runs.clone()
        } else {
            Box::new([Run { first: 0, child: node }])
        }
    }

    fn level(&self, node: NodeId) -> u32 {
        if node <= NodeId::ALWAYS { u32::MAX } else { self.get(node).level }
    }

    fn get(&self, node: NodeId) -> &Node {
        &self.nodes[node.0 as usize - 2]
    }

    fn touch(&mut self, runs: usize) -> Result<(), Exhausted> {
        self.touched += runs;
        if self.touched > MOST_RUNS { Err(Exhausted) } else { Ok(()) }
    }

    /// The node with these runs, made if it is new.
    fn node(&mut self, level: u32, runs: Runs) -> NodeId {
        let runs = runs.0;
        match runs.as_slice() {
            [] => NodeId::NEVER,
            [single] => single.child,
            _ => {
                let node = Node { level, runs: runs.into_boxed_slice() };
                if let Some(id) = self.ids.get(&node) {
                    return *id;
                }
                let id = NodeId(self.nodes.len() as u32 + 2);
                self.nodes.push(node.clone());
                self.ids.insert(node, id);
                id
            }
        }
    }
}

/// Runs in the making: neighbours with one child become one.
#[derive(Default)]
struct Runs(Vec<Run>);

impl Runs {
    fn push(&mut self, first: u32, child: NodeId) {
        if self.0.last().is_none_or(|last| last.child != child) {
            self.0.push(Run { first, child });
        }
    }
}
