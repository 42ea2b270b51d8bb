//! From what istiod sends to a waypoint to two listeners of upstream Envoy: the one where tunnels end, and the one inside
//! that they lead to. What the first hands to the second, the caller's identity and the address that was called, is as
//! istiod wrote it.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::listener::{self, CONNECTION_MANAGER, TYPE};
use crate::client::ServerFiles;

/// The factory of strings that only Istio's own build of Envoy has, and the one of upstream that makes the same.
const FACTORIES: (&str, &str) = ("istio.hashable_string", "envoy.hashable_string");

/// What stands for one waypoint.
pub(super) struct Waypoint {
    /// Both listeners.
    pub(super) listeners: [Value; 2],
    /// What leads from the first to the second.
    pub(super) cluster: Value,
}

/// The configuration of one waypoint, whose tunnels end at an address of ours.
pub(super) fn transform(
    name: &str,
    (tunnel, inside): (&Value, &Value),
    address: SocketAddr,
    files: &ServerFiles,
    log: &str,
) -> Result<Waypoint> {
    let internal = format!("{name}/inside");
    let mut chains = tunnel["filterChains"].as_array().context("a waypoint ends tunnels")?.clone();
    for chain in &mut chains {
        listener::use_files(&mut chain["transportSocket"]["typedConfig"]["commonTlsContext"], files)?;
        for filter in chain["filters"].as_array_mut().into_iter().flatten() {
            if filter["typedConfig"][TYPE] == CONNECTION_MANAGER {
                end_of_tunnels(&mut filter["typedConfig"], &internal)?;
            }
        }
    }
    let mut inner = listener::chains(inside, files)?;
    inner["name"] = json!(internal);
    inner["internalListener"] = json!({});
    inner["listenerFilters"] = inside["listenerFilters"].clone();
    inner["filterChainMatcher"] = inside["filterChainMatcher"].clone();
    inner["accessLog"] = json!([listener::access_log(log)]);
    let outer = json!({
        "name": name,
        "address": listener::socket_address(address),
        "listenerFilters": [listener::proxy_protocol()],
        "filterChains": chains,
    });
    Ok(Waypoint { listeners: [outer, inner], cluster: cluster(&internal) })
}

/// Leads what comes out of a tunnel to the listener inside, and hands on what istiod says.
fn end_of_tunnels(manager: &mut Value, internal: &str) -> Result<()> {
    listener::without_telemetry(manager);
    let routes = manager["routeConfig"]["virtualHosts"][0]["routes"].as_array_mut();
    for route in routes.context("the end of tunnels has routes")? {
        route["route"]["cluster"] = json!(internal);
    }
    for filter in manager["httpFilters"].as_array_mut().into_iter().flatten() {
        let handed_on = filter.pointer_mut("/typedConfig/onRequestHeaders").and_then(Value::as_array_mut);
        for value in handed_on.into_iter().flatten() {
            if value["factoryKey"] == FACTORIES.0 {
                value["factoryKey"] = json!(FACTORIES.1);
            }
        }
    }
    Ok(())
}

/// The cluster `main_internal` of istiod.
fn cluster(internal: &str) -> Value {
    let transports = "type.googleapis.com/envoy.extensions.transport_sockets";
    let inner = json!({
        "name": "envoy.transport_sockets.raw_buffer",
        "typedConfig": {TYPE: format!("{transports}.raw_buffer.v3.RawBuffer")},
    });
    json!({
        "name": internal,
        "type": "STATIC",
        "loadAssignment": {"clusterName": internal, "endpoints": [{"lbEndpoints": [{"endpoint": {
            "address": {"envoyInternalAddress": {"serverListenerName": internal}},
        }}]}]},
        "transportSocket": {
            "name": "envoy.transport_sockets.internal_upstream",
            "typedConfig": {
                TYPE: format!("{transports}.internal_upstream.v3.InternalUpstreamTransport"),
                "transportSocket": inner,
            },
        },
    })
}
