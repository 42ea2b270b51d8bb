//! What to know before a bundle is applied, though nothing is wrong with it: who will be called by nobody, and what was
//! taken for granted.

use meshward::Program;
use meshward::check::Closed;
use meshward::graph::Key;

use super::phrase::{counted, named};

/// The services, and the workloads without a Service, that nobody may call.
pub(crate) fn closed(program: &Program) -> Vec<String> {
    let Closed { services, workloads } = program.closed();
    let said = |keys: &[&Key], what: String| {
        (!keys.is_empty()).then(|| format!("nobody may call {what} that no rule names: {}", named(keys)))
    };
    let of_services = said(&services, counted(services.len(), "service"));
    let of_workloads =
        said(&workloads, format!("{} without a Service", counted(workloads.len(), "workload")));
    of_services.into_iter().chain(of_workloads).collect()
}

/// The namespaces where a bundle does nothing unless its objects meet a sidecar, which nobody stated.
pub(crate) fn assumed_sidecars(program: &Program) -> Option<String> {
    let assumed = program.namespaces_with_assumed_sidecars();
    let namespaces = counted(assumed.len(), "namespace");
    (!assumed.is_empty()).then(|| {
        let named = named(&assumed);
        format!(
            "nothing states that the pods of {namespaces} have a sidecar, without which no rule holds: {named}; \
             a Namespace with `istio-injection: enabled` among the manifests does"
        )
    })
}

/// The services whose pods are selected by labels that nobody stated.
pub(crate) fn assumed_labels(program: &Program) -> Option<String> {
    let assumed = program.services_with_assumed_labels();
    let services = counted(assumed.len(), "service");
    (!assumed.is_empty()).then(|| {
        let named = named(&assumed);
        format!("nothing states the labels of the pods of {services}, selected by `app: NAME`: {named}")
    })
}
