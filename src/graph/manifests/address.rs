//! Finds what is written as the address of a host in a piece of configuration: URLs, `host:port`, connection strings,
//! and whole values of variables whose name says that they are addresses.

use super::connection;

/// A host that something is told of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// In lower case, without a final dot.
    pub(super) host: String,
    /// The port that is written.
    pub(super) port: Option<u16>,
    /// The port that the scheme of a URL stands for.
    pub(super) default_port: Option<u16>,
    /// How sure it is that a host is meant.
    pub(super) certainty: Certainty,
    /// As written, the port included.
    pub(super) text: String,
}

/// How sure it is that a text means a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    /// Nothing but a host can stand there, as in a URL.
    Certain,
    /// It has the form of an address.
    Likely,
    /// A word beside a number, which means nothing unless a service of that name has that port.
    Possible,
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
    "pghost",
    "server",
    "servers",
    "uri",
    "url",
    "urls",
];

/// The ports that schemes of URLs stand for.
const DEFAULT_PORTS: &[(&str, u16)] = &[
    ("amqp", 5672),
    ("amqps", 5671),
    ("http", 80),
    ("https", 443),
    ("ldap", 389),
    ("ldaps", 636),
    ("mariadb", 3306),
    ("mongodb", 27017),
    ("mysql", 3306),
    ("nats", 4222),
    ("postgres", 5432),
    ("postgresql", 5432),
    ("redis", 6379),
    ("rediss", 6379),
    ("sqlserver", 1433),
    ("ws", 80),
    ("wss", 443),
];

/// All addresses in `value`, the value of a variable or flag called `name` (empty for a bare argument).
pub(super) fn find(name: &str, value: &str) -> Vec<Address> {
    let mut found = connection::find(value);
    let named_so = names_an_address(name);
    let between = |c: char| c.is_whitespace() || "\"'`<>()[]{}|,;".contains(c);
    for part in value.split(between) {
        if part.contains("://") {
            find_in_urls(part, &mut found);
        } else {
            let part = part.rsplit_once('=').map_or(part, |(_, value)| value);
            let is_whole = || value.split([',', ';']).any(|whole| whole.trim() == part);
            found.extend(bare(part, named_so && is_whole()));
        }
    }
    let words: Vec<&str> = value.split(between).filter(|word| !word.is_empty()).collect();
    found.extend((0..words.len()).filter_map(|at| beside_port(words[at], port_behind(&words[at + 1..])?)));
    found
}

/// The port that follows a host on a command line: `nc -z db 5432`, `-h db -p 5432`.
pub(super) fn port_behind(words: &[&str]) -> Option<u16> {
    match words {
        ["-p" | "--port", port, ..] | [port, ..] => port.parse().ok(),
        [] => None,
    }
}

/// A word that is no more than a host, which the port beside it may tell to be one.
pub(super) fn beside_port(word: &str, port: u16) -> Option<Address> {
    let address = host_and_port(word).filter(|address| address.port.is_none())?;
    Some(Address { port: Some(port), certainty: Certainty::Possible, ..address })
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
        let scheme =
            before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '+').next().unwrap_or_default();
        // `postgresql+asyncpg` and `git+https` have it on either side.
        let default_port = scheme.split('+').find_map(default_port);
        // In `dns:///cart:7070` the authority is that of a name server, and the name follows.
        let behind = behind.trim_start_matches('/');
        let end = behind.find(['/', '?', '#', '\\']).unwrap_or(behind.len());
        let (authority, path) = behind.split_at(end);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if let Some(address) = host_and_port(host) {
            found.push(Address { default_port, certainty: Certainty::Certain, ..address });
        }
        rest = path;
    }
}

/// The port that everybody takes who is told of none.
fn default_port(scheme: &str) -> Option<u16> {
    DEFAULT_PORTS.iter().find_map(|(known, port)| known.eq_ignore_ascii_case(scheme).then_some(*port))
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

/// `host:port` or `host`, whatever host that is.
pub(super) fn host_and_port(text: &str) -> Option<Address> {
    let mut parts = text.split(':');
    let host = parts.next()?.trim_end_matches('.');
    let port = parts.next().map(|port| port.parse::<u16>().ok().filter(|port| *port > 0));
    // A second part that is no port makes it something else: `label:value`.
    if port == Some(None) || !is_host(host) {
        return None;
    }
    let port = port.flatten();
    let text = text.to_owned();
    Some(Address {
        host: host.to_ascii_lowercase(),
        port,
        default_port: None,
        certainty: Certainty::Likely,
        text,
    })
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
