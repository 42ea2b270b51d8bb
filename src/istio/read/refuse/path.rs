//! Path patterns: `paths` and `notPaths`.

use super::{Gate, Refusal, Verdict, text};
use crate::istio::path_template::{self, Mistake};

/// Any text but the empty one, unless it has braces.
pub(in crate::istio::read) fn pattern(path: &str) -> Verdict {
    text::filled(path)?;
    path_template::check(path).map_err(|mistake| {
        let (gate, advice) = match mistake {
            Mistake::Webhook(advice) => (Gate::Webhook, advice),
            Mistake::Envoy(advice) => (Gate::Envoy, advice),
        };
        Refusal::new(gate, format!("`{path}` is not a path template")).advice(advice)
    })
}
