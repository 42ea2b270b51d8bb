//! The names of the mesh's own trust domain: a principal that states one of them stands for all
//! (`pilot/pkg/security/trustdomain/bundle.go`).

use std::borrow::Cow;

use super::MeshConfig;

/// The principals that a value stands for. Only a value of five parts has a trust domain that is looked at, and
/// only one that is the mesh's own, or could be by its wildcard, is replaced.
pub(super) fn principals<'v>(config: &MeshConfig<'_>, value: &'v str) -> Vec<Cow<'v, str>> {
    let domain = match value.split_once('/') {
        Some((domain, _)) if value.split('/').count() == 5 && domain != "*" => domain,
        Some(_) | None => return vec![value.into()],
    };
    if domain != "cluster.local" && !own(config).any(|known| may_be(domain, known)) {
        return vec![value.into()];
    }
    let mut all: Vec<Cow<'v, str>> = Vec::new();
    for known in own(config) {
        let principal: Cow<'v, str> = if known == domain || is_suffix(known, domain) {
            value.into()
        } else {
            format!("{known}{}", &value[domain.len()..]).into()
        };
        if !all.contains(&principal) {
            all.push(principal);
        }
    }
    all
}

/// The trust domains that a value of `trustDomains` stands for. Here `cluster.local` is a name like any other.
pub(super) fn domains<'v>(config: &MeshConfig<'v>, value: &'v str) -> Vec<&'v str> {
    if own(config).any(|known| known == value) { own(config).collect() } else { vec![value] }
}

/// The trust domain and its aliases.
pub(super) fn own<'a>(config: &MeshConfig<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    std::iter::once(config.trust_domain)
        .chain(config.trust_domain_aliases.iter().map(crate::source::Symbol::as_str))
}

/// `stringMatch`: equal, or one is a pattern for the other.
fn may_be(left: &str, right: &str) -> bool {
    let covers = |pattern, text| pattern == "*" || is_suffix(text, pattern) || is_prefix(text, pattern);
    left == right || covers(left, right) || covers(right, left)
}

fn is_suffix(text: &str, pattern: &str) -> bool {
    pattern.strip_prefix('*').is_some_and(|end| text.ends_with(end))
}

fn is_prefix(text: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').is_some_and(|start| text.starts_with(start))
}
