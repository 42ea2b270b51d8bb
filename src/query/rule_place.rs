//! Where a rule of a policy comes from, or an object: the statement in a project, the lines of the YAML otherwise.

use std::sync::Arc;

use serde::Serialize;

use super::judge::Judge;
use crate::access::{Condition, Request};
use crate::graph::Gateway;
use crate::istio::resources::Object;
use crate::istio::semantics::RuleRef;
use crate::policy::{Labels, Origin};
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
        Self::of(judge, sources, rule, None)
    }

    /// As [`Self::new`], for a rule that lets a caller in at a port: a place for each statement that became part of it and
    /// speaks of the caller.
    pub(crate) fn about(
        judge: &Judge<'_>,
        sources: &SourceMap,
        rule: RuleRef<'_>,
        (identity, port): (Option<&str>, u16),
    ) -> Vec<Self> {
        let origins = judge
            .policy(rule)
            .map_or_else(Vec::new, |(object, _)| judge.statements_about(object, rule.rule, (identity, port)));
        Self::each(judge, sources, rule, origins)
    }

    /// As [`Self::about`], for a rule that lets a request in: a place for each statement that does so itself.
    pub(super) fn letting_in(
        judge: &Judge<'_>,
        sources: &SourceMap,
        rule: RuleRef<'_>,
        (request, port): (&Request, u16),
    ) -> Vec<Self> {
        let origins = judge
            .policy(rule)
            .map_or_else(Vec::new, |(object, _)| judge.statements_for(object, rule.rule, (request, port)));
        Self::each(judge, sources, rule, origins)
    }

    /// As [`Self::new`], for a rule that comes nearest to a request at a port, with the statement that itself does so.
    /// `lacks` is what the rule asks for and the request has not.
    pub(super) fn nearest(
        judge: &Judge<'_>,
        sources: &SourceMap,
        rule: RuleRef<'_>,
        (request, port): (&Request, u16),
        lacks: &[&Condition],
    ) -> Self {
        let origin = judge
            .policy(rule)
            .and_then(|(object, _)| judge.nearest_statement(object, rule.rule, (request, port), lacks));
        Self::of(judge, sources, rule, origin)
    }

    /// A place for each of the statements behind a rule; the rule alone where there are none.
    fn each(
        judge: &Judge<'_>,
        sources: &SourceMap,
        rule: RuleRef<'_>,
        origins: Vec<&Arc<Origin>>,
    ) -> Vec<Self> {
        if origins.is_empty() {
            return vec![Self::new(judge, sources, rule)];
        }
        origins.into_iter().map(|origin| Self::of(judge, sources, rule, Some(origin))).collect()
    }

    fn of(judge: &Judge<'_>, sources: &SourceMap, rule: RuleRef<'_>, origin: Option<&Arc<Origin>>) -> Self {
        let (place, statement) = judge
            .policy(rule)
            .map(|(object, _)| written(sources, object, rule.rule, origin))
            .unwrap_or_default();
        Self { policy: rule.policy(), rule: rule.rule, place, statement }
    }

    /// As [`Self::new`], for a rule that decides at a port of these pods, about this request. What istiod makes of STRICT
    /// for ztunnels leads to the `PeerAuthentication` that says it.
    pub(crate) fn at(
        judge: &Judge<'_>,
        sources: &SourceMap,
        rule: RuleRef<'_>,
        (namespace, labels, port): (&str, &Labels, u16),
        request: &Request,
    ) -> Self {
        if !rule.name.is_made_of_strict() {
            let found = judge.policy(rule);
            let origin = found.and_then(|(object, _)| judge.statement(object, rule.rule, (request, port)));
            return Self::of(judge, sources, rule, origin);
        }
        let object = judge.mutual_tls(namespace, labels, port).map(|(object, _)| object);
        let (place, statement) = object.map(|object| written(sources, object, 0, None)).unwrap_or_default();
        Self { policy: rule.policy(), rule: rule.rule, place, statement }
    }
}

/// An object, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ObjectPlace {
    /// The object, as `PeerAuthentication namespace/name`.
    pub object: String,
    /// `file:line` of the statement that it came from, or of the object in bare YAML; `null` for a default.
    pub place: Option<String>,
    /// The statement on one line; `null` in bare YAML and for a default.
    pub statement: Option<String>,
}

impl ObjectPlace {
    /// Looks the object up.
    pub(crate) fn new(sources: &SourceMap, object: &Object) -> Self {
        let metadata = object.resource.metadata();
        let (place, statement) = written(sources, object, 0, None);
        let object = format!("{} {}/{}", object.resource.kind(), metadata.namespace, metadata.name);
        Self { object, place, statement }
    }

    /// The one of a gateway.
    pub(crate) fn of_gateway(sources: &SourceMap, gateway: &Gateway) -> Self {
        let place = Some(sources.place(gateway.span));
        Self { object: format!("Gateway {}", gateway.key), place, statement: None }
    }
}

/// `file:line` of a part of an object, and the statement that it came from: `origin`, or the first of them.
fn written(
    sources: &SourceMap,
    object: &Object,
    part: usize,
    origin: Option<&Arc<Origin>>,
) -> (Option<String>, Option<String>) {
    let origin = origin.or_else(|| object.origins.get(part)?.first());
    let read = object.place.as_ref();
    let read = read.map(|place| place.rules.get(part).copied().unwrap_or(place.object));
    let span = origin.map(|origin| origin.span()).or(read);
    (span.map(|span| sources.place(span)), origin.map(|origin| origin.text()))
}
