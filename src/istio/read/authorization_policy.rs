//! `AuthorizationPolicy`: its action, and its rules.

use super::condition;
use super::fields::{Fields, says_nothing};
use super::lint::denies_all_tcp;
use super::metadata;
use super::refuse::{Gate, text};
use super::source;
use super::target;

use crate::istio::resources::{Action, AuthorizationPolicySpec, Operation, Provider, Rule, To};
use crate::source::{Span, Symbol};
use crate::yaml::Node;

const KNOWN: [&str; 6] = ["action", "provider", "rules", "selector", "targetRef", "targetRefs"];

const ACTIONS: [(&str, Action); 4] =
    [("ALLOW", Action::Allow), ("AUDIT", Action::Audit), ("CUSTOM", Action::Custom), ("DENY", Action::Deny)];

/// How many rules the schema lets a policy have, and how many entries `from`.
const MAX_ITEMS: usize = 512;

/// What the policy says, and the places of its rules.
pub(super) fn read(
    spec: &Node,
    object: &Node,
    fields: &mut Fields<'_>,
) -> (AuthorizationPolicySpec, Vec<Span>) {
    if fields.mapping(spec, &KNOWN).is_none() {
        return (AuthorizationPolicySpec::default(), Vec::new());
    }
    let action = fields.word(spec, "action", &ACTIONS);
    let acting = action.unwrap_or(Action::Allow);
    metadata::judge_dry_run(object, acting, fields);
    let provider = provider(spec, acting, fields);
    let nodes = fields.limited(spec, "rules", MAX_ITEMS);
    if nodes.is_empty() {
        refuse_without_rules(spec, acting, fields);
    }
    let rules = nodes.iter().map(|node| rule(node, acting, fields)).collect();
    let spec = AuthorizationPolicySpec {
        selector: target::selector(spec, fields),
        target_refs: target::target_refs(spec, fields),
        action,
        provider,
        rules,
    };
    (spec, nodes.iter().map(|node| node.span).collect())
}

/// The webhook wants a provider with CUSTOM, and with nothing else.
fn provider(spec: &Node, action: Action, fields: &mut Fields<'_>) -> Option<Provider> {
    let at = spec.get("provider").or(spec.get("action")).map_or(spec.span, |node| node.span);
    let provider = fields.object(spec, "provider", &["name"]);
    let name = provider.and_then(|provider| fields.text::<Symbol>(provider, "name", text::any));
    let name = name.filter(|name| !name.is_empty());
    match action {
        Action::Custom if name.is_none() => {
            let advice = "`provider.name` names an extension provider of the mesh configuration";
            fields.refuse(Gate::Webhook, "CUSTOM without a provider", at, advice);
        }
        Action::Allow | Action::Audit | Action::Deny if provider.is_some() => {
            let advice = "only `action: CUSTOM` asks a provider";
            fields.refuse(Gate::Webhook, "a provider without CUSTOM", at, advice);
        }
        Action::Allow | Action::Audit | Action::Custom | Action::Deny => {}
    }
    name.map(|name| Provider { name })
}

/// The webhook takes an ALLOW without rules, which allows nothing, and an AUDIT; the API server reads `rules: []`
/// as absent (run).
fn refuse_without_rules(spec: &Node, action: Action, fields: &mut Fields<'_>) {
    let name = match action {
        Action::Allow | Action::Audit => return,
        Action::Custom => "CUSTOM",
        Action::Deny => "DENY",
    };
    let at = spec.get("rules").or(spec.get("action")).map_or(spec.span, |node| node.span);
    let advice = "without rules it would never match; `rules: [{}]` matches every request";
    fields.refuse(Gate::Webhook, &format!("{name} without rules"), at, advice);
}

fn rule(node: &Node, action: Action, fields: &mut Fields<'_>) -> Rule {
    if fields.mapping(node, &["from", "to", "when"]).is_none() {
        return Rule::default();
    }
    let from = fields.limited(node, "from", MAX_ITEMS);
    let to = fields.items(node, "to");
    let when = fields.items(node, "when");
    let rule = Rule {
        from: from.iter().filter_map(|node| source::read(node, action, fields)).collect(),
        to: to.iter().filter_map(|node| entry(node, fields)).collect(),
        when: when.iter().filter_map(|node| condition::read(node, action, fields)).collect(),
    };
    if action == Action::Deny {
        fields.extend(denies_all_tcp::find(&rule, node));
    }
    rule
}

fn entry(node: &Node, fields: &mut Fields<'_>) -> Option<To> {
    fields.mapping(node, &["operation"])?;
    let Some(operation) = node.get("operation") else {
        fields.refuse(Gate::Webhook, "an entry of `to` without an operation", node.span, NO_OPERATION);
        return None;
    };
    Some(To { operation: read_operation(operation, fields)? })
}

const NO_OPERATION: &str = "leave `to` out for any operation";

fn read_operation(node: &Node, fields: &mut Fields<'_>) -> Option<Operation> {
    use super::refuse::{path, port};
    const KNOWN: [&str; 8] =
        ["hosts", "methods", "notHosts", "notMethods", "notPaths", "notPorts", "paths", "ports"];
    fields.mapping(node, &KNOWN)?;
    let operation = Operation {
        hosts: fields.texts(node, "hosts", text::filled),
        not_hosts: fields.texts(node, "notHosts", text::filled),
        ports: fields.texts(node, "ports", port::operation),
        not_ports: fields.texts(node, "notPorts", port::operation),
        methods: fields.texts(node, "methods", text::filled),
        not_methods: fields.texts(node, "notMethods", text::filled),
        paths: fields.texts(node, "paths", path::pattern),
        not_paths: fields.texts(node, "notPaths", path::pattern),
    };
    if says_nothing(node, &KNOWN) {
        fields.refuse(Gate::Webhook, "an operation that says nothing", node.span, NO_OPERATION);
    }
    Some(operation)
}
