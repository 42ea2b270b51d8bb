//! Files that are no manifests yet, since `{{ … }}` of a template stands in them: how many, and how to go on.

use std::collections::BTreeSet;
use std::path::Path;

use meshward::graph::manifests::documents;
use meshward::source::{SourceMap, Span};

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
    places.retain(|place| is_template(sources, *place));
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

/// Whether the line has the braces of a template in it.
fn is_template(sources: &SourceMap, place: Span) -> bool {
    let (line, _) = sources.position(place);
    let text = &sources.get(place.source).text;
    text.lines().nth(line - 1).is_some_and(|line| line.contains("{{"))
}
