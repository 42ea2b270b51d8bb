//! A build: a project without errors has a bundle that is proved to mean the same and that a cluster would take.

use std::path::Path;

use meshward::diagnostic::Diagnostic;
use meshward::graph::manifests::Manifest;
use meshward::istio::resources::Resource;
use meshward::istio::{self, Bundle};
use meshward::source::{MemoryLoader, SourceMap};
use meshward::syntax::ast::Date;
use meshward::verify::Unproved;
use meshward::{Options, bundle, check, emit, prove, test, yaml};

use crate::archive;
use crate::can_be_shown;

const ROOT: &str = "/shop";

/// Between the days that the pages of diagnostics call past and those that they call future.
const TODAY: Date = Date { year: 2026, month: 6, day: 1 };

/// The shop in which the examples of the pages lie: an input says only what is different.
const SHOP: [(&str, &str); 5] = [
    ("meshward.yaml", include_str!("../../tests/pages/fixture/meshward.yaml")),
    ("services.yaml", include_str!("../../tests/pages/fixture/services.yaml")),
    ("k8s/gateway.yaml", include_str!("../../tests/pages/fixture/k8s/gateway.yaml")),
    ("k8s/namespaces.yaml", include_str!("../../tests/pages/fixture/k8s/namespaces.yaml")),
    ("policies/main.ward", include_str!("../../tests/pages/fixture/policies/main.ward")),
];

/// Builds the files of `text`; what stands above the first head is `policies/main.ward`.
pub fn keeps_its_promises(text: &str) {
    let shop = SHOP.map(|(path, text)| (path.to_owned(), text));
    let files = shop.into_iter().chain(archive::files(text, "policies/main.ward"));
    let loader = MemoryLoader::new(files.map(|(path, text)| (format!("{ROOT}/{path}"), text)));
    let Ok(checked) = check(&loader, Path::new(ROOT), &Options::on(TODAY)) else { return };
    can_be_shown(&checked.sources, &checked.diagnostics);
    if checked.has_errors() {
        return;
    }
    let program = checked.program.expect("a project file that is not understood is an error");
    let _ = test(&program, "");
    let (emitted, refusals) = emit(&program);
    can_be_shown(&checked.sources, &refusals);
    if refusals.iter().any(Diagnostic::is_error) {
        return;
    }
    match prove(&program, &emitted) {
        Ok(_) | Err(Unproved::TooComplex { .. }) => {}
        Err(unproved @ (Unproved::Differs { .. } | Unproved::NotModelled(_))) => {
            panic!("{unproved}\n{}", bundle::stream(&emitted))
        }
    }
    is_taken(&emitted);
}

/// Istio reads in the files what was meant, and refuses none of them.
fn is_taken(emitted: &Bundle) {
    let written = bundle::stream(emitted);
    let mut sources = SourceMap::default();
    let source = sources.add("bundle.yaml", written.as_str());
    let (documents, mut diagnostics) = yaml::read(source, &written);
    let reading = istio::read(&[Manifest { source, documents, namespace: None }], &mut diagnostics);
    assert!(!diagnostics.iter().any(Diagnostic::is_error), "{diagnostics:?}\n{written}");
    let resources = |bundle: &Bundle| -> Vec<Resource> {
        bundle.objects.iter().map(|object| object.resource.clone()).collect()
    };
    assert_eq!(resources(&reading.bundle), resources(emitted), "{written}");
}
