//! Random pairs of policies over a small alphabet: what is said to open and to close is exactly what does, for every
//! request of the alphabet.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use meshward::diff::{Change, Diff, Direction};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{Asked, assert_requests_hold, cluster, compare, outcomes};

const CALLERS: [&str; 3] =
    ["cluster.local/ns/shop/sa/orders", "cluster.local/ns/shop/sa/payments", "cluster.local/ns/shop/*"];
const METHODS: [&str; 3] = ["GET", "POST", "DELETE"];
const PATTERNS: [&str; 5] = ["/a", "/a/*", "/b", "*/b", "/a/b"];
const PATHS: [&str; 6] = ["/a", "/a/b", "/b", "/a/c", "/", "/c/b"];

/// Who asks, with the name of the workload that runs as it.
const ASKING: [(Option<&str>, &str); 4] = [
    (Some("spiffe://cluster.local/ns/shop/sa/orders"), "orders"),
    (Some("spiffe://cluster.local/ns/shop/sa/payments"), "payments"),
    (Some("spiffe://cluster.local/ns/shop/sa/x"), "x"),
    (None, "anyone in plaintext"),
];

/// The words of changes that mean a caller, given what the rules of both sides name.
fn words(who: usize, named: &BTreeSet<&str>) -> Vec<&'static str> {
    let (from, name) = ASKING[who];
    let mut words = vec![name, "anyone"];
    if let Some(uri) = from {
        words.push("every identity of the mesh");
        if !named.contains(uri.trim_start_matches("spiffe://")) {
            let has_pattern = named.contains(CALLERS[2]);
            words.push(if has_pattern {
                "every identity like shop/* that no rule names"
            } else {
                "every identity of the mesh that no rule names"
            });
        }
    }
    words
}

#[derive(Clone, Debug)]
struct Rule {
    denies: bool,
    callers: Vec<&'static str>,
    methods: Vec<&'static str>,
    paths: Vec<&'static str>,
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let rule = (
        prop::bool::weighted(0.25),
        subsequence(CALLERS.to_vec(), 0..=2),
        subsequence(METHODS.to_vec(), 0..=2),
        subsequence(PATTERNS.to_vec(), 0..=2),
    );
    let rule = rule.prop_map(|(denies, callers, methods, paths)| Rule { denies, callers, methods, paths });
    vec(rule, 0..4)
}

/// The cluster with one policy for each rule, in this mode of mutual TLS.
fn asked(rules: &[Rule], mode: &str) -> Asked {
    let mut text = format!(
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: default, namespace: shop}}\n\
         spec: {{mtls: {{mode: {mode}}}}}\n"
    );
    for (number, rule) in rules.iter().enumerate() {
        let list = |values: &[&str]| format!("['{}']", values.join("', '"));
        let mut parts = Vec::new();
        if !rule.callers.is_empty() {
            parts.push(format!("from: [{{source: {{principals: {}}}}}]", list(&rule.callers)));
        }
        let mut operation = Vec::new();
        if !rule.methods.is_empty() {
            operation.push(format!("methods: {}", list(&rule.methods)));
        }
        if !rule.paths.is_empty() {
            operation.push(format!("paths: {}", list(&rule.paths)));
        }
        if !operation.is_empty() {
            parts.push(format!("to: [{{operation: {{{}}}}}]", operation.join(", ")));
        }
        let action = if rule.denies { "DENY" } else { "ALLOW" };
        let _ = write!(
            text,
            "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
             metadata: {{name: p{number}, namespace: shop}}\n\
             spec: {{selector: {{matchLabels: {{app: payments}}}}, action: {action}, rules: [{{{}}}]}}\n",
            parts.join(", ")
        );
    }
    cluster(&text)
}

/// The requests of the alphabet, with who asks.
fn requests() -> Vec<(usize, &'static str, &'static str, String)> {
    let mut requests = Vec::new();
    for (who, (from, _)) in ASKING.iter().enumerate() {
        for method in ["GET", "POST", "DELETE", "PUT"] {
            for path in PATHS {
                let line = serde_json::json!({
                    "from": from, "to": "shop/payments", "port": 8080, "method": method, "path": path
                });
                requests.push((who, method, path, line.to_string()));
            }
        }
    }
    requests
}

/// Whether an operation in words covers a request.
fn covers(text: &str, method: &str, path: &str) -> bool {
    let mut rest = text;
    if text == "everything" {
        return true;
    }
    let methods: Vec<&str> =
        METHODS.iter().copied().filter(|name| text.split([' ', ',']).any(|word| word == *name)).collect();
    rest = rest.trim_start_matches(|letter: char| letter.is_ascii_alphabetic() || ", ".contains(letter));
    let matches = |pattern: &str| match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => path.ends_with(end),
        (None, Some(start)) => path.starts_with(start),
        (None, None) => path == pattern,
    };
    // Several patterns behind each other must all match; one of a list must.
    let paths =
        rest.is_empty() || rest.replace(", ", ",").split(' ').all(|list| list.split(',').any(matches));
    (methods.is_empty() || methods.contains(&method)) && paths
}

fn changes_of<'d>(diff: &'d Diff, words: &[&str], direction: Direction) -> Vec<&'d Change> {
    let payments =
        diff.targets.iter().filter(|target| target.workloads.contains(&"shop/payments".to_owned()));
    payments
        .flat_map(|target| &target.changes)
        .filter(|change| change.direction == direction && change.ports.contains(&8080))
        .filter(|change| change.callers.iter().any(|name| words.contains(&name.as_str())))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_is_what_differs(
        before in rules(),
        after in rules(),
        modes in (select(vec!["STRICT", "PERMISSIVE"]), select(vec!["STRICT", "PERMISSIVE"])),
    ) {
        let (old, new) = (asked(&before, modes.0), asked(&after, modes.1));
        let diff = compare(&old, &new);
        prop_assert_eq!(&diff.undecided, &vec![]);
        assert_requests_hold(&old, &new, &diff);

        let named = before.iter().chain(&after).flat_map(|rule| rule.callers.iter().copied()).collect();
        let requests = requests();
        let lines: Vec<String> = requests.iter().map(|(.., line)| line.clone()).collect();
        let (left, right) = (outcomes(&old, &lines), outcomes(&new, &lines));
        for (((who, method, path, line), left), right) in requests.iter().zip(left).zip(right) {
            let (was, is) = (left == "allowed", right == "allowed");
            for (direction, happens) in [(Direction::Opened, !was && is), (Direction::Closed, was && !is)] {
                let changes = changes_of(&diff, &words(*who, &named), direction);
                let operations = || changes.iter().flat_map(|change| &change.operations);
                let covered = operations().any(|operation| covers(&operation.text, method, path));
                let wholly = operations().any(|operation| operation.whole && covers(&operation.text, method, path));
                prop_assert!(!happens || covered, "{direction:?} and not said: {line}\n{}", super::said(&diff));
                prop_assert!(happens || !wholly, "said and not {direction:?}: {line}\n{}", super::said(&diff));
            }
        }
    }

    #[test]
    fn a_change_and_its_undoing_mirror_each_other(before in rules(), after in rules()) {
        let (old, new) = (asked(&before, "STRICT"), asked(&after, "STRICT"));
        let sets = |diff: &Diff, direction| -> BTreeSet<String> {
            let changes = diff.targets.iter().flat_map(|target| &target.changes);
            changes
                .filter(|change| change.direction == direction)
                .map(|change| format!("{:?} {:?} {:?}", change.callers, change.operations, change.ports))
                .collect()
        };
        let (there, back) = (compare(&old, &new), compare(&new, &old));
        prop_assert_eq!(sets(&there, Direction::Opened), sets(&back, Direction::Closed));
        prop_assert_eq!(sets(&there, Direction::Closed), sets(&back, Direction::Opened));
    }
}
