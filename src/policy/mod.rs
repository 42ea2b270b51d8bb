//! The checked policy: intents with every name bound, independent of how they are written and of Istio.

mod guarantee;
mod model;
mod selectors;

pub use guarantee::{Case, Guarantee, Promise, Stop, Subject, SubjectKind, SubjectPort, Test};
pub use model::{
    Caller, Covered, Effect, Labels, Mesh, Mtls, MtlsMode, MtlsScope, Named, NamedSet, Operation, Origin,
    Policy, Reference, Role, Rule, Statement, Target,
};
pub use selectors::Selectors;
