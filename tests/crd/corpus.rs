//! Istio's CRDs in the corpus of other people's files, which is not part of the project.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

use serde_json::Value;

/// The v1 schemas of the kinds; `None`, said loudly, where the corpus is absent.
pub(super) fn schemas(kinds: &[&str]) -> Option<BTreeMap<String, Value>> {
    let root = env::var_os("MESHWARD_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    let path = root.join("crd-istio/manifests/charts/base/files/crd-all.gen.yaml");
    let Ok(text) = fs::read_to_string(&path) else {
        // Past the test harness, which swallows what a passing test prints.
        let message = format!("SKIPPED: no Istio CRDs at {}, documents are not validated\n", path.display());
        io::stderr().write_all(message.as_bytes()).expect("stderr is open");
        return None;
    };
    let mut schemas = BTreeMap::new();
    for document in text.split("\n---\n") {
        // Reading all of the file takes seconds; most of it is about other kinds.
        if let Some(kind) = kinds.iter().find(|kind| document.contains(&format!("\n    kind: {kind}\n"))) {
            schemas.insert((*kind).to_owned(), schema(document));
        }
    }
    assert_eq!(schemas.len(), kinds.len(), "the corpus has a CRD of each kind");
    Some(schemas)
}

fn schema(document: &str) -> Value {
    let crd: Value = serde_yaml::from_str(document).expect("a CRD is YAML");
    let versions = crd["spec"]["versions"].as_array().expect("a CRD has versions");
    let v1 = versions.iter().find(|version| version["name"] == "v1").expect("Istio serves v1");
    v1["schema"]["openAPIV3Schema"].clone()
}
