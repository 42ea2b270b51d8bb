//! Whether a cluster would take a document: Istio's CRDs (JSON schema with closed objects, and their CEL rules),
//! the rules of Istio's webhook that the CRDs do not have, and Kubernetes' own limits.

mod cel_rules;
mod closed;
mod corpus;
mod webhook;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};

const VERSION: &str = "security.istio.io/v1";

/// The schemas of the kinds that we emit and read.
struct Crd {
    schema: Value,
    validator: jsonschema::Validator,
}

/// Fails with all that a cluster would refuse in the documents of a text. Without the corpus it says so loudly
/// and checks the rest.
#[track_caller]
pub(crate) fn validate(yaml_text: &str) {
    let refusals = refusals(yaml_text);
    assert!(refusals.is_empty(), "a cluster refuses:\n{}\n\n{yaml_text}", refusals.join("\n"));
}

/// What a cluster would refuse in the documents of a text.
pub(crate) fn refusals(yaml_text: &str) -> Vec<String> {
    let mut refusals = Vec::new();
    let documents = yaml_text.split("\n---\n").filter(|document| !document.trim().is_empty());
    for document in documents {
        let object: Value = serde_yaml::from_str(document).expect("a document is YAML");
        refusals.extend(webhook::refusals(&object));
        if let Some(crds) = crds() {
            refusals.extend(schema_refusals(crds, &object));
        }
    }
    refusals
}

/// What Istio's schema refuses in the `spec` of an object, after the API server has dropped what is null; nothing
/// without the corpus.
pub(crate) fn spec_refusals(kind: &str, spec: &Value) -> Vec<String> {
    let Some(crd) = crds().map(|crds| &crds[kind]) else {
        return Vec::new();
    };
    let metadata = json!({"name": "a", "namespace": "b"});
    let mut object = json!({"apiVersion": VERSION, "kind": kind, "metadata": metadata, "spec": spec});
    drop_nulls(&mut object);
    let by_schema =
        crd.validator.iter_errors(&object).map(|error| format!("{}: {error}", error.instance_path()));
    let by_schema: Vec<String> = by_schema.collect();
    // CEL is evaluated on objects that have the right types only.
    if by_schema.is_empty() { cel_rules::refusals(&crd.schema, &object) } else { by_schema }
}

/// `PruneNonNullableNullsWithoutDefaults` of the API server: fields, and not items of lists.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}

fn schema_refusals(crds: &BTreeMap<String, Crd>, object: &Value) -> Vec<String> {
    let kind = object["kind"].as_str().unwrap_or_default();
    let Some(crd) = crds.get(kind) else { return vec![format!("no CRD of kind {kind:?}")] };
    let by_schema =
        crd.validator.iter_errors(object).map(|error| format!("{}: {error}", error.instance_path()));
    by_schema.chain(cel_rules::refusals(&crd.schema, object)).collect()
}

fn crds() -> Option<&'static BTreeMap<String, Crd>> {
    static CRDS: OnceLock<Option<BTreeMap<String, Crd>>> = OnceLock::new();
    CRDS.get_or_init(|| {
        let schemas =
            corpus::schemas(&["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"])?;
        Some(schemas.into_iter().map(|(kind, schema)| (kind, crd(schema))).collect())
    })
    .as_ref()
}

fn crd(mut schema: Value) -> Crd {
    schema["properties"]["apiVersion"] = json!({"const": VERSION});
    schema["properties"]["kind"] = json!({"type": "string"});
    schema["properties"]["metadata"] = metadata();
    schema["required"] = json!(["apiVersion", "kind", "metadata", "spec"]);
    closed::close(&mut schema);
    let validator = jsonschema::validator_for(&schema).expect("Istio's schema is one");
    Crd { schema, validator }
}

/// The part of `metadata` that we write; a CRD leaves it to Kubernetes.
fn metadata() -> Value {
    let label = r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$";
    json!({
        "type": "object",
        "required": ["name", "namespace"],
        "properties": {
            "name": {"type": "string", "maxLength": 63, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
            "namespace": {"type": "string", "maxLength": 63, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
            "labels": {
                "type": "object",
                "additionalProperties": {"type": "string", "maxLength": 63, "pattern": label},
            },
            "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    })
}

#[test]
fn the_schema_and_the_rules_refuse_what_istio_refuses() {
    if crds().is_none() {
        return;
    }
    let accepted = "selector: {matchLabels: {app: a}}, rules: [{to: [{operation: {ports: ['80']}}]}]";
    let cases = [
        (accepted, 0),
        ("rulez: []", 1),
        ("action: MAYBE", 1),
        ("rules: [{form: []}]", 1),
        ("rules: [{to: [{operation: {ports: [80]}}]}]", 1),
        ("selector: {matchLabels: {app: 'a*'}}", 1),
        ("selector: {matchLabels: {'': a}}", 1),
        ("selector: {matchLabels: {app: a}}, targetRefs: []", 1),
        ("rules: [{from: [{source: {}}]}]", 1),
        ("rules: [{from: [{source: {serviceAccounts: [a], principals: [b]}}]}]", 1),
    ];
    for (spec, count) in cases {
        let found = refusals(&format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
             metadata: {{name: a, namespace: b}}\nspec: {{{spec}}}\n"
        ));
        assert_eq!(found.len(), count, "{spec}: {found:#?}");
    }
    let ports_without_selector = refusals(
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a, namespace: b}\n\
         spec: {portLevelMtls: {'80': {mode: STRICT}}}\n",
    );
    assert_eq!(ports_without_selector.len(), 1, "{ports_without_selector:#?}");
}
