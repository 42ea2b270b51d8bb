//! A guarantee is kept exactly where no request of a small world breaks it, and the line of a test passes exactly
//! where its requests come out so.

use std::collections::BTreeSet;

use meshward::diagnostic::code;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::world::{
    CALLERS, EXCEPTED, METHODS, Operation, PATHS, PATTERNS, Policy, Relation, Request, Rule, SERVICES,
    covers, does, is_http, is_one_of, passes, requests,
};
use super::{check, project};

#[derive(Clone, Debug)]
struct Guarantee {
    promise: &'static str,
    relation: Relation,
}

/// The line of a test, without its outcome.
#[derive(Clone, Debug)]
struct Case {
    caller: &'static str,
    target: &'static str,
    method: &'static str,
    path: &'static str,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_guarantee_is_broken_where_some_request_breaks_it(
        policy in policy(), guarantees in vec(guarantee(), 1..8)
    ) {
        let lines: Vec<String> =
            guarantees.iter().map(|one| format!("{} {}", one.promise, one.relation)).collect();
        let text = format!("{policy}{}\n", lines.join("\n"));
        let checked = check(&project(super::world::GRAPH, &text));
        let first = policy.to_string().lines().count() + 1;
        let mut broken = BTreeSet::new();
        for diagnostic in checked.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()) {
            let known = [code::BROKEN_NEVER, code::BROKEN_ONLY, code::BROKEN_REACHES];
            prop_assert!(known.contains(&diagnostic.code), "{} in\n{text}", diagnostic.message);
            broken.insert(checked.sources.position(diagnostic.primary.span).0 - first);
        }
        for (index, guarantee) in guarantees.iter().enumerate() {
            prop_assert!(
                broken.contains(&index) != holds(&policy, guarantee),
                "`{}` is said to be {} in\n{text}",
                lines[index],
                if broken.contains(&index) { "broken" } else { "kept" },
            );
        }
    }

    #[test]
    fn a_line_passes_where_its_requests_come_out_so(policy in policy(), cases in vec(case(), 1..8)) {
        let lines: Vec<String> = cases
            .iter()
            .map(|Case { caller, target, method, path }| {
                let request = if is_http(target) { format!("{method} {path} ") } else { String::new() };
                format!("  {caller} -> {target} {request}allowed")
            })
            .collect();
        let text = format!("{policy}test \"all\" {{\n{}\n}}\n", lines.join("\n"));
        let checked = check(&project(super::world::GRAPH, &text));
        prop_assert!(!checked.has_errors(), "{:?} in\n{text}", checked.diagnostics);
        let report = meshward::test(checked.program.as_ref().unwrap(), "");
        for (case, result) in cases.iter().zip(&report.tests[0].cases) {
            let passed = result.failures.is_empty();
            prop_assert!(passed == all_pass(&policy, case), "{:?} says {passed} in\n{text}", case);
        }
    }
}

/// By trying every request.
fn holds(policy: &Policy, guarantee: &Guarantee) -> bool {
    let relation = &guarantee.relation;
    let mut all =
        relation.targets.iter().flat_map(|target| requests(target)).filter(|one| passes(policy, one));
    match guarantee.promise {
        "never" => !all.any(|request| covers(relation, &request)),
        "only" => all.all(|request| {
            let is_meant = is_one_of(&relation.callers, &request) && !is_one_of(&relation.except, &request);
            let is_asked = relation.operation.as_ref().is_none_or(|operation| does(operation, &request));
            !is_asked || is_meant
        }),
        _ => {
            let through: Vec<Request> = all.filter(|request| covers_operation(relation, request)).collect();
            let callers = relation.callers.iter().flat_map(|caller| single(caller));
            let mut callers =
                callers.filter(|one| !relation.except.iter().any(|other| single(other).contains(one)));
            callers.all(|caller| {
                relation
                    .targets
                    .iter()
                    .all(|target| through.iter().any(|one| one.target == *target && is_single(caller, one)))
            })
        }
    }
}

fn covers_operation(relation: &Relation, request: &Request) -> bool {
    relation.operation.as_ref().is_none_or(|operation| does(operation, request))
}

/// Those that a caller of a `reaches` or of the line of a test stands for.
fn single(caller: &'static str) -> Vec<&'static str> {
    match caller {
        "a/*" => vec!["a/s", "a/t", "a/db", "a/stranger"],
        "b/*" => vec!["b/s", "b/stranger"],
        "mesh" => vec!["stranger/stranger"],
        "anyone" => vec!["plaintext"],
        other => vec![other.trim_start_matches("account ")],
    }
}

fn is_single(caller: &str, request: &Request) -> bool {
    match (caller, request.identity) {
        ("plaintext", identity) => identity.is_none(),
        ("@office", identity) => {
            request.from_office && matches!(identity, None | Some(("own", "stranger", "stranger")))
        }
        (name, Some(("own", namespace, account))) => name == format!("{namespace}/{account}"),
        (_, _) => false,
    }
}

fn all_pass(policy: &Policy, case: &Case) -> bool {
    let callers = single(case.caller);
    let takes_plaintext = policy.permissive && case.target.starts_with("b/");
    let is_sent = |caller: &str, request: &Request| {
        let of_caller = is_single(caller, request) && request.from_office == (caller == "@office");
        // Whoever is known by its address only shows what the port accepts.
        of_caller && (caller != "@office" || takes_plaintext || request.identity.is_some())
    };
    callers.iter().all(|caller| {
        requests(case.target)
            .filter(|request| is_sent(caller, request))
            .filter(|request| {
                !is_http(case.target) || (request.method, request.path) == (case.method, case.path)
            })
            .all(|request| passes(policy, &request))
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    (vec(rule(), 0..10), any::<bool>()).prop_map(|(rules, permissive)| Policy { rules, permissive })
}

fn rule() -> impl Strategy<Value = Rule> {
    (prop::bool::weighted(0.7), relation()).prop_map(|(allows, mut relation)| {
        // What an `allow` or a `deny` can not say: the check refuses it.
        if !relation.except.is_empty() {
            relation.callers = vec![if allows { "mesh" } else { "anyone" }];
        }
        Rule { allows, relation }
    })
}

fn guarantee() -> impl Strategy<Value = Guarantee> {
    (select(vec!["never", "only", "reaches"]), relation())
        .prop_map(|(promise, relation)| Guarantee { promise, relation })
}

fn relation() -> impl Strategy<Value = Relation> {
    let callers = subsequence(CALLERS.to_vec(), 1..=3);
    let except = prop_oneof![3 => Just(Vec::new()), 1 => subsequence(EXCEPTED.to_vec(), 1..=2)];
    let wide = select(vec!["mesh", "anyone"]);
    let operation = prop_oneof![1 => Just(None), 2 => operation().prop_map(Some)];
    (callers, except, wide, subsequence(SERVICES.to_vec(), 1..=2), operation).prop_map(
        |(mut callers, except, wide, mut targets, operation)| {
            if !except.is_empty() {
                callers = vec![wide];
            }
            if operation.is_some() {
                targets.retain(|target| is_http(target));
                if targets.is_empty() {
                    targets.push("a/t");
                }
            }
            Relation { callers, except, targets, operation }
        },
    )
}

fn operation() -> impl Strategy<Value = Operation> {
    let method = prop::option::of(select(METHODS.to_vec()));
    let path = prop::option::of(select(PATTERNS.to_vec()));
    let except = prop::option::weighted(0.3, select(PATTERNS.to_vec()));
    (method, path, except)
        .prop_map(|(method, path, except)| Operation {
            method,
            path,
            except: except.filter(|_| path.is_some()),
        })
        .prop_filter("it says something, and its exception leaves something", |operation| {
            let says_something = operation.method.is_some() || operation.path.is_some();
            says_something && requests("a/s").any(|request| does(operation, &request))
        })
}

fn case() -> impl Strategy<Value = Case> {
    let request = (select(METHODS.to_vec()), select(PATHS.to_vec()));
    (select(CALLERS.to_vec()), select(SERVICES.to_vec()), request)
        .prop_map(|(caller, target, (method, path))| Case { caller, target, method, path })
}
