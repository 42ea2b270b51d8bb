//! What a project means by itself: from the rules of the language, and without a look at any object of Istio. What
//! a build writes is thereby held against the real proxy, and not only against its own reading of Istio.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use meshward::Program;
use meshward::access::{self, Formula};
use meshward::check::{Intent, Traffic, normalization};
use meshward::istio::semantics::Filters;
use meshward::policy::{Labels, MtlsMode};

use crate::cluster::{Cluster, Workload};
use crate::project::Project;
use crate::request::{Outcome, Request};
use crate::witness::witnesses;

/// A project whose meaning can be asked.
pub struct Meant {
    program: Program,
    cluster: Cluster,
}

impl Meant {
    /// Checks a project, all of whose statements are accepted.
    pub fn by(project: &Project) -> Result<Self> {
        Ok(Self { program: project.program()?, cluster: project.cluster.clone() })
    }

    /// Whether each request is to get through, in order; `None` in a namespace that the policy does not speak of.
    pub fn permits(&self, requests: &[Request]) -> Result<Vec<Option<bool>>> {
        let intent = Intent::new(&self.program.policy, &self.program.graph);
        let mut decided = BTreeMap::new();
        requests.iter().map(|request| self.permits_one(&intent, &mut decided, request)).collect()
    }

    /// The shortest requests of each kind that the policy can tell apart.
    pub fn witnesses(&self) -> Result<Vec<Request>> {
        let intent = Intent::new(&self.program.policy, &self.program.graph);
        let setting = self.program.project.path_normalization;
        witnesses(&self.cluster, setting, &mut |workload, door| {
            let traffic = match door.filters {
                Filters::Http => Traffic::Http,
                Filters::Network => Traffic::Raw,
            };
            let decide = || intent.decide(&workload.namespace, &labels(workload), door.port, traffic).into();
            intent.covers(&workload.namespace).then(decide)
        })
    }

    fn permits_one<'r>(
        &self,
        intent: &Intent<'_>,
        decided: &mut BTreeMap<(&'r str, u16, bool), Formula>,
        request: &'r Request,
    ) -> Result<Option<bool>> {
        let workload = self.cluster.workload(&request.to).context("a request goes to a workload")?;
        if !intent.covers(&workload.namespace) {
            return Ok(None);
        }
        let is_raw = request.tcp || self.cluster.is_tcp(&request.to, request.port);
        let labels = labels(workload);
        let (namespace, port) = (&workload.namespace, request.port);
        let formula = decided.entry((&request.to, port, is_raw)).or_insert_with(|| {
            let traffic = if is_raw { Traffic::Raw } else { Traffic::Http };
            intent.decide(namespace, &labels, port, traffic).formula()
        });
        let mut asked = access::Request::new(&request.method, &request.host, "/");
        if let Ok(path) = normalization(self.program.project.path_normalization).apply(&request.path) {
            asked.path = path;
        }
        // Where nobody reads TLS nor HTTP, its bytes are those of a caller in plaintext.
        let is_unread =
            is_raw && !workload.is_http(port) && intent.mode(namespace, &labels, port) == MtlsMode::Disable;
        asked.identity = request.from.clone().filter(|_| !is_unread);
        (asked.peer, asked.client) = (request.source_ip, request.remote_ip);
        Ok(Some(formula.holds(&asked)))
    }
}

fn labels(workload: &Workload) -> Labels {
    workload.labels.iter().map(|(key, value)| (key.into(), value.into())).collect()
}

/// Whether what became of a request is what its project means. The language says nothing of requests that are
/// none, nor of callers from foreign trust domains, whom the handshake turns away.
pub fn agrees(cluster: &Cluster, request: &Request, permits: bool, seen: Outcome) -> bool {
    match seen {
        Outcome::Allowed => permits,
        Outcome::Denied => !permits,
        Outcome::Malformed => true,
        Outcome::Refused => !permits || is_foreign(cluster, request),
        Outcome::External | Outcome::Unauthenticated => false,
    }
}

fn is_foreign(cluster: &Cluster, request: &Request) -> bool {
    let domain = request.from.as_deref().and_then(|uri| uri.strip_prefix("spiffe://")?.split('/').next());
    let own = std::iter::once(&cluster.trust_domain).chain(&cluster.trust_domain_aliases);
    domain.is_some_and(|domain| own.into_iter().all(|known| known != domain))
}
