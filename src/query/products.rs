//! A set of requests taken apart into products of single conditions, and these in words: `GET /a from 10.0.0.0/8`.

use super::words::{few, pattern, single};
use crate::access::{Condition, Dimension, Formula, NodeId, Space, TooComplex};

/// A condition, and whether it must hold or must not.
pub(crate) type Literal<'f> = (&'f Condition, bool);

/// How many products a set may be taken apart into; one of more is said as a whole.
const MOST_ATOMS: usize = 256;

/// The literals without which the set would be another one: of `/a/*` and `/a/b` the second. The path of `GET /*` stays,
/// since a method alone is not read as one of any path.
pub(crate) fn minimal<'f>(
    space: &mut Space,
    mut atom: Vec<Literal<'f>>,
    whole: NodeId,
) -> Result<Vec<Literal<'f>>, TooComplex> {
    let mut at = 0;
    while at < atom.len() {
        let literal = atom.remove(at);
        if is_every_path(literal) && is_method_alone(&atom) || node(space, &atom)? != whole {
            atom.insert(at, literal);
            at += 1;
        }
    }
    Ok(atom)
}

/// `/*`
fn is_every_path((condition, holds): Literal<'_>) -> bool {
    holds && matches!(condition, Condition::Path(path) if pattern(path) == "/*")
}

/// Whether these name a method, and no path.
fn is_method_alone(atom: &[Literal<'_>]) -> bool {
    let names = |dimension: &Dimension| {
        atom.iter().any(|(condition, holds)| *holds && condition.dimension() == *dimension)
    };
    names(&Dimension::Method) && !names(&Dimension::Path)
}

pub(crate) fn node(space: &mut Space, atom: &[Literal<'_>]) -> Result<NodeId, TooComplex> {
    let literal = |(condition, holds): &Literal<'_>| {
        let when = Formula::When((*condition).clone());
        if *holds { when } else { Formula::Not(Box::new(when)) }
    };
    space.node(&Formula::All(atom.iter().map(literal).collect()))
}

/// A formula as products of single conditions, if there are not too many.
pub(crate) fn atoms(formula: &Formula) -> Option<Vec<Vec<Literal<'_>>>> {
    let products = match formula {
        Formula::Always => vec![Vec::new()],
        Formula::Never => Vec::new(),
        Formula::When(condition) => vec![vec![(condition, true)]],
        Formula::Not(inner) => vec![negated(inner)?],
        Formula::Any(parts) => {
            let mut union = Vec::new();
            for part in parts {
                union.extend(atoms(part)?);
                if union.len() > MOST_ATOMS {
                    return None;
                }
            }
            union
        }
        Formula::All(parts) => {
            let mut product: Vec<Vec<Literal<'_>>> = vec![Vec::new()];
            for part in parts {
                let factor = atoms(part)?;
                if product.len().saturating_mul(factor.len()) > MOST_ATOMS {
                    return None;
                }
                product = product
                    .iter()
                    .flat_map(|left| factor.iter().map(move |right| [left.as_slice(), right].concat()))
                    .collect();
            }
            product
        }
    };
    Some(products)
}

/// The literals of a set that none of some conditions may hold for.
fn negated(inner: &Formula) -> Option<Vec<Literal<'_>>> {
    match inner {
        Formula::When(condition) => Some(vec![(condition, false)]),
        Formula::Any(parts) => {
            let lists = parts.iter().map(negated).collect::<Option<Vec<_>>>()?;
            Some(lists.concat())
        }
        Formula::Never => Some(Vec::new()),
        Formula::Always | Formula::Not(_) | Formula::All(_) => None,
    }
}

/// A product with the values of each dimension together: what a rule says as `GET, POST /a, /b`.
pub(crate) type Product<'f> = Vec<(Dimension, bool, Vec<&'f Condition>)>;

/// Products that differ in one dimension, as one with a list.
pub(crate) fn folded(atoms: Vec<Vec<Literal<'_>>>) -> Vec<Product<'_>> {
    let mut products: Vec<Product<'_>> = atoms.into_iter().map(product).collect();
    let dimensions =
        [Dimension::Path, Dimension::Method, Dimension::Host, Dimension::Peer, Dimension::Client];
    for dimension in dimensions {
        let mut merged: Vec<Product<'_>> = Vec::new();
        for product in products {
            let found = merged.iter_mut().find(|other| differ_in(other, &product, &dimension));
            match found {
                Some(other) => extend(other, product, &dimension),
                None => merged.push(product),
            }
        }
        products = merged;
    }
    products
}

fn product(atom: Vec<Literal<'_>>) -> Product<'_> {
    let mut product: Product<'_> = Vec::new();
    for (condition, holds) in atom {
        let dimension = condition.dimension();
        let found = product.iter_mut().find(|(other, held, _)| !holds && !*held && *other == dimension);
        match found {
            Some((.., list)) => list.push(condition),
            None => product.push((dimension, holds, vec![condition])),
        }
    }
    for (.., list) in &mut product {
        list.sort_unstable();
        list.dedup();
    }
    product.sort();
    product.dedup();
    product
}

fn is_listed(part: &(Dimension, bool, Vec<&Condition>), dimension: &Dimension) -> bool {
    part.0 == *dimension && part.1
}

/// Whether two products say the same but for the values of one dimension, which both name once.
fn differ_in(left: &Product<'_>, right: &Product<'_>, dimension: &Dimension) -> bool {
    let once = |product: &Product<'_>| product.iter().filter(|part| is_listed(part, dimension)).count() == 1;
    let rest = |part: &&(Dimension, bool, Vec<&Condition>)| !is_listed(part, dimension);
    once(left) && once(right) && left.iter().filter(rest).eq(right.iter().filter(rest))
}

fn extend<'f>(into: &mut Product<'f>, from: Product<'f>, dimension: &Dimension) {
    let added = from.into_iter().filter(|part| is_listed(part, dimension)).flat_map(|(.., list)| list);
    let added: Vec<&Condition> = added.collect();
    for (.., list) in into.iter_mut().filter(|part| is_listed(part, dimension)) {
        for condition in &added {
            if !list.contains(condition) {
                list.push(condition);
            }
        }
    }
}

/// `GET, POST /api/* except /api/internal/* with the header x-team: red`; `everything` where nothing is asked.
pub(crate) fn text(product: &Product<'_>) -> String {
    let mut words = Vec::new();
    for (holds, before) in [(true, ""), (false, "except ")] {
        for wanted in [Dimension::Method, Dimension::Path] {
            for (.., list) in product.iter().filter(|(dimension, is, _)| *dimension == wanted && *is == holds)
            {
                words.push(format!("{before}{}", few(&values(list))));
            }
        }
    }
    let names_method = product.iter().any(|(dimension, holds, _)| *dimension == Dimension::Method && *holds);
    if product.is_empty() {
        words.push("everything".to_owned());
    } else if !names_method {
        words.insert(0, "call".to_owned());
    }
    words.extend(conditions(product, few));
    words.join(" ")
}

/// What a product asks for beside the method and the path: `from 10.0.0.0/8`, `with the header x-team: red`.
pub(crate) fn conditions(product: &Product<'_>, listed: fn(&[String]) -> String) -> Vec<String> {
    let mut words = Vec::new();
    for (dimension, holds, list) in product {
        let values = listed(&values(list));
        let with = if *holds { "with" } else { "without" };
        let from = if *holds { "from" } else { "not from" };
        match dimension {
            Dimension::Method | Dimension::Path | Dimension::Identity => {}
            Dimension::Peer => words.push(format!("{from} {values}")),
            Dimension::Client => words.push(format!("{from} clients at {values}")),
            Dimension::Destination => words.push(format!("{with} the destination address {values}")),
            Dimension::Sni => words.push(format!("{with} the server name {values}")),
            Dimension::Host => words.push(format!("{with} the host {values}")),
            Dimension::Token => words.push(format!("{with} {values}")),
            Dimension::Header(_) => words.push(format!("{with} the header {values}")),
            Dimension::Issuer | Dimension::Subject | Dimension::Claim(_) => {
                words.push(format!("{with} the claim {values}"));
            }
        }
    }
    words
}

fn values(list: &[&Condition]) -> Vec<String> {
    let value = |condition: &&Condition| match condition {
        Condition::Identity(value)
        | Condition::Sni(value)
        | Condition::Host(value)
        | Condition::Method(value)
        | Condition::Path(value) => pattern(value),
        Condition::Peer(block) | Condition::Client(block) | Condition::Destination(block) => single(block),
        Condition::Header(name, value) => format!("{name}: {}", pattern(value)),
        Condition::ValidToken => "a valid token".to_owned(),
        Condition::InvalidToken => "an invalid token".to_owned(),
        Condition::Issuer(value) => format!("iss: {}", pattern(value)),
        Condition::Subject(value) => format!("sub: {}", pattern(value)),
        Condition::Claim(path, value) => format!("{}: {}", path.join("."), pattern(value)),
    };
    list.iter().map(value).collect()
}
