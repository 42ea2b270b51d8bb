//! What a client addresses: the pods of a workload, or a Service in front of them.

use super::model::ServicePort;
use crate::graph::Key;

/// What is addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addressed {
    /// The pods or a Service in front of them, between which nothing tells.
    Either,
    /// The pods.
    Pods,
    /// A port of a Service.
    Service(Key, u16),
}

/// What is addressed, and the port of the pods that it leads to in each world.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) addressed: Addressed,
    pub(super) ports: [u16; 2],
}

impl Addressed {
    pub(super) fn service(self) -> Option<ServicePort> {
        match self {
            Self::Either | Self::Pods => None,
            Self::Service(service, service_port) => {
                Some(ServicePort { service: service.to_string(), service_port })
            }
        }
    }
}
