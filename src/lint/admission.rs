//! Whether somebody gets through to pods with a path: answered by single requests, so that a "yes" is certain. It is
//! given a rule that takes the path away from some callers, and looks for another that lets them in.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::View;
use super::inclusion::{self, Pattern};
use super::path_index::PathIndex;
use crate::access::{Formula, Request};
use crate::check::{Intent, Traffic};
use crate::policy::{Caller, Effect, Labels, Mesh, Operation, Rule};

/// How many requests are tried for one path and one rule that may admit it. Nearly always the first one tells.
const MOST_TRIED: usize = 256;

/// The rules of a policy by the ports that they hold for.
pub(super) struct Admission<'a> {
    view: &'a View<'a>,
    intent: Intent<'a>,
    points: FxHashMap<(&'a str, &'a Labels, u16), Point<'a>>,
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
    rules: Vec<&'a Rule>,
    paths: PathIndex<'a>,
    /// Those with templates, which the index knows by their text only.
    templates: Vec<usize>,
}

impl<'a> Admission<'a> {
    pub(super) fn new(view: &'a View<'a>) -> Self {
        Self { view, intent: Intent::new(view.policy), points: FxHashMap::default() }
    }

    /// Who lets a path in from which `rule` keeps callers away in one of its operations. What another rule names
    /// letter for letter is meant to be open.
    pub(super) fn of(&mut self, rule: &'a Rule, operation: &Operation, path: &str) -> Option<Admitted<'a>> {
        let target = &rule.target;
        let mut pods: Vec<&Labels> = self
            .view
            .workloads_behind(&target.namespace, &target.name)
            .into_iter()
            .map(|workload| &workload.labels)
            .collect();
        if pods.is_empty() {
            pods.push(&target.selector);
        }
        pods.dedup();
        let attempt = Attempt::new(self.view, &self.intent, rule, operation, path);
        let ports = pods.into_iter().flat_map(|labels| target.ports.iter().map(move |port| (labels, *port)));
        for (labels, port) in ports {
            let point = self
                .points
                .entry((&target.namespace, labels, port))
                .or_insert_with(|| Point::new(&self.intent, &target.namespace, labels, port));
            if let Some(admitted) = point.admits(&attempt) {
                return Some(admitted);
            }
        }
        None
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

    fn admits(&self, attempt: &Attempt<'a, '_>) -> Option<Admitted<'a>> {
        let is_meant = |allow: &&Rule| names(allow, attempt.path) && attempt.succeeds(self, Some(allow));
        if self.allow.with_path(attempt.path).any(|allow| is_meant(&allow)) {
            return None;
        }
        match (attempt.rule.effect, self.open) {
            (Effect::Allow, _) => {
                attempt.succeeds(self, Some(attempt.rule)).then_some(Admitted::By(attempt.rule))
            }
            (Effect::Deny, true) => attempt.succeeds(self, None).then_some(Admitted::Open),
            (Effect::Deny, false) => {
                let mut allowing = self.allow.with_path(attempt.path);
                allowing.find(|allow| attempt.succeeds(self, Some(allow))).map(Admitted::By)
            }
        }
    }
}

/// A path by which somebody could get past a rule.
struct Attempt<'a, 'p> {
    intent: &'p Intent<'a>,
    mesh: &'p Mesh,
    rule: &'a Rule,
    operation: &'p Operation,
    path: &'p str,
    /// The requests that the rule keeps away from the paths that it names.
    kept_away: Formula,
}

impl<'a, 'p> Attempt<'a, 'p> {
    fn new(
        view: &'p View<'_>,
        intent: &'p Intent<'a>,
        rule: &'a Rule,
        operation: &'p Operation,
        path: &'p str,
    ) -> Self {
        let anywhere = Operation { paths: Vec::new(), except_paths: Vec::new(), ..operation.clone() };
        let kept_away = intent.asked(&rule.callers, &rule.except, &[anywhere]);
        Self { intent, mesh: &view.policy.mesh, rule, operation, path, kept_away }
    }

    /// Whether a request gets through at a port by a rule, or without one.
    fn succeeds(&self, point: &Point<'a>, allow: Option<&Rule>) -> bool {
        let allowed = allow.map_or(Formula::Always, |allow| self.intent.requests(allow));
        let denying = || point.deny.with_path(self.path).map(|deny| self.intent.requests(deny));
        requests(self.mesh, (self.rule, self.operation), allow, self.path).take(MOST_TRIED).any(|request| {
            self.kept_away.holds(&request)
                && allowed.holds(&request)
                && point.transport.holds(&request)
                && !denying().any(|deny| deny.holds(&request))
        })
    }
}

impl<'a> Side<'a> {
    fn add(&mut self, rule: &'a Rule) {
        let number = self.rules.len();
        self.rules.push(rule);
        self.paths.add(number, rule);
        if paths(rule).any(|path| path.contains('{')) {
            self.templates.push(number);
        }
    }

    /// Every rule that looks at a path, and perhaps others.
    fn with_path(&self, path: &str) -> impl Iterator<Item = &'a Rule> {
        let found = self.paths.covering(path).into_iter().chain([self.templates.as_slice()]);
        found.flatten().map(|number| self.rules[*number])
    }
}

fn paths(rule: &Rule) -> impl Iterator<Item = &str> {
    rule.operations.iter().flat_map(|operation| &operation.paths).map(SmolStr::as_str)
}

/// Whether a rule has a path among its own, letter for letter.
fn names(rule: &Rule, path: &str) -> bool {
    paths(rule).any(|own| !Pattern::read(own).is_wildcard() && inclusion::path(own, path))
}

/// Requests for a path that the words of both rules suggest.
fn requests<'b>(
    mesh: &'b Mesh,
    (rule, operation): (&'b Rule, &'b Operation),
    allow: Option<&'b Rule>,
    path: &'b str,
) -> impl Iterator<Item = Request> + 'b {
    let callers = move || allow.into_iter().chain([rule]).flat_map(|rule| &rule.callers);
    let identities = callers().map(|caller| identity(mesh, caller)).chain([stranger(mesh)]);
    let identities = identities.map(Some).chain([None]);
    let operations = move || {
        let of_allow = allow.into_iter().flat_map(|allow| &allow.operations);
        [operation].into_iter().chain(of_allow)
    };
    let methods = move || operations().flat_map(|operation| &operation.methods).map(SmolStr::as_str);
    let host = operations().flat_map(|operation| &operation.hosts).next();
    let host = host.map_or_else(|| "x".to_owned(), |host| host.replace('*', "x"));
    identities.flat_map(move |identity| {
        let host = host.clone();
        methods().chain(["GET"]).flat_map(move |method| {
            let mut request = Request::new(method, host.as_str(), path);
            request.identity.clone_from(&identity);
            let elsewhere = request.clone();
            let addresses = callers().filter_map(move |caller| from_address(&elsewhere, caller));
            [request].into_iter().chain(addresses)
        })
    })
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

/// The same request from the network that a rule names.
fn from_address(request: &Request, caller: &Caller) -> Option<Request> {
    match caller {
        Caller::Peer(block) => Some(Request { peer: block.addr(), ..request.clone() }),
        Caller::Client(block) => Some(Request { client: block.addr(), ..request.clone() }),
        Caller::Account { .. } | Caller::Namespace(_) | Caller::AnyIdentity | Caller::Anyone => None,
    }
}
