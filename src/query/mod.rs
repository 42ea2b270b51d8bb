//! Questions about who may do what, asked of a project or of bare YAML: both are a [`World`], and an answer
//! comes from the meaning of its Istio objects alone.

mod arrival;
mod bulk;
mod callers;
mod can;
mod clause;
mod codec;
mod command;
mod denial;
mod doors;
mod enforcer;
mod foreign;
mod json;
mod judge;
mod lane;
mod line;
mod manifests;
mod mesh;
mod misfit;
mod names;
mod nearest;
mod operations;
mod passage;
mod ports;
mod products;
mod reach;
mod reason;
mod restricted;
mod route;
mod rule_place;
mod senders;
mod shared_account;
mod unsaid;
mod waypoint;
mod words;
mod world;

pub use arrival::Sent;
pub use bulk::{Bulk, MAX_LINE_BYTES};
pub use callers::{CallerKind, CallerRow, Callers, PortRow, callers};
pub use can::{Answer, Case, Unanswered, assumed_sidecar, can};
pub use denial::{Denial, PolicyName};
pub use doors::Doors;
pub use foreign::foreign;
pub use judge::{Judge, Outcome, Unknown, Verdict};
pub use line::Addressee;
pub use manifests::{Manifests, read};
pub use mesh::{MeshFacts, Stated, normalization_named};
pub use nearest::Nearest;
pub use passage::Stage;
pub use reach::{Reach, TargetRow};
pub use rule_place::{ObjectPlace, RulePlace};
pub use waypoint::Oddity;
pub use world::World;

// What else the comparison of two worlds asks of one.
pub(crate) use lane::{Lane, Met};
pub(crate) use products::{Literal, atoms, folded, minimal, node, text};
pub(crate) use restricted::{exact, example, restricted};
pub(crate) use route::{Destination, Hop, Sender};
pub(crate) use senders::Senders;
pub(crate) use waypoint::{ServerNames, behind_waypoints};
pub(crate) use words::{caller, pattern, somebody};
