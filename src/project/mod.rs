//! The project file `meshward.yaml`: where policies and facts lie, what the mesh is like, which lints matter.

mod model;

pub use model::{Dataplane, GraphSources, Injected, ManifestSource, PathNormalization, Project, ServiceFile};
