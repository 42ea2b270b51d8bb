//! One object: its kind and version, its metadata, what its kind makes of it, and whether it was refused.

use super::Refused;
use super::authorization_policy;
use super::fields::Fields;
use super::metadata;
use super::peer_authentication;
use super::refuse::{Gate, Refusal};
use super::request_authentication;
use super::target;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::graph::manifests::Document;
use crate::istio::resources::{
    AuthorizationPolicy, Object, ObjectKey, PeerAuthentication, Place, RequestAuthentication, Resource,
};
use crate::source::{Span, Symbol};
use crate::yaml::Node;

const GROUP: &str = "security.istio.io";

/// The versions that Istio serves.
const VERSIONS: [&str; 2] = ["security.istio.io/v1", "security.istio.io/v1beta1"];

/// What an object may have at its top; the webhook refuses the rest (run).
const TOP: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];

/// A kind that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    AuthorizationPolicy,
    PeerAuthentication,
    RequestAuthentication,
}

impl Kind {
    /// The kind of a document, if it is one of Istio's security resources.
    pub(super) fn of(document: &Document<'_>) -> Option<Self> {
        if document.version.is_some() && document.group() != GROUP {
            return None;
        }
        match document.kind {
            "AuthorizationPolicy" => Some(Self::AuthorizationPolicy),
            "PeerAuthentication" => Some(Self::PeerAuthentication),
            "RequestAuthentication" => Some(Self::RequestAuthentication),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AuthorizationPolicy => "AuthorizationPolicy",
            Self::PeerAuthentication => "PeerAuthentication",
            Self::RequestAuthentication => "RequestAuthentication",
        }
    }
}

/// Reads a document of this kind. Whatever is wrong with it is reported, and then the object does not count.
pub(super) fn read(kind: Kind, document: &Document<'_>) -> (Result<Object, Refused>, Vec<Diagnostic>) {
    let node = document.node;
    let mut found = Vec::new();
    let mut fields = Fields::new(&mut found);
    read_top(document, &mut fields);
    let (metadata, name) = metadata::read(document, &mut fields);
    // An absent `spec` is an empty one.
    let empty = Node::empty_mapping(name);
    let spec = node.get("spec").unwrap_or(&empty);
    let (resource, rules) = match kind {
        Kind::AuthorizationPolicy => {
            let (spec, rules) = authorization_policy::read(spec, node, &mut fields);
            (Resource::AuthorizationPolicy(AuthorizationPolicy { metadata, spec }), rules)
        }
        Kind::PeerAuthentication => {
            metadata::refuse_dry_run(node, kind, &mut fields);
            let spec = peer_authentication::read(spec, &mut fields);
            (Resource::PeerAuthentication(PeerAuthentication { metadata, spec }), Vec::new())
        }
        Kind::RequestAuthentication => {
            metadata::refuse_dry_run(node, kind, &mut fields);
            let (spec, rules) = request_authentication::read(spec, &mut fields);
            (Resource::RequestAuthentication(RequestAuthentication { metadata, spec }), rules)
        }
    };
    let is_refused = found.iter().any(Diagnostic::is_error);
    let key = resource.key();
    let found = found.into_iter().map(|diagnostic| explained(diagnostic, &key, name)).collect();
    if is_refused {
        return (Err(Refused { key, span: name }), found);
    }
    let place = Place { object: name, target: target::place(spec).unwrap_or(name), rules };
    (Ok(Object { resource, origins: Vec::new(), part_of_split: false, place: Some(place) }), found)
}

/// An error says which object is left out for it.
fn explained(diagnostic: Diagnostic, key: &ObjectKey, name: Span) -> Diagnostic {
    if !diagnostic.is_error() || diagnostic.primary.span == name {
        return diagnostic;
    }
    diagnostic.label(name, format!("so this `{}` is not counted", key.kind))
}

fn read_top(document: &Document<'_>, fields: &mut Fields<'_>) {
    let node = document.node;
    let kind = node.get("kind").map_or(node.span, |kind| kind.span);
    match document.version {
        None => {
            let refusal = Refusal::new(Gate::Schema, "`apiVersion` is missing");
            fields.report(refusal.advice("write `apiVersion: security.istio.io/v1`").at(kind));
        }
        Some(version) if !VERSIONS.contains(&version) => {
            let span = node.get("apiVersion").map_or(kind, |version| version.span);
            let refusal = Refusal::new(Gate::Schema, format!("Istio does not serve `{version}`"));
            fields.report(refusal.advice("write `security.istio.io/v1`").at(span));
        }
        Some(_) => {}
    }
    for (key, _) in node.as_mapping().into_iter().flat_map(|mapping| &mapping.entries) {
        if !TOP.contains(&key.as_str()) {
            let refusal = Refusal::new(Gate::Webhook, format!("unknown field `{}` beside `spec`", key.node));
            let advice = did_you_mean(key, TOP)
                .unwrap_or_else(|| Symbol::new("what the object says stands below `spec`").into());
            fields.report(refusal.advice(advice).at(key.span));
        }
    }
}
