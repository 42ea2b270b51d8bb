//! Unions, intersections and complements that leave out what says nothing, so that a rule that can not match at
//! a port is seen not to.

use crate::access::Formula;

/// The union; a union among the parts becomes part of it.
pub(super) fn any(parts: Vec<Formula>) -> Formula {
    let mut union = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Formula::Never => {}
            Formula::Always => return Formula::Always,
            Formula::Any(inner) => union.extend(inner),
            part @ (Formula::When(_) | Formula::Not(_) | Formula::All(_)) => union.push(part),
        }
    }
    if union.is_empty() { Formula::Never } else { Formula::Any(union) }
}

/// The intersection.
pub(super) fn all(parts: Vec<Formula>) -> Formula {
    let mut product = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Formula::Always => {}
            Formula::Never => return Formula::Never,
            Formula::All(inner) => product.extend(inner),
            part @ (Formula::When(_) | Formula::Not(_) | Formula::Any(_)) => product.push(part),
        }
    }
    if product.is_empty() { Formula::Always } else { Formula::All(product) }
}

/// The complement.
pub(super) fn not(formula: Formula) -> Formula {
    match formula {
        Formula::Always => Formula::Never,
        Formula::Never => Formula::Always,
        Formula::Not(inner) => *inner,
        formula @ (Formula::When(_) | Formula::All(_) | Formula::Any(_)) => Formula::Not(Box::new(formula)),
    }
}
