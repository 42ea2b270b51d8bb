//! Sets of requests in words: who is in one, and what each of them may do, as formulas that are as short as the
//! conditions of the space allow.

use super::classes::TooComplex;
use super::diagram::{Exhausted, NodeId};
use super::formula::{Condition, Dimension, Formula};
use super::request::Request;
use super::space::Space;

/// Some values of one dimension, and what is left to ask of a request that has one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The values, as a set that looks at this dimension only.
    pub values: NodeId,
    /// The requests of the set that have one of these values, whatever this dimension says.
    pub rest: NodeId,
}

/// Requests that are in a set for one reason: each part is about one dimension, and together they are enough.
///
/// ```text
/// allow orders, cart -> payments GET /a
/// Identity  Any[When(orders), When(cart)]
/// Method    When(GET)
/// Path      When(/a)
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// What each dimension that matters asks, in the order of dimensions.
    pub parts: Vec<(Dimension, Formula)>,
    /// One of the requests.
    pub witness: Request,
}

/// Disjoint products that make up a set, or as many of them as were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Products {
    /// The products, by their first class.
    pub list: Vec<Product>,
    /// Whether the list is the whole set.
    pub complete: bool,
}

impl Space {
    /// A set by callers: for each group of identities that may do the same, the identities and what they may do.
    /// Where callers do not matter there is one group of all of them, those in plaintext included.
    pub fn callers(&mut self, node: NodeId) -> Result<Vec<Slice>, TooComplex> {
        self.slices(node, &Dimension::Identity).map_err(|Exhausted| self.too_complex())
    }

    /// The values of one dimension that occur in a set, as a set that looks at this dimension only: for
    /// [`Dimension::Identity`] everybody who can do anything of it.
    pub fn project(&mut self, node: NodeId, dimension: &Dimension) -> Result<NodeId, TooComplex> {
        let levels = self.axes.get(dimension).map_or(0..0, |placed| placed.level..placed.end);
        self.diagram.project(node, &levels).map_err(|Exhausted| self.too_complex())
    }

    /// A set that looks at one dimension only, in the conditions of the space: as any of them, as none of them,
    /// or as some with exceptions.
    pub fn describe(&mut self, values: NodeId, dimension: &Dimension) -> Result<Formula, TooComplex> {
        self.formula(values, dimension).map_err(|Exhausted| self.too_complex())
    }

    /// A set as a list of at most so many products. Each holds alone, and no request is in two of them.
    pub fn products(&mut self, node: NodeId, most: usize) -> Result<Products, TooComplex> {
        let mut products = Products { list: Vec::new(), complete: true };
        self.collect(node, NodeId::ALWAYS, &mut Vec::new(), most, &mut products)
            .map_err(|Exhausted| self.too_complex())?;
        Ok(products)
    }

    /// The slices of a set that looks at nothing before the dimension.
    fn slices(&mut self, node: NodeId, dimension: &Dimension) -> Result<Vec<Slice>, Exhausted> {
        let end = self.axes.get(dimension).map_or(0, |placed| placed.end);
        let exits = self.diagram.exits(node, end)?;
        Ok(exits.into_iter().map(|(values, rest)| Slice { values, rest }).collect())
    }

    /// Adds the products of `node`, in front of which stand `parts`, the set `before`.
    fn collect(
        &mut self,
        node: NodeId,
        before: NodeId,
        parts: &mut Vec<(Dimension, Formula)>,
        most: usize,
        products: &mut Products,
    ) -> Result<(), Exhausted> {
        if node == NodeId::NEVER {
            return Ok(());
        }
        if products.list.len() >= most {
            products.complete = false;
            return Ok(());
        }
        let Some(dimension) = self.first_dimension(node) else {
            if let Some(witness) = self.witness(before) {
                products.list.push(Product { parts: parts.clone(), witness });
            }
            return Ok(());
        };
        for Slice { values, rest } in self.slices(node, &dimension)? {
            if products.list.len() >= most {
                products.complete = false;
                return Ok(());
            }
            let formula = self.formula(values, &dimension)?;
            let here = self.diagram.and(before, values)?;
            if formula == Formula::Always {
                self.collect(rest, here, parts, most, products)?;
            } else {
                parts.push((dimension.clone(), formula));
                self.collect(rest, here, parts, most, products)?;
                parts.pop();
            }
        }
        Ok(())
    }

    fn first_dimension(&self, node: NodeId) -> Option<Dimension> {
        let level = self.diagram.first_level(node)?;
        let found = self.axes.iter().find(|(_, placed)| (placed.level..placed.end).contains(&level));
        found.map(|(dimension, _)| dimension.clone())
    }

    fn formula(&mut self, values: NodeId, dimension: &Dimension) -> Result<Formula, Exhausted> {
        let mut known = Vec::new();
        let placed = self.axes.get(dimension);
        let conditions = placed.map(|placed| placed.conditions.clone()).unwrap_or_default();
        for condition in conditions {
            known.push((self.alone(dimension, &condition)?, condition));
        }
        let mut description = Description { space: self, known };
        if let Some(any) = description.any_of(values)? {
            return Ok(any);
        }
        let others = description.space.diagram.not(values)?;
        if let Some(any) = description.any_of(others)? {
            return Ok(Formula::Not(Box::new(any)));
        }
        description.split(values, NodeId::ALWAYS)
    }
}

/// The conditions of a dimension, with the set of each.
struct Description<'a> {
    space: &'a mut Space,
    known: Vec<(NodeId, Condition)>,
}

impl Description<'_> {
    /// The set as the union of conditions, if it is one: of the widest ones.
    fn any_of(&mut self, values: NodeId) -> Result<Option<Formula>, Exhausted> {
        if values == NodeId::ALWAYS {
            return Ok(Some(Formula::Always));
        }
        let mut left = values;
        let mut chosen = Vec::new();
        while left != NodeId::NEVER {
            let Some((set, condition)) = self.widest(left, values, values)? else { return Ok(None) };
            chosen.push(Formula::When(condition));
            left = self.without(left, set)?;
        }
        Ok(Some(one_or(chosen, Formula::Any)))
    }

    /// The set among the `care` that are looked at: by a condition inside it, by one outside of it, or by one that
    /// cuts it. Each condition makes fewer values to look at, and all of them tell apart what the set tells apart.
    fn split(&mut self, values: NodeId, care: NodeId) -> Result<Formula, Exhausted> {
        let values = self.space.diagram.and(values, care)?;
        if values == NodeId::NEVER {
            return Ok(Formula::Never);
        }
        if values == care {
            return Ok(Formula::Always);
        }
        if let Some((set, condition)) = self.widest(values, values, care)? {
            let care = self.without(care, set)?;
            let rest = self.split(values, care)?;
            return Ok(either(Formula::When(condition), rest));
        }
        let outside = self.without(care, values)?;
        if let Some((set, condition)) = self.widest(outside, outside, care)? {
            let care = self.without(care, set)?;
            let rest = self.split(values, care)?;
            return Ok(both(rest, Formula::Not(Box::new(Formula::When(condition)))));
        }
        // A condition that covers all of the set leaves the least to say.
        let mut cut = None;
        for (set, condition) in self.known.clone() {
            let (inside, beyond) = (self.space.diagram.and(care, set)?, self.without(care, set)?);
            if inside != NodeId::NEVER && beyond != NodeId::NEVER {
                let covers = self.without(values, set)? == NodeId::NEVER;
                if covers || cut.is_none() {
                    cut = Some((inside, beyond, condition));
                }
                if covers {
                    break;
                }
            }
        }
        let (inside, beyond, condition) =
            cut.expect("a set of the space tells apart only what its conditions do");
        let (yes, no) = (self.split(values, inside)?, self.split(values, beyond)?);
        let when = Formula::When(condition);
        let outside = both(Formula::Not(Box::new(when.clone())), no);
        Ok(either(both(when, yes), outside))
    }

    /// The widest condition that has something of `left`, and among the `care` nothing outside of `values`.
    fn widest(
        &mut self,
        left: NodeId,
        values: NodeId,
        care: NodeId,
    ) -> Result<Option<(NodeId, Condition)>, Exhausted> {
        let mut best: Option<(NodeId, usize)> = None;
        for index in 0..self.known.len() {
            let whole = self.known[index].0;
            let set = if care == values { whole } else { self.space.diagram.and(whole, care)? };
            let inside = self.without(set, values)? == NodeId::NEVER;
            if !inside || self.space.diagram.and(set, left)? == NodeId::NEVER {
                continue;
            }
            let wider = match best {
                None => true,
                Some((best, _)) => best != set && self.without(best, set)? == NodeId::NEVER,
            };
            if wider {
                best = Some((set, index));
            }
        }
        Ok(best.map(|(set, index)| (set, self.known[index].1.clone())))
    }

    fn without(&mut self, left: NodeId, right: NodeId) -> Result<NodeId, Exhausted> {
        let outside = self.space.diagram.not(right)?;
        self.space.diagram.and(left, outside)
    }
}

fn either(first: Formula, second: Formula) -> Formula {
    match (first, second) {
        (Formula::Never, other) | (other, Formula::Never) => other,
        (Formula::Always, _) | (_, Formula::Always) => Formula::Always,
        (first, Formula::Any(mut rest)) => {
            rest.insert(0, first);
            Formula::Any(rest)
        }
        (first, second) => Formula::Any(vec![first, second]),
    }
}

fn both(first: Formula, second: Formula) -> Formula {
    match (first, second) {
        (Formula::Always, other) | (other, Formula::Always) => other,
        (Formula::Never, _) | (_, Formula::Never) => Formula::Never,
        (Formula::All(mut rest), second) => {
            rest.push(second);
            Formula::All(rest)
        }
        (first, second) => Formula::All(vec![first, second]),
    }
}

/// A single part as itself.
fn one_or(mut parts: Vec<Formula>, many: fn(Vec<Formula>) -> Formula) -> Formula {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            many(parts)
        }
    }
}
