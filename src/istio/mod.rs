//! Istio: its resources as types, and the emission of a policy into them.

pub mod emit;
pub mod resources;
