//! Manifests with no Service and no workload, from which no project can be derived: what they hold, and how to
//! begin all the same.

use std::collections::BTreeMap;
use std::path::Path;

use meshward::graph::manifests::documents;
use meshward::source::SourceId;

use super::derive::Read;
use super::scaffold::scalar;
use crate::cli::Failure;
use crate::cli::paths::{shortest, slashed};
use crate::cli::phrase::counted;

/// How many kinds are listed.
const MOST_KINDS: usize = 10;

/// Why `init --from` stops there.
pub(super) fn nothing_to_begin_with(folder: &Path, read: &Read) -> Failure {
    let files = match read.manifests.len() {
        0 => "there is no file of YAML or JSON".to_owned(),
        count => format!("there is no Service and no workload in {}", counted(count, "file")),
    };
    let held = held(read);
    let message = if held.is_empty() { files } else { format!("{files}, but {}", held.join(", ")) };
    let kustomization = kustomization(read).map(|there| {
        format!(
            "for a kustomization, `kubectl kustomize {} > rendered.yaml`, then `meshward init --from rendered.yaml`",
            slashed(&shortest(&folder.join(there)))
        )
    });
    let mut advice: Vec<String> = kustomization.into_iter().collect();
    advice.extend([
        "`--from` takes rendered manifests; for a Helm chart, `helm template CHART > rendered.yaml` first".to_owned(),
        "a project can do without manifests: `meshward init` alone makes one, whose services.yaml lists the services"
            .to_owned(),
    ]);
    if let Some(first) = descriptions(read).next() {
        let path = scalar(&read.sources.get(first).name);
        advice.push(format!(
            "`graph:` of meshward.yaml names the OpenAPI description of each service: \
             `openapi: {{NAMESPACE/SERVICE: {path}}}`"
        ));
    }
    Failure::usage(message, advice.join("\n"))
}

/// The folder of the first file that tells Kustomize what to put together.
fn kustomization(read: &Read) -> Option<&str> {
    let folder = |name: &str| {
        read.manifests.iter().find_map(|manifest| {
            let folder = read.sources.get(manifest.source).name.strip_suffix(name)?;
            if folder.is_empty() { Some(".") } else { folder.strip_suffix('/') }
        })
    };
    ["kustomization.yaml", "kustomization.yml"].into_iter().find_map(folder)
}

/// "3 AuthorizationPolicy", "1 OpenAPI description"
fn held(read: &Read) -> Vec<String> {
    let mut kinds = BTreeMap::<&str, usize>::new();
    for document in documents(&read.manifests).iter().filter(|document| document.version.is_some()) {
        *kinds.entry(document.kind).or_default() += 1;
    }
    let mut held: Vec<String> =
        kinds.iter().take(MOST_KINDS).map(|(kind, count)| format!("{count} {kind}")).collect();
    if kinds.len() > MOST_KINDS {
        held.push(counted(kinds.len() - MOST_KINDS, "other kind"));
    }
    let descriptions = descriptions(read).count();
    if descriptions > 0 {
        held.push(counted(descriptions, "OpenAPI description"));
    }
    held
}

/// The files that describe the endpoints of a service.
fn descriptions(read: &Read) -> impl Iterator<Item = SourceId> {
    let described = read.manifests.iter().filter(|manifest| {
        let first = manifest.documents.first();
        first.is_some_and(|document| {
            ["openapi", "swagger"].iter().any(|version| document.get(version).is_some())
        })
    });
    described.map(|manifest| manifest.source)
}
