//! Istio: its resources as types, and the emission of a policy into them.

mod collision;
pub mod emit;
pub mod resources;
pub mod semantics;

pub use collision::collisions;
pub use emit::emit;
pub use resources::Bundle;
