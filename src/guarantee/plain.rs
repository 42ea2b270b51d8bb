//! What can be seen of two sets of callers or requests without building the space of either. Each answer errs to
//! the same side: a "no" is certain.

use crate::check::overlap;
use crate::policy::{Caller, Guarantee, Operation, Promise, Rule};

/// Whether an `allow` rule could let a request through that breaks a `never` or an `only`, by its callers and
/// methods.
pub(super) fn could_break(guarantee: &Guarantee, rule: &Rule) -> bool {
    rule.callers.iter().any(|caller| could_be_forbidden(guarantee, caller))
        && could_share(&guarantee.operations, &rule.operations, share_methods)
}

/// Whether a `never` or an `only` could forbid some request of a caller.
pub(super) fn could_be_forbidden(guarantee: &Guarantee, caller: &Caller) -> bool {
    match guarantee.promise {
        Promise::Never | Promise::Reaches => guarantee.callers.iter().any(|one| meet(one, caller)),
        Promise::Only => {
            let is_meant = guarantee.callers.iter().any(|meant| covers(meant, caller));
            !guarantee.except.is_empty() || !is_meant
        }
    }
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

/// Whether a request could be one of both lists of operations, by their methods and paths.
pub(super) fn could_share_requests(left: &[Operation], right: &[Operation]) -> bool {
    could_share(left, right, |one, other| share_methods(one, other) && share_paths(one, other))
}

/// Whether two lists of operations, where none means all, have a pair that shares something.
fn could_share(left: &[Operation], right: &[Operation], share: fn(&Operation, &Operation) -> bool) -> bool {
    left.is_empty() || right.is_empty() || left.iter().any(|one| right.iter().any(|other| share(one, other)))
}

fn share_methods(one: &Operation, other: &Operation) -> bool {
    one.methods.is_empty()
        || other.methods.is_empty()
        || one.methods.iter().any(|method| other.methods.contains(method))
}

fn share_paths(one: &Operation, other: &Operation) -> bool {
    one.paths.is_empty()
        || other.paths.is_empty()
        || one.paths.iter().any(|path| other.paths.iter().any(|other| overlap(path, other)))
}
