//! Where a rule of a policy comes from: the statement in a project, the lines of the YAML otherwise.

use serde::Serialize;

use super::judge::Judge;
use crate::istio::semantics::RuleRef;
use crate::source::SourceMap;

/// A rule by its policy and number, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RulePlace {
    /// The policy, as `namespace/name`.
    pub policy: String,
    /// The number of the rule.
    pub rule: usize,
    /// `file:line` of the statement that it came from, or of the rule in bare YAML.
    pub place: Option<String>,
    /// The statement on one line; `null` in bare YAML.
    pub statement: Option<String>,
}

impl RulePlace {
    /// Looks the rule up.
    pub(crate) fn new(judge: &Judge<'_>, sources: &SourceMap, rule: RuleRef<'_>) -> Self {
        let (object, _) = judge.policy(rule);
        let origin = object.origins.get(rule.rule).and_then(|origins| origins.first());
        let read = object.place.as_ref();
        let written = read.map(|place| place.rules.get(rule.rule).copied().unwrap_or(place.object));
        let span = origin.map(|origin| origin.span).or(written);
        Self {
            policy: format!("{}/{}", rule.namespace, rule.name),
            rule: rule.rule,
            place: span.map(|span| sources.place(span)),
            statement: origin.map(|origin| origin.text.clone()),
        }
    }
}
