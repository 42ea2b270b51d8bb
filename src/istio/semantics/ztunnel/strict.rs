//! Where a ztunnel refuses plaintext: of a PeerAuthentication it knows only STRICT, as a denial of callers without
//! an identity, and istiod's conversion loses some exceptions (`ambient/authorization.go`, run with Istio 1.31).

use crate::istio::resources::{MutualTls, MutualTlsMode, PeerAuthentication};
use crate::istio::semantics::access::PolicyRef;
use crate::istio::semantics::not_modelled::NotModelled;
use crate::istio::semantics::selection::Selection;
use crate::policy::Labels;

/// The namespace and name of the policy that denies plaintext at a port; `None` where none does.
pub(super) fn denial<'a>(
    policies: &Selection<'a, PeerAuthentication>,
    root: &'a str,
    namespace: &str,
    labels: &Labels,
    port: u16,
) -> Result<Option<(&'a str, PolicyRef<'a>)>, NotModelled> {
    // A root policy with `selector: {}` holds for the pods of its own namespace (`workloads.go`,
    // `fetchPeerAuthentications`).
    let holds = |policy: &&PeerAuthentication| policy.spec.selector.is_none() || namespace == root;
    let mesh = oldest(policies.of_namespace(root).iter().copied().filter(holds))?;
    let (space, workload) = if namespace == root {
        (None, None)
    } else {
        let space = oldest(policies.of_namespace(namespace).iter().copied())?;
        (space, oldest(policies.of_workload(namespace, labels))?)
    };
    let inherited = [space, mesh].into_iter().flatten().find(|policy| mode(policy) != MutualTlsMode::Unset);
    let is_inherited = inherited.is_some_and(|policy| mode(policy) == MutualTlsMode::Strict);
    let of_whole = |is_strict: bool| is_strict.then_some((root, PolicyRef::StaticStrict));
    let Some(workload) = workload else { return Ok(of_whole(is_inherited)) };
    let whole = match mode(workload) {
        MutualTlsMode::Strict => true,
        MutualTlsMode::Permissive | MutualTlsMode::Disable => false,
        MutualTlsMode::Unset => is_inherited,
    };
    if !refers_to_ports(workload, whole) {
        return Ok(of_whole(whole));
    }
    if is_never_sent(workload, is_inherited, space, inherited) {
        return Ok(None);
    }
    let is_strict = of_port(workload, port).map_or(whole, |mode| match mode {
        MutualTlsMode::Strict => true,
        MutualTlsMode::Permissive | MutualTlsMode::Disable => false,
        MutualTlsMode::Unset => whole,
    });
    let metadata = &workload.metadata;
    let converted = PolicyRef::ConvertedPeerAuthentication(&metadata.name);
    Ok(is_strict.then_some((metadata.namespace.as_str(), converted)))
}

/// Whether istiod takes some port for an exception, and so refers to the converted policy.
fn refers_to_ports(workload: &PeerAuthentication, whole: bool) -> bool {
    let has = |wanted: &[MutualTlsMode]| {
        workload.spec.port_level_mtls.values().any(|mtls| wanted.contains(&mtls.mode))
    };
    match mode(workload) {
        MutualTlsMode::Strict => has(&[MutualTlsMode::Permissive, MutualTlsMode::Disable]),
        // DISABLE alone is none, and is one beside PERMISSIVE.
        MutualTlsMode::Unset if whole => has(&[MutualTlsMode::Permissive]),
        MutualTlsMode::Permissive | MutualTlsMode::Disable | MutualTlsMode::Unset => {
            has(&[MutualTlsMode::Strict])
        }
    }
}

/// Whether istiod refers to a converted policy that it then does not send, so that nothing is strict.
fn is_never_sent(
    workload: &PeerAuthentication,
    is_inherited: bool,
    space: Option<&PeerAuthentication>,
    inherited: Option<&PeerAuthentication>,
) -> bool {
    let is_unset = space.is_some_and(|policy| mode(policy) == MutualTlsMode::Unset);
    let has_empty_selector = inherited.is_some_and(|policy| policy.spec.selector.is_some());
    match mode(workload) {
        MutualTlsMode::Strict => false,
        // STRICT comes from the mesh, and the namespace says nothing.
        MutualTlsMode::Permissive | MutualTlsMode::Disable => is_inherited && (space.is_none() || is_unset),
        MutualTlsMode::Unset => is_inherited && (is_unset || has_empty_selector),
    }
}

fn of_port(workload: &PeerAuthentication, port: u16) -> Option<MutualTlsMode> {
    workload.spec.port_level_mtls.get(&*port.to_string()).map(|mtls: &MutualTls| mtls.mode)
}

fn mode(policy: &PeerAuthentication) -> MutualTlsMode {
    policy.spec.mtls.map_or(MutualTlsMode::Unset, |mtls| mtls.mode)
}

/// The oldest of one scope; between two of one age chance decides.
fn oldest<'a>(
    policies: impl Iterator<Item = &'a PeerAuthentication>,
) -> Result<Option<&'a PeerAuthentication>, NotModelled> {
    let age = |policy: &PeerAuthentication| policy.metadata.creation_timestamp;
    let mut oldest: Option<&PeerAuthentication> = None;
    let mut tied = false;
    for policy in policies {
        match oldest.map(|known| age(policy).cmp(&age(known))) {
            None | Some(std::cmp::Ordering::Less) => (oldest, tied) = (Some(policy), false),
            Some(std::cmp::Ordering::Equal) => tied = true,
            Some(std::cmp::Ordering::Greater) => {}
        }
    }
    match oldest {
        Some(policy) if tied => Err(NotModelled::age(&policy.metadata)),
        other => Ok(other),
    }
}
