//! Paths as people read them: short, from where they stand, with `/`.

use std::path::{Component, Path, PathBuf};

use super::Failure;

/// `a/./b/../c` as `a/c`. A `..` that leads above the start stays.
pub(crate) fn simplified(path: &Path) -> PathBuf {
    let mut simple = PathBuf::new();
    for component in path.components() {
        let after_name = matches!(simple.components().next_back(), Some(Component::Normal(_)));
        match component {
            Component::CurDir => {}
            Component::ParentDir if after_name => {
                simple.pop();
            }
            Component::ParentDir | Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
                simple.push(component);
            }
        }
    }
    simple
}

/// The shortest way to a relative path: from `a/b`, `../b/c` is `c`. Absolute paths stay.
pub(crate) fn shortest(path: &Path) -> PathBuf {
    let simple = simplified(path);
    if !simple.starts_with("..") {
        return simple;
    }
    match std::env::current_dir() {
        Ok(here) => between(&here, &simplified(&here.join(&simple))),
        Err(_) => simple,
    }
}

/// The way from one absolute folder to an absolute path.
pub(crate) fn between(from: &Path, to: &Path) -> PathBuf {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(to.components().skip(common)).collect()
}

/// An absolute path without links, also of a folder that is not there yet.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let here = std::env::current_dir().map_err(|error| Failure::read(Path::new("."), &error))?;
    let absolute = simplified(&here.join(path));
    for there in absolute.ancestors() {
        if let Ok(real) = there.canonicalize() {
            let rest = absolute.strip_prefix(there).unwrap_or(Path::new(""));
            return Ok(real.components().chain(rest.components()).collect());
        }
    }
    Ok(absolute)
}

/// A path as messages and project files write it: with `/`, and `.` for the empty one.
pub(crate) fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    if text.is_empty() { ".".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{between, simplified};

    #[test]
    fn steps_out_of_a_named_folder_are_left_out() {
        let simple = |path: &str| simplified(Path::new(path)).display().to_string();
        assert_eq!(simple("a/./b/../c"), "a/c");
        assert_eq!(simple("../a/../../b"), "../../b");
        assert_eq!(simple("/a/../b"), "/b");
    }

    #[test]
    fn a_way_goes_up_and_down_again() {
        let way = |from: &str, to: &str| between(Path::new(from), Path::new(to));
        assert_eq!(way("/a/b", "/a/c/d"), PathBuf::from("../c/d"));
        assert_eq!(way("/a", "/a/b"), PathBuf::from("b"));
        assert_eq!(way("/a", "/a"), PathBuf::new());
    }
}
