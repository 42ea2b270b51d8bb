//! What Istio takes, and what does something else than it seems to.

pub(super) mod attribute;
pub(super) mod denies_all_tcp;
pub(super) mod empty_selector;
pub(super) mod private_key;

mod not_modelled;
mod selects_nothing;

pub(super) use not_modelled::not_modelled;
pub use selects_nothing::selects_nothing;
