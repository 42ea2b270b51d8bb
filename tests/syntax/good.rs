//! Good files.
