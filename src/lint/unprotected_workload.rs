//! `unprotected-workload`: a workload without a proxy in a namespace with a default deny, which does not
//! protect it.

use super::View;
use crate::check::missing_proxy;
use crate::diagnostic::{Diagnostic, code};

pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let mesh = &view.policy.mesh;
    for covered in view.policy.covered.iter().filter(|covered| covered.open.is_none()) {
        if !mesh.has_default_deny(&covered.namespace) {
            // Istio's own control plane runs there.
            continue;
        }
        for workload in view.graph.workloads_in(&covered.namespace) {
            let Some((place, reason)) = missing_proxy(view.project, workload) else { continue };
            let diagnostic = Diagnostic::new(
                code::UNPROTECTED_WORKLOAD,
                format!(
                    "the default deny does not protect `{}`: no proxy stands in front of it",
                    workload.key
                ),
                place,
                reason,
            );
            let diagnostic = if place == workload.span {
                diagnostic
            } else {
                diagnostic.label(workload.span, format!("this {}", workload.kind))
            };
            diagnostics.push(
                diagnostic.note("let the mesh inject its pods, or keep callers out by a NetworkPolicy"),
            );
        }
    }
}
