//! Callers as entries of `from`. Istio joins the fields of one source by "and", so callers of different kinds
//! and callers with different exceptions get entries of their own, which are joined by "or".

use std::collections::BTreeMap;

use super::grant::Subject;
use super::split::parts;
use crate::istio::resources::Source;
use crate::policy::{Caller, Mesh};

/// The field of a source that a caller belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Identity,
    Peer,
    Client,
    /// No field at all.
    Anyone,
}

/// The sources of a grant, sorted; none where anyone may call, which Istio writes as no `from` at all. A list
/// of callers of more than `part` bytes is parted over several sources, which together mean the same.
pub(super) fn sources(mesh: &Mesh, part: usize, subjects: &[&Subject]) -> Vec<Source> {
    let is_anyone = |subject: &&Subject| *subject.caller == Caller::Anyone && subject.except.is_empty();
    if subjects.iter().any(is_anyone) {
        return Vec::new();
    }
    let mut entries: BTreeMap<(&[&Caller], Kind), Vec<&Caller>> = BTreeMap::new();
    for subject in subjects {
        entries.entry((&subject.except, kind(subject.caller))).or_default().push(subject.caller);
    }
    let mut sources = Vec::with_capacity(entries.len());
    for ((except, kind), mut callers) in entries {
        callers.sort_unstable();
        let without_callers = exceptions(mesh, except);
        for values in parts(part, callers.into_iter().map(|caller| value(mesh, caller)).collect()) {
            let mut source = without_callers.clone();
            match kind {
                Kind::Identity => source.principals = values.into(),
                Kind::Peer => source.ip_blocks = values.into(),
                Kind::Client => source.remote_ip_blocks = values.into(),
                Kind::Anyone => {}
            }
            sources.push(source);
        }
    }
    sources
}

fn kind(caller: &Caller) -> Kind {
    match caller {
        Caller::Account { .. } | Caller::Namespace(_) | Caller::AnyIdentity => Kind::Identity,
        Caller::Peer(_) => Kind::Peer,
        Caller::Client(_) => Kind::Client,
        Caller::Anyone => Kind::Anyone,
    }
}

/// All exceptions stand in every source: nobody of them matches, since the fields are joined by "and".
fn exceptions(mesh: &Mesh, except: &[&Caller]) -> Source {
    let mut source = Source::default();
    for caller in except {
        let values = match kind(caller) {
            Kind::Identity => &mut source.not_principals,
            Kind::Peer => &mut source.not_ip_blocks,
            Kind::Client => &mut source.not_remote_ip_blocks,
            Kind::Anyone => unreachable!("a grant that excepts anyone has no subjects"),
        };
        values.push(value(mesh, caller));
    }
    source
}

/// A caller as Istio compares it. An identity has five parts in the mesh's own trust domain: Istio itself adds
/// its aliases. A namespace is written as a prefix and not as `namespaces`, which would take it from any trust
/// domain.
fn value(mesh: &Mesh, caller: &Caller) -> String {
    // There are as many of them as names in all rules, and `format!` takes twice as long and more room.
    let identity =
        |namespace: &str, name: &str| [mesh.trust_domain.as_str(), "/ns/", namespace, "/sa/", name].concat();
    match caller {
        Caller::Account { namespace, name } => identity(namespace, name),
        Caller::AnyIdentity => "*".to_owned(),
        Caller::Anyone => String::new(),
        Caller::Client(net) | Caller::Peer(net) => net.to_string(),
        Caller::Namespace(namespace) => identity(namespace, "*"),
    }
}
