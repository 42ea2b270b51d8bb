//! Finds what is written as the address of a host in a piece of configuration: URLs, `host:port`, and whole
//! values of variables whose name says that they are addresses.

/// A host that something is told of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// In lower case, without a final dot.
    pub(super) host: String,
    /// The port that is written.
    pub(super) port: Option<u16>,
    /// The port that the scheme of a URL stands for.
    pub(super) default_port: Option<u16>,
    /// Whether it stands in a URL, where nothing but a host can stand.
    pub(super) in_url: bool,
    /// As written, the port included.
    pub(super) text: String,
}

/// The last words of names whose value is an address.
const ADDRESS_WORDS: &[&str] = &[
    "addr",
    "address",
    "addresses",
    "addrs",
    "broker",
    "brokers",
    "endpoint",
    "endpoints",
    "host",
    "hostname",
    "hosts",
    "server",
    "servers",
    "uri",
    "url",
    "urls",
];

/// All addresses in `value`, the value of a variable or flag called `name` (empty for a bare argument).
pub(super) fn find(name: &str, value: &str) -> Vec<Address> {
    let mut found = Vec::new();
    let named_so = names_an_address(name);
    let between = |c: char| c.is_whitespace() || "\"'`<>()[]{}|,;".contains(c);
    for part in value.split(between) {
        if part.contains("://") {
            find_in_urls(part, &mut found);
        } else {
            let part = part.rsplit_once('=').map_or(part, |(_, value)| value);
            let is_whole = value.split([',', ';']).any(|whole| whole.trim() == part);
            found.extend(bare(part, named_so && is_whole));
        }
    }
    found
}

/// Whether the last word of `name` is one for addresses: `DB_HOST`, `--redis-addr`, `cacheUrl`.
fn names_an_address(name: &str) -> bool {
    let start = name
        .char_indices()
        .rev()
        .zip(name.chars().rev().skip(1).map(Some).chain(std::iter::once(None)))
        .find(|((_, c), before)| {
            let new_word = before.is_none_or(|before| !before.is_ascii_alphanumeric());
            let hump = c.is_ascii_uppercase() && before.is_some_and(|before| before.is_ascii_lowercase());
            new_word || hump
        })
        .map_or(0, |((index, _), _)| index);
    ADDRESS_WORDS.contains(&name[start..].to_ascii_lowercase().as_str())
}

/// A URL, and those inside of its query.
fn find_in_urls(part: &str, found: &mut Vec<Address>) {
    let mut rest = part;
    while let Some((before, behind)) = rest.split_once("://") {
        let scheme = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let default_port = match scheme.to_ascii_lowercase().as_str() {
            "http" | "ws" => Some(80),
            "https" | "wss" => Some(443),
            _ => None,
        };
        // In `dns:///cart:7070` the authority is that of a name server, and the name follows.
        let behind = behind.trim_start_matches('/');
        let end = behind.find(['/', '?', '#', '\\']).unwrap_or(behind.len());
        let (authority, path) = behind.split_at(end);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if let Some(address) = host_and_port(host) {
            found.push(Address { default_port, in_url: true, ..address });
        }
        rest = path;
    }
}

/// `host:port`, or `host` alone where the place says that it is one (`whole`) or its domain does.
fn bare(part: &str, whole: bool) -> Option<Address> {
    // `jdbc:oracle:thin:@db:1521:shop`
    let part = part.rsplit_once('@').map_or(part, |(_, host)| host);
    let end = part.find('/').unwrap_or(part.len());
    let address = host_and_port(&part[..end])?;
    let is_cluster_name = address.host.split('.').nth(2) == Some("svc");
    (address.port.is_some() || whole || is_cluster_name).then_some(address)
}

fn host_and_port(text: &str) -> Option<Address> {
    let mut parts = text.split(':');
    let host = parts.next()?.trim_end_matches('.');
    let port = parts.next().map(|port| port.parse::<u16>().ok().filter(|port| *port > 0));
    // A second part that is no port makes it something else: `label:value`.
    if port == Some(None) || !is_host(host) {
        return None;
    }
    let port = port.flatten();
    let text = text.to_owned();
    Some(Address { host: host.to_ascii_lowercase(), port, default_port: None, in_url: false, text })
}

fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.split('.').all(is_label)
}
