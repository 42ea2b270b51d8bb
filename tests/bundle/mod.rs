//! How a bundle gets onto the disk: as a whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use meshward::bundle::{File, Stale, WriteError, Written, compare, files, removed, write};
use tempfile::TempDir;

use crate::emit::emitted;
use crate::emit::policies::{allow, deny, policy};

/// A small bundle; `more` adds a service.
fn small(more: bool) -> Vec<File> {
    files(&small_bundle(more))
}

fn small_bundle(more: bool) -> meshward::istio::Bundle {
    let mut rules = vec![
        allow(&["shop/orders"], "shop/payments:8080", &["GET /a"]),
        deny(&["anyone", "except", "shop/ops"], "shop/payments:8080", &["/admin"]),
    ];
    if more {
        rules.push(allow(&["shop/orders"], "billing/invoices:8080", &[]));
    }
    emitted(&policy(rules))
}

/// All files below a folder with their texts.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            let below = tree(&entry.path());
            found.extend(below.into_iter().map(|(path, text)| (format!("{name}/{path}"), text)));
        } else {
            found.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
    found
}

fn as_tree(files: &[File]) -> BTreeMap<String, String> {
    files.iter().map(|file| (file.path.clone(), file.text.clone())).collect()
}

/// The names in a folder, hidden ones included.
fn names(folder: &Path) -> Vec<String> {
    let name = |entry: Result<fs::DirEntry, _>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}

/// Writes to a folder that must stay as it is.
#[track_caller]
fn refused(folder: &Path, files: &[File]) -> WriteError {
    let before = folder.is_dir().then(|| tree(folder));
    let error = write(folder, files).expect_err("the folder is refused");
    assert_eq!(folder.is_dir().then(|| tree(folder)), before, "the folder is untouched");
    error
}

#[test]
fn the_files_of_a_bundle_and_their_order() {
    let files = small(true);
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    insta::assert_snapshot!(format!("{}\n\n{}", paths.join("\n"), files[1].text));
}

#[test]
fn a_new_folder_is_made_with_its_parents() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("deploy/istio");
    assert_eq!(write(&folder, &small(false)).unwrap(), Written::Replaced);
    assert_eq!(tree(&folder), as_tree(&small(false)));
    assert_eq!(names(&place.path().join("deploy")), ["istio"], "nothing is left beside it");
}

#[test]
fn the_former_tree_is_replaced_as_a_whole() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("istio");
    write(&folder, &small(true)).unwrap();
    assert_eq!(write(&folder, &small(false)).unwrap(), Written::Replaced);
    assert_eq!(tree(&folder), as_tree(&small(false)));
    assert!(!folder.join("billing").exists());
    assert_eq!(names(place.path()), ["istio"]);
}

#[test]
fn what_is_up_to_date_is_not_touched() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("istio");
    write(&folder, &small(false)).unwrap();
    let made = fs::metadata(&folder).unwrap().created().ok();
    assert_eq!(write(&folder, &small(false)).unwrap(), Written::Unchanged);
    assert_eq!(fs::metadata(&folder).unwrap().created().ok(), made);
}

#[test]
fn an_empty_folder_may_be_taken() {
    let place = TempDir::new().unwrap();
    write(place.path(), &small(false)).unwrap();
    assert_eq!(tree(place.path()), as_tree(&small(false)));
}

#[test]
fn a_folder_of_somebody_else_is_refused() {
    let place = TempDir::new().unwrap();
    fs::write(place.path().join("README.md"), "mine").unwrap();
    let error = refused(place.path(), &small(false));
    assert!(matches!(&error, WriteError::Foreign { count: 1, .. }));
    let shown = format!("{error}\n{}", error.advice()).replace(&*place.path().to_string_lossy(), "deploy");
    insta::assert_snapshot!(shown);
}

#[test]
fn a_file_of_somebody_else_in_our_folder_is_not_lost() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("istio");
    write(&folder, &small(true)).unwrap();
    fs::write(folder.join("shop/patch.yaml"), "kind: Patch\n").unwrap();
    assert!(matches!(refused(&folder, &small(false)), WriteError::Foreign { count: 1, .. }));
}

#[test]
fn our_own_files_may_be_edited_and_are_written_anew() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("istio");
    write(&folder, &small(false)).unwrap();
    let path = folder.join("shop/deny-all.yaml");
    fs::write(&path, fs::read_to_string(&path).unwrap() + "# edited\n").unwrap();
    assert_eq!(write(&folder, &small(false)).unwrap(), Written::Replaced);
    assert_eq!(tree(&folder), as_tree(&small(false)));
}

#[test]
fn a_file_at_the_place_of_the_folder_is_refused() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("istio");
    fs::write(&path, "mine").unwrap();
    assert!(matches!(refused(&path, &small(false)), WriteError::NotAFolder(_)));
    assert_eq!(fs::read_to_string(path).unwrap(), "mine");
}

#[test]
fn a_path_that_leaves_the_folder_is_refused() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("istio");
    for path in ["../evil.yaml", "/evil.yaml", "shop/../../evil.yaml", ""] {
        let file = File { path: path.to_owned(), text: String::new() };
        assert!(matches!(refused(&folder, &[file]), WriteError::UnsafePath(_)), "{path}");
    }
}

#[test]
fn what_a_killed_build_left_is_cleared() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("istio");
    write(&folder, &small(false)).unwrap();
    let leftover = place.path().join(".istio.meshward-new");
    fs::create_dir_all(leftover.join("shop")).unwrap();
    fs::write(leftover.join("shop/half.yaml"), "# Generated by mesh").unwrap();
    fs::write(place.path().join(".istio.meshward-lock"), "").unwrap();
    fs::create_dir(place.path().join(".other.meshward-new")).unwrap();
    write(&folder, &small(true)).unwrap();
    assert_eq!(tree(&folder), as_tree(&small(true)));
    assert_eq!(names(place.path()), [".other.meshward-new", "istio"], "only our own folder's leftovers");
}

#[test]
fn a_build_waits_for_the_one_before_it() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("istio");
    let lock = fs::File::create(place.path().join(".istio.meshward-lock")).unwrap();
    lock.lock().unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| write(&folder, &small(false)).unwrap());
        thread::sleep(Duration::from_millis(50));
        assert!(!waiting.is_finished() && !folder.exists());
        drop(lock);
        assert_eq!(waiting.join().unwrap(), Written::Replaced);
    });
}

#[test]
fn a_build_killed_between_the_two_steps_of_the_fallback_is_undone() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("istio");
    write(&folder, &small(true)).unwrap();
    fs::rename(&folder, place.path().join(".istio.meshward-former")).unwrap();
    let unsafe_path = File { path: "../x".to_owned(), text: String::new() };
    assert!(write(&folder, &[unsafe_path]).is_err(), "refused before anything is looked at");
    assert_eq!(write(&folder, &small(true)).unwrap(), Written::Unchanged, "the former tree is back");
    assert_eq!(names(place.path()), ["istio"]);
}

#[test]
fn builds_at_the_same_time_give_one_of_the_two_trees() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("istio");
    let variants = [small(false), small(true)];
    thread::scope(|scope| {
        for number in 0..8 {
            let (folder, files) = (&folder, &variants[number % 2]);
            scope.spawn(move || {
                for _ in 0..5 {
                    write(folder, files).unwrap();
                }
            });
        }
    });
    assert!(variants.iter().any(|files| tree(&folder) == as_tree(files)));
    assert_eq!(names(place.path()), ["istio"]);
}

#[cfg(unix)]
mod on_unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_link_stays_and_its_folder_is_replaced() {
        let place = TempDir::new().unwrap();
        let (real, link) = (place.path().join("elsewhere/real"), place.path().join("istio"));
        fs::create_dir_all(&real).unwrap();
        symlink(&real, &link).unwrap();
        write(&link, &small(false)).unwrap();
        write(&link, &small(true)).unwrap();
        assert!(link.is_symlink());
        assert_eq!(tree(&real), as_tree(&small(true)));
        assert_eq!(names(&place.path().join("elsewhere")), ["real"]);
    }

    #[test]
    fn a_link_to_nothing_is_an_error() {
        let place = TempDir::new().unwrap();
        let link = place.path().join("istio");
        symlink(place.path().join("nowhere"), &link).unwrap();
        assert!(matches!(refused(&link, &small(false)), WriteError::Io { action: "follow", .. }));
        assert!(link.is_symlink());
    }

    #[test]
    fn a_link_inside_of_the_folder_is_somebody_elses() {
        let place = TempDir::new().unwrap();
        let folder = place.path().join("istio");
        write(&folder, &small(false)).unwrap();
        symlink(folder.join("kustomization.yaml"), folder.join("link.yaml")).unwrap();
        assert!(matches!(refused(&folder, &small(true)), WriteError::Foreign { count: 1, .. }));
    }

    #[test]
    fn a_read_only_folder_is_refused() {
        let place = TempDir::new().unwrap();
        let folder = place.path().join("istio");
        write(&folder, &small(false)).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
        assert!(matches!(refused(&folder, &small(true)), WriteError::ReadOnly(_)));
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn the_permissions_of_the_folder_stay() {
        let place = TempDir::new().unwrap();
        let folder = place.path().join("istio");
        write(&folder, &small(false)).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
        write(&folder, &small(true)).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o750);
    }

    /// Nobody, root included, can make a folder in `/proc`.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_parent_that_takes_no_folder_is_an_error() {
        let error = refused(Path::new("/proc/meshward-istio"), &small(false));
        assert!(matches!(&error, WriteError::Io { action: "create", .. }), "{error}");
    }

    /// A file name that the system refuses stops the build in the middle of the new tree.
    #[test]
    fn an_error_in_the_middle_leaves_the_former_tree_and_no_scratch() {
        let place = TempDir::new().unwrap();
        let folder = place.path().join("istio");
        write(&folder, &small(false)).unwrap();
        let mut files = small(true);
        files.push(File { path: format!("shop/{}", "a".repeat(300)), text: String::new() });
        assert!(matches!(refused(&folder, &files), WriteError::Io { action: "write", .. }));
        assert_eq!(names(place.path()), ["istio"]);
    }
}

#[test]
fn a_full_disk_is_told_apart() {
    let error = WriteError::Io {
        action: "write",
        path: "deploy/istio/shop/a.yaml".into(),
        error: std::io::ErrorKind::StorageFull.into(),
    };
    insta::assert_snapshot!(format!("{error}\n{}", error.advice()));
}

#[test]
fn a_stale_folder_is_told_file_by_file() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("istio");
    assert_eq!(compare(&folder, &small(false)).unwrap().missing.len(), small(false).len());
    write(&folder, &small(true)).unwrap();
    assert!(compare(&folder, &small(true)).unwrap().is_empty());
    fs::remove_file(folder.join("shop/deny-all.yaml")).unwrap();
    let expected = Stale {
        missing: vec!["shop/deny-all.yaml".to_owned()],
        different: vec!["kustomization.yaml".to_owned()],
        extra: vec!["billing/deny-all.yaml".to_owned(), "billing/invoices-allow.yaml".to_owned()],
    };
    assert_eq!(compare(&folder, &small(false)).unwrap(), expected);
}

#[test]
fn objects_that_are_gone_are_named_as_kubectl_takes_them() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("istio");
    assert!(removed(&folder, &small_bundle(false)).is_empty(), "there was nothing before");
    write(&folder, &small(true)).unwrap();
    let gone: Vec<String> = removed(&folder, &small_bundle(false)).iter().map(ToString::to_string).collect();
    let expected =
        ["authorizationpolicy/deny-all -n billing", "authorizationpolicy/invoices-allow -n billing"];
    assert_eq!(gone, expected);
    assert!(removed(&folder, &small_bundle(true)).is_empty());
}
