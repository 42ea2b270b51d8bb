//! Files and folders that no policy should be: what the loader says of them, with the path.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;

use meshward::source::{DiskLoader, Loader as _};
use tempfile::TempDir;

fn folder_with(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

#[track_caller]
fn assert_refused(content: &[u8], reason: &str) {
    let folder = folder_with(&[("main.ward", content)]);
    let path = folder.path().join("main.ward");
    let error = DiskLoader.read(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("can not read `{}`: {reason}", path.display()));
}

#[track_caller]
fn assert_walk(folder: &Path, expected: &[&str]) {
    let found = DiskLoader.walk(folder, &["ward"]).unwrap();
    let found: Vec<_> =
        found.iter().map(|path| path.strip_prefix(folder).unwrap().to_str().unwrap()).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_binary_file_is_refused() {
    assert_refused(b"\x7fELF\0\0", "it is binary (it has NUL bytes); write it as UTF-8 text");
}

#[test]
fn utf_16_is_refused() {
    let utf_16: Vec<u8> = "\u{feff}allow a -> b".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_refused(&utf_16, "it is binary (it has NUL bytes); write it as UTF-8 text");
}

#[test]
fn latin_1_is_refused_with_the_place() {
    assert_refused(b"# the bar\n# the caf\xe9\n", "line 2 is not UTF-8; save the file as UTF-8");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let folder = folder_with(&[("main.ward", b"\xef\xbb\xbfallow a -> b\n")]);
    assert_eq!(DiskLoader.read(&folder.path().join("main.ward")).unwrap(), "allow a -> b\n");
}

#[test]
fn a_file_over_the_limit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, limit) in [("main.ward", 2), ("cart.proto", 2), ("cart.yaml", 64), ("cart.json", 64)] {
        let path = folder.path().join(name);
        // A file with a hole: its length alone, without the bytes on the disk.
        File::create(&path).unwrap().set_len((limit << 20) + 1).unwrap();
        let error = DiskLoader.read(&path).unwrap_err();
        assert_eq!(error.reason, format!("it is larger than {limit} MiB; split it"));
        File::create(&path).unwrap().set_len(limit << 20).unwrap();
        let error = DiskLoader.read(&path).unwrap_err();
        assert_eq!(error.reason, "it is binary (it has NUL bytes); write it as UTF-8 text");
    }
}

#[test]
fn a_folder_that_is_called_like_a_file_is_no_policy() {
    let folder = folder_with(&[("a.ward", b"")]);
    fs::create_dir(folder.path().join("b.ward")).unwrap();
    assert_walk(folder.path(), &["a.ward"]);
    let error = DiskLoader.read(&folder.path().join("b.ward")).unwrap_err();
    assert_eq!(error.reason, "it is a folder, not a file");
}

#[test]
fn a_loop_of_links_is_walked_once() {
    let folder = folder_with(&[("a.ward", b"")]);
    fs::create_dir(folder.path().join("below")).unwrap();
    symlink("..", folder.path().join("below/up")).unwrap();
    assert_walk(folder.path(), &["a.ward"]);
}

#[test]
fn links_that_nobody_asked_for_may_lead_nowhere() {
    let folder = folder_with(&[("a.ward", b"")]);
    symlink("user@host.4711:1700000000", folder.path().join(".#a.ward")).unwrap();
    symlink("gone", folder.path().join("notes.txt")).unwrap();
    symlink("itself", folder.path().join("itself")).unwrap();
    assert_walk(folder.path(), &["a.ward"]);
}

#[test]
fn a_policy_that_is_a_link_to_nothing_is_an_error_when_it_is_read() {
    for target in ["gone.ward", "main.ward"] {
        let folder = folder_with(&[("a.ward", b""), ("z.ward", b"")]);
        let link = folder.path().join("main.ward");
        symlink(target, &link).unwrap();
        // The others are read all the same.
        assert_walk(folder.path(), &["a.ward", "main.ward", "z.ward"]);
        let error = DiskLoader.read(&link).unwrap_err();
        assert_eq!(error.path, link);
        assert_eq!(error.reason, "it is a symbolic link that leads nowhere");
    }
}

#[test]
fn a_missing_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = DiskLoader.walk(&folder.path().join("policies"), &["ward"]).unwrap_err();
    assert_eq!(error.reason, "no such file or folder");
}
