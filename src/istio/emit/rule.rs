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
    let mut diagnostics = Vec::new();
    let mut traced = Vec::with_capacity(rules.len());
    // Where a connection carries no HTTP, Istio leaves an ALLOW rule out as a whole when any part of it looks at
    // requests. A rule that opens a port for all traffic is therefore never merged with one that does.
    let (all_traffic, requests): (Vec<&Rule>, Vec<&Rule>) =
        rules.iter().partition(|rule| rule.operations.is_empty());
    for rules in [all_traffic, requests] {
        let grants = grant::merge(&rules);
        for grant in &grants.merged {
            let origins = origins(&rules, grant);
            for rule in istio_rules(context, &grants, grant) {
                if size::of_rule(&rule) > limits.bytes {
                    diagnostics.extend(origins.first().map(|origin| too_large(origin)));
                } else {
                    traced.push((rule, origins.clone()));
                }
            }
        }
    }
    let fits = |rules: &mut dyn Iterator<Item = &Traced>| {
        let (count, bytes) =
            rules.fold((0, 0), |(count, bytes), (rule, _)| (count + 1, bytes + size::of_rule(rule)));
        count <= limits.rules && bytes <= limits.bytes
    };
    (split(traced, |(rule, _)| Fingerprint::of_rule(rule), fits), diagnostics)
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
    product(from, to)
}

/// Each part of `from` with each part of `to`. The last pair takes what it needs instead of copying it, and
/// nearly always it is the only one.
fn product(mut from: Vec<Vec<From>>, mut to: Vec<Vec<To>>) -> Vec<IstioRule> {
    let last = from.pop().zip(to.pop());
    let Some((last_from, last_to)) = last else { return Vec::new() };
    let pair =
        |from: &Vec<From>, to: &Vec<To>| IstioRule { from: from.clone(), to: to.clone(), when: Vec::new() };
    let mut rules = Vec::with_capacity((from.len() + 1) * (to.len() + 1));
    for from in &from {
        rules.extend(to.iter().chain([&last_to]).map(|to| pair(from, to)));
    }
    rules.extend(to.iter().map(|to| pair(&last_from, to)));
    rules.push(IstioRule { from: last_from, to: last_to, when: Vec::new() });
    rules
}

fn parts_of_from(limits: &Limits, part: usize, sources: Vec<Source>) -> Vec<Vec<From>> {
    let anyone = sources.is_empty();
    if anyone {
        return vec![Vec::new()];
    }
    let fits = |entries: &mut dyn Iterator<Item = &From>| {
        let (count, bytes) =
            entries.fold((0, 0), |(count, bytes), from| (count + 1, bytes + size::of_source(&from.source)));
        count <= limits.sources && bytes <= part
    };
    let entries = sources.into_iter().map(|source| From { source }).collect();
    let buckets = split(entries, |from| Fingerprint::of_source(&from.source), fits);
    buckets.into_iter().map(|bucket| bucket.items).collect()
}

fn parts_of_to(part: usize, operations: Vec<Operation>) -> Vec<Vec<To>> {
    let fits = |entries: &mut dyn Iterator<Item = &To>| {
        entries.map(|to| size::of_operation(&to.operation)).sum::<usize>() <= part
    };
    let entries = operations.into_iter().map(|operation| To { operation }).collect();
    let buckets = split(entries, |to| Fingerprint::of_operation(&to.operation), fits);
    buckets.into_iter().map(|bucket| bucket.items).collect()
}

fn too_large(origin: &Origin) -> Diagnostic {
    Diagnostic::new(
        code::BUNDLE_TOO_LARGE,
        "the rule is too large for one Kubernetes object and can not be split",
        origin.span(),
        "its exceptions have to stand in every part",
    )
    .note("except a namespace (`shop/*`), a network or a path prefix instead of many single ones")
}
