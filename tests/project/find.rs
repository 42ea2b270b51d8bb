//! The project file is found from any folder below it.

use std::path::{Path, PathBuf};

use meshward::project::find;
use meshward::source::MemoryLoader;

#[test]
fn the_nearest_one_above_counts() {
    let loader = MemoryLoader::new([
        ("/work/meshward.yaml", "name: a\n"),
        ("/work/inner/meshward.yaml", "name: b\n"),
        ("/work/inner/policies/x.ward", ""),
        ("/work/other/x.ward", ""),
    ]);
    let found = |start| find(&loader, Path::new(start));
    assert_eq!(found("/work/inner/policies"), Some(PathBuf::from("/work/inner")));
    assert_eq!(found("/work/other"), Some(PathBuf::from("/work")));
    assert_eq!(found("/work"), Some(PathBuf::from("/work")));
    assert_eq!(found("/"), None);
}
