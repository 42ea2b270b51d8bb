//! An entry of `when`.

use super::fields::{Fields, says_nothing};
use super::lint;
use super::refuse::{Gate, attribute};
use crate::istio::resources::{Action, When};
use crate::yaml::Node;

/// Attributes that the webhook refuses in a CUSTOM policy; of the last, all that begin so.
const NOT_WITH_CUSTOM: [&str; 4] =
    ["source.namespace", "source.principal", "source.serviceAccount", "source.trustDomain"];
const TOKEN: &str = "request.auth.";

/// Reads one entry.
pub(super) fn read(node: &Node, action: Action, fields: &mut Fields<'_>) -> Option<When> {
    fields.mapping(node, &["key", "notValues", "values"])?;
    let key: String = fields.required(node, "key", attribute::key)?;
    let place = node.get("key").map_or(node.span, |key| key.span);
    fields.extend(lint::attribute::find(&key, action, place));
    let rule = attribute::value_rule(&key);
    if says_nothing(node, &["values", "notValues"]) {
        let advice = "list some under `values` or `notValues`; `\"*\"` stands for any that is present";
        fields.refuse(Gate::Webhook, "a condition without values", node.span, advice);
    }
    let is_refused = NOT_WITH_CUSTOM.contains(&key.as_str()) || key.starts_with(TOKEN);
    if action == Action::Custom && is_refused {
        let advice = "a provider is asked by addresses, hosts, ports, methods, paths and headers alone";
        fields.refuse(Gate::Webhook, &format!("`{key}` in a CUSTOM policy"), node.span, advice);
    }
    let values: Vec<String> = fields.texts(node, "values", rule);
    let not_values: Vec<String> = fields.texts(node, "notValues", rule);
    Some(When { key, values, not_values })
}
