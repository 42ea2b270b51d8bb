//! The decision at one port of a workload: what the transport lets in, what is allowed and what is denied.

use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

use super::formula::{Condition, Formula};

/// Which requests get through: those that the transport accepts, that something allows and nothing denies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Connections that are accepted at all.
    pub transport: Formula,
    /// What is allowed.
    pub allow: Formula,
    /// What is denied, whatever is allowed.
    pub deny: Formula,
}

impl Decision {
    /// The requests that get through, as one formula.
    pub fn formula(&self) -> Formula {
        Formula::All(vec![self.transport.clone(), self.allow.clone().without(self.deny.clone())])
    }

    /// Whether both plainly say the same, part by part. `false` means only that it is not plain to see.
    pub fn plainly_equals(&self, other: &Self) -> bool {
        self.transport == other.transport
            && plainly_equal(&self.allow, &other.allow)
            && plainly_equal(&self.deny, &other.deny)
    }
}

/// Two formulas with the same products are the same set.
fn plainly_equal(left: &Formula, right: &Formula) -> bool {
    let mut literals = Literals::default();
    match (literals.products(left), literals.products(right)) {
        (Some(left), Some(right)) => left == right,
        (None, _) | (_, None) => false,
    }
}

/// A condition, and whether it must hold or must not: twice its number, and one more where it must not.
type Literal = u32;

/// Most products have an identity, a method and a path.
type Product = SmallVec<[Literal; 4]>;

/// How many products a formula may be multiplied out to.
const MOST_PRODUCTS: usize = 4096;

/// The numbers of conditions. These are long texts that stand in many products and differ late; to copy, sort and
/// compare products of numbers takes half of the time.
#[derive(Default)]
struct Literals<'a>(FxHashMap<&'a Condition, Literal>);

impl<'a> Literals<'a> {
    fn of(&mut self, condition: &'a Condition, holds: bool) -> Literal {
        let next = 2 * self.0.len() as Literal;
        *self.0.entry(condition).or_insert(next) + Literal::from(!holds)
    }

    /// The formula as products of literals, each once and sorted, if it can be multiplied out within reason.
    fn products(&mut self, formula: &'a Formula) -> Option<Vec<Product>> {
        let mut list = Vec::new();
        self.multiply(formula, &mut list)?;
        for product in &mut list {
            product.sort_unstable();
            product.dedup();
        }
        list.sort_unstable();
        list.dedup();
        Some(list)
    }

    /// Adds the products of a formula to a list.
    fn multiply(&mut self, formula: &'a Formula, list: &mut Vec<Product>) -> Option<()> {
        match formula {
            Formula::Always => list.push(Product::new()),
            Formula::Never => {}
            Formula::When(condition) => list.push(smallvec![self.of(condition, true)]),
            Formula::Not(inner) => self.multiply_negation(inner, list)?,
            Formula::Any(parts) => {
                let start = list.len();
                for part in parts {
                    self.multiply(part, list)?;
                    if list.len() - start > MOST_PRODUCTS {
                        return None;
                    }
                }
            }
            Formula::All(parts) => {
                let start = list.len();
                list.push(Product::new());
                let mut factor = Vec::new();
                for part in parts {
                    self.multiply(part, &mut factor)?;
                    cross(list, start, &factor)?;
                    factor.clear();
                }
            }
        }
        Some(())
    }

    fn multiply_negation(&mut self, inner: &'a Formula, list: &mut Vec<Product>) -> Option<()> {
        match inner {
            Formula::When(condition) => list.push(smallvec![self.of(condition, false)]),
            // Not one of several: each of them must not hold.
            Formula::Any(parts) => {
                let literals = parts.iter().map(|part| match part {
                    Formula::When(condition) => Some(self.of(condition, false)),
                    Formula::Always
                    | Formula::Never
                    | Formula::Not(_)
                    | Formula::All(_)
                    | Formula::Any(_) => None,
                });
                list.push(literals.collect::<Option<Product>>()?);
            }
            Formula::Always => {}
            Formula::Never => list.push(Product::new()),
            Formula::Not(_) | Formula::All(_) => return None,
        }
        Some(())
    }
}

/// Each product of a list from `start` on with each of another list.
fn cross(list: &mut Vec<Product>, start: usize, factor: &[Product]) -> Option<()> {
    let Some((last, others)) = factor.split_last() else {
        list.truncate(start);
        return Some(());
    };
    let end = list.len();
    if (end - start).saturating_mul(factor.len()) > MOST_PRODUCTS {
        return None;
    }
    for other in others {
        for left in start..end {
            let product = list[left].iter().chain(other).copied().collect();
            list.push(product);
        }
    }
    list[start..end].iter_mut().for_each(|product| product.extend_from_slice(last));
    Some(())
}
