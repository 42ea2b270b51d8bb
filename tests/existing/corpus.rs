//! Real objects by other people: each is read without a panic, and those that are refused are listed with the
//! reason.

use std::collections::BTreeMap;

use meshward::diagnostic::Diagnostic;

use super::{Read, read_files};
use crate::corpus;

/// Which kinds there are among the objects of a reading, how many of each.
fn count(read: &Read, counts: &mut BTreeMap<String, [usize; 2]>) {
    for object in &read.reading.bundle.objects {
        counts.entry(object.resource.kind().to_owned()).or_default()[0] += 1;
    }
    for refused in &read.reading.refused {
        counts.entry(refused.key.kind.to_string()).or_default()[1] += 1;
    }
}

/// What is said about the security resources of a file alone.
fn complaints(read: &Read) -> Vec<String> {
    let about_objects = read.diagnostics.iter().filter(|said| is_ours(said) && said.is_error());
    about_objects
        .map(|said| {
            let place = read.sources.place(said.primary.span);
            format!("{place} {} {}\n", said.code.id(), said.message)
        })
        .collect()
}

/// The other readers have tests of their own.
fn is_ours(diagnostic: &Diagnostic) -> bool {
    let labels = diagnostic.secondary.iter().map(|label| label.message.as_str());
    labels.into_iter().any(|label| label.starts_with("so this `")) || diagnostic.code.id().starts_with("E09")
}

#[test]
fn every_object_is_read_or_refused_with_a_reason() {
    let Some(root) = corpus::folder() else {
        return;
    };
    let mut counts = BTreeMap::new();
    let mut list = String::new();
    for (name, text) in corpus::files(&root) {
        let Some(name) = name.strip_prefix(&format!("{}/", root.display())) else {
            panic!("{name} lies in the corpus");
        };
        let read = read_files([(name, text.as_str())]);
        // Rendering resolves every span.
        let _ = read.rendered();
        count(&read, &mut counts);
        list.extend(complaints(&read));
    }
    let sentences =
        counts.iter().map(|(kind, [read, refused])| format!("{kind}: {read} read, {refused} refused\n"));
    let summary: String = sentences.collect();
    insta::assert_snapshot!(format!("{summary}\n{list}"));
}
