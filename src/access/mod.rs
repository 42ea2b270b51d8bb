//! The meaning of a policy: which requests get through. It knows neither the language nor Istio; both are
//! translated into it, and two translations of one policy must come to the same set.
//!
//! A request is a point in a product of dimensions. A [`Condition`] is a set in one dimension, a [`Formula`]
//! combines them. To decide a question about formulas exactly, each dimension is cut into *classes*: the
//! smallest pieces that every condition either covers or misses. A [`Diagram`] over the classes is canonical,
//! so that two formulas mean the same when they come to the same node.

mod address;
mod automaton;
mod axis;
mod classes;
mod decision;
mod diagram;
mod domain;
mod ends;
mod formula;
mod normalize;
mod parts;
mod pattern;
mod product;
mod request;
mod slices;
mod space;
mod strings;
mod witness;

pub use classes::{Class, MOST_STEPS, TooComplex, partition};
pub use decision::Decision;
pub use diagram::{Diagram, Exhausted, MOST_RUNS, NodeId};
pub use domain::Domain;
pub use formula::{Condition, Dimension, Formula};
pub use normalize::{Malformed, Normalization};
pub use pattern::{Pattern, Piece};
pub use request::{ClaimPath, Claims, Request, Token};
pub use slices::{Product, Products, Slice};
pub use space::{Difference, Space};
