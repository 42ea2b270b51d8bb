//! Waypoints: the Gateways of the Gateway API whose class is one for waypoints, and what each of them says about who
//! may use it (`pilot/pkg/serviceregistry/ambient/waypoints.go`).

use std::collections::HashMap;

use super::fields::Fields;
use super::label_selector::label_selector;
use super::object::Object;
use crate::graph::check_subdomain;
use crate::graph::model::{Admits, Waypoint};
use crate::source::Symbol;
use crate::yaml::Node;

/// The class that Istio itself makes.
const CLASS: &str = "istio-waypoint";

/// Who makes waypoints of Gateways of a class.
const CONTROLLER: &str = "istio.io/mesh-controller";

/// What kind of traffic a waypoint takes.
const WAYPOINT_FOR: &str = "istio.io/waypoint-for";

const SERVICE_ACCOUNT: &str = "gateway.istio.io/service-account";

const INBOUND_BINDING: &str = "ambient.istio.io/waypoint-inbound-binding";

/// The classes of waypoints that are known, with what each says its waypoints are for.
pub(super) struct Classes {
    waypoint_for: HashMap<Symbol, Option<Symbol>>,
    bound: Vec<Symbol>,
}

impl Default for Classes {
    fn default() -> Self {
        Self { waypoint_for: HashMap::from([(CLASS.into(), None)]), bound: Vec::new() }
    }
}

impl Classes {
    /// Reads a `GatewayClass`.
    pub(super) fn declare(&mut self, object: &Object<'_>) {
        let controller = object.spec().and_then(|spec| spec.text("controllerName"));
        let name = &object.key.name;
        if controller.is_some_and(|controller| controller == CONTROLLER) || name == CLASS {
            self.waypoint_for.insert(*name, object.mesh_labels().remove(WAYPOINT_FOR));
            if object.annotation(INBOUND_BINDING).is_some() {
                self.bound.push(*name);
            }
        }
    }

    /// The waypoint that a `Gateway` is; `None` if it is another gateway.
    pub(super) fn waypoint(&self, object: &Object<'_>, fields: &mut Fields<'_>) -> Option<Waypoint> {
        let spec = object.spec()?;
        let class = spec.text("gatewayClassName")?;
        let of_class = self.waypoint_for.get(&class)?;
        let own = object.mesh_labels().remove(WAYPOINT_FOR);
        Some(Waypoint {
            key: object.key,
            serves: own.or(*of_class).unwrap_or_else(|| "service".into()),
            admits: admits(spec, fields),
            account: stated_account(object).unwrap_or(object.key.name),
            ready: object.node.get("status").is_none_or(has_address),
            bound: object.annotation(INBOUND_BINDING).is_some() || self.bound.contains(&class),
            span: object.span,
        })
    }
}

fn stated_account(object: &Object<'_>) -> Option<Symbol> {
    let account = object.annotation(SERVICE_ACCOUNT)?;
    (!account.is_empty() && check_subdomain(&account).is_ok()).then_some(account)
}

/// A waypoint is given its addresses once a pod of it is ready.
fn has_address(status: &Node) -> bool {
    let addresses = status.get("addresses").and_then(Node::as_sequence);
    addresses.is_some_and(|addresses| !addresses.is_empty())
}

/// The namespaces that the listener of the tunnel takes routes from.
fn admits(spec: &Node, fields: &mut Fields<'_>) -> Admits {
    let is_tunnel = |listener: &&Node| {
        let (protocol, port) = (listener.text("protocol"), listener.text("port"));
        protocol.is_some_and(|protocol| protocol == "HBONE") && port.is_some_and(|port| port == "15008")
    };
    let listener = fields.items(spec, "listeners").iter().find(is_tunnel);
    let namespaces = listener.and_then(|node| node.get("allowedRoutes")?.get("namespaces"));
    match namespaces.and_then(|namespaces| namespaces.text("from")).as_deref() {
        Some("All") => Admits::All,
        Some("Selector") => {
            let selector = namespaces.and_then(|namespaces| namespaces.get("selector"));
            selector.map_or(Admits::None, |selector| Admits::Selector(label_selector(selector, fields)))
        }
        Some(_) | None => Admits::Same,
    }
}
