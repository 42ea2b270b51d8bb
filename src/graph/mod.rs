//! The service graph: what exists, read from the native YAML form and from Kubernetes manifests.

mod boolean;
mod build;
mod gateways;
mod index;
mod interception;
pub mod manifests;
mod model;
mod name;
mod native;
mod openapi;
mod protobuf;
mod single_pods;

pub use boolean::parse_bool;
pub use build::build;
pub use interception::{Interception, LeftOut};
pub use model::{
    Admits, Backend, Capture, ContainerPort, Endpoint, Gateway, Key, LabelAsks, LabelExpression,
    LabelSelector, Labels, Namespace, Protocol, Proxy, SecurityResource, Server, Service, ServiceGraph,
    ServicePort, TargetPort, Waypoint, Workload, selects,
};
pub use name::{check_label, check_label_value, check_subdomain};
pub use native::is_native;
pub use single_pods::tells_pods_apart;
