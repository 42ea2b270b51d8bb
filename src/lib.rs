//! meshward compiles who may call whom into default-deny Istio bundles.

pub mod source;

pub mod diagnostic;
pub mod yaml;

pub mod access;
pub mod graph;
pub mod policy;
pub mod project;
pub mod syntax;

pub mod check;

pub mod istio;
pub mod lint;

pub mod bundle;
pub mod diff;
pub mod guarantee;
pub mod query;
pub mod verify;

mod beside;
mod compile;

pub use compile::{
    Checked, Options, Program, check, emit, prove, test, understand, world, world_around, world_of_manifests,
};
