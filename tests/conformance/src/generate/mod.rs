//! Random cases: a cluster, what protects it, and requests. A seed gives the same case everywhere.

mod ambient;
mod bundle;
mod choice;
mod cluster;
mod path;
mod project;
mod request;
mod spoil;
mod vocabulary;
mod waypoint;

pub use ambient::with_waypoints;
pub use bundle::bundle;
pub use choice::Choice;
pub use cluster::cluster;
pub use project::project;
pub use request::requests;
pub use spoil::spoiled;
pub use waypoint::waypoints;
