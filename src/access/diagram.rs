//! Decision diagrams over classes: one level for each dimension, an edge for each child with the classes that
//! lead to it. Equal nodes are one node, so two sets of requests are equal when their nodes are.

use rustc_hash::FxHashMap;

/// A set of requests, by its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// No request.
    pub const NEVER: Self = Self(0);
    /// Every request.
    pub const ALWAYS: Self = Self(1);
}

/// Where each class of one level leads. A level at which all classes lead to one child has no node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Node {
    level: u32,
    children: Box<[NodeId]>,
}

/// All nodes that were made over one set of classes.
#[derive(Debug, Default)]
pub struct Diagram {
    sizes: Vec<usize>,
    nodes: Vec<Node>,
    ids: FxHashMap<Node, NodeId>,
    unions: FxHashMap<(NodeId, NodeId), NodeId>,
    intersections: FxHashMap<(NodeId, NodeId), NodeId>,
    complements: FxHashMap<NodeId, NodeId>,
}

impl Diagram {
    /// An empty diagram; `sizes` is the number of classes of each level, in order.
    pub fn new(sizes: Vec<usize>) -> Self {
        Self { sizes, ..Self::default() }
    }

    /// The requests whose class at `level` is one that `holds` says yes to.
    pub fn condition(&mut self, level: u32, holds: impl Fn(usize) -> bool) -> NodeId {
        let truth = |class| if holds(class) { NodeId::ALWAYS } else { NodeId::NEVER };
        let children = (0..self.sizes[level as usize]).map(truth).collect();
        self.node(level, children)
    }

    /// What is in both.
    pub fn and(&mut self, left: NodeId, right: NodeId) -> NodeId {
        match (left, right) {
            (NodeId::NEVER, _) | (_, NodeId::NEVER) => NodeId::NEVER,
            (NodeId::ALWAYS, other) | (other, NodeId::ALWAYS) => other,
            (left, right) if left == right => left,
            (left, right) => {
                let key = (left.min(right), left.max(right));
                if let Some(known) = self.intersections.get(&key) {
                    return *known;
                }
                let node = self.combine(left, right, Self::and);
                self.intersections.insert(key, node);
                node
            }
        }
    }

    /// What is in one of them.
    pub fn or(&mut self, left: NodeId, right: NodeId) -> NodeId {
        match (left, right) {
            (NodeId::ALWAYS, _) | (_, NodeId::ALWAYS) => NodeId::ALWAYS,
            (NodeId::NEVER, other) | (other, NodeId::NEVER) => other,
            (left, right) if left == right => left,
            (left, right) => {
                let key = (left.min(right), left.max(right));
                if let Some(known) = self.unions.get(&key) {
                    return *known;
                }
                let node = self.combine(left, right, Self::or);
                self.unions.insert(key, node);
                node
            }
        }
    }

    /// What is not in it.
    pub fn not(&mut self, node: NodeId) -> NodeId {
        match node {
            NodeId::NEVER => NodeId::ALWAYS,
            NodeId::ALWAYS => NodeId::NEVER,
            node => {
                if let Some(known) = self.complements.get(&node) {
                    return *known;
                }
                let Node { level, children } = self.get(node).clone();
                let children = children.iter().map(|child| self.not(*child)).collect();
                let complement = self.node(level, children);
                self.complements.insert(node, complement);
                complement
            }
        }
    }

    /// One request of a set, as the class at each level; `None` if the set is empty. Levels that do not matter
    /// take their first class.
    pub fn witness(&self, node: NodeId) -> Option<Vec<usize>> {
        let mut classes = vec![0; self.sizes.len()];
        let mut current = node;
        loop {
            match current {
                NodeId::NEVER => return None,
                NodeId::ALWAYS => return Some(classes),
                inner => {
                    let Node { level, children } = self.get(inner);
                    // A canonical node that is not `NEVER` has a child that is not.
                    let (class, child) =
                        children.iter().enumerate().find(|(_, child)| **child != NodeId::NEVER)?;
                    classes[*level as usize] = class;
                    current = *child;
                }
            }
        }
    }

    /// How many nodes were made.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no node was made yet.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn combine(
        &mut self,
        left: NodeId,
        right: NodeId,
        apply: fn(&mut Self, NodeId, NodeId) -> NodeId,
    ) -> NodeId {
        let level = self.level(left).min(self.level(right));
        let children = (0..self.sizes[level as usize])
            .map(|class| {
                let (left, right) = (self.follow(left, level, class), self.follow(right, level, class));
                apply(self, left, right)
            })
            .collect();
        self.node(level, children)
    }

    /// Where a class of a level leads; a node of a later level does not look at it.
    fn follow(&self, node: NodeId, level: u32, class: usize) -> NodeId {
        if self.level(node) == level { self.get(node).children[class] } else { node }
    }

    fn level(&self, node: NodeId) -> u32 {
        if node <= NodeId::ALWAYS { u32::MAX } else { self.get(node).level }
    }

    fn get(&self, node: NodeId) -> &Node {
        &self.nodes[node.0 as usize - 2]
    }

    /// The node with these children, made if it is new.
    fn node(&mut self, level: u32, children: Box<[NodeId]>) -> NodeId {
        if children.iter().all(|child| *child == children[0]) {
            return children.first().copied().unwrap_or(NodeId::NEVER);
        }
        let node = Node { level, children };
        if let Some(id) = self.ids.get(&node) {
            return *id;
        }
        let id = NodeId(self.nodes.len() as u32 + 2);
        self.nodes.push(node.clone());
        self.ids.insert(node, id);
        id
    }
}
