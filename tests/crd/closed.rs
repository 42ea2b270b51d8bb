//! Closes the objects of a CRD's schema, as the API server's strict field validation does.

use serde_json::Value;

/// Forbids unknown fields wherever the schema lists the known ones and does not ask to keep others.
pub(super) fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let lists_fields = fields.get("properties").is_some_and(Value::is_object)
                && fields.get("type").is_some_and(|kind| kind == "object");
            let keeps_unknown = fields.contains_key("x-kubernetes-preserve-unknown-fields")
                || fields.contains_key("additionalProperties");
            if lists_fields && !keeps_unknown {
                fields.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}
