//! Istio rules from the rules of a workload set: merged into grants, written as `from` and `to`, and parted
//! into policies of a size that a cluster takes.

use std::sync::Arc;

use super::fingerprint::Fingerprint;
use super::grant::{self, Grant, Grants};
use super::split::{Bucket, split};
use super::{Context, Limits, operation, size, source};
use crate::diagnostic::{Diagnostic, code};
use crate::istio::resources::{From, Operation, Rule as IstioRule, Source, To};
use crate::policy::{Origin, Rule};

/// An Istio rule and the statements behind it.
type Traced = (IstioRule, Vec<Arc<Origin>>);

/// The rules of one policy, or of each of several where one would be too large; none without rules.
pub(super) fn policies(context: &Context, rules: &[&Rule]) -> (Vec<Bucket<Traced>>, Vec<Diagnostic>) {
    let limits = context.limits;
    let grants = grant::merge(rules);
    let mut diagnostics = Vec::new();
    let mut traced = Vec::with_capacity(grants.merged.len());
    for grant in &grants.merged {
        let origins = origins(rules, grant);
        for rule in istio_rules(context, &grants, grant) {
            if size::of_rule(&rule) > limits.bytes {
                diagnostics.extend(origins.first().map(|origin| too_large(origin)));
            } else {
                traced.push((Fingerprint::of_rule(&rule), (rule, origins.clone())));
            }
        }
    }
    let fits = |rules: &[(u64, Traced)]| {
        rules.len() <= limits.rules
            && rules.iter().map(|(_, (rule, _))| size::of_rule(rule)).sum::<usize>() <= limits.bytes
    };
    (split(traced, &fits), diagnostics)
}

/// The statements behind a grant, in the order of the policy. One statement may have given several rules.
fn origins(rules: &[&Rule], grant: &Grant) -> Vec<Arc<Origin>> {
    let origin = |position: &u32| Arc::clone(&rules[*position as usize].origin);
    let mut origins: Vec<_> = grant.rules.iter().map(origin).collect();
    origins.dedup();
    origins
}

/// One rule, or the product of the parts of `from` and `to` where one would be too large.
fn istio_rules(context: &Context, grants: &Grants, grant: &Grant) -> Vec<IstioRule> {
    let subjects: Vec<_> =
        grant.subjects.iter().map(|position| &grants.subjects[*position as usize]).collect();
    let objects: Vec<_> = grant.objects.iter().map(|position| &grants.objects[*position as usize]).collect();
    if subjects.is_empty() {
        return Vec::new();
    }
    // So small that a rule has room for a part of `from`, a part of `to` and all exceptions of both.
    let part = context.limits.bytes / 4;
    let from = parts_of_from(context.limits, part, source::sources(context.mesh, part, &subjects));
    let to = parts_of_to(part, operation::operations(part, &objects));
    let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (from, to)));
    pairs.map(|(from, to)| IstioRule { from: from.clone(), to: to.clone() }).collect()
}

fn parts_of_from(limits: &Limits, part: usize, sources: Vec<Source>) -> Vec<Vec<From>> {
    let anyone = sources.is_empty();
    if anyone {
        return vec![Vec::new()];
    }
    let fits = |sources: &[(u64, Source)]| {
        sources.len() <= limits.sources
            && sources.iter().map(|(_, source)| size::of_source(source)).sum::<usize>() <= part
    };
    let items = sources.into_iter().map(|source| (Fingerprint::of_source(&source), source)).collect();
    let entries = |bucket: Bucket<Source>| bucket.items.into_iter().map(|source| From { source }).collect();
    split(items, &fits).into_iter().map(entries).collect()
}

fn parts_of_to(part: usize, operations: Vec<Operation>) -> Vec<Vec<To>> {
    let fits = |operations: &[(u64, Operation)]| {
        operations.iter().map(|(_, operation)| size::of_operation(operation)).sum::<usize>() <= part
    };
    let items =
        operations.into_iter().map(|operation| (Fingerprint::of_operation(&operation), operation)).collect();
    let entries =
        |bucket: Bucket<Operation>| bucket.items.into_iter().map(|operation| To { operation }).collect();
    split(items, &fits).into_iter().map(entries).collect()
}

fn too_large(origin: &Origin) -> Diagnostic {
    Diagnostic::new(
        code::BUNDLE_TOO_LARGE,
        "the rule is too large for one Kubernetes object and can not be split",
        origin.span,
        "its exceptions have to stand in every part",
    )
    .note("except a namespace (`shop/*`), a network or a path prefix instead of many single ones")
}
