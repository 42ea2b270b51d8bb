//! Binds a question as rules are bound: its names to the service graph, its operation to one request.

use super::callers::perhaps_an_account;
use super::context::Place;
use super::names::{Bound, account, bind};
use super::operations::{check_method, grpc_path};
use super::ports::ports;
use super::services::Services;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::{Key, Protocol, ServiceGraph, Workload};
use crate::source::{Span, Spanned, Symbol};
use crate::syntax::ast::{
    Asker, HttpOperation, Method, Name, Operation, PortName, Question, Source, Target, TargetName,
};

/// What a question asks.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Who calls.
    pub caller: Option<AskedCaller<'a>>,
    /// Who is called.
    pub target: Option<AskedTarget<'a>>,
    /// With which request; `None` for a connection as such.
    pub request: Option<AskedRequest>,
}

/// A caller of a question.
#[derive(Clone, Debug)]
pub enum AskedCaller<'a> {
    /// A service or workload by the name that the question writes, and its accounts, each with a workload that
    /// runs as it.
    Service(Name, Vec<(Key, &'a Workload)>),
    /// A bare service account.
    Account(Key),
    /// An identity by its URI.
    Uri(Symbol),
    /// `mesh`: an identity that no rule names.
    Mesh,
    /// `anyone`: plaintext.
    Anyone,
}

/// A target of a question.
#[derive(Clone, Debug)]
pub struct AskedTarget<'a> {
    /// The name that the question writes.
    pub name: Name,
    /// The port that the question writes, if it does.
    pub port: Option<Symbol>,
    /// The service or workload.
    pub key: Key,
    /// Each port of each workload that is meant, sorted by workload and number.
    pub places: Vec<AskedPort<'a>>,
}

impl AskedTarget<'_> {
    /// The name with the port, as the question writes them.
    pub fn written(&self) -> String {
        self.port.map_or_else(|| self.name.to_string(), |port| format!("{}:{port}", self.name))
    }
}

/// A port of a workload.
#[derive(Clone, Copy, Debug)]
pub struct AskedPort<'a> {
    /// The workload.
    pub workload: &'a Workload,
    /// Its port.
    pub number: u16,
    /// The port of the service that leads there, if the name was a service's.
    pub service_port: Option<u16>,
}

/// The request of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRequest {
    /// `GET` where the question names a path alone.
    pub method: Symbol,
    /// `/` where it names a method alone.
    pub path: Symbol,
    /// The host header, where it is named.
    pub host: Option<Symbol>,
}

/// What the words of a question stand for, or everything that is wrong with them.
pub fn question<'a>(graph: &'a ServiceGraph, question: &Question) -> Result<Asked<'a>, Vec<Diagnostic>> {
    let services = Services::new(graph);
    let mut diagnostics = Vec::new();
    let asked = Asked {
        caller: question.caller.as_ref().and_then(|found| keep(caller(&services, found), &mut diagnostics)),
        target: question.target.as_ref().and_then(|found| keep(target(&services, found), &mut diagnostics)),
        request: question.operation.as_ref().and_then(|found| keep(request(found), &mut diagnostics)),
    };
    if diagnostics.is_empty() { Ok(asked) } else { Err(diagnostics) }
}

fn keep<T>(found: Result<T, Box<Diagnostic>>, diagnostics: &mut Vec<Diagnostic>) -> Option<T> {
    found.map_err(|diagnostic| diagnostics.push(*diagnostic)).ok()
}

/// A question stands in no namespace, so that a name must be unique or qualified.
const NOWHERE: Place = Place { module: 0, namespace: None };

fn caller<'a>(services: &Services<'a>, asker: &Spanned<Asker>) -> Result<AskedCaller<'a>, Box<Diagnostic>> {
    let span = asker.span;
    let source = match &asker.node {
        Asker::Uri(uri) => return Ok(AskedCaller::Uri(*uri)),
        Asker::Source(source) => source,
    };
    match source {
        Source::Name(name) => {
            let bound = bind(services, &NOWHERE, name, span).map_err(|found| perhaps_an_account(*found))?;
            Ok(AskedCaller::Service(name.clone(), accounts(&bound, span)?))
        }
        Source::Account(name) => Ok(AskedCaller::Account(account(&NOWHERE, name, span)?)),
        Source::Mesh => Ok(AskedCaller::Mesh),
        Source::Anyone => Ok(AskedCaller::Anyone),
        Source::Namespace(_) | Source::Group(_) => Err(several(span, "caller")),
    }
}

/// The accounts of the workloads behind a name, sorted, each once.
fn accounts<'a>(bound: &Bound<'_, 'a>, span: Span) -> Result<Vec<(Key, &'a Workload)>, Box<Diagnostic>> {
    let mut accounts: Vec<(Key, &Workload)> = bound
        .workloads()
        .iter()
        .map(|workload| {
            let account = Key::new(workload.key.namespace, workload.account.node);
            (account, *workload)
        })
        .collect();
    accounts.sort_by_key(|(a, _)| *a);
    accounts.dedup_by(|(a, _), (b, _)| a == b);
    if accounts.is_empty() {
        let message = format!("the service account of `{}` is not known", bound.key());
        let label = "which identity does it show?";
        return Err(Box::new(
            Diagnostic::new(code::UNKNOWN_CALLER_ACCOUNT, message, span, label)
                .label(bound.declared(), "no workload of the service graph stands behind it")
                .note(format!("name the account itself: `account {}/ACCOUNT`", bound.key().namespace)),
        ));
    }
    Ok(accounts)
}

fn several(span: Span, what: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            code::SYNTAX_ERROR,
            format!("a question is about one {what}"),
            span,
            format!("this is more than one {what}"),
        )
        .note("ask about each of them, or all at once: `meshward can --requests FILE`"),
    )
}

fn target<'a>(services: &Services<'a>, target: &Target) -> Result<AskedTarget<'a>, Box<Diagnostic>> {
    let span = target.name.span;
    let TargetName::Name(name) = &target.name.node else { return Err(several(span, "target")) };
    let bound = bind(services, &NOWHERE, name, span)?;
    if bound.workloads().is_empty() {
        let message = format!("there is no workload behind `{}`", bound.key());
        let label = "nothing decides about requests to it";
        return Err(Box::new(
            Diagnostic::new(code::TARGET_WITHOUT_SELECTOR, message, span, label)
                .label(bound.declared(), "declared here"),
        ));
    }
    // Only for what it says about a port that is none.
    ports(services.graph, &bound, span, target.port.as_ref())?;
    let mut places = places(&bound, target.port.as_ref().map(|port| &port.node));
    let port = target.port.as_ref().map(|port| match &port.node {
        PortName::Name(name) => *name,
        PortName::Number(number) => Symbol::from(number.to_string()),
    });
    places.sort_by(|a, b| (&a.workload.key, a.number).cmp(&(&b.workload.key, b.number)));
    places.dedup_by(|a, b| {
        std::ptr::eq(a.workload, b.workload) && (a.number, a.service_port) == (b.number, b.service_port)
    });
    Ok(AskedTarget { name: name.clone(), port, key: *bound.key(), places })
}

fn places<'a>(bound: &Bound<'_, 'a>, wanted: Option<&PortName>) -> Vec<AskedPort<'a>> {
    let is_wanted = |number: u16, name: Option<&Symbol>| match wanted {
        None => true,
        Some(PortName::Number(wanted)) => number == *wanted,
        Some(PortName::Name(wanted)) => name == Some(wanted),
    };
    let mut places = Vec::new();
    for workload in bound.workloads() {
        match bound {
            Bound::Service(facts) => {
                let carried = facts.service.ports.iter().filter(|port| port.protocol != Protocol::Udp);
                for port in carried.filter(|port| is_wanted(port.number, port.name.as_ref())) {
                    let number = port.number_at(workload);
                    let service_port = Some(port.number);
                    places.extend(number.map(|number| AskedPort { workload, number, service_port }));
                }
            }
            Bound::Workload(..) => {
                let carried = workload.ports.iter().filter(|port| !port.udp);
                let wanted = carried.filter(|port| is_wanted(port.number, port.name.as_ref()));
                places.extend(wanted.map(|port| AskedPort {
                    workload,
                    number: port.number,
                    service_port: None,
                }));
            }
        }
    }
    places
}

fn request(operation: &Operation) -> Result<AskedRequest, Box<Diagnostic>> {
    match operation {
        Operation::Grpc(methods) => match methods.as_slice() {
            [method] => Ok(AskedRequest {
                method: Symbol::new("POST"),
                path: concrete(method, grpc_path(method)?)?,
                host: None,
            }),
            [_, second, ..] => Err(several(second.span, "request")),
            [] => Ok(AskedRequest { method: "POST".into(), path: "/".into(), host: None }),
        },
        Operation::Http(http) => of_http(http),
    }
}

fn of_http(http: &HttpOperation) -> Result<AskedRequest, Box<Diagnostic>> {
    let seconds = [http.methods.get(1).map(|method| method.span)];
    let seconds =
        seconds.into_iter().chain([&http.paths, &http.hosts].map(|list| list.get(1).map(|part| part.span)));
    if let Some(second) = seconds.flatten().next().or(http.except.first().map(|path| path.span)) {
        return Err(several(second, "request"));
    }
    let method = match http.methods.first() {
        None => Symbol::new("GET"),
        Some(Spanned { node: Method::One(method), span }) => {
            check_method(method, *span)?;
            *method
        }
        Some(Spanned { node: Method::Set(_), span }) => return Err(several(*span, "method")),
    };
    let path = match http.paths.first() {
        None => Symbol::new("/"),
        Some(path) => concrete(path, path.node)?,
    };
    Ok(AskedRequest { method, path, host: http.hosts.first().map(|host| host.node) })
}

/// A path that one can send: patterns are for rules.
fn concrete(written: &Spanned<Symbol>, path: Symbol) -> Result<Symbol, Box<Diagnostic>> {
    let pattern = path.find(['*', '{']);
    if pattern.is_none() && path.starts_with('/') {
        return Ok(path);
    }
    let message = format!("`{}` is no path that one can send", written.node);
    let label = "a question is about one request";
    let diagnostic = Diagnostic::new(code::INVALID_PATH, message, written.span, label);
    Err(Box::new(diagnostic.note("write a path that the pattern matches, such as `/api/v1/users/42`")))
}
