//! What a rule permits, taken apart into single operations, so that exactly those are said that open or close.

use crate::access::{Formula, NodeId, Space, TooComplex};
use crate::query::{Literal, atoms, folded, minimal, node, text};

use super::model::Operation;

/// The operations of `rule` that lie in `set`: those that do so as a whole, else those of which a part does.
pub(super) fn operations(
    space: &mut Space,
    rule: &Formula,
    set: NodeId,
) -> Result<Vec<Operation>, TooComplex> {
    let Some(atoms) = atoms(rule) else {
        return Ok(vec![Operation { text: "some of what the rule says".to_owned(), whole: false }]);
    };
    let (mut whole, mut part) = (Vec::new(), Vec::new());
    for atom in atoms {
        let node = node(space, &atom)?;
        if space.is_empty(node) {
            continue;
        }
        let atom = minimal(space, atom, node)?;
        if space.includes(set, node)? {
            whole.push(atom);
        } else if !disjoint(space, set, node)? {
            part.push(atom);
        }
    }
    Ok(said(whole, true).chain(said(part, false)).collect())
}

fn said(atoms: Vec<Vec<Literal<'_>>>, whole: bool) -> impl Iterator<Item = Operation> {
    folded(atoms).into_iter().map(move |product| Operation { text: text(&product), whole })
}

fn disjoint(space: &mut Space, left: NodeId, right: NodeId) -> Result<bool, TooComplex> {
    let both = space.intersection(left, right)?;
    Ok(space.is_empty(both))
}
