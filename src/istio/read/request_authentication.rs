//! `RequestAuthentication`: the providers of tokens.

use super::fields::Fields;
use super::lint::private_key;
use super::refuse::{Gate, Refusal, duration, header, jwks, text};
use super::target;
use crate::istio::resources::{ClaimToHeader, FromHeader, JwtRule, RequestAuthenticationSpec};
use crate::source::Span;
use crate::yaml::Node;

/// How many providers the schema takes, and how many claims that are lists.
const MAX_PROVIDERS: usize = 4096;
const MAX_LISTED_CLAIMS: usize = 64;

const KNOWN: [&str; 13] = [
    "audiences",
    "forwardOriginalToken",
    "fromCookies",
    "fromHeaders",
    "fromParams",
    "issuer",
    "jwks",
    "jwksUri",
    "jwks_uri",
    "outputClaimToHeaders",
    "outputPayloadToHeader",
    "spaceDelimitedClaims",
    "timeout",
];

/// What the object says, and the places of its providers.
pub(super) fn read(spec: &Node, fields: &mut Fields<'_>) -> (RequestAuthenticationSpec, Vec<Span>) {
    if fields.mapping(spec, &["jwtRules", "selector", "targetRef", "targetRefs"]).is_none() {
        return (RequestAuthenticationSpec::default(), Vec::new());
    }
    let nodes = fields.limited(spec, "jwtRules", MAX_PROVIDERS);
    let spec = RequestAuthenticationSpec {
        selector: target::selector(spec, fields),
        target_refs: target::target_refs(spec, fields),
        jwt_rules: nodes.iter().filter_map(|node| provider(node, fields)).collect(),
    };
    (spec, nodes.iter().map(|node| node.span).collect())
}

fn provider(node: &Node, fields: &mut Fields<'_>) -> Option<JwtRule> {
    fields.mapping(node, &KNOWN)?;
    refuse_two_key_sets(node, fields);
    let issuer: Option<String> = fields.text(node, "issuer", text::schema_filled);
    let jwks_uri = fields.text(node, "jwksUri", jwks::uri).or(fields.text(node, "jwks_uri", jwks::uri));
    let jwks: Option<String> = fields.text(node, "jwks", jwks::inline);
    if let Some((keys, place)) = jwks.as_deref().zip(node.get("jwks")) {
        fields.extend(private_key::find(keys, place.span));
    }
    if issuer.is_none() && jwks_uri.is_none() {
        let advice =
            "`issuer` is the `iss` of its tokens; without one, any token signed by its keys is taken";
        fields.refuse(Gate::Webhook, "neither `issuer` nor `jwksUri`", node.span, advice);
    }
    Some(JwtRule {
        issuer: issuer.unwrap_or_default(),
        audiences: fields.texts(node, "audiences", text::schema_filled),
        jwks_uri,
        jwks,
        from_headers: from_headers(node, fields),
        from_params: fields.texts(node, "fromParams", text::schema_filled),
        from_cookies: fields.texts(node, "fromCookies", text::schema_filled),
        output_payload_to_header: fields.text(node, "outputPayloadToHeader", header::safe),
        forward_original_token: fields.boolean(node, "forwardOriginalToken").unwrap_or(false),
        output_claim_to_headers: claims_to_headers(node, fields),
        timeout: fields.text(node, "timeout", duration::timeout),
        space_delimited_claims: fields.limited_texts(
            node,
            "spaceDelimitedClaims",
            MAX_LISTED_CLAIMS,
            text::schema_filled,
        ),
    })
}

/// CEL of the schema: "only one of jwks or jwksUri can be set", where an empty text counts.
fn refuse_two_key_sets(node: &Node, fields: &mut Fields<'_>) {
    let mut given = ["jwksUri", "jwks_uri", "jwks"].into_iter().filter_map(|key| Some((key, node.get(key)?)));
    if let (Some((first, first_node)), Some((second, second_node))) = (given.next(), given.next()) {
        let refusal = Refusal::new(Gate::Schema, format!("both `{first}` and `{second}`"))
            .advice("keys are either served or written here; even an empty text counts");
        fields.report(refusal.at(second_node.span).label(first_node.span, "the other one"));
    }
}

fn from_headers(node: &Node, fields: &mut Fields<'_>) -> Vec<FromHeader> {
    let mut headers = Vec::new();
    for item in fields.items(node, "fromHeaders") {
        if fields.mapping(item, &["name", "prefix"]).is_none() {
            continue;
        }
        let prefix: Option<String> = fields.text(item, "prefix", header::safe);
        if let Some(name) = fields.required(item, "name", header::of_token) {
            headers.push(FromHeader { name, prefix: prefix.unwrap_or_default() });
        }
    }
    headers
}

fn claims_to_headers(node: &Node, fields: &mut Fields<'_>) -> Vec<ClaimToHeader> {
    let mut headers = Vec::new();
    for item in fields.items(node, "outputClaimToHeaders") {
        if fields.mapping(item, &["claim", "header"]).is_none() {
            continue;
        }
        let header: Option<String> = fields.required(item, "header", header::of_claim);
        let claim: Option<String> = fields.required(item, "claim", text::schema_filled);
        headers.extend(header.zip(claim).map(|(header, claim)| ClaimToHeader { header, claim }));
    }
    headers
}
