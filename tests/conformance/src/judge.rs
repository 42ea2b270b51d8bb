//! What meshward itself says about requests.

use anyhow::{Context as _, Result};
use meshward::istio::semantics::{Filters, MeshConfig, Semantics};
use smol_str::SmolStr;

use crate::case::Case;
use crate::observe::Observed;
use crate::request::{Outcome, Request, Verdict};

/// Somebody who says what becomes of requests without sending them.
pub trait Judge {
    /// What he says about each request, in order.
    fn judge(&self, case: &Case, requests: &[Request], observed: &[Observed]) -> Result<Vec<Verdict>>;

    /// Whether it is what was seen, as far as he can tell.
    fn agrees(&self, said: &Verdict, seen: &Verdict) -> bool;
}

/// Decides with the semantics of the bundle of a project. It is told the path as the filters saw it, and knows
/// no rule and no token.
pub struct BySemantics;

impl Judge for BySemantics {
    fn judge(&self, case: &Case, requests: &[Request], observed: &[Observed]) -> Result<Vec<Verdict>> {
        let cluster = &case.cluster;
        let aliases: Vec<SmolStr> = cluster.trust_domain_aliases.iter().map(SmolStr::new).collect();
        let config = MeshConfig {
            root_namespace: &cluster.root_namespace,
            trust_domain: &cluster.trust_domain,
            trust_domain_aliases: &aliases,
        };
        let bundle =
            case.project.as_ref().context("only projects are judged")?.clone().build_what_is_accepted()?;
        let semantics = Semantics::new(config, &bundle);
        let mut verdicts = Vec::with_capacity(requests.len());
        for (request, observed) in requests.iter().zip(observed) {
            let target =
                cluster.workloads.iter().find(|each| each.key() == request.to).context("a known target")?;
            let labels = target.labels.iter().map(|(k, v)| (SmolStr::new(k), SmolStr::new(v))).collect();
            let is_raw = request.tcp || target.is_tcp(request.port);
            let filters = if is_raw { Filters::Network } else { Filters::Http };
            let decision = semantics.decide(&target.namespace, &labels, request.port, filters);
            let path = observed.path.as_ref().unwrap_or(&request.path);
            let asked = meshward::access::Request {
                identity: request.from.clone(),
                peer: request.source_ip,
                client: request.remote_ip,
                host: request.host.clone(),
                method: request.method.clone(),
                path: path.split(['?', '#']).next().unwrap_or_default().to_owned(),
            };
            let is_known = request.from.as_ref().is_none_or(|from| {
                std::iter::once(&cluster.trust_domain)
                    .chain(&cluster.trust_domain_aliases)
                    .any(|domain| from.starts_with(&format!("spiffe://{domain}/")))
            });
            let outcome = if !is_known || !decision.transport.holds(&asked) {
                Outcome::Refused
            } else if decision.formula().holds(&asked) {
                Outcome::Allowed
            } else {
                Outcome::Denied
            };
            verdicts.push(Verdict { outcome, rule: None });
        }
        Ok(verdicts)
    }

    fn agrees(&self, said: &Verdict, seen: &Verdict) -> bool {
        seen.outcome == said.outcome || seen.outcome == Outcome::Malformed
    }
}
