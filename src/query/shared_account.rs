//! Why a statement that names one workload decides about another: both run as the same account, which is all that a
//! proxy shows.

use crate::graph::{ServiceGraph, Workload};
use crate::policy::{NamedSet, Origin, Role};
use crate::source::{Span, Symbol};

use super::world::World;

/// The name that a statement has for the account of a workload, where it is the name of others alone.
pub(super) fn namesake(world: &World, asked: &Workload, statement: &Origin) -> Option<Symbol> {
    let account = (asked.key.namespace, asked.account.node);
    let callers = world.policy.references.iter().filter(|reference| reference.role == Role::Caller);
    let own = callers.filter(|reference| lies_in(reference.span, statement.span()));
    let naming: Vec<&NamedSet> =
        own.map(|reference| &*reference.named).filter(|named| named.accounts.contains(&account)).collect();
    let names_it = |named: &&NamedSet| {
        named.services.is_empty() || named.services.iter().any(|name| runs(&world.graph, *name, asked))
    };
    let (_, other) = naming.first()?.services.first()?;
    (!naming.iter().any(names_it)).then_some(*other)
}

fn lies_in(inner: Span, outer: Span) -> bool {
    inner.source == outer.source && outer.start <= inner.start && inner.end <= outer.end
}

/// Whether a workload is called so, or stands behind the Service of this name.
fn runs(graph: &ServiceGraph, (namespace, name): (Symbol, Symbol), workload: &Workload) -> bool {
    let key = crate::graph::Key { namespace, name };
    let behind = graph.services.get(&key).map(|service| graph.workloads_of(service)).unwrap_or_default();
    workload.key == key || behind.iter().any(|other| other.key == workload.key)
}
