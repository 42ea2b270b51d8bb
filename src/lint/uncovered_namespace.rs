//! `uncovered-namespace`: a namespace with workloads that no rule and no line of the project file covers, so
//! that it stays open to everyone.

use super::View;
use crate::diagnostic::{Diagnostic, code};

/// Kubernetes' own: no policy is expected there.
const SYSTEM: &[&str] = &["kube-node-lease", "kube-public", "kube-system"];

pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    // The deny-all of the root namespace closes every other too.
    let closed = view.policy.mesh.default_deny_mesh;
    if closed || !view.whole {
        return;
    }
    for (name, namespace) in &view.graph.namespaces {
        let exempt = SYSTEM.contains(&name.as_str()) || *name == view.policy.mesh.root_namespace;
        let covered = view.policy.covered.binary_search_by(|covered| covered.namespace.cmp(name)).is_ok();
        let workloads = view.graph.workloads_in(name).count();
        if exempt || covered || workloads == 0 {
            continue;
        }
        let workloads =
            if workloads == 1 { "1 workload".to_owned() } else { format!("{workloads} workloads") };
        diagnostics.push(
            Diagnostic::new(
                code::UNCOVERED_NAMESPACE,
                format!("namespace `{name}` stays open to everyone"),
                namespace.span,
                format!("{workloads} without a default deny"),
            )
            .note(format!(
                "list `{name}` under `namespaces:` in meshward.yaml to deny there what no rule allows"
            ))
            .note(format!(
                "if it is meant to be open, say so in the policy: `open namespace {name} because \"…\"`"
            )),
        );
    }
}
