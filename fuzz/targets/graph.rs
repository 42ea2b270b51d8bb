//! Any texts as a project file, a service graph, manifests and descriptions of endpoints.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: meshward_fuzz::on_one_thread(), |text: &str| meshward_fuzz::graph::keeps_its_promises(text));
