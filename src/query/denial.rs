//! What a proxy says when it denies: which rule did, or that none allowed.

use crate::source::Symbol;

/// Who denied a request, as far as the log line tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// A rule of a DENY policy matched.
    Rule {
        /// The policy.
        policy: PolicyName,
        /// Its rule, counted from 0; ztunnel names none.
        rule: Option<usize>,
    },
    /// There are ALLOW policies, and no rule of them matched.
    NothingAllows,
}

/// Namespace and name of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyName {
    /// Its namespace.
    pub namespace: Symbol,
    /// Its name.
    pub name: Symbol,
}

impl std::fmt::Display for PolicyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What Envoy's `%RESPONSE_CODE_DETAILS%` and `%CONNECTION_TERMINATION_DETAILS%` call a denial.
const DETAILS: &str = "rbac_access_denied_matched_policy[";

impl Denial {
    /// Finds the denial in the detail itself, or anywhere in a line of an access log or of a debug log.
    ///
    /// ```text
    /// rbac_access_denied_matched_policy[ns[shop]-policy[payments-deny]-rule[0]]
    /// rbac_access_denied_matched_policy[none]
    /// connection closed due to policy rejection: explicitly denied by: shop/payments-deny
    /// connection closed due to policy rejection: allow policies exist, but none allowed
    /// ```
    pub fn find(text: &str) -> Option<Self> {
        if let Some(denial) = rule_of_envoy(text) {
            return Some(denial);
        }
        let is_unmatched = text.contains(&format!("{DETAILS}none]")) || text.trim() == "[none]";
        if is_unmatched || text.contains("allow policies exist, but none allowed") {
            return Some(Self::NothingAllows);
        }
        let (_, named) = text.split_once("explicitly denied by: ")?;
        let end = named.find(|c: char| c.is_whitespace() || "\"',".contains(c)).unwrap_or(named.len());
        let (namespace, name) = named[..end].split_once('/')?;
        let policy = PolicyName { namespace: namespace.into(), name: name.into() };
        Some(Self::Rule { policy, rule: None })
    }
}

/// `ns[shop]-policy[payments-deny]-rule[0]`, as istiod calls the rule (`model.go`); a CUSTOM policy has its
/// provider in front, and one that is broken a word behind.
fn rule_of_envoy(text: &str) -> Option<Denial> {
    let (_, rest) = text.split_once("ns[")?;
    let (namespace, rest) = rest.split_once("]-policy[")?;
    let (name, rest) = rest.split_once("]-rule[")?;
    let (rule, _) = rest.split_once(']')?;
    let policy = PolicyName { namespace: namespace.into(), name: name.into() };
    Some(Denial::Rule { policy, rule: Some(rule.parse().ok()?) })
}
