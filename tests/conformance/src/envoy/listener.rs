//! From what istiod sends to a sidecar to a listener of upstream Envoy: the filter chains stay as they are, and
//! what a sidecar has around them is replaced.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::client::{ALLOWED_BY, DETAILS, PATH, ServerFiles};

pub(super) const TYPE: &str = "@type";
pub(super) const CONNECTION_MANAGER: &str =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const TCP_PROXY: &str = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

/// Where the listener itself is; what is sent there is closed.
const OWN_PORT: u16 = 15006;

/// What the filter chains for a port take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// HTTP alone.
    Http,
    /// Whatever is sent.
    Raw,
    /// HTTP where it is found, else whatever is sent.
    Either,
}

/// What an inbound listener takes at each port that it names.
pub fn carried(inbound: &Value) -> BTreeMap<u16, Carries> {
    let mut ports: BTreeMap<u16, Carries> = BTreeMap::new();
    for chain in inbound["filterChains"].as_array().into_iter().flatten() {
        let port =
            chain["filterChainMatch"]["destinationPort"].as_u64().and_then(|port| port.try_into().ok());
        let Some(port) = port.filter(|port| *port != OWN_PORT) else { continue };
        let kinds = chain["filters"].as_array().into_iter().flatten();
        for kind in kinds.filter_map(|filter| filter["typedConfig"][TYPE].as_str()) {
            let carries = match kind {
                CONNECTION_MANAGER => Carries::Http,
                TCP_PROXY => Carries::Raw,
                _ => continue,
            };
            let known = ports.entry(port).or_insert(carries);
            if *known != carries {
                *known = Carries::Either;
            }
        }
    }
    ports
}

/// The listener of one pod at an address of ours.
///
/// A PROXY line restores the address that was called, so that the chains are chosen by istiod's own matches.
/// The inspectors keep their predicates: a forced one would find HTTP where a sidecar does not look for it.
pub(super) fn transform(
    name: &str,
    inbound: &Value,
    address: SocketAddr,
    files: &ServerFiles,
    log: &str,
) -> Result<Value> {
    let mut listener = chains(inbound, files)?;
    listener["name"] = json!(name);
    listener["address"] = socket_address(address);
    listener["listenerFilters"] = json!(listener_filters(inbound));
    listener["accessLog"] = json!([access_log(log)]);
    Ok(listener)
}

/// A listener that has its filter chains, and how long they wait for the first bytes, and nothing else.
pub(super) fn chains(inbound: &Value, files: &ServerFiles) -> Result<Value> {
    let chains = inbound["filterChains"].as_array().context("an inbound listener has filter chains")?;
    let chains = chains.iter().map(|chain| filter_chain(chain, files)).collect::<Result<Vec<_>>>()?;
    let mut listener = json!({"filterChains": chains});
    if let Some(default) = inbound.get("defaultFilterChain") {
        listener["defaultFilterChain"] = filter_chain(default, files)?;
    }
    if let Some(timeout) = inbound.get("listenerFiltersTimeout") {
        listener["listenerFiltersTimeout"] = timeout.clone();
    }
    listener["continueOnListenerFiltersTimeout"] = inbound["continueOnListenerFiltersTimeout"].clone();
    Ok(listener)
}

pub(super) fn socket_address(address: SocketAddr) -> Value {
    json!({"socketAddress": {"address": address.ip().to_string(), "portValue": address.port()}})
}

/// What reads the PROXY line of our clients.
pub(super) fn proxy_protocol() -> Value {
    json!({
        "name": "envoy.filters.listener.proxy_protocol",
        "typedConfig": {
            TYPE: "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol",
        },
    })
}

fn listener_filters(inbound: &Value) -> Vec<Value> {
    let mut filters = vec![proxy_protocol()];
    let inspectors = ["envoy.filters.listener.tls_inspector", "envoy.filters.listener.http_inspector"];
    filters.extend(
        inbound["listenerFilters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|filter| inspectors.iter().any(|name| filter["name"] == *name))
            .cloned(),
    );
    filters
}

/// One line for each connection that ended: the port that it was announced from, and who closed it.
pub(super) fn access_log(log: &str) -> Value {
    json!({
        "name": "envoy.access_loggers.file",
        "typedConfig": {
            TYPE: "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": log,
            "logFormat": {"textFormatSource": {
                "inlineString": "%DOWNSTREAM_REMOTE_PORT%\t%CONNECTION_TERMINATION_DETAILS%\n",
            }},
        },
    })
}

fn filter_chain(chain: &Value, files: &ServerFiles) -> Result<Value> {
    let mut chain = chain.clone();
    if chain.get("transportSocket").is_some() {
        use_files(&mut chain["transportSocket"]["typedConfig"]["commonTlsContext"], files)?;
    }
    let filters = chain["filters"].as_array().context("a filter chain has filters")?;
    let filters: Vec<Value> = filters.iter().filter_map(network_filter).collect();
    chain["filters"] = json!(filters);
    Ok(chain)
}

/// Certificates come from files instead of from istiod; which names the peer may have stays istiod's.
pub(super) fn use_files(context: &mut Value, files: &ServerFiles) -> Result<()> {
    let context = context.as_object_mut().context("a TLS chain has a context")?;
    context.remove("tlsCertificateSdsSecretConfigs");
    context.insert(
        "tlsCertificates".to_owned(),
        json!([{"certificateChain": {"filename": files.certificate}, "privateKey": {"filename": files.key}}]),
    );
    if let Some(mut combined) = context.remove("combinedValidationContext") {
        let mut validation = combined["defaultValidationContext"].take();
        validation["trustedCa"] = json!({"filename": files.authority});
        context.insert("validationContext".to_owned(), validation);
    }
    Ok(())
}

fn network_filter(filter: &Value) -> Option<Value> {
    if is_of_istio(filter) {
        return None;
    }
    let kind = filter["typedConfig"][TYPE].as_str().unwrap_or_default();
    if kind == TCP_PROXY {
        return Some(json!({
            "name": "envoy.filters.network.echo",
            "typedConfig": {TYPE: "type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo"},
        }));
    }
    let mut filter = filter.clone();
    if kind == CONNECTION_MANAGER {
        connection_manager(&mut filter["typedConfig"]);
    }
    Some(filter)
}

/// Filters that only Istio's own build of Envoy has. None of them decides about a request.
fn is_of_istio(filter: &Value) -> bool {
    let config = &filter["typedConfig"];
    let is_type = |kind: &Value| kind.as_str().is_some_and(|kind| kind.contains("/io.istio."));
    filter["name"].as_str().is_some_and(|name| name.starts_with("istio"))
        || is_type(&config[TYPE])
        || is_type(&config["typeUrl"])
}

/// Leaves out what only tells others about requests.
pub(super) fn without_telemetry(manager: &mut Value) {
    if let Some(manager) = manager.as_object_mut() {
        for name in ["accessLog", "tracing", "accessLogOptions", "rds"] {
            manager.remove(name);
        }
    }
    let filters = manager["httpFilters"].as_array().cloned().unwrap_or_default();
    manager["httpFilters"] = filters.into_iter().filter(|filter| !is_of_istio(filter)).collect();
}

fn connection_manager(manager: &mut Value) {
    without_telemetry(manager);
    manager["routeConfig"] = json!({
        "name": "application",
        "virtualHosts": [{
            "name": "any",
            "domains": ["*"],
            "routes": [{"match": {"prefix": "/"}, "directResponse": {"status": 200}}],
        }],
        "responseHeadersToAdd": told(),
    });
    manager["localReplyConfig"] = json!({
        "mappers": [{
            "filter": {"statusCodeFilter": {"comparison": {"op": "GE", "value": {"defaultValue": 400, "runtimeKey": "none"}}}},
            "headersToAdd": told(),
        }],
    });
}

/// What the client is told about each request.
fn told() -> Value {
    let header = |name: &str, value: &str| json!({"header": {"key": name, "value": value}, "appendAction": "OVERWRITE_IF_EXISTS_OR_ADD"});
    json!([
        header(PATH, "%REQ(:PATH)%"),
        header(DETAILS, "%RESPONSE_CODE_DETAILS%"),
        header(ALLOWED_BY, "%DYNAMIC_METADATA(envoy.filters.http.rbac:enforced_effective_policy_id)%"),
    ])
}
