//! The native form of the service graph, `services.yaml`: what it states, and how that joins what the
//! manifests say.

mod combine;
mod join;
mod model;
mod read;
mod service;
mod workload;

pub(super) use join::{add_namespaces, add_services};
pub(super) use model::NativeFile;
pub use read::is_native;
pub(super) use read::read;
