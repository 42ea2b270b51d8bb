//! Whether somebody gets through to pods with a path: answered by single requests, so that a "yes" is certain. It is
//! given a rule that takes the path away from some callers, and looks for another that lets them in.

use std::cell::OnceCell;
use std::net::IpAddr;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use thin_vec::ThinVec;

use super::View;
use super::inclusion::{self, Pattern};
use super::path_index::PathIndex;
use crate::access::{Formula, Request};
use crate::check::{Intent, Traffic};
use crate::policy::{Caller, Effect, Labels, Mesh, Operation, Rule};
use crate::source::Symbol;

/// How many requests are tried for one path and one rule that may admit it. Nearly always the first one tells.
const MOST_TRIED: usize = 256;

/// The rules of a policy by the ports that they hold for. Each port is looked at when the first rule asks for it.
pub(super) struct Admission<'v, 'a> {
    view: &'v View<'a>,
    intent: &'v Intent<'a>,
    points: FxHashMap<(&'a str, &'a Labels, u16), Rc<Point<'a>>>,
}

/// Who lets a request through.
#[derive(Clone, Copy)]
pub(super) enum Admitted<'a> {
    /// This rule.
    By(&'a Rule),
    /// Nobody has to: there is no default deny.
    Open,
}

/// What is said about HTTP at one port of some pods.
struct Point<'a> {
    transport: Formula,
    open: bool,
    allow: Side<'a>,
    deny: Side<'a>,
}

/// The rules of one effect.
#[derive(Default)]
struct Side<'a> {
    rules: Vec<Known<'a>>,
    paths: PathIndex<'a>,
    /// Those with templates, which the index knows by their text only, each with what stands before a first brace.
    templates: Vec<(&'a str, usize)>,
}

/// A rule, and the requests that it speaks of once somebody has asked.
struct Known<'a> {
    rule: &'a Rule,
    requests: OnceCell<Formula>,
}

impl<'v, 'a> Admission<'v, 'a> {
    pub(super) fn new(view: &'v View<'a>, intent: &'v Intent<'a>) -> Self {
        Self { view, intent, points: FxHashMap::default() }
    }

    /// A way past `rule`, from whose paths it keeps callers away in one of its operations.
    pub(super) fn past(&mut self, rule: &'a Rule, operation: &'a Operation) -> Attempt<'v, 'a> {
        let target = &rule.target;
        let mut pods: Vec<&'a Labels> = self
            .view
            .workloads_behind(target.namespace, target.name)
            .into_iter()
            .map(|workload| &workload.labels)
            .collect();
        if pods.is_empty() {
            pods.push(&target.selector);
        }
        pods.dedup();
        let ports = pods.into_iter().flat_map(|labels| target.ports.iter().map(move |port| (labels, *port)));
        let points = ports.map(|(labels, port)| {
            let point = self.points.entry((&target.namespace, labels, port));
            point.or_insert_with(|| Rc::new(Point::new(self.intent, &target.namespace, labels, port))).clone()
        });
        let points = points.collect();
        let anywhere = Operation { paths: ThinVec::new(), except_paths: ThinVec::new(), ..operation.clone() };
        let kept_away = self.intent.asked(&rule.callers, &rule.except, &[anywhere]);
        let own = Known { rule, requests: OnceCell::new() };
        Attempt { intent: self.intent, mesh: &self.view.policy.mesh, own, operation, points, kept_away }
    }
}

impl<'a> Point<'a> {
    fn new(intent: &Intent<'a>, namespace: &'a str, labels: &'a Labels, port: u16) -> Self {
        let (mut allow, mut deny) = (Side::default(), Side::default());
        for rule in intent.rules_at(namespace, labels, port, Traffic::Http) {
            match rule.effect {
                Effect::Allow => allow.add(rule),
                Effect::Deny => deny.add(rule),
            }
        }
        let transport = intent.transport(namespace, labels, port);
        Self { transport, open: intent.is_open(namespace, labels), allow, deny }
    }
}

impl<'a> Known<'a> {
    fn requests(&self, intent: &Intent<'a>) -> &Formula {
        self.requests.get_or_init(|| intent.requests(self.rule))
    }
}

/// What is tried to get past a rule.
pub(super) struct Attempt<'v, 'a> {
    intent: &'v Intent<'a>,
    mesh: &'a Mesh,
    own: Known<'a>,
    operation: &'a Operation,
    points: Vec<Rc<Point<'a>>>,
    /// The requests that the rule keeps away from the paths that it names.
    kept_away: Formula,
}

impl<'a> Attempt<'_, 'a> {
    /// Who lets a path in. What another rule names letter for letter is meant to be open.
    pub(super) fn admitted(&self, path: &str) -> Option<Admitted<'a>> {
        self.points.iter().find_map(|point| self.admitted_at(point, path))
    }

    fn admitted_at(&self, point: &Point<'a>, path: &str) -> Option<Admitted<'a>> {
        let rule = self.own.rule;
        let found = match (rule.effect, point.open) {
            (Effect::Allow, _) => {
                let admits = could_admit(rule, path) && self.succeeds(point, Some(&self.own), path);
                admits.then_some(Admitted::By(rule))
            }
            (Effect::Deny, true) => self.succeeds(point, None, path).then_some(Admitted::Open),
            (Effect::Deny, false) => {
                let mut allowing = point.allow.with_path(path);
                let found = allowing.find(|allow| self.succeeds(point, Some(allow), path));
                found.map(|allow| Admitted::By(allow.rule))
            }
        };
        let is_meant = |allow: &Known<'a>| names(allow.rule, path) && self.succeeds(point, Some(allow), path);
        found.filter(|_| !point.allow.with_path(path).any(is_meant))
    }

    /// Whether a request gets through at a port by a rule, or without one.
    fn succeeds(&self, point: &Point<'a>, allow: Option<&Known<'a>>, path: &str) -> bool {
        let allowed = allow.map_or(&Formula::Always, |allow| allow.requests(self.intent));
        let is_denied = |request: &Request| {
            point.deny.with_path(path).any(|deny| deny.requests(self.intent).holds(request))
        };
        let words = (self.own.rule, self.operation);
        any_request(self.mesh, words, allow.map(|allow| allow.rule), path, |request| {
            self.kept_away.holds(request)
                && allowed.holds(request)
                && point.transport.holds(request)
                && !is_denied(request)
        })
    }
}

impl<'a> Side<'a> {
    fn add(&mut self, rule: &'a Rule) {
        let number = self.rules.len();
        self.rules.push(Known { rule, requests: OnceCell::new() });
        self.paths.add(number, rule);
        self.templates.extend(paths(rule).filter_map(template_head).map(|head| (head, number)));
    }

    /// Every rule that looks at a path, and perhaps others.
    fn with_path(&self, path: &str) -> impl Iterator<Item = &Known<'a>> {
        let begins = |(head, number): &(&str, usize)| path.starts_with(head).then_some(*number);
        let by_template = self.templates.iter().filter_map(begins);
        let found = self.paths.covering(path).into_iter().flatten().copied().chain(by_template);
        found.map(|number| &self.rules[number])
    }
}

fn paths(rule: &Rule) -> impl Iterator<Item = &str> {
    rule.operations.iter().flat_map(|operation| &operation.paths).map(Symbol::as_str)
}

/// What every path of a template begins with.
fn template_head(path: &str) -> Option<&str> {
    match Pattern::read(path) {
        Pattern::Template(_, head) => Some(head),
        Pattern::Any | Pattern::Exact(_) | Pattern::Prefix(_) | Pattern::Suffix(_) => None,
    }
}

/// Whether a rule may speak of a path; a "no" is certain.
fn could_admit(rule: &Rule, path: &str) -> bool {
    let could_match = |own: &Symbol| match template_head(own) {
        Some(head) => path.starts_with(head),
        None => inclusion::path(own, path),
    };
    let operation =
        |operation: &Operation| operation.paths.is_empty() || operation.paths.iter().any(could_match);
    rule.operations.is_empty() || rule.operations.iter().any(operation)
}

/// Whether a rule has a path among its own, letter for letter.
fn names(rule: &Rule, path: &str) -> bool {
    paths(rule).any(|own| !Pattern::read(own).is_wildcard() && inclusion::path(own, path))
}

/// Whether one of the requests for a path that the words of both rules suggest is as wanted. It is one request whose
/// parts change, since most of a lint's time would go into making others.
fn any_request(
    mesh: &Mesh,
    (rule, operation): (&Rule, &Operation),
    allow: Option<&Rule>,
    path: &str,
    is_wanted: impl Fn(&Request) -> bool,
) -> bool {
    let callers = || allow.into_iter().chain([rule]).flat_map(|rule| &rule.callers);
    let operations = || [operation].into_iter().chain(allow.into_iter().flat_map(|allow| &allow.operations));
    let identities = callers().map(|caller| Some(identity(mesh, caller))).chain([Some(stranger(mesh)), None]);
    let methods = || operations().flat_map(|operation| &operation.methods).map(Symbol::as_str).chain(["GET"]);

    let host = operations().flat_map(|operation| &operation.hosts).next();
    let host = host.map_or_else(|| "x".to_owned(), |host| host.replace('*', "x"));
    let mut request = Request::new("", host, path);
    let nowhere = (request.peer, request.client);
    let addresses = || [nowhere].into_iter().chain(callers().filter_map(|caller| addresses(caller, nowhere)));
    let mut left = MOST_TRIED;
    for identity in identities {
        request.identity = identity;
        for method in methods() {
            method.clone_into(&mut request.method);
            for (peer, client) in addresses() {
                (request.peer, request.client) = (peer, client);
                if is_wanted(&request) {
                    return true;
                }
                left -= 1;
                if left == 0 {
                    return false;
                }
            }
        }
    }
    false
}

/// An identity of a caller.
fn identity(mesh: &Mesh, caller: &Caller) -> String {
    match caller {
        Caller::Account { namespace, name } => mesh.identity(namespace, name),
        Caller::Namespace(namespace) => mesh.identity(namespace, "somebody"),
        Caller::AnyIdentity | Caller::Anyone | Caller::Peer(_) | Caller::Client(_) => stranger(mesh),
    }
}

/// The identity of somebody of whom no rule speaks by name.
fn stranger(mesh: &Mesh) -> String {
    mesh.identity("elsewhere", "somebody")
}

/// The addresses of a peer and of a client in the network that a rule names, the other one from elsewhere.
fn addresses(caller: &Caller, (peer, client): (IpAddr, IpAddr)) -> Option<(IpAddr, IpAddr)> {
    match caller {
        Caller::Peer(block) => Some((block.addr(), client)),
        Caller::Client(block) => Some((peer, block.addr())),
        Caller::Account { .. } | Caller::Namespace(_) | Caller::AnyIdentity | Caller::Anyone => None,
    }
}
