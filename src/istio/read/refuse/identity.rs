//! Service accounts and trust domains: in a source, and in conditions.

use super::{Gate, Refusal, Verdict, text};

/// How many accounts the schema and the webhook let one list have.
pub(in crate::istio::read) const MAX_ACCOUNTS: usize = 16;

/// The webhook wants `account` or `namespace/account`, without wildcards; the schema at most 320 characters.
pub(in crate::istio::read) fn account(account: &str) -> Verdict {
    text::filled(account)?;
    text::at_most(account, 320, "a service account")?;
    let refuse = |advice: &str| {
        Err(Refusal::new(Gate::Webhook, format!("`{account}` is not a service account")).advice(advice))
    };
    if account.contains('*') {
        return refuse("service accounts are named in full; for patterns there are `principals`");
    }
    let parts: Vec<&str> = account.split('/').collect();
    if parts.len() > 2 || parts.iter().any(|part| part.is_empty()) {
        return refuse("write `account`, which is one of the policy's own namespace, or `namespace/account`");
    }
    Ok(())
}

/// The webhook wants a name with at most one `*`, at its beginning or end, and without `/`.
pub(in crate::istio::read) fn trust_domain(domain: &str) -> Verdict {
    if domain.contains('/') {
        return Err(Refusal::new(Gate::Webhook, format!("`{domain}` is not a trust domain"))
            .advice("a trust domain is what stands before the first `/` of an identity"));
    }
    trust_domain_pattern(domain)
}

/// In a condition on `source.trustDomain` a `/` is not looked for.
pub(in crate::istio::read) fn trust_domain_pattern(domain: &str) -> Verdict {
    text::filled(domain)?;
    let inner = domain.strip_prefix('*').or_else(|| domain.strip_suffix('*')).unwrap_or(domain);
    if inner.contains('*') {
        return Err(Refusal::new(Gate::Webhook, format!("`{domain}` is not a pattern of trust domains"))
            .advice("it may have one `*`, at its beginning or its end"));
    }
    Ok(())
}
