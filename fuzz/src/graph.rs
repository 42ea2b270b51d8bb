//! The service graph: whatever the files of a project say, it is a graph and diagnostics that can be shown.

use std::path::Path;

use meshward::source::{Loader as _, MemoryLoader, SourceMap};
use meshward::{graph, project};

use crate::archive;
use crate::can_be_shown;

const ROOT: &str = "/shop";

/// Names a file of each kind; an input that has its own project file replaces it.
const PROJECT: &str = "\
name: shop
graph:
  services: [services.yaml]
  manifests: [k8s]
  openapi: {shop/payments: openapi.yaml}
  protobuf: {shop/payments: api.proto}
";

/// Reads the files of `text`; what stands above the first head is `services.yaml`.
pub fn keeps_its_promises(text: &str) {
    let defaults = [
        ("meshward.yaml", PROJECT),
        ("services.yaml", "services: {shop/payments: {}}\n"),
        ("k8s/none.yaml", ""),
        ("openapi.yaml", "openapi: 3.0.0\n"),
        ("api.proto", ""),
    ];
    let defaults = defaults.map(|(path, text)| (path.to_owned(), text));
    let files = defaults.into_iter().chain(archive::files(text, "services.yaml"));
    let loader = MemoryLoader::new(files.map(|(path, text)| (format!("{ROOT}/{path}"), text)));
    let root = Path::new(ROOT);

    let mut sources = SourceMap::default();
    let Ok(text) = loader.read(&root.join(project::FILE_NAME)) else { return };
    let source = sources.add(project::FILE_NAME, text.as_str());
    let (project, mut diagnostics) = project::read(root, source, &text);
    if let Some(project) = project {
        let (_, found) = graph::build(&loader, &mut sources, &project);
        diagnostics.extend(found);
    } else {
        assert!(!diagnostics.is_empty(), "nothing is said about the project file");
    }
    can_be_shown(&sources, &diagnostics);
}
