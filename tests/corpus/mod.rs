//! Real manifests by other people, read where they lie: `$MESHWARD_CORPUS`, else `../shared/corpus` beside
//! the package. Where they are absent the tests say so and pass.

mod counts;
mod everything;

use std::path::{Path, PathBuf};

use meshward::source::{DiskLoader, Loader};

use crate::manifests::{Read, read_files};

/// The folder of the corpus, if it is there.
pub(crate) fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("MESHWARD_CORPUS").map_or_else(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("SKIPPED: there is no corpus at {}; set MESHWARD_CORPUS", folder.display());
        return None;
    }
    Some(folder)
}

/// The manifests below `path` with their names, in order.
pub(crate) fn files(path: &Path) -> Vec<(String, String)> {
    let found = DiskLoader.walk(path, &["json", "yaml", "yml"]).expect("the corpus can be walked");
    let texts = found.iter().filter_map(|file| Some((file, DiskLoader.read(file).ok()?)));
    texts.map(|(file, text)| (file.display().to_string(), text)).collect()
}

/// Reads files and folders together.
fn read_paths(root: &Path, paths: &[&str]) -> Read {
    let files: Vec<(String, String)> = paths.iter().flat_map(|path| files(&root.join(path))).collect();
    read_files(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
}
