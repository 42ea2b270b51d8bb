//! Reading and printing policies: good files, wrong files, generated files, and texts that are no policy at all.

mod errors;
mod generate;
mod good;
mod properties;
