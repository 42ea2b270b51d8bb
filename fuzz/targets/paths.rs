//! Any two sets of patterns.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| meshward_fuzz::paths::keeps_its_promises(text));
