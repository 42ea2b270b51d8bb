//! A small universe of requests, and formulas whose conditions tell nothing apart that the universe does not.

use meshward::access::{Claims, Condition, Formula, Pattern, Piece, Request, Token};
use proptest::prelude::*;

const ORDERS: &str = "spiffe://cluster.local/ns/shop/sa/orders";
const CART: &str = "spiffe://cluster.local/ns/shop/sa/cart";

/// Every request of the universe: each combination of these values.
pub(crate) fn requests() -> Vec<Request> {
    let identities = [
        None,
        Some(ORDERS),
        Some(CART),
        Some("spiffe://cluster.local/ns/shop/sa/other"),
        Some("spiffe://other.example/ns/shop/sa/orders"),
        Some("spiffe://other.example/ns/shop/sa/other"),
    ];
    let mut all = vec![Request::new("GET", "example.com", "/")];
    vary(&mut all, &identities, |request, identity| request.identity = identity.map(str::to_owned));
    vary(&mut all, &[[10, 1, 0, 1], [10, 2, 0, 1], [127, 0, 0, 1]], |request, peer| {
        request.peer = peer.into();
    });
    vary(&mut all, &[None, Some("shop"), Some("other")], |request, sni| request.sni = sni.map(str::to_owned));
    vary(&mut all, &["shop", "SHOP", "other"], |request, host| host.clone_into(&mut request.host));
    let paths = ["/", "/b", "/x/b", "/a/b", "/a/x", "/a/x/b"];
    vary(&mut all, &paths, |request, path| path.clone_into(&mut request.path));
    vary(&mut all, &[None, Some(""), Some("red"), Some("blue")], |request, value| {
        request.headers.extend(value.map(|value| ("x-team".into(), vec![value.to_owned()])));
    });
    vary(&mut all, &tokens(), |request, token| request.token = token);
    all
}

fn vary<T: Clone>(all: &mut Vec<Request>, values: &[T], set: impl Fn(&mut Request, T)) {
    let varied = all.iter().flat_map(|request| {
        values.iter().map(|value| {
            let mut request = request.clone();
            set(&mut request, value.clone());
            request
        })
    });
    *all = varied.collect();
}

fn tokens() -> Vec<Token> {
    let roles: [(&[&str], &[&str]); 6] = [
        (&["roles"], &[]),
        (&["roles"], &["dev"]),
        (&["roles"], &["admin"]),
        (&["roles"], &["dev", "admin"]),
        (&["roles"], &["other"]),
        (&["roles", "mesh"], &["admin"]),
    ];
    let valid = [None, Some("https://a")].into_iter().flat_map(|issuer| {
        roles.iter().map(move |(path, values)| {
            let path = path.iter().map(|step| (*step).into()).collect();
            Token::Valid(Claims {
                issuer: issuer.map(str::to_owned),
                subject: None,
                others: [(path, values.iter().map(|value| (*value).to_owned()).collect())].into(),
            })
        })
    });
    [Token::Absent, Token::Invalid].into_iter().chain(valid).collect()
}

fn condition() -> impl Strategy<Value = Condition> {
    let block = |text: &str| text.parse().unwrap();
    prop::sample::select(vec![
        Condition::Identity(Pattern::present()),
        Condition::Identity(Pattern::exact(ORDERS)),
        Condition::Identity(Pattern::exact(CART)),
        Condition::Identity(Pattern::prefix("spiffe://cluster.local/ns/shop/sa/")),
        Condition::Identity(Pattern::suffix("/ns/shop/sa/orders")),
        Condition::Peer(block("10.0.0.0/8")),
        Condition::Peer(block("10.1.0.0/16")),
        Condition::Sni(Pattern::exact("shop")),
        Condition::Sni(Pattern::present()),
        Condition::Host(Pattern::exact("shop").caseless()),
        Condition::Host(Pattern::exact("shop")),
        Condition::Path(Pattern::prefix("/a/")),
        Condition::Path(Pattern::suffix("/b")),
        Condition::Path(Pattern::exact("/a/b")),
        Condition::Path(Pattern::new([Piece::Text("/".into()), Piece::Segment, Piece::Text("/b".into())])),
        Condition::header("X-Team", Pattern::any()),
        Condition::header("x-team", Pattern::present()),
        Condition::header("x-team", Pattern::exact("red")),
        Condition::ValidToken,
        Condition::InvalidToken,
        Condition::claim(["iss"], Pattern::exact("https://a")),
        Condition::claim(["roles"], Pattern::exact("admin")),
        Condition::claim(["roles"], Pattern::exact("dev")),
        Condition::claim(["roles"], Pattern::any()),
        Condition::claim(["roles", "mesh"], Pattern::exact("admin")),
    ])
}

/// Formulas over all dimensions of the universe.
pub(crate) fn formula() -> impl Strategy<Value = Formula> {
    let leaf = prop_oneof![
        12 => condition().prop_map(Formula::When),
        1 => Just(Formula::Always),
        1 => Just(Formula::Never),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|formula| Formula::Not(Box::new(formula))),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Formula::All),
            prop::collection::vec(inner, 0..4).prop_map(Formula::Any),
        ]
    })
}
