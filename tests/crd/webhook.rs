//! What Istio's webhook and Kubernetes refuse beyond the CRDs' schemas.

use serde_json::Value;

/// All annotations of an object together.
const ANNOTATION_BYTES: usize = 256 * 1024;
const OBJECT_BYTES: usize = 1024 * 1024;

pub(super) fn refusals(object: &Value) -> Vec<String> {
    let mut refusals = Vec::new();
    let spec = &object["spec"];
    let bytes = serde_json::to_vec(object).expect("JSON is written").len();
    let annotations = object["metadata"]["annotations"].as_object().into_iter().flatten();
    let annotation_bytes: usize =
        annotations.map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    let limits = [
        (bytes > OBJECT_BYTES, "the object is too large"),
        (annotation_bytes > ANNOTATION_BYTES, "the annotations are too large"),
        // `kubectl apply` keeps the whole object as one more annotation.
        (bytes + annotation_bytes > ANNOTATION_BYTES, "kubectl can not apply an object of this size"),
        (is_denial_without_rules(spec), "DENY without rules"),
        (has_empty_selector(spec), "an empty selector takes the whole namespace"),
    ];
    refusals.extend(limits.into_iter().filter(|(is_broken, _)| *is_broken).map(|(_, text)| text.to_owned()));
    for rule in spec["rules"].as_array().into_iter().flatten() {
        refusals.extend(entries(&rule["from"], "source").flat_map(|source| empty_fields("source", source)));
        refusals.extend(entries(&rule["to"], "operation").flat_map(|to| empty_fields("operation", to)));
    }
    refusals
}

fn is_denial_without_rules(spec: &Value) -> bool {
    spec["action"] == "DENY" && spec["rules"].as_array().is_none_or(Vec::is_empty)
}

fn has_empty_selector(spec: &Value) -> bool {
    let Some(selector) = spec.get("selector") else { return false };
    selector["matchLabels"].as_object().is_none_or(serde_json::Map::is_empty)
}

fn entries<'a>(list: &'a Value, field: &'static str) -> impl Iterator<Item = &'a Value> {
    list.as_array().into_iter().flatten().map(move |entry| &entry[field])
}

fn empty_fields(name: &str, entry: &Value) -> Vec<String> {
    let lists: Vec<_> = entry.as_object().into_iter().flatten().collect();
    let mut refusals = Vec::new();
    if lists.iter().all(|(_, list)| list.as_array().is_none_or(Vec::is_empty)) {
        refusals.push(format!("a {name} without anything in it"));
    }
    for (field, list) in lists {
        if list.as_array().into_iter().flatten().any(|value| value == "") {
            refusals.push(format!("an empty string in {field}"));
        }
    }
    refusals
}
