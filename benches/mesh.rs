//! Makes the project that is measured: a mesh of so many services in namespaces of 25, policies in many
//! files, the service graph in its native form. The same size gives the same bytes; the checker finds no
//! error in it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::random::Random;
use crate::words::{self, Callers, Kind, Wide};

/// How many services are in a namespace.
pub(crate) const NAMESPACE_SIZE: usize = 25;
/// In each namespace one service is called by all others, as an identity or a configuration service is.
const HUB_SHARE: usize = 25;

/// How large a mesh is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Services in the graph.
    pub(crate) services: usize,
    /// Statements in the policy.
    pub(crate) rules: usize,
}

/// Writes the project into a folder, which is made.
pub(crate) fn write(folder: &Path, size: Size) -> std::io::Result<()> {
    for (name, text) in files(size) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// The files of the project, each with its path in it.
pub(crate) fn files(size: Size) -> Vec<(String, String)> {
    let mut random = Random::new(size.services as u64);
    let mut mesh = Mesh::new(&mut random, size.services);
    let counts = rule_counts(&mut random, size);
    let mut files = Vec::new();
    for namespace in 0..mesh.namespaces() {
        let policies: Vec<(usize, String)> = mesh
            .members(namespace)
            .map(|target| (target, policy_of(&mut random, &mut mesh, target, counts[target])))
            .collect();
        files.extend(policy_files(&mesh, namespace, policies));
    }
    files.push(("meshward.yaml".to_owned(), project_file(size)));
    files.push(("services.yaml".to_owned(), services_file(&mesh)));
    files
}

struct Mesh {
    services: Vec<Service>,
}

struct Service {
    name: String,
    noun: &'static str,
    kind: Kind,
    /// Whether somebody described its endpoints.
    endpoints: bool,
    /// The services that it is known to call; `None` where nobody traced it.
    calls: Option<BTreeSet<usize>>,
}

impl Mesh {
    fn new(random: &mut Random, services: usize) -> Self {
        let service = |position: usize| {
            let namespace = position / NAMESPACE_SIZE;
            let noun = words::NOUNS[(namespace * 7 + position % NAMESPACE_SIZE) % words::NOUNS.len()];
            let is_hub = position.is_multiple_of(NAMESPACE_SIZE);
            let (kind, role) = if is_hub { (Kind::Http, "api") } else { random.weighted(&words::KINDS) };
            Service {
                name: format!("{noun}-{role}"),
                noun,
                kind,
                endpoints: random.chance(50),
                calls: random.chance(25).then(BTreeSet::new),
            }
        };
        Self { services: (0..services).map(service).collect() }
    }

    fn namespaces(&self) -> usize {
        self.services.len().div_ceil(NAMESPACE_SIZE)
    }

    fn members(&self, namespace: usize) -> std::ops::Range<usize> {
        let first = namespace * NAMESPACE_SIZE;
        first..(first + NAMESPACE_SIZE).min(self.services.len())
    }

    /// `payments-api` where the target's namespace is its own, `billing-002/payments-api` elsewhere.
    fn name_for(&self, service: usize, target: usize) -> String {
        if service / NAMESPACE_SIZE == target / NAMESPACE_SIZE {
            self.services[service].name.clone()
        } else {
            self.qualified(service)
        }
    }

    fn qualified(&self, service: usize) -> String {
        format!("{}/{}", namespace_name(service / NAMESPACE_SIZE), self.services[service].name)
    }

    /// Puts the names of a target into a shape.
    fn fill(&self, shape: &str, target: usize) -> String {
        shape.replace("NOUN", self.services[target].noun).replace("PACKAGE", domain(target / NAMESPACE_SIZE))
    }
}

fn domain(namespace: usize) -> &'static str {
    words::DOMAINS[namespace % words::DOMAINS.len()]
}

fn namespace_name(namespace: usize) -> String {
    format!("{}-{namespace:03}", domain(namespace))
}

/// How many rules each service is the target of: two at least, the rest by chance, with a share for hubs.
fn rule_counts(random: &mut Random, size: Size) -> Vec<usize> {
    let least = 2.min(size.rules / size.services);
    let mut counts = vec![least; size.services];
    for _ in least * size.services..size.rules {
        let service = random.below(size.services);
        let hub = service / NAMESPACE_SIZE * NAMESPACE_SIZE;
        counts[if random.chance(HUB_SHARE) { hub } else { service }] += 1;
    }
    counts
}

/// The statements whose target is `target`.
fn policy_of(random: &mut Random, mesh: &mut Mesh, target: usize, rules: usize) -> String {
    let mut rule = RuleWriter { random, mesh, target, used: BTreeSet::from([target]), wide: Vec::new() };
    let mut text = String::new();
    let mut denied = false;
    for _ in 0..rules {
        if rule.random.chance(15) {
            let _ = writeln!(text, "# agreed with {}", domain(rule.random.below(words::DOMAINS.len())));
        }
        let is_denial = !denied && rule.kind() == Kind::Http && rule.random.chance(5);
        denied |= is_denial;
        text.push_str(&if is_denial { rule.denial() } else { rule.permission() });
        text.push_str(&clauses(rule.random, target, is_denial));
        text.push('\n');
    }
    text
}

/// Writes one rule after another for one target.
struct RuleWriter<'a> {
    random: &'a mut Random,
    mesh: &'a mut Mesh,
    target: usize,
    /// The target and all callers so far: nobody calls itself, and a caller has one rule.
    used: BTreeSet<usize>,
    wide: Vec<Wide>,
}

impl RuleWriter<'_> {
    fn kind(&self) -> Kind {
        self.mesh.services[self.target].kind
    }

    fn denial(&mut self) -> String {
        let caller = self.excepted();
        format!("deny anyone except {caller} -> {} /admin/*", self.mesh.services[self.target].name)
    }

    fn permission(&mut self) -> String {
        let (callers, operation) = match self.random.weighted(&words::CALLERS) {
            Callers::Wide(wide) if self.kind() == Kind::Http && !self.wide.contains(&wide) => {
                self.wide.push(wide);
                (self.wide_callers(wide), words::wide_operation(wide))
            }
            Callers::Wide(_) => (self.named_callers(1), self.operation()),
            Callers::Named(count) => (self.named_callers(count), self.operation()),
            Callers::Account => {
                let caller = self.pick_caller();
                (format!("account {}", self.mesh.qualified(caller)), self.operation())
            }
        };
        let operation = self.mesh.fill(operation, self.target);
        format!("allow {callers} -> {}{operation}", self.mesh.services[self.target].name)
    }

    fn operation(&mut self) -> &'static str {
        match self.kind() {
            Kind::Http => self.random.weighted(&words::HTTP_OPERATIONS),
            Kind::Grpc => self.random.weighted(&words::GRPC_OPERATIONS),
            Kind::Tcp => self.random.weighted(&words::TCP_OPERATIONS),
        }
    }

    fn named_callers(&mut self, count: usize) -> String {
        let mut names = Vec::new();
        for _ in 0..count {
            let caller = self.pick_caller();
            if let Some(calls) = &mut self.mesh.services[caller].calls {
                calls.insert(self.target);
            }
            names.push(self.mesh.name_for(caller, self.target));
        }
        names.join(", ")
    }

    fn wide_callers(&mut self, wide: Wide) -> String {
        match wide {
            Wide::Group => "@frontends".to_owned(),
            Wide::Namespace => format!("{}/*", namespace_name(self.random.below(self.mesh.namespaces()))),
            Wide::Network => "@office".to_owned(),
            Wide::Mesh => "mesh".to_owned(),
            Wide::MeshExcept => format!("mesh except {}", self.excepted()),
        }
    }

    fn excepted(&mut self) -> String {
        let caller = self.pick_caller();
        self.mesh.name_for(caller, self.target)
    }

    /// A service that is not yet among the callers, mostly of the target's namespace; no database.
    fn pick_caller(&mut self) -> usize {
        let members = self.mesh.members(self.target / NAMESPACE_SIZE);
        loop {
            let near = self.random.chance(70).then(|| members.start + self.random.below(members.len()));
            let caller = near.unwrap_or_else(|| self.random.below(self.mesh.services.len()));
            if self.mesh.services[caller].kind != Kind::Tcp && self.used.insert(caller) {
                return caller;
            }
            // A small mesh has fewer callers than a hub has rules: then they come again.
            if self.used.len() > self.mesh.services.len() / 2 {
                self.used.retain(|service| *service == self.target);
            }
        }
    }
}

fn clauses(random: &mut Random, target: usize, is_denial: bool) -> String {
    let mut text = String::new();
    if random.chance(40) {
        let _ = write!(text, " owner \"{}\"", domain(target / NAMESPACE_SIZE));
    }
    if random.chance(10) {
        text.push_str("\n  because \"the nightly batch reads what changed during the day\"");
    }
    if random.chance(8) {
        let _ = write!(text, " ticket \"SEC-{}\"", random.below(10_000));
    }
    if !is_denial && random.chance(2) {
        text.push_str(" until 2099-12-31");
    }
    text
}

/// Three namespaces of four are one file; the fourth is a folder with a file for each target.
fn policy_files(mesh: &Mesh, namespace: usize, policies: Vec<(usize, String)>) -> Vec<(String, String)> {
    let name = namespace_name(namespace);
    let heading = |text: &str| {
        let mut uses = String::new();
        if text.contains("@read") {
            uses.push_str("use std/http\n");
        }
        if text.contains("@frontends") || text.contains("@office") {
            uses.push_str("use ./callers\n");
        }
        format!("{uses}\nnamespace {name}\n\n")
    };
    if namespace % 4 != 3 {
        let rules: Vec<String> = policies.into_iter().map(|(_, text)| text).collect();
        let rules = rules.join("\n");
        let heading = heading(&rules).replace("./callers", &format!("./{name}-callers"));
        return vec![
            (format!("policies/{name}.ward"), heading + &rules),
            (format!("policies/{name}-callers.ward"), callers_file(mesh, namespace)),
        ];
    }
    let mut files = vec![(format!("policies/{name}/callers.ward"), callers_file(mesh, namespace))];
    files.extend(policies.into_iter().map(|(target, text)| {
        (format!("policies/{name}/{}.ward", mesh.services[target].name), heading(&text) + &text)
    }));
    files
}

/// The group and the network that the rules of a namespace share.
fn callers_file(mesh: &Mesh, namespace: usize) -> String {
    let members: Vec<&str> = mesh
        .members(namespace)
        .filter(|member| mesh.services[*member].kind == Kind::Http)
        .map(|member| mesh.services[member].name.as_str())
        .take(4)
        .collect();
    format!(
        "namespace {}\n\n# who faces customers\ngroup frontends = {}\nnetwork office = 203.0.113.0/24, 2001:db8:{namespace:x}::/48\n",
        namespace_name(namespace),
        members.join(", ")
    )
}

fn project_file(size: Size) -> String {
    format!(
        "name: mesh-{}\npolicies: [policies]\ngraph:\n  services: services.yaml\noutput: deploy/istio\n",
        size.services
    )
}

fn services_file(mesh: &Mesh) -> String {
    let mut text = "services:\n".to_owned();
    for (position, service) in mesh.services.iter().enumerate() {
        let _ = writeln!(text, "  {}:\n    ports:", mesh.qualified(position));
        let port = match service.kind {
            Kind::Http => "{name: http, port: 80, targetPort: 8080, protocol: http}",
            Kind::Grpc => "{name: grpc, port: 50051, protocol: grpc}",
            Kind::Tcp => "{name: tcp, port: 5432, protocol: tcp}",
        };
        let _ = writeln!(text, "      - {port}");
        if service.endpoints {
            text.push_str(&endpoints(mesh, position));
        }
        let calls = service.calls.iter().flatten();
        let calls: Vec<String> = calls.map(|target| mesh.qualified(*target)).collect();
        if !calls.is_empty() {
            let _ = writeln!(text, "    calls: [{}]", calls.join(", "));
        }
    }
    text.push_str("namespaces:\n");
    for namespace in 0..mesh.namespaces() {
        let name = namespace_name(namespace);
        let _ = writeln!(text, "  {name}: {{labels: {{istio-injection: enabled}}}}");
    }
    text
}

fn endpoints(mesh: &Mesh, service: usize) -> String {
    let endpoints: &[&str] = match mesh.services[service].kind {
        Kind::Http => &words::HTTP_ENDPOINTS,
        Kind::Grpc => &words::GRPC_ENDPOINTS,
        Kind::Tcp => return String::new(),
    };
    let mut text = "    endpoints:\n".to_owned();
    for endpoint in endpoints {
        let _ = writeln!(text, "      - {}", mesh.fill(endpoint, service));
    }
    text
}
