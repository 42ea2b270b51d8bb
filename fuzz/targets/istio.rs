//! Any texts as Kubernetes and Istio YAML.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: meshward_fuzz::on_one_thread(), |text: &str| meshward_fuzz::istio::keeps_its_promises(text));
