//! Istio: its resources as types, and the emission of a policy into them.

pub mod emit;
pub mod resources;

pub use emit::emit;
pub use resources::Bundle;
