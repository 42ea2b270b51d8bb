//! The objects that the former bundle had and this one has not. They stay in the cluster until somebody deletes
//! them there, and an ALLOW that stays keeps its door open.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::folder;
use crate::istio::resources::{Bundle, ObjectKey};
use crate::source::SourceId;
use crate::yaml;

/// The keys of the objects in `former_folder` that are not in `bundle`, sorted. To be asked before the folder
/// is replaced; a folder that is not there and files that are no objects have none.
pub fn removed(former_folder: &Path, bundle: &Bundle) -> Vec<ObjectKey> {
    let present: BTreeSet<ObjectKey> = bundle.objects.iter().map(|object| object.resource.key()).collect();
    // An object's file is called by its name, so only the names that are gone need reading.
    let present_files: BTreeSet<String> =
        present.iter().map(|key| format!("{}/{}.yaml", key.namespace, key.name)).collect();
    let mut removed: Vec<_> = folder::list(former_folder)
        .unwrap_or_default()
        .into_iter()
        .filter(|file| {
            Path::new(file).extension().is_some_and(|extension| extension == "yaml")
                && !present_files.contains(file)
        })
        .filter_map(|file| key(&former_folder.join(file)))
        .filter(|key| !present.contains(key))
        .collect();
    removed.sort_unstable();
    removed
}

fn key(path: &Path) -> Option<ObjectKey> {
    let text = fs::read_to_string(path).ok()?;
    // The spans go nowhere: a former bundle is no input that a message could point into.
    let (documents, _) = yaml::read(SourceId(0), &text);
    let object = documents.first()?;
    let metadata = object.get("metadata")?;
    Some(ObjectKey {
        namespace: metadata.text("namespace")?,
        kind: object.text("kind")?,
        name: metadata.text("name")?,
    })
}
