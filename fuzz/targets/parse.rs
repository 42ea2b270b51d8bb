//! Any text as a policy.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| meshward_fuzz::parse::keeps_its_promises(text));
