//! What becomes of one request at one port: the handshake, the codec, the policies, in the order in which a
//! proxy asks them.

use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::Serialize;

use super::arrival::Arrival;
use super::clause::{closest, distance, missed};
use super::enforcer::Enforcer;
use super::ports::{Carries, carries, of_protocol, of_service_port};
use super::restricted::restricted;
use super::route::{Destination, Hop, Route, Sender};
use super::senders::Senders;
use super::waypoint::{self, Oddity};
use super::world::World;
use crate::access::{Condition, Formula, Request};
use crate::check::requests_of;
use crate::graph::{self, Key, Workload};
use crate::istio::resources::{AuthorizationPolicy, MutualTlsMode, Object, Resource};
use crate::istio::semantics::{
    self, Access, Addressed, Backend, Filters, NotModelled, PolicyRef, RuleRef, Semantics, Target, Unmodelled,
};
use crate::policy::{Labels, Origin};
use crate::project::PathNormalization;
use crate::source::Span;

/// What a caller meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The request reaches the workload.
    Allowed,
    /// 403, or a connection that is closed.
    Denied,
    /// A CUSTOM provider decides.
    External,
    /// 400, before any policy is asked.
    Malformed,
    /// The handshake fails.
    Refused,
    /// 401: a token that does not hold.
    Unauthenticated,
}

impl From<semantics::Outcome> for Outcome {
    fn from(outcome: semantics::Outcome) -> Self {
        match outcome {
            semantics::Outcome::Allowed => Self::Allowed,
            semantics::Outcome::Denied => Self::Denied,
            semantics::Outcome::External => Self::External,
            semantics::Outcome::Refused => Self::Refused,
            semantics::Outcome::Unauthenticated => Self::Unauthenticated,
        }
    }
}

/// What becomes of a request, and the rule that says so; none where no rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// What the caller meets.
    pub outcome: Outcome,
    /// The rule that Envoy reports.
    pub rule: Option<RuleRef<'a>>,
}

/// Where a request arrives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point<'a> {
    pub(crate) workload: &'a Workload,
    /// The port of the workload.
    pub(crate) port: u16,
    /// Which proxy on the way there it is.
    pub(super) hop: Hop<'a>,
    pub(crate) filters: Filters,
}

impl<'a> Point<'a> {
    /// In front of a pod.
    pub(crate) fn of_pod(workload: &'a Workload, port: u16, filters: Filters) -> Self {
        Self { workload, port, hop: Hop::Pod, filters }
    }

    /// The port that rules see: at a waypoint that of the Service that was addressed.
    pub(super) fn seen_port(&self) -> u16 {
        match self.hop {
            Hop::Waypoint { service: Some((_, port)), .. } => port,
            Hop::Waypoint { service: None, .. } | Hop::Pod => self.port,
        }
    }
}

impl PartialEq for Point<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.workload, other.workload)
            && (self.port, self.hop, self.filters) == (other.port, other.hop, other.filters)
    }
}

impl Eq for Point<'_> {}

impl std::hash::Hash for Point<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (std::ptr::from_ref(self.workload), self.port, self.hop, self.filters).hash(state);
    }
}

/// What is decided somewhere, for all requests; or why that is not known.
pub(crate) type Decided<'a> = Result<Access<'a>, Unknown>;

/// Why it is not known what is decided somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// A rule looks at something that is not known of a request.
    NotModelled(NotModelled),
    /// What a waypoint does is not known.
    Waypoint(Key, Oddity),
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotModelled(reason) => write!(f, "{reason}"),
            Self::Waypoint(waypoint, oddity) => f.write_str(&oddity.sentence(waypoint)),
        }
    }
}

/// Answers requests of one world.
pub struct Judge<'a> {
    world: &'a World,
    semantics: Semantics<'a>,
    policies: FxHashMap<(&'a str, &'a str), &'a Object>,
    peers: FxHashMap<(&'a str, &'a str), &'a Object>,
    senders: Senders<'a>,
    waypoint_accounts: waypoint::Accounts<'a>,
    server_names: waypoint::ServerNames,
    /// Whether some traffic may go through a waypoint.
    names_waypoints: bool,
    /// The objects that may hold for some pods of a workload alone.
    dividing: Vec<&'a Object>,
    /// The number of the first rule of each statement, by its place. Those of one statement follow each other.
    first_rules: FxHashMap<Span, usize>,
}

impl<'a> Judge<'a> {
    /// Sorts the objects of the world by what they select.
    pub fn new(world: &'a World) -> Self {
        let (mut policies, mut peers) = (FxHashMap::default(), FxHashMap::default());
        for object in &world.bundle.objects {
            let metadata = object.resource.metadata();
            let key = (metadata.namespace.as_str(), metadata.name.as_str());
            match &object.resource {
                Resource::AuthorizationPolicy(_) => policies.insert(key, object),
                Resource::PeerAuthentication(_) => peers.insert(key, object),
                Resource::RequestAuthentication(_) => None,
            };
        }
        let semantics = Semantics::new(world.config(), &world.bundle);
        let names_waypoints = waypoint::is_named(&world.graph);
        let senders = Senders::new(world);
        let waypoint_accounts = waypoint::accounts(&world.graph);
        let server_names = waypoint::ServerNames::new(&world.graph);
        let mut first_rules = FxHashMap::with_capacity_and_hasher(world.policy.rules.len(), FxBuildHasher);
        for (number, rule) in world.policy.rules.iter().enumerate() {
            first_rules.entry(rule.origin.span()).or_insert(number);
        }
        let may_divide = |object: &&Object| {
            let mut labels =
                object.resource.selector().into_iter().flat_map(|selector| selector.match_labels.keys());
            labels.any(|label| graph::tells_pods_apart(label))
        };
        let dividing = world.bundle.objects.iter().filter(may_divide).collect();
        Self {
            world,
            semantics,
            policies,
            peers,
            senders,
            waypoint_accounts,
            server_names,
            names_waypoints,
            dividing,
            first_rules,
        }
    }

    /// Whether some label names a waypoint, so that it matters what is addressed, and what sends.
    pub(crate) fn names_waypoints(&self) -> bool {
        self.names_waypoints
    }

    pub(crate) fn world(&self) -> &'a World {
        self.world
    }

    pub(super) fn normalization(&self) -> PathNormalization {
        self.world.mesh.path_normalization
    }

    /// The policy of a rule, with where it came from; `None` for the one that istiod makes of STRICT for ztunnels.
    pub(super) fn policy(&self, rule: RuleRef<'_>) -> Option<(&'a Object, &'a AuthorizationPolicy)> {
        let PolicyRef::Object(name) = rule.name else { return None };
        let object = *self.policies.get(&(rule.namespace, name))?;
        Some((object, authorization(object)?))
    }

    /// The object that says which mode of mutual TLS a port has, and what it says; `None` where none does.
    pub(crate) fn mutual_tls(
        &self,
        namespace: &str,
        labels: &Labels,
        port: u16,
    ) -> Option<(&'a Object, MutualTlsMode)> {
        let (policy, mode) = self.semantics.mutual_tls(namespace, labels, port)?;
        let object = self.peers[&(policy.metadata.namespace.as_str(), policy.metadata.name.as_str())];
        Some((object, mode))
    }

    /// The way that a proxy sends something.
    pub(super) fn route(&self, to: Destination<'a>, sender: Sender) -> Result<Route<'a>, Unknown> {
        if self.names_waypoints { to.route(self.world, sender) } else { Ok(Route::straight()) }
    }

    /// What is to be said where no waypoint is on the way, and a Service in front of the pod has one.
    pub(super) fn beside_waypoint(&self, workload: &Workload, port: u16) -> Option<String> {
        if !self.names_waypoints {
            return None;
        }
        let (service, waypoint) = waypoint::of_service_in_front(&self.world.graph, workload, port)?;
        Some(format!("not asked is the Service `{service}`, which has the waypoint `{waypoint}`"))
    }

    /// What sends for an identity; `None` is plaintext.
    pub(crate) fn senders(&self, identity: Option<&str>) -> Vec<Sender> {
        self.senders.of(self.world, identity)
    }

    /// The accounts for which something else sends than ztunnels alone, as namespace and name.
    pub(crate) fn accounts_beside_ztunnels(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.senders.beside_ztunnels()
    }

    /// The account that the pods of a waypoint run as.
    pub(super) fn waypoint_account(&self, waypoint: &Key) -> Result<&'a str, Unknown> {
        self.waypoint_accounts[waypoint].map_err(|(key, oddity)| Unknown::Waypoint(key, oddity))
    }

    /// Whether each identity sends in the same way in another world.
    pub(crate) fn sends_as(&self, other: &Judge<'_>) -> bool {
        self.senders == other.senders
    }

    /// What a port carries at a proxy on the way to it.
    pub(super) fn carries_at(&self, hop: Hop<'_>, workload: &Workload, port: u16) -> Carries {
        match hop {
            Hop::Pod => self.carries(workload, port),
            Hop::Waypoint { service: None, .. } => Carries::Either,
            Hop::Waypoint { service: Some((service, port)), .. } => {
                of_service_port(&self.world.graph.services[service], port)
            }
        }
    }

    /// Whether a workload is a gateway.
    pub(super) fn is_gateway(&self, workload: &Workload) -> bool {
        self.world.enforcer(workload) == Enforcer::Gateway
    }

    /// What a port carries. The servers of a gateway say that for its ports, and end TLS, whatever the Service in
    /// front of them calls it; a ztunnel sees connections only.
    pub(super) fn carries(&self, workload: &Workload, port: u16) -> Carries {
        match self.world.enforcer(workload) {
            Enforcer::Gateway => self.world.graph.served(workload, port).map_or(Carries::Either, of_protocol),
            Enforcer::Ztunnel => Carries::Raw,
            Enforcer::Nobody | Enforcer::Sidecar => carries(&self.world.graph, workload, port),
        }
    }

    /// What is decided at a port; of what nobody enforces the policies count as little as anywhere.
    pub(crate) fn decide(&self, point: Point<'a>) -> Decided<'a> {
        let target = match point.hop {
            Hop::Pod => {
                self.refuse_divided(point)?;
                self.target(point.workload, point.port)
            }
            Hop::Waypoint { waypoint, service } => Target::Waypoint {
                namespace: &waypoint.namespace,
                name: &waypoint.name,
                addressed: self.addressed(service),
                reads_server_names: self.server_names.are_read(waypoint, point.seen_port()),
            },
        };
        self.semantics.decide(target, point.seen_port(), point.filters).map_err(Unknown::NotModelled)
    }

    /// An object that selects single pods of a workload holds for some of them alone.
    fn refuse_divided(&self, point: Point<'a>) -> Result<(), Unknown> {
        if self.dividing.is_empty() || self.is_open_at(point) {
            return Ok(());
        }
        let scopes = [point.workload.key.namespace, self.world.mesh.root_namespace];
        let found = self.dividing.iter().find_map(|object| {
            let selector = object.resource.selector()?;
            let label = point.workload.divided_by(&selector.match_labels)?;
            let is_in_scope = scopes.contains(&object.resource.metadata().namespace);
            let subject = Unmodelled::SinglePods(label);
            is_in_scope.then(|| NotModelled { object: object.resource.key(), rule: None, subject })
        });
        found.map_or(Ok(()), |found| Err(Unknown::NotModelled(found)))
    }

    fn target(&self, workload: &'a Workload, port: u16) -> Target<'a> {
        let Workload { key, labels, .. } = workload;
        let namespace = key.namespace.as_str();
        match self.world.enforcer(workload) {
            Enforcer::Gateway => {
                let certificates = self.world.graph.asks_for_certificates(namespace, labels, port);
                Target::Gateway { namespace, labels, certificates }
            }
            Enforcer::Nobody | Enforcer::Sidecar => Target::Sidecar { namespace, labels },
            Enforcer::Ztunnel => Target::Ztunnel { namespace, labels },
        }
    }

    fn addressed(&self, service: Option<(&'a Key, u16)>) -> Addressed<'a> {
        let Some((key, _)) = service else { return Addressed::Pod };
        let is_entry = self.world.graph.services[key].entry.is_some();
        let backend = if is_entry { Backend::ServiceEntry } else { Backend::Service };
        Addressed::Service { backend, namespace: &key.namespace, name: &key.name }
    }

    /// What is decided at a port of pods with these labels of which no workload is known.
    pub(crate) fn decide_for(
        &self,
        namespace: &str,
        labels: &Labels,
        port: u16,
        filters: Filters,
    ) -> Decided<'a> {
        let target = Target::Sidecar { namespace, labels };
        self.semantics.decide(target, port, filters).map_err(Unknown::NotModelled)
    }

    /// Whether a proxy of the mesh stands in front of a workload, which then can show an identity.
    pub(super) fn has_proxy(&self, workload: &Workload) -> bool {
        self.world.enforcer(workload) != Enforcer::Nobody
    }

    /// The statement behind a rule of an object that speaks of a request at a port, or the first where none is known to.
    pub(super) fn statement(
        &self,
        object: &'a Object,
        rule: usize,
        (request, port): (&Request, u16),
    ) -> Option<&'a Arc<Origin>> {
        let origins = object.origins.get(rule)?;
        if origins.len() < 2 {
            return origins.first();
        }
        let says_so = |origin: &&Arc<Origin>| self.says(origin, port, |set| set.holds(request));
        origins.iter().find(says_so).or(origins.first())
    }

    /// The statements behind a rule of an object that let a request in at a port, or the first where none is known to.
    pub(super) fn statements_for(
        &self,
        object: &'a Object,
        rule: usize,
        (request, port): (&Request, u16),
    ) -> Vec<&'a Arc<Origin>> {
        self.statements_that(object, rule, port, |set| set.holds(request))
    }

    /// The statement behind a rule of an object that a request comes nearest to at a port; of several the first that
    /// lacks what the request is said to lack, or the first where none is known to speak of the port.
    pub(super) fn nearest_statement(
        &self,
        object: &'a Object,
        rule: usize,
        (request, port): (&Request, u16),
        lacks: &[&Condition],
    ) -> Option<&'a Arc<Origin>> {
        let origins = object.origins.get(rule)?;
        let how_far = |origin: &Origin| {
            let of_set = |set: &Formula| {
                let clauses = closest(set, request)?;
                let asked: Vec<_> = missed(&clauses).flat_map(|clause| &clause.conditions).collect();
                let untold = asked.iter().filter(|condition| !lacks.contains(condition)).count();
                Some((distance(&clauses), untold))
            };
            self.sets(origin, port).filter_map(|set| of_set(&set)).min()
        };
        let known = origins.iter().filter_map(|origin| Some((how_far(origin)?, origin)));
        known.min_by_key(|(distance, _)| *distance).map(|(_, origin)| origin).or(origins.first())
    }

    /// The statements behind a rule of an object that speak of a caller at a port, or the first where none is known to.
    pub(super) fn statements_about(
        &self,
        object: &'a Object,
        rule: usize,
        (identity, port): (Option<&str>, u16),
    ) -> Vec<&'a Arc<Origin>> {
        self.statements_that(object, rule, port, |set| restricted(set, identity) != Formula::Never)
    }

    fn statements_that(
        &self,
        object: &'a Object,
        rule: usize,
        port: u16,
        say: impl Fn(&Formula) -> bool,
    ) -> Vec<&'a Arc<Origin>> {
        let origins = object.origins.get(rule).map_or(&[] as &[_], Vec::as_slice);
        let found: Vec<_> = origins.iter().filter(|origin| self.says(origin, port, &say)).collect();
        if found.is_empty() { origins.first().into_iter().collect() } else { found }
    }

    /// Whether what a statement says about a port is such a set.
    fn says(&self, origin: &Origin, port: u16, is_such: impl Fn(&Formula) -> bool) -> bool {
        self.sets(origin, port).any(|set| is_such(&set))
    }

    /// What each rule of a statement says about a port.
    fn sets(&self, origin: &Origin, port: u16) -> impl Iterator<Item = Formula> {
        let first = self.first_rules.get(&origin.span());
        let rules = first.map_or(&[] as &[_], |first| &self.world.policy.rules[*first..]).iter();
        let own = rules.take_while(move |rule| rule.origin.span() == origin.span());
        let mesh = &self.world.policy.mesh;
        own.filter(move |rule| rule.target.ports.contains(&port)).map(|rule| requests_of(mesh, rule))
    }

    /// Whether some proxy of the mesh sends for a workload, and shows who it is.
    pub(super) fn shows_identity(&self, workload: &Workload) -> bool {
        self.has_proxy(workload) || self.world.sends_by_ztunnel(workload)
    }

    /// Whether a ztunnel stands in front of a workload, and no proxy that sees requests.
    pub(super) fn is_behind_ztunnel(&self, workload: &Workload) -> bool {
        self.world.enforcer(workload) == Enforcer::Ztunnel
    }

    /// Whether nothing is decided at a port: nobody enforces anything for the workload, or its sidecar does not
    /// see the port.
    pub(crate) fn is_open(&self, workload: &Workload, port: u16) -> bool {
        match self.world.enforcer(workload) {
            Enforcer::Nobody => true,
            Enforcer::Sidecar => workload.interception.leaves_out(port).is_some(),
            Enforcer::Gateway | Enforcer::Ztunnel => false,
        }
    }

    /// Whether the proxy at a point decides nothing, or there is none.
    pub(super) fn is_open_at(&self, point: Point<'_>) -> bool {
        match point.hop {
            Hop::Pod => self.is_open(point.workload, point.port),
            Hop::Waypoint { .. } => false,
        }
    }

    /// What becomes of one request, given what is decided where it arrives.
    pub(super) fn verdict(&self, access: &Access<'a>, arrival: &Arrival<'a>) -> Verdict<'a> {
        if self.is_open_at(arrival.point) {
            return Verdict { outcome: Outcome::Allowed, rule: None };
        }
        if arrival.is_malformed && access.handshake.holds(&arrival.request) {
            return Verdict { outcome: Outcome::Malformed, rule: None };
        }
        let (outcome, rule) = access.outcome(&arrival.request);
        Verdict { outcome: outcome.into(), rule }
    }
}

fn authorization(object: &Object) -> Option<&AuthorizationPolicy> {
    match &object.resource {
        Resource::AuthorizationPolicy(policy) => Some(policy),
        Resource::PeerAuthentication(_) | Resource::RequestAuthentication(_) => None,
    }
}
