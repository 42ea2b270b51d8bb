//! `direct-probe`: a probe that the kubelet sends to a port of strict mutual TLS itself. It comes in plaintext and is
//! refused, so that the pod never becomes ready.

use super::View;
use crate::check::{Intent, missing_proxy};
use crate::diagnostic::{Diagnostic, code};
use crate::policy::MtlsMode;

pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let mut probed = view.graph.workloads.iter().filter(|workload| !workload.probes.is_empty()).peekable();
    if probed.peek().is_none() {
        return;
    }
    let intent = Intent::new(view.policy, view.graph);
    for workload in probed.filter(|workload| missing_proxy(view.project, workload).is_none()) {
        let is_refused = |port: u16| {
            view.graph.left_out(workload, port).is_none()
                && intent.mode(&workload.key.namespace, &workload.labels, port) == MtlsMode::Strict
        };
        let Some(probe) = workload.probes.iter().find(|probe| is_refused(probe.port)) else { continue };
        diagnostics.push(
            Diagnostic::new(
                code::DIRECT_PROBE,
                format!("the kubelet can not probe port {} of `{}`", probe.port, workload.key),
                probe.span,
                "it comes in plaintext, and the port takes mutual TLS only",
            )
            .note(
                "`sidecar.istio.io/rewriteAppHTTPProbers: \"false\"` keeps Istio from leading the probe past mutual TLS; \
                 leave it out",
            )
            .note("or open the port to plaintext, by `mtls permissive` for it and a rule for `anyone`"),
        );
    }
}
