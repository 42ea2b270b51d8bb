//! Tokens at one target: which of them a RequestAuthentication accepts, and what rules see of them
//! (`pilot/pkg/security/authn/policy_applier.go`, Envoy's `jwt_authn` filter).
//!
//! A request of the model has one token at most, and it is where the provider of its issuer looks for it.

use std::borrow::Cow;

use super::matching::{header, text};
use super::not_modelled::Unmodelled;
use crate::access::{Claims, Condition, Formula, Pattern, Request, Token};
use crate::istio::resources::{JwtRule, RequestAuthentication};

/// Claims that Istio always tells Envoy to split at spaces.
const ALWAYS_SPLIT: [&str; 2] = ["permission", "scope"];

/// The providers of a target, in the order in which they are asked. None where nothing looks at tokens: then no
/// token is refused, and no rule sees one.
#[derive(Clone, Debug, Default)]
pub(super) struct Tokens<'a> {
    providers: Vec<&'a JwtRule>,
}

impl<'a> Tokens<'a> {
    /// The rules of all policies together, by issuer.
    pub(super) fn new(policies: impl Iterator<Item = &'a RequestAuthentication>) -> Self {
        let mut providers: Vec<&JwtRule> = policies.flat_map(|policy| &policy.spec.jwt_rules).collect();
        providers.sort_by(|left, right| left.issuer.cmp(&right.issuer));
        Self { providers }
    }

    /// Requests that are not answered with 401: without a token, or with a good one of some provider.
    pub(super) fn authentication(&self) -> Formula {
        if self.providers.is_empty() {
            return Formula::Always;
        }
        let good = self.providers.iter().map(|provider| issued_by(provider));
        let without =
            Formula::union([Formula::When(Condition::InvalidToken), Formula::When(Condition::ValidToken)])
                .complement();
        Formula::Any(vec![preflight(), without, Formula::union(good)])
    }

    /// Requests that are not answered with 403 for the audience of their token.
    pub(super) fn audience(&self) -> Formula {
        if self.providers.iter().all(|provider| provider.audiences.is_empty()) {
            return Formula::Always;
        }
        let meant = self
            .providers
            .iter()
            .map(|provider| Formula::intersection([issued_by(provider), meant_for(provider)]));
        let without = Formula::When(Condition::ValidToken).complement();
        Formula::Any(vec![preflight(), without, Formula::union(meant)])
    }

    /// `requestPrincipals`: issuer and subject, split at the last slash.
    pub(super) fn principal(&self, value: &str) -> Formula {
        let (issuer, subject) = match value.rsplit_once('/') {
            _ if value == "*" => (Pattern::present(), Pattern::present()),
            Some(("*", subject)) => (Pattern::present(), Pattern::exact(subject)),
            Some((issuer, subject)) => match (issuer.strip_prefix('*'), subject.strip_suffix('*')) {
                (Some(end), _) => (Pattern::suffix(end), Pattern::exact(subject)),
                (None, Some("")) => (Pattern::exact(issuer), Pattern::present()),
                (None, Some(start)) => (Pattern::exact(issuer), Pattern::prefix(start)),
                (None, None) => (Pattern::exact(issuer), Pattern::exact(subject)),
            },
            None => match (value.strip_prefix('*'), value.strip_suffix('*')) {
                (Some(end), _) => (Pattern::present(), Pattern::suffix(end)),
                (None, Some(start)) => (Pattern::prefix(start), Pattern::present()),
                (None, None) => (Pattern::exact(value), Pattern::exact("")),
            },
        };
        let parts = [Condition::Issuer(issuer), Condition::Subject(subject)];
        self.seen(Formula::intersection(parts.map(Formula::When)))
    }

    /// `request.auth.claims`: a string, or one of a list.
    pub(super) fn claim(&self, path: &[&str], value: &str) -> Formula {
        let condition = Formula::When(Condition::claim(path.iter().copied(), text(value)));
        let [name] = path else { return self.seen(condition) };
        if !value.contains(' ') {
            return self.seen(condition);
        }
        // What is split has no space in it any more.
        let splitting = self.providers.iter().filter(|provider| splits(provider, name));
        let whole = Formula::union(splitting.map(|provider| issued_by(provider))).complement();
        self.seen(Formula::intersection([whole, condition]))
    }

    /// `request.headers`: a header that a token is taken from is gone when the rules are asked.
    pub(super) fn header(&self, name: &str, value: &str) -> Result<Formula, Unmodelled> {
        let name = name.to_ascii_lowercase();
        if let Some(filled) = self.filled_in(&name, value)? {
            return Ok(self.seen(filled));
        }
        let condition = Formula::When(Condition::header(&name, header(value)));
        let taken = self.providers.iter().flat_map(|provider| {
            let prefixes = taken_from(provider, &name);
            prefixes.into_iter().map(|prefix| {
                let held = Formula::When(Condition::header(&name, Pattern::prefix(prefix)));
                Formula::intersection([issued_by(provider), held])
            })
        });
        let taken = Formula::union(taken);
        Ok(if taken == Formula::Never {
            condition
        } else {
            Formula::intersection([
                condition,
                Formula::intersection([preflight().complement(), taken]).complement(),
            ])
        })
    }

    /// A header that the filter writes: of the payload it is known that it is there, of a claim nothing.
    fn filled_in(&self, name: &str, value: &str) -> Result<Option<Formula>, Unmodelled> {
        let same = |header: &str| header.eq_ignore_ascii_case(name);
        let claims = |provider: &&JwtRule| provider.output_claim_to_headers.iter().any(|to| same(&to.header));
        let payload = |provider: &&&JwtRule| provider.output_payload_to_header.as_deref().is_some_and(same);
        let writing: Vec<&&JwtRule> = self.providers.iter().filter(payload).collect();
        if self.providers.iter().any(claims) || (!writing.is_empty() && value != "*") {
            return Err(Unmodelled::ClaimHeader(name.to_owned()));
        }
        let written = Formula::union(writing.into_iter().map(|provider| issued_by(provider)));
        Ok((written != Formula::Never).then_some(written))
    }

    /// What rules see of a request: where a provider splits a claim at spaces, its words.
    pub(super) fn hand_on<'r>(&self, request: &'r Request) -> Cow<'r, Request> {
        let Some(claims) = request.claims() else { return Cow::Borrowed(request) };
        let Some(provider) = self.providers.iter().find(|provider| is_issuer(provider, claims)) else {
            return Cow::Borrowed(request);
        };
        let is_split = |path: &[crate::source::Symbol]| matches!(path, [name] if splits(provider, name));
        let is_text = |values: &[String]| matches!(values, [text] if text.contains(' '));
        if !claims.others.iter().any(|(path, values)| is_split(path) && is_text(values)) {
            return Cow::Borrowed(request);
        }
        let words = |values: &[String]| -> Vec<String> {
            values
                .iter()
                .flat_map(|text| text.split(' '))
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let others = claims.others.iter().map(|(path, values)| {
            let values = if is_split(path) && is_text(values) { words(values) } else { values.clone() };
            (path.clone(), values)
        });
        let claims = Claims { others: others.collect(), ..claims.clone() };
        Cow::Owned(Request { token: Token::Valid(claims), ..request.clone() })
    }

    /// A condition on an accepted token. The filter lets a CORS preflight pass without a look at its token.
    fn seen(&self, condition: Formula) -> Formula {
        if self.providers.is_empty() || condition == Formula::Never {
            return Formula::Never;
        }
        Formula::intersection([condition, preflight().complement()])
    }
}

fn is_issuer(provider: &JwtRule, claims: &Claims) -> bool {
    provider.issuer.is_empty() || claims.issuer.as_ref() == Some(&provider.issuer)
}

/// Tokens of the issuer; of any if the provider names none.
fn issued_by(provider: &JwtRule) -> Formula {
    Formula::When(if provider.issuer.is_empty() {
        Condition::ValidToken
    } else {
        Condition::Issuer(Pattern::exact(&*provider.issuer))
    })
}

/// Audiences are compared without their scheme and a slash at the end.
fn meant_for(provider: &JwtRule) -> Formula {
    if provider.audiences.is_empty() {
        return Formula::Always;
    }
    let spellings = provider.audiences.iter().flat_map(|audience| {
        let bare = bare(audience);
        let spelled = ["", "http://", "https://"]
            .iter()
            .flat_map(move |scheme| ["", "/"].iter().map(move |slash| format!("{scheme}{bare}{slash}")));
        spelled.filter(move |spelling| self::bare(spelling) == bare)
    });
    Formula::union(spellings.map(|one| Formula::When(Condition::claim(["aud"], Pattern::exact(one)))))
}

/// `sanitizeAudience` of Envoy's `jwt_authn`.
fn bare(audience: &str) -> &str {
    let without_scheme = audience.strip_prefix("http://").or_else(|| audience.strip_prefix("https://"));
    let rest = without_scheme.unwrap_or(audience);
    rest.strip_suffix('/').unwrap_or(rest)
}

fn splits(provider: &JwtRule, claim: &str) -> bool {
    ALWAYS_SPLIT.contains(&claim) || provider.space_delimited_claims.iter().any(|name| name == claim)
}

/// What stands before the token in a header, for each way in which the provider takes it out.
fn taken_from<'p>(provider: &'p JwtRule, header: &str) -> Vec<&'p str> {
    if provider.forward_original_token {
        return Vec::new();
    }
    let is_default = provider.from_headers.is_empty()
        && provider.from_params.is_empty()
        && provider.from_cookies.is_empty();
    if is_default && header == "authorization" {
        return vec!["Bearer "];
    }
    let named = provider.from_headers.iter().filter(|from| from.name.eq_ignore_ascii_case(header));
    named.map(|from| from.prefix.as_str()).collect()
}

/// `isCorsPreflightRequest` of Envoy.
fn preflight() -> Formula {
    let sent = |name| Condition::header(name, Pattern::present());
    let method = Condition::Method(Pattern::exact("OPTIONS"));
    let parts = [method, sent("origin"), sent("access-control-request-method")];
    Formula::intersection(parts.map(Formula::When))
}
