//! Questions about who may do what, asked of a project or of bare YAML: both are a [`World`], and an answer
//! comes from the meaning of its Istio objects alone.

mod bulk;
mod denial;
mod judge;
mod line;
mod manifests;
mod mesh;
mod names;
mod ports;
mod world;

pub use bulk::{Bulk, MAX_LINE_BYTES};
pub use denial::{Denial, PolicyName};
pub use judge::{Judge, Outcome, Verdict};
pub use manifests::{Manifests, read};
pub use mesh::{MeshFacts, Stated, normalization_named};
pub use world::World;
