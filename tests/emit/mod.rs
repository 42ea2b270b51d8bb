//! Policies and the bundles that they become.

mod meaning;
mod naive;
pub(crate) mod policies;
mod property;
