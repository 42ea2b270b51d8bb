//! Ports in settings of their own: of `DB_HOST` the port is `DB_PORT`, of `dbHost` it is `dbPort`, of `REDIS` `REDIS_PORT`.

use std::collections::HashMap;

/// What the name of a host ends with where that of its port ends with `port`.
const HOST_WORDS: &[&str] = &["addr", "address", "endpoint", "host", "hostname", "server", "servername"];

/// The settings with the name of a port, by what comes before that word: each first one, and its position.
pub(super) struct Ports<T>(HashMap<String, (usize, T)>);

impl<T: Copy> Ports<T> {
    /// Those among some settings, each with its name.
    pub(super) fn among<'a>(settings: impl Iterator<Item = (&'a str, T)>) -> Self {
        let mut ports = HashMap::new();
        for (at, (name, setting)) in settings.enumerate().filter(|(_, (name, _))| is_name_of_port(name)) {
            let port = plain(name);
            let stem = port.strip_suffix("number").unwrap_or(&port).strip_suffix("port").unwrap_or(&port);
            ports.entry(stem.to_owned()).or_insert((at, setting));
        }
        Self(ports)
    }

    /// The first that goes with the host of this name.
    pub(super) fn beside(&self, host: &str) -> Option<T> {
        let host = plain(host);
        let whole = Some(host.as_str()).filter(|host| !host.is_empty());
        let stems = whole.into_iter().chain(HOST_WORDS.iter().filter_map(|word| host.strip_suffix(word)));
        let first = stems.filter_map(|stem| self.0.get(stem)).min_by_key(|(at, _)| *at);
        first.map(|(_, setting)| *setting)
    }
}

fn plain(name: &str) -> String {
    name.replace(['-', '_', '.'], "").to_ascii_lowercase()
}

/// `DB_PORT`, `dbPort`, `DB_PORT_NUMBER`
fn is_name_of_port(name: &str) -> bool {
    let ends = |end: &str| {
        let start = name.len().saturating_sub(end.len());
        name.get(start..).is_some_and(|last| last.eq_ignore_ascii_case(end))
    };
    ["port", "port_number", "port-number", "port.number", "portNumber"].into_iter().any(ends)
}
