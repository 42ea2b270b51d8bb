//! All tests of the library, through its public face.

mod corpus;
mod manifests;
