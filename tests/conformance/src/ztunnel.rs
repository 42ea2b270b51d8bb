//! What a ztunnel does with the Authorizations that istiod converts for it: a small evaluator, since ztunnel itself
//! is not run (`src/rbac.rs` and `src/state.rs` of istio/ztunnel).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::istiod;
use crate::request::{Outcome, Request, Verdict};

/// What holds for one workload.
pub struct Ztunnel<'a> {
    policies: Vec<&'a Value>,
}

impl<'a> Ztunnel<'a> {
    /// The policies of a workload: those of the mesh, of its namespace, and those that it names itself.
    pub fn of(sent: &'a istiod::Ztunnel, namespace: &str, name: &str) -> Result<Self> {
        let workload = sent
            .addresses
            .iter()
            .map(|address| &address["workload"])
            .find(|workload| workload["namespace"] == namespace && workload["name"] == name)
            .with_context(|| format!("istiod sends no workload {namespace}/{name}"))?;
        let named = list(&workload["authorizationPolicies"]);
        let holds = |policy: &&Value| match policy["scope"].as_str() {
            Some("NAMESPACE") => policy["namespace"] == namespace,
            Some("WORKLOAD_SELECTOR") => named.iter().any(|name| *name == id(policy).as_str()),
            // The default of the enumeration is not printed.
            _ => true,
        };
        Ok(Self { policies: sent.policies.iter().filter(holds).collect() })
    }

    /// What becomes of a connection. Denials come first; without a permission everything is permitted.
    pub fn decide(&self, request: &Request) -> Result<Decision> {
        let (denials, permissions): (Vec<&Value>, Vec<&Value>) =
            self.policies.iter().partition(|policy| policy["action"] == "DENY");
        let denying = matching(&denials, request)?;
        if !denying.is_empty() {
            return Ok(Decision { outcome: Outcome::Denied, policies: denying });
        }
        let permitting = matching(&permissions, request)?;
        let is_permitted = permissions.is_empty() || !permitting.is_empty();
        let outcome = if is_permitted { Outcome::Allowed } else { Outcome::Denied };
        Ok(Decision { outcome, policies: permitting })
    }
}

/// What becomes of a connection, and by which policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Allowed or denied.
    pub outcome: Outcome,
    /// Those that match, as `namespace/name`. A ztunnel takes them in no order, and logs one.
    pub policies: Vec<String>,
}

impl Decision {
    /// Whether it is what meshward says, which names one policy of those that match, or none where none does.
    pub fn bears_out(&self, said: &Verdict) -> bool {
        let rule = said.rule.as_ref();
        let is_named = rule.map_or(self.policies.is_empty(), |rule| self.policies.contains(&rule.policy));
        self.outcome == said.outcome && is_named
    }
}

fn matching(policies: &[&Value], request: &Request) -> Result<Vec<String>> {
    let mut matching = Vec::new();
    for policy in policies {
        if matches(policy, request)? {
            matching.push(id(policy));
        }
    }
    Ok(matching)
}

fn id(policy: &Value) -> String {
    let field = |name: &str| policy[name].as_str().unwrap_or_default();
    format!("{}/{}", field("namespace"), field("name"))
}

/// One group matches, which is one rule of the policy: each of its clauses does.
fn matches(policy: &Value, request: &Request) -> Result<bool> {
    for group in list(&policy["groups"]) {
        let mut all = true;
        for clause in list(&group["rules"]) {
            all = all && clause_matches(list(&clause["matches"]), request)?;
        }
        if all {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A clause without matches is always true, but a match that says nothing never is.
fn clause_matches(matches: &[Value], request: &Request) -> Result<bool> {
    let mut any = matches.is_empty();
    for one in matches {
        let is_empty = one.as_object().is_none_or(serde_json::Map::is_empty);
        any = any || !is_empty && match_holds(one, request)?;
    }
    Ok(any)
}

/// Whether one value of a field holds.
type Holds<'a> = &'a dyn Fn(&Value) -> Result<bool>;

fn match_holds(one: &Value, request: &Request) -> Result<bool> {
    let identity = request.from.as_deref().and_then(|uri| uri.strip_prefix("spiffe://"));
    let parts: Vec<&str> = identity.into_iter().flat_map(|identity| identity.split('/')).collect();
    let (namespace, account) = match parts.as_slice() {
        [_, "ns", namespace, "sa", account] => (Some(*namespace), Some(*account)),
        _ => (None, None),
    };
    let account_is = |value: &Value| {
        value["namespace"].as_str() == namespace && value["serviceAccount"].as_str() == account
    };
    let port_is = |value: &Value| value.as_u64() == Some(request.port.into());
    let fields: [(&str, &str, Holds<'_>); 6] = [
        ("namespaces", "notNamespaces", &|value| Ok(text(value, namespace))),
        ("serviceAccounts", "notServiceAccounts", &|value| Ok(account_is(value))),
        ("principals", "notPrincipals", &|value| Ok(text(value, identity))),
        ("sourceIps", "notSourceIps", &|value| block(value, request.source_ip)),
        ("destinationIps", "notDestinationIps", &|value| block(value, request.destination_ip)),
        ("destinationPorts", "notDestinationPorts", &|value| Ok(port_is(value))),
    ];
    for (positive, negative, holds) in fields {
        let wanted = list(&one[positive]);
        if !wanted.is_empty() && !any(wanted, holds)? || any(list(&one[negative]), holds)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn any(values: &[Value], holds: Holds<'_>) -> Result<bool> {
    values.iter().try_fold(false, |any, value| Ok(any || holds(value)?))
}

/// A `StringMatch`. What a caller does not have matches nothing.
fn text(value: &Value, text: Option<&str>) -> bool {
    let Some(text) = text else { return false };
    let field = |name: &str| value[name].as_str();
    if value.get("presence").is_some() {
        return !text.is_empty();
    }
    match (field("exact"), field("prefix"), field("suffix")) {
        (Some(exact), _, _) => text == exact,
        (_, Some(prefix), _) => text.starts_with(prefix),
        (_, _, Some(suffix)) => text.ends_with(suffix),
        (None, None, None) => false,
    }
}

/// An address in bytes and the number of bits that count.
fn block(value: &Value, address: IpAddr) -> Result<bool> {
    let bytes = STANDARD.decode(value["address"].as_str().unwrap_or_default())?;
    let length = value["length"].as_u64().unwrap_or_default();
    let bits = |address: IpAddr| -> (u32, u128) {
        match address {
            IpAddr::V4(address) => (32, u128::from(u32::from(address))),
            IpAddr::V6(address) => (128, u128::from(address)),
        }
    };
    let of_block = if let Ok(bytes) = <[u8; 4]>::try_from(bytes.as_slice()) {
        IpAddr::V4(Ipv4Addr::from(bytes))
    } else {
        IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes.as_slice())?))
    };
    let ((width, block), (other, address)) = (bits(of_block), bits(address));
    // A shift by the whole width leaves nothing to compare.
    let ignored = u32::try_from(u64::from(width).saturating_sub(length))?;
    let kept = |bits: u128| bits.checked_shr(ignored).unwrap_or_default();
    Ok(width == other && kept(block) == kept(address))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
