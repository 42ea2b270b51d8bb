//! The decision at one port of a workload: what the transport lets in, what is allowed and what is denied.

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
        let same = |left: &Formula, right: &Formula| match (products(left), products(right)) {
            (Some(left), Some(right)) => left == right,
            (None, _) | (_, None) => false,
        };
        self.transport == other.transport && same(&self.allow, &other.allow) && same(&self.deny, &other.deny)
    }
}

/// A condition, and whether it must hold or must not.
type Literal<'a> = (&'a Condition, bool);

/// How many products a formula may be multiplied out to.
const MOST_PRODUCTS: usize = 4096;

/// The formula as products of literals, each once and sorted, if it can be multiplied out within reason. Two
/// formulas with the same products are the same set.
fn products(formula: &Formula) -> Option<Vec<Vec<Literal<'_>>>> {
    let mut list = multiply(formula)?;
    for product in &mut list {
        product.sort_unstable();
        product.dedup();
    }
    list.sort_unstable();
    list.dedup();
    Some(list)
}

fn multiply(formula: &Formula) -> Option<Vec<Vec<Literal<'_>>>> {
    match formula {
        Formula::Always => Some(vec![Vec::new()]),
        Formula::Never => Some(Vec::new()),
        Formula::When(condition) => Some(vec![vec![(condition, true)]]),
        Formula::Not(inner) => match &**inner {
            Formula::When(condition) => Some(vec![vec![(condition, false)]]),
            // Not one of several: each of them must not hold.
            Formula::Any(parts) => parts
                .iter()
                .map(|part| match part {
                    Formula::When(condition) => Some((condition, false)),
                    Formula::Always
                    | Formula::Never
                    | Formula::Not(_)
                    | Formula::All(_)
                    | Formula::Any(_) => None,
                })
                .collect::<Option<Vec<Literal<'_>>>>()
                .map(|product| vec![product]),
            Formula::Always => Some(Vec::new()),
            Formula::Never => Some(vec![Vec::new()]),
            Formula::Not(_) | Formula::All(_) => None,
        },
        Formula::Any(parts) => {
            let mut union = Vec::new();
            for part in parts {
                union.extend(multiply(part)?);
                if union.len() > MOST_PRODUCTS {
                    return None;
                }
            }
            Some(union)
        }
        Formula::All(parts) => {
            let mut product: Vec<Vec<Literal<'_>>> = vec![Vec::new()];
            for part in parts {
                let factor = multiply(part)?;
                if product.len().saturating_mul(factor.len()) > MOST_PRODUCTS {
                    return None;
                }
                product = product
                    .iter()
                    .flat_map(|left| factor.iter().map(move |right| [left.as_slice(), right].concat()))
                    .collect();
            }
            Some(product)
        }
    }
}
