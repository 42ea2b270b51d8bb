//! The access model on one workload with many patterns: how long it takes to tell two sets of rules apart, and
//! how large what comes of it is.
//!
//! `cargo bench --bench access` prints a line for each kind and number of rules.

use std::time::Instant;

use meshward::access::{Condition, Domain, Formula, Pattern, Piece, Request, Space, partition};

/// A kind of pattern, by the number of the rule.
type Kind = (&'static str, fn(usize) -> Pattern);

const KINDS: &[Kind] = &[
    ("exact", exact),
    ("prefix", prefix),
    ("suffix", suffix),
    ("template", template),
    ("anywhere", anywhere),
    ("mixed", |number| [exact, prefix, suffix, template][number % 4](number)),
];

fn exact(number: usize) -> Pattern {
    Pattern::exact(format!("/api/v{}/orders/{number}", number % 7))
}

fn prefix(number: usize) -> Pattern {
    Pattern::prefix(format!("/api/v{}/users/{number}/", number % 7))
}

fn suffix(number: usize) -> Pattern {
    Pattern::suffix(format!("/action-{number}"))
}

fn template(number: usize) -> Pattern {
    let text = |text: String| Piece::Text(text);
    Pattern::new([text(format!("/tenants/{number}/")), Piece::Segment, text(format!("/x{}", number % 7))])
}

fn anywhere(number: usize) -> Pattern {
    Pattern::new([Piece::Any, Piece::Text(format!("/part-{number}/")), Piece::Any])
}

/// Rules of one kind for fifty callers and three methods.
fn rules(pattern: fn(usize) -> Pattern, count: usize) -> Formula {
    let rule = |number: usize| {
        let caller = Pattern::exact(format!("spiffe://cluster.local/ns/shop/sa/c{}", number % 50));
        let method = Pattern::exact(["GET", "POST", "PUT"][number % 3]);
        let conditions =
            [Condition::Identity(caller), Condition::Method(method), Condition::Path(pattern(number))];
        Formula::All(conditions.map(Formula::When).to_vec())
    };
    Formula::Any((0..count).map(rule).collect())
}

/// The same question by plain enumeration: a request of each product of classes, asked of both.
fn enumerate(pattern: fn(usize) -> Pattern, count: usize) {
    let (all, most) = (rules(pattern, count), rules(pattern, count - 1));
    let start = Instant::now();
    let callers: Vec<Pattern> =
        (0..50).map(|n| Pattern::exact(format!("spiffe://cluster.local/ns/shop/sa/c{n}"))).collect();
    let methods = ["GET", "POST", "PUT"].map(Pattern::exact);
    let paths: Vec<Pattern> = (0..count).map(pattern).collect();
    let classes = |domain, patterns: &[Pattern]| partition(domain, patterns).unwrap_or_default();
    let (callers, methods) = (classes(Domain::Identity, &callers), classes(Domain::Method, &methods));
    let paths = classes(Domain::NormalizedPath, &paths);
    let mut request = Request::new("GET", "example.com", "/");
    let mut differ = 0;
    for caller in &callers {
        request.identity = Some(caller.witness.clone());
        for method in &methods {
            request.method.clone_from(&method.witness);
            for path in &paths {
                request.path.clone_from(&path.witness);
                differ += usize::from(all.holds(&request) != most.holds(&request));
            }
        }
    }
    let points = callers.len() * methods.len() * paths.len();
    println!(
        "plain enumeration of {count}: {points} requests, {differ} differ, {:.3} s",
        start.elapsed().as_secs_f64()
    );
}

fn main() {
    for count in [20, 100] {
        enumerate(KINDS[5].1, count);
    }
    println!(
        "{:>8} {:>6} {:>9} {:>9} {:>8} {:>8}",
        "kind", "rules", "classes s", "nodes s", "classes", "nodes"
    );
    for (name, pattern) in KINDS {
        for count in [100, 500, 2000] {
            let (all, most) = (rules(*pattern, count), rules(*pattern, count - 1));
            let start = Instant::now();
            let Ok(mut space) = Space::new(Domain::NormalizedPath, &[&all, &most]) else {
                println!("{name:>8} {count:>6} {:>9.3} too complex", start.elapsed().as_secs_f64());
                continue;
            };
            let classes = start.elapsed();
            let nodes = space.node(&all).and_then(|a| Ok((a, space.node(&most)?)));
            let difference = nodes.and_then(|(a, b)| space.difference(a, b));
            let witness = difference.ok().and_then(|difference| space.witness(difference.only_left));
            let answer = if witness.is_some() { "" } else { "too complex" };
            println!(
                "{name:>8} {count:>6} {:>9.3} {:>9.3} {:>8} {:>8} {answer}",
                classes.as_secs_f64(),
                start.elapsed().saturating_sub(classes).as_secs_f64(),
                space.class_count(),
                space.node_count(),
            );
        }
    }
}
