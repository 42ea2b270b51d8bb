//! Which ports of a service a suggested rule names.

use meshward::graph::{Protocol, Service, ServicePort};

/// So many ports are listed.
const MOST_PORTS: usize = 5;

/// What a rule without a port does, where a narrower one could be written.
pub(super) fn opens_each(service: &Service) -> Option<String> {
    let ports: Vec<String> = carried(service).map(|port| port.number.to_string()).collect();
    let listed = ports.iter().take(MOST_PORTS).cloned().collect::<Vec<_>>().join(", ");
    let more = ports.len().saturating_sub(MOST_PORTS);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    (ports.len() > 1).then(|| {
        format!(
            "# No port is named here that the Service has, so the rule opens all of them: {listed}{more}."
        )
    })
}

/// The ports at which a rule can hold.
pub(super) fn carried(service: &Service) -> impl Iterator<Item = &ServicePort> {
    service.ports.iter().filter(|port| port.protocol != Protocol::Udp)
}

/// The port, where it says more than the name of the service alone.
pub(super) fn telling_port(service: &Service, port: Option<u16>) -> Option<u16> {
    let carried: Vec<u16> = carried(service).map(|port| port.number).collect();
    port.filter(|number| carried.len() > 1 || !carried.contains(number))
}
