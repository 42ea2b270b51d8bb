//! `selector-without-labels`: a selector without labels, of which the webhook warns.

use crate::diagnostic::{Diagnostic, code};
use crate::source::Span;

/// What to say about a selector without labels. A sidecar takes it for everyone; ztunnel gives such a policy to
/// nobody (`ambient/workloads.go`).
pub(in crate::istio::read) fn diagnose(span: Span) -> Diagnostic {
    let label = "it selects every pod of its scope where there are sidecars, and none in ambient mode";
    Diagnostic::new(code::SELECTOR_WITHOUT_LABELS, "a selector without labels", span, label)
        .note("leave `selector` out for every pod, or select by a label")
}
