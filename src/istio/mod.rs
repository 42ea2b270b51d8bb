//! Istio: its resources as types, the emission of a policy into them, and the reading of existing ones.

mod collision;
pub mod emit;
mod path_template;
mod read;
pub mod resources;
pub mod semantics;

pub use collision::collisions;
pub use emit::{emit, emit_around};
pub use read::{Reading, Refused, read, selects_nothing};
pub use resources::Bundle;
