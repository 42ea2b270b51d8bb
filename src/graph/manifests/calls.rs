//! What manifests reveal about who calls whom: environment variables, arguments and configuration files that name a
//! service of the graph, also by way of a ConfigMap. Each find is a suggestion for a person to judge.

use std::collections::HashMap;

use super::address::{Address, Certainty};
use super::fields::Fields;
use super::object::{self, Kind, Object};
use super::owner::Owners;
use super::sibling::Ports;
use super::{Manifest, address, mounted};
use crate::graph::model::{Key, Service, ServiceGraph};
use crate::source::{Span, Symbol};
use crate::yaml::{Mapping, Node};

/// A workload that is told the address of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuggestedCall {
    /// The workload.
    pub caller: Key,
    /// The service that it is told of.
    pub callee: Key,
    /// The service's port, where the address has one that the service has too.
    pub port: Option<u16>,
    /// The port of the address, where the service has no such port: one of the two is wrong.
    pub missing_port: Option<u16>,
    /// Where the address is written.
    pub span: Span,
    /// What stands there, for a person: `CART_ADDR=cart:7070`.
    pub text: String,
}

/// Every service that a workload is told of, once per port, sorted by caller and callee. `graph` is what the
/// manifests gave, after `finish`.
pub fn suggest_calls(manifests: &[Manifest], graph: &ServiceGraph) -> Vec<SuggestedCall> {
    distinct(addresses(manifests).into_iter().filter_map(|told| suggested(graph, told)).collect())
}

/// An address that a workload is told of.
pub(super) struct Told {
    pub(super) caller: Key,
    pub(super) address: Address,
    /// The port of an address without one.
    sibling: Option<u16>,
    pub(super) span: Span,
    /// What stands there, for a person.
    pub(super) text: String,
}

/// Every address in the environment, the arguments and the configuration files of the workloads.
pub(super) fn addresses(manifests: &[Manifest]) -> Vec<Told> {
    // Whatever is wrong with the objects was reported when the graph was read.
    let mut ignored = Vec::new();
    let mut fields = Fields::new(&mut ignored);
    let objects = object::collect(manifests, |kind| !kind.is_security(), &mut fields);
    let owners = Owners::new(&objects);
    let config_maps = config_maps(&objects);
    let mut told = Vec::new();
    for object in objects.iter().filter(|object| object.kind == Kind::Workload && !owners.is_owned(object)) {
        let Some(spec) = pod_spec(object) else {
            continue;
        };
        let mut tell = |name: &str, value: &str, sibling: Option<u16>, span: Span| {
            let addresses = address::find(name, value)
                .into_iter()
                .chain(sibling.and_then(|port| address::beside_port(value, port)));
            told.extend(addresses.map(|address| {
                let text = show(name, value, &address.text);
                Told { caller: object.key, address, sibling, span, text }
            }));
        };
        for setting in mounted::settings(spec, &object.key.namespace, &config_maps) {
            tell(setting.name, setting.value, setting.port, setting.span);
        }
        for container in spec.items("containers").iter().chain(spec.items("initContainers")) {
            let environment = environment(container, &object.key.namespace, &config_maps);
            let ports = environment.iter().map(|variable| (variable.name.as_str(), variable));
            let ports = Ports::among(ports);
            for variable in &environment {
                let port = ports.beside(&variable.name);
                let sibling = port.and_then(|port| expand(&port.value, &environment).parse().ok());
                tell(&variable.name, &expand(&variable.value, &environment), sibling, variable.span);
            }
            let arguments = arguments(container);
            let ports = Ports::among(arguments.iter().map(Argument::parts));
            for (at, argument) in arguments.iter().enumerate() {
                let (name, value) = argument.parts();
                let behind: Vec<&str> =
                    arguments[at + 1..].iter().take(2).map(|behind| behind.text.as_str()).collect();
                let of_flag = || ports.beside(name)?.parse().ok();
                let sibling = address::port_behind(&behind).or_else(of_flag);
                tell(name, &expand(value, &environment), sibling, argument.span);
            }
        }
    }
    told
}

/// One call per caller, callee and port; one without a port only where there is no other.
fn distinct(mut calls: Vec<SuggestedCall>) -> Vec<SuggestedCall> {
    let order = |call: &SuggestedCall| (call.caller, call.callee, call.port.is_none(), call.port);
    calls.sort_by_cached_key(|call| (order(call), call.span));
    calls.dedup_by(|later, earlier| {
        let same_edge = (&later.caller, &later.callee) == (&earlier.caller, &earlier.callee);
        same_edge && (later.port.is_none() || later.port == earlier.port)
    });
    calls
}

/// The call of the service that an address leads to.
fn suggested(graph: &ServiceGraph, told: Told) -> Option<SuggestedCall> {
    let Told { caller, address, sibling, span, text } = told;
    let service = resolve(graph, &caller, &address.host)?;
    let is_own_service = graph.workloads_of(service).iter().any(|workload| workload.key == caller);
    let has_port = |number: &u16| service.ports.iter().any(|port| port.number == *number);
    let missing_port = address.port.filter(|number| !has_port(number) && !service.ports.is_empty());
    // `postgres:14` is an image. In a URL the port may be wrong, but the host is still meant.
    let is_meant = match address.certainty {
        Certainty::Certain => true,
        Certainty::Likely => missing_port.is_none(),
        Certainty::Possible => address.port.is_some_and(|number| has_port(&number)),
    };
    if is_own_service || !is_meant {
        return None;
    }
    // A port that is written is not replaced by one that is guessed.
    let port = address.port.or(sibling.filter(has_port)).or(address.default_port).filter(has_port);
    Some(SuggestedCall { caller, callee: service.key, port, missing_port, span, text })
}

/// The service that a host name leads to from the caller's namespace, by the cluster's DNS.
pub(super) fn resolve<'a>(graph: &'a ServiceGraph, caller: &Key, host: &str) -> Option<&'a Service> {
    let find = |namespace: &str, name: &str| graph.services.get(&Key::new(namespace, name));
    let own = caller.namespace.as_str();
    let labels: Vec<&str> = host.split('.').collect();
    match labels.as_slice() {
        [name] => find(own, name),
        [name, namespace] => find(namespace, name).or_else(|| pod(graph, own, name, namespace)),
        [name, namespace, "svc", ..] => find(namespace, name),
        [ordinal, name, namespace] | [ordinal, name, namespace, "svc", ..] => {
            pod(graph, namespace, ordinal, name)
        }
        _ => None,
    }
}

/// `mongo-0.mongo`: a pod of a StatefulSet behind a headless service.
fn pod<'a>(graph: &'a ServiceGraph, namespace: &str, pod: &str, service: &str) -> Option<&'a Service> {
    let (set, ordinal) = pod.rsplit_once('-')?;
    let service = graph.services.get(&Key::new(namespace, service))?;
    let is_pod = ordinal.parse::<u32>().is_ok()
        && graph.workloads_of(service).iter().any(|workload| workload.key.name == set);
    is_pod.then_some(service)
}

/// The whole where it is short, else the part that matters.
fn show(name: &str, value: &str, address: &str) -> String {
    let whole = if name.is_empty() { value.to_owned() } else { format!("{name}={value}") };
    let fits = whole.chars().count() <= 80 && !whole.contains('\n');
    if fits { whole } else { address.to_owned() }
}

/// A variable of a container's environment, before `$(…)` is expanded.
struct Variable {
    name: Symbol,
    value: Symbol,
    span: Span,
}

/// Several documents of one name are variants of which any may be in use, so each is looked at.
pub(super) type ConfigMaps<'a> = HashMap<Key, Vec<&'a Mapping>>;

fn config_maps<'a>(objects: &[Object<'a>]) -> ConfigMaps<'a> {
    let mut maps = ConfigMaps::new();
    for object in objects.iter().filter(|object| object.kind == Kind::ConfigMap) {
        if let Some(data) = object.node.get("data").and_then(Node::as_mapping) {
            maps.entry(object.key).or_default().push(data);
        }
    }
    maps
}

fn environment(container: &Node, namespace: &str, config_maps: &ConfigMaps<'_>) -> Vec<Variable> {
    let mut variables = Vec::new();
    for from in container.items("envFrom") {
        let prefix = from.text("prefix").unwrap_or_default();
        let name = from.get("configMapRef").and_then(|reference| reference.text("name"));
        let maps = name.and_then(|name| config_maps.get(&Key::new(namespace, name)));
        for (key, value) in maps.into_iter().flatten().flat_map(|map| &map.entries) {
            let name = Symbol::from(format!("{prefix}{}", key.node));
            variables.extend(variable(name, value));
        }
    }
    for node in container.items("env") {
        let Some(name) = node.text("name") else {
            continue;
        };
        match node.get("value") {
            Some(value) => variables.extend(variable(name, value)),
            None => {
                let values = referred(node, namespace, config_maps).into_iter();
                variables.extend(values.filter_map(|value| variable(name, value)));
            }
        }
    }
    variables
}

/// The values that a variable takes from a key of a ConfigMap.
fn referred<'a>(variable: &Node, namespace: &str, config_maps: &ConfigMaps<'a>) -> Vec<&'a Node> {
    let reference = variable.get("valueFrom").and_then(|from| from.get("configMapKeyRef"));
    let named = reference.and_then(|reference| Some((reference.text("name")?, reference.text("key")?)));
    let Some((name, key)) = named else {
        return Vec::new();
    };
    let maps = config_maps.get(&Key::new(namespace, name));
    maps.into_iter().flatten().filter_map(|map| map.get(&key)).collect()
}

fn variable(name: Symbol, value: &Node) -> Option<Variable> {
    Some(Variable { name, value: value.as_scalar()?.text, span: value.span })
}

/// `$(NAME)` replaced as Kubernetes does it: once, and left alone where there is no such variable.
fn expand(value: &str, environment: &[Variable]) -> String {
    let mut expanded = String::new();
    let mut rest = value;
    while let Some((before, (name, after))) =
        rest.split_once("$(").and_then(|(before, behind)| Some((before, behind.split_once(')')?)))
    {
        expanded.push_str(before);
        match environment.iter().rev().find(|variable| variable.name == name) {
            Some(variable) => expanded.push_str(&variable.value),
            None => expanded.extend(["$(", name, ")"]),
        }
        rest = after;
    }
    expanded + rest
}

/// A word of `command` or `args`, and the flag before it whose value it may be.
struct Argument {
    flag: Symbol,
    text: Symbol,
    span: Span,
}

impl Argument {
    /// The name of a setting and its value: of `--db-host=db`, and of `db` behind `--db-host`.
    fn parts(&self) -> (&str, &str) {
        let one_word =
            self.text.split_once('=').filter(|_| self.text.starts_with('-') || !self.text.contains(';'));
        one_word.unwrap_or((&self.flag, &self.text))
    }
}

fn arguments(container: &Node) -> Vec<Argument> {
    let mut arguments: Vec<Argument> = Vec::new();
    for node in container.items("command").iter().chain(container.items("args")) {
        let Some(scalar) = node.as_scalar() else {
            continue;
        };
        let flag = arguments.last().map(|before| before.text);
        let flag = flag.filter(|flag| flag.starts_with('-') && !flag.contains('=')).unwrap_or_default();
        arguments.push(Argument { flag, text: scalar.text, span: node.span });
    }
    arguments
}

fn pod_spec<'a>(object: &Object<'a>) -> Option<&'a Node> {
    let spec = object.spec()?;
    match object.kind_name.as_str() {
        "Pod" => Some(spec),
        "CronJob" => spec.get("jobTemplate")?.get("spec")?.get("template")?.get("spec"),
        _ => spec.get("template")?.get("spec"),
    }
}
