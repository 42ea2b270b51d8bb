//! A small evaluator of Envoy's RBAC configuration as Istio prints it, and the strings that one has to try on it.

use std::net::IpAddr;

use meshward::access::{Request, Token};
use serde_yaml::Value;

/// A request and the port it came to.
pub(super) struct Sent<'r> {
    pub(super) request: &'r Request,
    pub(super) port: u16,
}

/// What the filters decide, and the id of the policy that matched.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed(Option<String>),
    Denied(Option<String>),
    /// Rules in the shadow whose result an external provider acts on.
    External(String),
}

/// Asks some filters in order.
pub(super) fn decide(filters: &[Value], sent: &Sent<'_>) -> Verdict {
    let mut allowed = None;
    for filter in filters {
        let config = &filter["typedConfig"];
        if filter["name"] == "envoy.filters.http.ext_authz" {
            continue;
        }
        assert_eq!(filter["name"], "envoy.filters.http.rbac");
        let is_custom = config["shadowRulesStatPrefix"] == "istio_ext_authz_";
        if let (true, Some(id)) = (is_custom, matching(&config["shadowRules"], sent)) {
            return Verdict::External(id);
        }
        let Some(rules) = config.get("rules") else { continue };
        match (rules.get("action").and_then(Value::as_str).unwrap_or("ALLOW"), matching(rules, sent)) {
            ("ALLOW", Some(id)) => allowed = Some(id),
            ("ALLOW", None) => return Verdict::Denied(None),
            ("DENY", Some(id)) => return Verdict::Denied(Some(id)),
            ("DENY", None) | ("LOG", _) => {}
            (action, _) => panic!("no action: {action}"),
        }
    }
    Verdict::Allowed(allowed)
}

/// The first matching policy in the order of names.
fn matching(rules: &Value, sent: &Sent<'_>) -> Option<String> {
    let mut policies: Vec<(&str, &Value)> =
        rules["policies"].as_mapping()?.iter().map(|(id, policy)| (id.as_str().unwrap(), policy)).collect();
    policies.sort_by_key(|(id, _)| *id);
    let any = |list: &Value| list.as_sequence().unwrap().iter().any(|node| holds(node, sent));
    let found =
        policies.into_iter().find(|(_, policy)| any(&policy["permissions"]) && any(&policy["principals"]));
    // Around the id of a CUSTOM rule stand its provider and what became of it.
    found.map(|(id, _)| {
        let id = id.find("ns[").map_or(id, |start| &id[start..]);
        id.strip_suffix("-deny-due-to-bad-CUSTOM-action").unwrap_or(id).to_owned()
    })
}

/// A permission or principal: a mapping of one entry that says its kind.
fn holds(node: &Value, sent: &Sent<'_>) -> bool {
    let (kind, inner) = node.as_mapping().unwrap().iter().next().unwrap();
    let list = |key: &str| inner[key].as_sequence().unwrap();
    let request = sent.request;
    let text = |matcher: &Value, value: Option<&str>| value.is_some_and(|value| text(matcher, value));
    match kind.as_str().unwrap() {
        "any" => true,
        "andRules" => list("rules").iter().all(|node| holds(node, sent)),
        "orRules" => list("rules").iter().any(|node| holds(node, sent)),
        "andIds" => list("ids").iter().all(|node| holds(node, sent)),
        "orIds" => list("ids").iter().any(|node| holds(node, sent)),
        "notRule" | "notId" => !holds(inner, sent),
        "authenticated" => text(&inner["principalName"], request.identity.as_deref()),
        "destinationIp" => address(inner, request.destination),
        "destinationPort" => inner.as_u64() == Some(sent.port.into()),
        "directRemoteIp" => address(inner, request.peer),
        "header" => header(inner, request),
        "metadata" => metadata(inner, request),
        "remoteIp" => address(inner, request.client),
        "requestedServerName" => text(inner, request.sni.as_deref()),
        "uriTemplate" => template(inner["typedConfig"]["pathTemplate"].as_str().unwrap(), &request.path),
        "urlPath" => text(&inner["path"], Some(&request.path)),
        other => panic!("no permission or principal: {other}"),
    }
}

fn text(matcher: &Value, value: &str) -> bool {
    let ignores_case = matcher["ignoreCase"] == true;
    let cased = |text: &str| if ignores_case { text.to_lowercase() } else { text.to_owned() };
    let value = cased(value);
    let fixed = |kind: &str| matcher.get(kind).map(|text| cased(text.as_str().unwrap()));
    if let Some(exact) = fixed("exact") {
        return value == exact;
    }
    if let Some(prefix) = fixed("prefix") {
        return value.starts_with(&prefix);
    }
    if let Some(suffix) = fixed("suffix") {
        return value.ends_with(&suffix);
    }
    regex(matcher["safeRegex"]["regex"].as_str().unwrap(), &value)
}

fn header(matcher: &Value, request: &Request) -> bool {
    let values: Vec<&str> = match matcher["name"].as_str().unwrap().to_lowercase().as_str() {
        ":authority" => vec![&request.host],
        ":method" => vec![&request.method],
        name => request.headers.get(name).into_iter().flatten().map(String::as_str).collect(),
    };
    if matcher["presentMatch"] == true {
        return !values.is_empty();
    }
    values.iter().any(|value| text(&matcher["stringMatch"], value))
}

fn address(range: &Value, address: IpAddr) -> bool {
    let (start, length) = (range["addressPrefix"].as_str().unwrap(), range["prefixLen"].as_u64().unwrap());
    format!("{start}/{length}").parse::<ipnet::IpNet>().unwrap().contains(&address)
}

/// Only the metadata of tokens is known; a string and a list of one look alike.
fn metadata(matcher: &Value, request: &Request) -> bool {
    assert_eq!(matcher["filter"], "envoy.filters.http.jwt_authn");
    let Token::Valid(claims) = &request.token else { return false };
    let path: Vec<&str> =
        matcher["path"].as_sequence().unwrap().iter().map(|step| step["key"].as_str().unwrap()).collect();
    let values: Vec<&str> = match path.as_slice() {
        ["payload", "iss"] => claims.issuer.as_deref().into_iter().collect(),
        ["payload", "sub"] => claims.subject.as_deref().into_iter().collect(),
        ["payload", path @ ..] => {
            let found = claims.others.iter().find(|(known, _)| known.iter().eq(path.iter()));
            found.into_iter().flat_map(|(_, values)| values).map(String::as_str).collect()
        }
        path => panic!("no claim: {path:?}"),
    };
    values.iter().any(|one| value(&matcher["value"], one))
}

fn value(matcher: &Value, text: &str) -> bool {
    let (kind, inner) = matcher.as_mapping().unwrap().iter().next().unwrap();
    match kind.as_str().unwrap() {
        "stringMatch" => self::text(inner, text),
        "listMatch" => value(&inner["oneOf"], text),
        "orMatch" => inner["valueMatchers"].as_sequence().unwrap().iter().any(|inner| value(inner, text)),
        other => panic!("no value: {other}"),
    }
}

/// `*` is a segment, `**` is anything.
fn template(template: &str, path: &str) -> bool {
    regex(&template.replace("**", "\0").replace('*', "[^/]+").replace('\0', ".*"), path)
}

/// The gaps that occur in what Istio prints, each with texts that fill it.
const GAPS: [(&str, &[&str]); 6] = [
    ("(.+/|)", &["", "x/"]),
    ("(/.+)?", &["", "/x"]),
    ("[^/]*", &["", "x"]),
    ("[^/]+", &["x"]),
    (".*", &["", "x", "x/y"]),
    (".+", &["x"]),
];

/// Whether the whole of a text matches.
fn regex(pattern: &str, text: &str) -> bool {
    let Some((gap, _)) = GAPS.iter().find(|(gap, _)| pattern.starts_with(gap)) else {
        let pattern = pattern.strip_prefix('\\').unwrap_or(pattern);
        let mut letters = pattern.chars();
        return match letters.next() {
            None => text.is_empty(),
            Some(letter) => text.strip_prefix(letter).is_some_and(|rest| regex(letters.as_str(), rest)),
        };
    };
    let fills = |filled: &str| match *gap {
        "(.+/|)" => filled.is_empty() || filled.len() > 1 && filled.ends_with('/'),
        "(/.+)?" => filled.is_empty() || filled.len() > 1 && filled.starts_with('/'),
        "[^/]*" => !filled.contains('/'),
        "[^/]+" => !filled.contains('/') && !filled.is_empty(),
        ".*" => true,
        _ => !filled.is_empty(),
    };
    let ends = (0..=text.len()).filter(|end| text.is_char_boundary(*end));
    ends.into_iter().any(|end| fills(&text[..end]) && regex(&pattern[gap.len()..], &text[end..]))
}

/// Strings that a matcher takes, as a rule; each of them with one letter more is often taken no more.
pub(super) fn samples(matcher: &Value) -> Vec<String> {
    let fixed = ["exact", "prefix", "suffix"].iter().filter_map(|kind| matcher.get(kind)?.as_str());
    let mut texts: Vec<String> = fixed.map(str::to_owned).collect();
    if let Some(pattern) = matcher.get("safeRegex").and_then(|regex| regex["regex"].as_str()) {
        texts.push(pattern.to_owned());
        for (gap, fills) in GAPS {
            texts = texts.iter().flat_map(|text| fills.iter().map(|fill| text.replace(gap, fill))).collect();
        }
    }
    texts.iter().map(|text| text.replace('\\', "")).collect()
}
