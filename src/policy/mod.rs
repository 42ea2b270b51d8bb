//! The checked policy: intents with every name bound, independent of how they are written and of Istio.

mod model;

pub use model::{
    Caller, Covered, Effect, Labels, Mesh, Mtls, MtlsMode, MtlsScope, Operation, Origin, Policy, Reference,
    Role, Rule, Target,
};
