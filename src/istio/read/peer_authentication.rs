//! `PeerAuthentication`: the mode of the pods and of single ports.

use indexmap::IndexMap;

use super::fields::Fields;
use super::refuse::{Gate, port};
use super::target;
use crate::diagnostic::code;
use crate::istio::resources::{MutualTls, MutualTlsMode, PeerAuthenticationSpec, WorkloadSelector};
use crate::yaml::{self, Node};

const MODES: [(&str, MutualTlsMode); 4] = [
    ("DISABLE", MutualTlsMode::Disable),
    ("PERMISSIVE", MutualTlsMode::Permissive),
    ("STRICT", MutualTlsMode::Strict),
    ("UNSET", MutualTlsMode::Unset),
];

/// What the object says.
pub(super) fn read(spec: &Node, fields: &mut Fields<'_>) -> PeerAuthenticationSpec {
    if fields.mapping(spec, &["mtls", "portLevelMtls", "selector"]).is_none() {
        return PeerAuthenticationSpec::default();
    }
    let selector = target::selector(spec, fields);
    let mtls = spec.get("mtls").and_then(|node| mode(node, fields));
    let port_level_mtls = ports(spec, selector.as_ref(), fields);
    PeerAuthenticationSpec { selector, mtls, port_level_mtls }
}

/// CEL of the schema: "portLevelMtls requires selector", one with labels; `minProperties: 1`.
fn ports(
    spec: &Node,
    selector: Option<&WorkloadSelector>,
    fields: &mut Fields<'_>,
) -> IndexMap<String, MutualTls> {
    let Some(node) = spec.get("portLevelMtls") else {
        return IndexMap::new();
    };
    let Some(mapping) = fields.accept(yaml::mapping(node, code::REFUSED_BY_SCHEMA)) else {
        return IndexMap::new();
    };
    if selector.is_none_or(|selector| selector.match_labels.is_empty()) {
        let advice = "select the pods whose ports are meant, by a label";
        fields.refuse(Gate::Schema, "`portLevelMtls` without a selector", node.span, advice);
    }
    if mapping.entries.is_empty() {
        fields.refuse(Gate::Schema, "`portLevelMtls` without a port", node.span, "leave it out");
    }
    let mut ports = IndexMap::new();
    for (key, value) in &mapping.entries {
        let Some(port) = fields.accept(yaml::key(key)) else { continue };
        fields.judge(port::port_level(&port), key.span);
        ports.extend(mode(value, fields).map(|mode| (port.to_string(), mode)));
    }
    ports
}

/// `{mode: …}`; one that is left out is inherited.
fn mode(node: &Node, fields: &mut Fields<'_>) -> Option<MutualTls> {
    fields.mapping(node, &["mode"])?;
    let mode = fields.word(node, "mode", &MODES).unwrap_or(MutualTlsMode::Unset);
    Some(MutualTls { mode })
}
