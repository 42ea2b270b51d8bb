//! The whole corpus at once: no text, however odd, ends in a panic, and every span lies in its text.

use rayon::prelude::*;

use super::{files, folder, read_paths};
use crate::manifests::read_files;

#[test]
fn every_application_has_a_graph() {
    let Some(root) = folder() else {
        return;
    };
    let mut applications = 0;
    for entry in std::fs::read_dir(&root).expect("the corpus is a folder") {
        let name = entry.expect("the corpus can be listed").file_name().to_string_lossy().into_owned();
        if name.starts_with("app-") {
            applications += 1;
            let read = read_paths(&root, &[&name]);
            // Rendering resolves every span.
            let _ = read.rendered();
            let calls = meshward::graph::manifests::suggest_calls(&read.manifests, &read.graph);
            assert!(calls.iter().all(|call| read.graph.services.contains_key(&call.callee)));
        }
    }
    assert!(applications > 10, "{applications} applications");
}

#[test]
fn every_file_is_read_alone() {
    let Some(root) = folder() else {
        return;
    };
    let files = files(&root);
    assert!(files.len() > 1000, "{} files", files.len());
    files.par_iter().for_each(|(name, text)| {
        let read = read_files([(name.as_str(), text.as_str())]);
        let _ = read.rendered();
        // A service is declared where its name is written.
        for service in read.graph.services.values() {
            let written = read.sources.text(service.span).trim_matches(['"', '\'']);
            assert_eq!(written, service.key.name, "{name}");
        }
    });
}
