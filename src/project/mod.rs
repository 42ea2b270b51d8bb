//! The project file `meshward.yaml`: where policies and facts lie, what the mesh is like, which lints matter.

mod find;
mod mesh;
mod model;
mod read;
mod setting;
mod sources;
mod unreadable;

pub use find::{FILE_NAME, find};
pub use model::{Dataplane, GraphSources, Injected, ManifestSource, PathNormalization, Project, ServiceFile};
pub use read::{read, read_with};
pub use setting::Setting;
pub use unreadable::unreadable;
