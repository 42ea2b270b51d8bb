//! Any texts as the files of a project, from the policy to the proved bundle.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: meshward_fuzz::on_one_thread(), |text: &str| meshward_fuzz::project::keeps_its_promises(text));
