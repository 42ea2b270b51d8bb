//! An entry of `from`: who calls.

use thin_vec::ThinVec;

use super::fields::{Fields, says_nothing};
use super::refuse::{Gate, Refusal, address, identity, text};
use crate::istio::resources::{Action, From, Source};
use crate::yaml::Node;

const KNOWN: [&str; 14] = [
    "ipBlocks",
    "namespaces",
    "notIpBlocks",
    "notNamespaces",
    "notPrincipals",
    "notRemoteIpBlocks",
    "notRequestPrincipals",
    "notServiceAccounts",
    "notTrustDomains",
    "principals",
    "remoteIpBlocks",
    "requestPrincipals",
    "serviceAccounts",
    "trustDomains",
];

/// CEL of the schema: "Cannot set serviceAccounts with namespaces or principals", where an empty list counts.
const WITHOUT_ACCOUNTS: [&str; 4] = ["namespaces", "notNamespaces", "notPrincipals", "principals"];

/// CUSTOM is asked before a token is looked at, and Istio lets it ask for no identity either (the webhook).
const NOT_WITH_CUSTOM: [&str; 10] = [
    "namespaces",
    "notNamespaces",
    "notPrincipals",
    "notRequestPrincipals",
    "notServiceAccounts",
    "notTrustDomains",
    "principals",
    "requestPrincipals",
    "serviceAccounts",
    "trustDomains",
];

/// Reads one entry.
pub(super) fn read(node: &Node, action: Action, fields: &mut Fields<'_>) -> Option<From> {
    const ADVICE: &str = "leave `from` out for any source";
    fields.mapping(node, &["source"])?;
    let Some(source) = node.get("source") else {
        fields.refuse(Gate::Webhook, "an entry of `from` without a source", node.span, ADVICE);
        return None;
    };
    fields.mapping(source, &KNOWN)?;
    if says_nothing(source, &KNOWN) {
        fields.refuse(Gate::Webhook, "a source that says nothing", source.span, ADVICE);
    }
    refuse_beside_accounts(source, fields);
    if action == Action::Custom {
        refuse_with_custom(source, fields);
    }
    Some(From { source: read_source(source, fields) })
}

fn read_source(node: &Node, fields: &mut Fields<'_>) -> Source {
    Source {
        principals: fields.texts(node, "principals", text::filled),
        not_principals: fields.texts(node, "notPrincipals", text::filled),
        request_principals: fields.texts(node, "requestPrincipals", text::filled),
        not_request_principals: fields.texts(node, "notRequestPrincipals", text::filled),
        namespaces: fields.texts(node, "namespaces", text::filled),
        not_namespaces: fields.texts(node, "notNamespaces", text::filled),
        service_accounts: accounts(node, "serviceAccounts", fields),
        not_service_accounts: accounts(node, "notServiceAccounts", fields),
        trust_domains: fields.texts(node, "trustDomains", identity::trust_domain),
        not_trust_domains: fields.texts(node, "notTrustDomains", identity::trust_domain),
        ip_blocks: fields.texts(node, "ipBlocks", address::block),
        not_ip_blocks: fields.texts(node, "notIpBlocks", address::block),
        remote_ip_blocks: fields.texts(node, "remoteIpBlocks", address::block),
        not_remote_ip_blocks: fields.texts(node, "notRemoteIpBlocks", address::block),
    }
}

fn accounts(node: &Node, key: &str, fields: &mut Fields<'_>) -> ThinVec<String> {
    fields.limited_texts(node, key, identity::MAX_ACCOUNTS, identity::account)
}

fn refuse_beside_accounts(source: &Node, fields: &mut Fields<'_>) {
    let accounts = ["serviceAccounts", "notServiceAccounts"].into_iter().find_map(|key| source.get(key));
    let Some(accounts) = accounts else { return };
    for key in WITHOUT_ACCOUNTS {
        if let Some(other) = source.get(key) {
            let refusal = Refusal::new(Gate::Schema, format!("`{key}` beside service accounts")).advice(
                "a service account says its namespace: `namespace/account`; even an empty list counts",
            );
            fields.report(refusal.at(other.span).label(accounts.span, "the service accounts"));
        }
    }
}

fn refuse_with_custom(source: &Node, fields: &mut Fields<'_>) {
    for key in NOT_WITH_CUSTOM {
        if let Some(node) = source.get(key)
            && !says_nothing(source, &[key])
        {
            let message = format!("`{key}` in a CUSTOM policy");
            let advice = "a provider is asked by addresses, hosts, ports, methods, paths and headers alone";
            fields.refuse(Gate::Webhook, &message, node.span, advice);
        }
    }
}
