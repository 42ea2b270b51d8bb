//! Files that are no manifests yet, since `{{ … }}` of a template stands in them: how many, and how to go on.

use std::collections::BTreeSet;
use std::path::Path;

use meshward::graph::manifests::documents;
use meshward::source::{Source, SourceId, SourceMap, Span};

use super::derive::Read;
use crate::cli::Failure;
use crate::cli::paths::shortest;
use crate::cli::phrase::counted;
use crate::cli::project::renamed;

/// Why `init --from` stops at the templates of a chart, rather than at each of their braces.
pub(super) fn unrendered(folder: &Path, read: &Read) -> Option<Failure> {
    let sources = &renamed(&read.sources, |name| shortest(&folder.join(name)));
    let wrong = read.diagnostics.iter().map(|found| found.primary.span);
    // Quoted, a template is YAML; but no object has such a name.
    let documents = documents(&read.manifests);
    let names = documents.iter().filter_map(|document| document.node.get("metadata")?.get("name"));
    let mut places: Vec<Span> = wrong.chain(names.map(|name| name.span)).collect();
    let with_braces = lines_with_braces(sources);
    places.retain(|place| with_braces.contains(&(place.source, sources.line(*place))));
    let first = places.first()?;
    let files: BTreeSet<_> = places.iter().map(|place| place.source).collect();
    let verb = if files.len() == 1 { "is a template" } else { "are templates" };
    let message = format!(
        "{} of {} {verb}, not rendered: `{{{{ … }}}}` stands in {}",
        files.len(),
        counted(sources.iter().count(), "file"),
        sources.place(*first)
    );
    let advice =
        "for a Helm chart, `helm template CHART > rendered.yaml`, then `meshward init --from rendered.yaml`";
    Some(Failure::usage(message, advice))
}

/// The lines that have the braces of a template in them.
fn lines_with_braces(sources: &SourceMap) -> BTreeSet<(SourceId, usize)> {
    let of_source = |(id, source): (SourceId, &Source)| {
        let braces = source.text.match_indices("{{").map(move |(at, _)| Span::new(id, at, at));
        braces.map(|place| (id, sources.line(place))).collect::<Vec<_>>()
    };
    sources.iter().flat_map(of_source).collect()
}
