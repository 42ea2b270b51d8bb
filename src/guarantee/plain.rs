//! What can be seen of two sets of callers or requests without building the space of either. Each answer errs to
//! the same side: a "no" is certain.

use crate::policy::{Caller, Guarantee, Operation, Promise, Rule};

/// Whether an `allow` rule could let a request through that breaks a `never` or an `only`.
pub(super) fn could_break(guarantee: &Guarantee, rule: &Rule) -> bool {
    let callers_could = match guarantee.promise {
        Promise::Never | Promise::Reaches => could_meet(&guarantee.callers, &rule.callers),
        Promise::Only => {
            let is_meant = |caller: &Caller| guarantee.callers.iter().any(|meant| covers(meant, caller));
            !guarantee.except.is_empty() || !rule.callers.iter().all(is_meant)
        }
    };
    callers_could && could_share_methods(&guarantee.operations, &rule.operations)
}

/// Whether a request could be one of both lists of callers.
pub(super) fn could_meet(left: &[Caller], right: &[Caller]) -> bool {
    left.iter().any(|one| right.iter().any(|other| meet(one, other)))
}

fn meet(one: &Caller, other: &Caller) -> bool {
    match (one, other) {
        (Caller::Account { .. }, Caller::Account { .. }) | (Caller::Namespace(_), Caller::Namespace(_)) => {
            one == other
        }
        (Caller::Namespace(all), Caller::Account { namespace, .. })
        | (Caller::Account { namespace, .. }, Caller::Namespace(all)) => all == namespace,
        (Caller::AnyIdentity | Caller::Anyone | Caller::Peer(_) | Caller::Client(_), _)
        | (_, Caller::AnyIdentity | Caller::Anyone | Caller::Peer(_) | Caller::Client(_)) => true,
    }
}

/// Whether every request of `inner` is plainly one of `outer`.
fn covers(outer: &Caller, inner: &Caller) -> bool {
    match (outer, inner) {
        (Caller::Anyone, _) | (Caller::AnyIdentity, Caller::Account { .. } | Caller::Namespace(_)) => true,
        (Caller::Namespace(all), Caller::Account { namespace, .. }) => all == namespace,
        (outer, inner) => outer == inner,
    }
}

/// Whether a request could be one of both lists of operations, by their methods alone.
fn could_share_methods(left: &[Operation], right: &[Operation]) -> bool {
    let share = |one: &Operation, other: &Operation| {
        one.methods.is_empty()
            || other.methods.is_empty()
            || one.methods.iter().any(|method| other.methods.contains(method))
    };
    left.is_empty() || right.is_empty() || left.iter().any(|one| right.iter().any(|other| share(one, other)))
}
