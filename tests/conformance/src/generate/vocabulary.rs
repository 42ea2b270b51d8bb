//! The words that policies and requests of one cluster share, so that they meet.

use super::Choice;
use crate::cluster::{Cluster, Workload};

/// The gateway of a cluster, where it has one.
pub(super) const GATEWAY: &str = "edge";
pub(super) const METHODS: &[&str] = &["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];
pub(super) const HOSTS: &[&str] =
    &["a.example.com", "api.example.com", "b.test", "a.example.com:8080", "A.Example.COM"];
pub(super) const HOST_PATTERNS: &[&str] =
    &["a.example.com", "*.example.com", "b.test", "a.example.com:8080", "api.*", "*"];
pub(super) const ISSUERS: &[&str] = &["https://one.test", "https://two.test/x", "three"];
pub(super) const SUBJECTS: &[&str] = &["alice", "bob", "svc/batch", "admin-1"];
pub(super) const HEADERS: &[&str] = &["x-role", "x-env", "x-odd"];
pub(super) const HEADER_VALUES: &[&str] = &["admin", "dev", "administrator", "", "admin,dev", "a/b"];
pub(super) use crate::token::AUDIENCES as CLAIM_VALUES;
pub(super) const PEERS: &[&str] = &["127.0.0.1", "127.0.1.7", "127.1.2.3", "127.9.9.9"];
pub(super) const CLIENTS: &[&str] = &["203.0.113.7", "198.51.100.7", "10.1.2.3", "127.0.1.7"];
pub(super) const BLOCKS: &[&str] = &[
    "127.0.0.0/8",
    "127.0.1.0/24",
    "127.0.1.7",
    "127.1.0.7/16",
    "127.9.9.9/32",
    "0.0.0.0/0",
    "10.0.0.0/8",
    "203.0.113.0/24",
    "198.51.100.7",
    "203.0.0.9/12",
    "2001:db8::/32",
    "::/0",
    "::ffff:127.0.0.1/104",
];
pub(super) const NAMES: &[&str] = &[
    "outbound_.80_._.orders.shop.svc.cluster.local",
    "outbound_.5432_._.db.data.svc.cluster.local",
    "a.example.com",
];
pub(super) const FOREIGN: &str = "foreign.test";

/// A trust domain that the mesh accepts.
pub(super) fn trust_domain(choice: &mut Choice, cluster: &Cluster) -> String {
    if cluster.trust_domain_aliases.is_empty() || choice.chance(65) {
        cluster.trust_domain.clone()
    } else {
        choice.pick(&cluster.trust_domain_aliases).clone()
    }
}

/// A namespace of the cluster, or one that is nearly one.
pub(super) fn namespace(choice: &mut Choice, cluster: &Cluster) -> String {
    if choice.chance(90) {
        choice.pick(&cluster.workloads).namespace.clone()
    } else {
        choice.word(&["sho", "shop-de", "none"])
    }
}

/// An account that somebody runs as.
pub(super) fn account<'a>(choice: &mut Choice, cluster: &'a Cluster) -> &'a Workload {
    choice.pick(&cluster.workloads)
}

/// What stands behind `spiffe://` in the certificate of somebody.
pub(super) fn identity(choice: &mut Choice, cluster: &Cluster) -> String {
    let caller = account(choice, cluster);
    let (namespace, account) = (caller.namespace.clone(), caller.account.clone());
    let domain = trust_domain(choice, cluster);
    match choice.number(0, 19) {
        0 => format!("{domain}/ns/{namespace}/sa/{account}/more"),
        1 => format!("{domain}/ns/{namespace}/x/sa/{account}"),
        2 => format!("{domain}/other/{account}"),
        3 => format!("{FOREIGN}/ns/{namespace}/sa/{account}"),
        _ => format!("{domain}/ns/{namespace}/sa/{account}"),
    }
}
