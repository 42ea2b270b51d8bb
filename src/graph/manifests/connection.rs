//! Finds the hosts of connection strings: `Host=db;Port=5432`, `Server=tcp:db,1433;Database=x`, `host=db port=5432`.

use super::address::{Address, Certainty, host_and_port};

/// Keys whose value is a host, in lower case.
const HOST_KEYS: &[&str] = &[
    "addr",
    "address",
    "bootstrap.servers",
    "data source",
    "datasource",
    "host",
    "hostname",
    "network address",
    "server",
];

/// The hosts that the pairs of `value` name; none where it is no list of `key=value`.
pub(super) fn find(value: &str) -> Vec<Address> {
    let pairs = pairs(value);
    let port = pairs.iter().find(|(key, _)| key == "port").and_then(|(_, value)| port(value));
    let hosts = pairs.iter().filter(|(key, _)| HOST_KEYS.contains(&key.as_str()));
    hosts.flat_map(|(_, value)| hosts_in(value, port)).collect()
}

/// Keys in lower case with their values. ADO.NET and ODBC divide them by `;`, libpq by spaces.
fn pairs(value: &str) -> Vec<(String, &str)> {
    let parts: Vec<&str> =
        if value.contains(';') { value.split(';').collect() } else { value.split_whitespace().collect() };
    let pairs = parts.into_iter().filter_map(|part| part.split_once('='));
    pairs
        .map(|(key, value)| (key.trim().to_ascii_lowercase(), value.trim().trim_matches(['\'', '"'])))
        .collect()
}

/// One host or several: `tcp:db,1433`, where the number is a port, and `db-0:5432,db-1:5432`.
fn hosts_in(value: &str, shared_port: Option<u16>) -> Vec<Address> {
    let value = value.strip_prefix("tcp:").unwrap_or(value);
    let mut hosts: Vec<Address> = Vec::new();
    for part in value.split(',').map(str::trim) {
        match (port(part), hosts.last_mut()) {
            (Some(number), Some(host)) => host.port = Some(number),
            // A named instance of SQL Server: `db\SQLEXPRESS`.
            (_, _) => hosts.extend(host_and_port(part.split('\\').next().unwrap_or(part))),
        }
    }
    let certain = hosts.into_iter().map(|host| {
        let port = host.port.or(shared_port);
        Address { port, certainty: Certainty::Certain, ..host }
    });
    certain.collect()
}

fn port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|number| *number > 0)
}
