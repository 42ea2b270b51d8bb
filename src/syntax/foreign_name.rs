//! Names as DNS and Istio's principals write them, in the words of the language.

/// `account shop/orders` for `cluster.local/ns/shop/sa/orders`, with or without `spiffe://` before it.
pub(crate) fn account(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.strip_prefix("spiffe://").unwrap_or(text).split('/').collect();
    let [domain, "ns", namespace, "sa", account] = parts[..] else { return None };
    let are_names = [domain, namespace, account].into_iter().all(is_name) && !namespace.contains('.');
    let quoted = if account.contains('.') { format!("\"{account}\"") } else { account.to_owned() };
    are_names.then(|| format!("account {namespace}/{quoted}"))
}

/// The namespace and the name of the Service that a host of the cluster leads to: `frontend.shop`,
/// `frontend.shop.svc`, `frontend.shop.svc.cluster.local`.
pub(crate) fn service(host: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = host.split('.').collect();
    let ([name, namespace] | [name, namespace, "svc", ..]) = parts[..] else { return None };
    (is_name(name) && is_name(namespace)).then_some((namespace, name))
}

fn is_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    !text.is_empty() && text.bytes().all(is_letter)
}
