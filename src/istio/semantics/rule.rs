//! One rule of an AuthorizationPolicy as Envoy's RBAC filter has it: one of its sources and one of its operations
//! must match, and all of its conditions; within a field one value, within a `not` field none (`model/model.go`).

use indexmap::IndexSet;
use ipnet::IpNet;
use rustc_hash::FxBuildHasher;

use super::attribute::Attribute;
use super::matching::{block, header, path, port, text};
use super::not_modelled::Unmodelled;
use super::tokens::Tokens;
use super::{Filters, MeshConfig, identity};
use crate::access::{Condition, Formula, Pattern, Request};
use crate::istio::resources::{Action, AuthorizationPolicy, Operation, Rule, Source, When};

/// What the filters of one port can see.
pub(super) struct View<'v, 'a> {
    pub(super) config: &'v MeshConfig<'a>,
    pub(super) port: u16,
    pub(super) filters: Filters,
    /// Whether the caller's certificate is seen: not where TLS passes through unread.
    pub(super) identities: bool,
    /// Whether the address of the peer is seen: not behind the tunnel of a waypoint.
    pub(super) peers: bool,
    /// Whether the server name is seen: not where nothing reads TLS.
    pub(super) server_names: bool,
    /// What is seen of tokens.
    pub(super) tokens: &'v Tokens<'a>,
}

/// A set, or what keeps it from being one.
pub(super) type Modelled = Result<Formula, Unmodelled>;

/// The requests that a rule matches; `Never` also where Istio leaves the rule out.
pub(super) fn requests(view: &View<'_, '_>, policy: &AuthorizationPolicy, rule: &Rule) -> Modelled {
    let conditions: Option<Vec<(Attribute<'_>, &When)>> =
        rule.when.iter().map(|when| Some((Attribute::parse(&when.key)?, when))).collect();
    // An unknown attribute takes the rule with it, whatever the action.
    let Some(conditions) = conditions else { return Ok(Formula::Never) };
    // Any other value that can not be used takes an ALLOW rule with it; from other rules it is left out alone.
    let allows = policy.spec.action.unwrap_or(Action::Allow) == Action::Allow;
    if allows && (view.misses(rule, &conditions) || is_malformed(rule, &conditions)) {
        return Ok(Formula::Never);
    }
    let operations = alternatives(&rule.to, |to| view.operation(&to.operation));
    if operations == Formula::Never {
        return Ok(Formula::Never);
    }
    let sources = alternatives(&rule.from, |from| view.source(policy, &from.source));
    let mut parts = vec![sources, operations];
    for (attribute, when) in &conditions {
        view.condition(&mut parts, policy, attribute, when)?;
    }
    Ok(Formula::intersection(parts))
}

/// Whether an operation speaks of the method and the path of a request, whatever else it asks for.
pub fn speaks_of(operation: &Operation, request: &Request) -> bool {
    let mut parts = Vec::new();
    method_and_path(&mut parts, operation);
    Formula::intersection(parts).holds(request)
}

fn method_and_path(parts: &mut Vec<Formula>, operation: &Operation) {
    field(parts, &operation.methods, &operation.not_methods, |value| when(Condition::Method, text(value)));
    field(parts, &operation.paths, &operation.not_paths, |value| when(Condition::Path, path(value)));
}

/// Any of the entries; everything if there is none.
fn alternatives<T>(entries: &[T], set: impl FnMut(&T) -> Formula) -> Formula {
    if entries.is_empty() { Formula::Always } else { Formula::union(entries.iter().map(set)) }
}

/// Whether some port, block or name can not be read. The webhook refuses most of these.
fn is_malformed(rule: &Rule, conditions: &[(Attribute<'_>, &When)]) -> bool {
    let blocks = |list: &[String]| list.iter().any(|value| block(value).is_none());
    rule.to.iter().map(|to| &to.operation).any(|operation| {
        operation.ports.iter().chain(&operation.not_ports).any(|value| port(value).is_none())
    }) || rule.from.iter().map(|from| &from.source).any(|source| {
        [&source.ip_blocks, &source.not_ip_blocks, &source.remote_ip_blocks, &source.not_remote_ip_blocks]
            .into_iter()
            .any(|list| blocks(list))
    }) || conditions.iter().any(|(attribute, when)| match attribute {
        Attribute::DestinationPort => {
            when.values.iter().chain(&when.not_values).any(|value| port(value).is_none())
        }
        Attribute::DestinationIp | Attribute::RemoteIp | Attribute::SourceIp => {
            blocks(&when.values) || blocks(&when.not_values)
        }
        Attribute::Claim(path) => path.is_none(),
        Attribute::Header(name) | Attribute::Metadata(name) => name.is_none(),
        Attribute::Audiences
        | Attribute::Presenter
        | Attribute::RequestPrincipal
        | Attribute::Sni
        | Attribute::SourceNamespace
        | Attribute::SourcePrincipal
        | Attribute::SourceServiceAccount
        | Attribute::SourceTrustDomain => false,
    })
}

impl View<'_, '_> {
    /// Whether a rule looks anywhere at what only HTTP has, and this is not HTTP.
    fn misses(&self, rule: &Rule, conditions: &[(Attribute<'_>, &When)]) -> bool {
        let source = |source: &Source| {
            !(source.request_principals.is_empty() && source.not_request_principals.is_empty())
        };
        self.filters == Filters::Network
            && (rule.to.iter().any(|to| to.operation.has_http_fields())
                || rule.from.iter().any(|from| source(&from.source))
                || conditions.iter().any(|(attribute, _)| attribute.is_http()))
    }

    fn source(&self, policy: &AuthorizationPolicy, source: &Source) -> Formula {
        let mut parts = Vec::new();
        let own = &policy.metadata.namespace;
        let callers = [
            (
                &source.principals,
                &source.not_principals,
                &(|value: &str| identity::principal(self.config, value)) as &dyn Fn(&str) -> Formula,
            ),
            (&source.namespaces, &source.not_namespaces, &|value| identity::namespace(value)),
            (&source.service_accounts, &source.not_service_accounts, &|value| {
                identity::service_account(own, value)
            }),
            (&source.trust_domains, &source.not_trust_domains, &|value| {
                identity::trust_domain(self.config, value)
            }),
        ];
        for (values, not_values, caller) in callers {
            field(&mut parts, values, not_values, |value| Some(self.of_tls(caller(value))));
        }
        field(&mut parts, &source.ip_blocks, &source.not_ip_blocks, |value| self.peer(value));
        field(&mut parts, &source.remote_ip_blocks, &source.not_remote_ip_blocks, client);
        if self.filters == Filters::Http {
            field(&mut parts, &source.request_principals, &source.not_request_principals, |value| {
                Some(self.tokens.principal(value))
            });
        }
        Formula::intersection(parts)
    }

    fn operation(&self, operation: &Operation) -> Formula {
        let mut parts = Vec::new();
        field(&mut parts, &operation.ports, &operation.not_ports, |value| self.port(value));
        if parts.contains(&Formula::Never) {
            return Formula::Never;
        }
        if self.filters == Filters::Http {
            let host = |pattern: Pattern| Condition::Host(pattern.caseless());
            field(&mut parts, &operation.hosts, &operation.not_hosts, |value| when(host, text(value)));
            method_and_path(&mut parts, operation);
        }
        Formula::intersection(parts)
    }

    fn condition(
        &self,
        parts: &mut Vec<Formula>,
        policy: &AuthorizationPolicy,
        attribute: &Attribute<'_>,
        condition: &When,
    ) -> Result<(), Unmodelled> {
        // What only HTTP has is left out of rules that do not allow; those that do were left out as a whole.
        if self.filters == Filters::Network && attribute.is_http() {
            return Ok(());
        }
        let own = &policy.metadata.namespace;
        let caller = |formula| Ok(Some(self.of_tls(formula)));
        let set = |value: &str| -> Result<Option<Formula>, Unmodelled> {
            match attribute {
                Attribute::Audiences => Ok(Some(self.tokens.claim(&["aud"], value))),
                Attribute::Claim(path) => Ok(path.as_ref().map(|path| self.tokens.claim(path, value))),
                Attribute::DestinationIp => {
                    Ok(block(value).map(|net| Formula::When(Condition::Destination(net))))
                }
                Attribute::DestinationPort => Ok(self.port(value)),
                Attribute::Header(name) => name.map(|name| self.header(name, value)).transpose(),
                Attribute::Metadata(key) => {
                    key.map_or(Ok(None), |key| Err(Unmodelled::Metadata(key.to_owned())))
                }
                Attribute::Presenter => Ok(Some(self.tokens.claim(&["azp"], value))),
                Attribute::RemoteIp => Ok(client(value)),
                Attribute::RequestPrincipal => Ok(Some(self.tokens.principal(value))),
                Attribute::Sni => Ok(Some(self.server_name(value))),
                Attribute::SourceIp => Ok(self.peer(value)),
                Attribute::SourceNamespace => caller(identity::namespace(value)),
                Attribute::SourcePrincipal => caller(identity::principal(self.config, value)),
                Attribute::SourceServiceAccount => caller(identity::service_account(own, value)),
                Attribute::SourceTrustDomain => caller(identity::trust_domain(self.config, value)),
            }
        };
        let values = condition.values.iter().map(|value| set(value)).collect::<Result<Vec<_>, _>>()?;
        let not_values =
            condition.not_values.iter().map(|value| set(value)).collect::<Result<Vec<_>, _>>()?;
        positive(parts, values.into_iter().flatten().collect());
        negative(parts, not_values.into_iter().flatten().collect());
        Ok(())
    }

    /// A condition on what only a certificate tells.
    fn of_tls(&self, formula: Formula) -> Formula {
        if self.identities { formula } else { Formula::Never }
    }

    fn server_name(&self, value: &str) -> Formula {
        if self.server_names { Formula::When(Condition::Sni(text(value))) } else { Formula::Never }
    }

    fn peer(&self, value: &str) -> Option<Formula> {
        let net = block(value)?;
        Some(if self.peers { Formula::When(Condition::Peer(net)) } else { Formula::Never })
    }

    fn port(&self, value: &str) -> Option<Formula> {
        let number = port(value)?;
        Some(if number == self.port { Formula::Always } else { Formula::Never })
    }

    /// The pseudo headers have dimensions of their own, in which case counts here.
    fn header(&self, name: &str, value: &str) -> Modelled {
        match name.to_ascii_lowercase().as_str() {
            ":authority" | "host" => Ok(Formula::When(Condition::Host(header(value)))),
            ":method" => Ok(Formula::When(Condition::Method(header(value)))),
            ":path" => with_query(value),
            own if own.starts_with(':') || WRITTEN_BY_THE_PROXY.contains(&own) => {
                Err(Unmodelled::ProxyHeader(own.to_owned()))
            }
            _ => self.tokens.header(name, value),
        }
    }
}

/// Headers that the connection manager adds or replaces before any filter sees them, as Istio configures it.
const WRITTEN_BY_THE_PROXY: [&str; 3] = ["x-forwarded-client-cert", "x-forwarded-proto", "x-request-id"];

/// The whole target of the request. Only how it begins is known, as far as no query begins there.
fn with_query(value: &str) -> Modelled {
    match value.strip_suffix('*') {
        Some("") => Ok(Formula::Always),
        Some(start) if !start.starts_with('*') && !start.contains('?') => {
            Ok(Formula::When(Condition::Path(Pattern::prefix(start))))
        }
        Some(_) | None => Err(Unmodelled::PathHeader),
    }
}

fn client(value: &str) -> Option<Formula> {
    block(value).map(|net: IpNet| Formula::When(Condition::Client(net)))
}

#[allow(clippy::unnecessary_wraps, reason = "one of the ways to read a value, and others can fail")]
fn when(condition: impl Fn(Pattern) -> Condition, pattern: Pattern) -> Option<Formula> {
    Some(Formula::When(condition(pattern)))
}

/// Of a longer list each value is taken once, so that one that stands there a million times costs nothing.
const SHORT_LIST: usize = 32;

/// One field and its `not` field; `set` is `None` for a value that can not be used.
fn field<V: AsRef<str>>(
    parts: &mut Vec<Formula>,
    values: &[V],
    not_values: &[V],
    set: impl Fn(&str) -> Option<Formula>,
) {
    let sets = |values: &[V]| {
        let all = values.iter().map(AsRef::as_ref);
        if values.len() <= SHORT_LIST {
            return all.filter_map(&set).collect();
        }
        let distinct: IndexSet<&str, FxBuildHasher> = all.collect();
        distinct.into_iter().filter_map(&set).collect()
    };
    positive(parts, sets(values));
    negative(parts, sets(not_values));
}

/// One of the values, if there is any that can be used.
fn positive(parts: &mut Vec<Formula>, values: Vec<Formula>) {
    if !values.is_empty() {
        parts.push(Formula::union(values));
    }
}

/// None of the values.
fn negative(parts: &mut Vec<Formula>, values: Vec<Formula>) {
    if !values.is_empty() {
        parts.push(Formula::union(values).complement());
    }
}
