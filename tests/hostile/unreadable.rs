//! Files on disk that a project names and that can not be read, or that have several names.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use meshward::query::Manifests;
use meshward::source::{DiskLoader, SourceMap};
use meshward::syntax::ast::Date;
use meshward::{Checked, Options};
use tempfile::TempDir;

use super::report::{MANIFEST, SOUND};

/// The sound project on disk, without manifests.
fn project(policies: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("policies")).unwrap();
    for (path, text) in SOUND {
        fs::write(folder.path().join(path), text).unwrap();
    }
    let text = format!("name: shop\npolicies: {policies}\ngraph: {{services: services.yaml}}\n");
    fs::write(folder.path().join("meshward.yaml"), text).unwrap();
    folder
}

fn check(root: &Path) -> Checked {
    let today = Date { year: 2026, month: 6, day: 1 };
    meshward::check(&DiskLoader, root, &Options::on(today)).unwrap()
}

#[track_caller]
fn assert_codes(root: &Path, expected: &[&str]) {
    let found: Vec<_> = check(root).diagnostics.iter().map(|found| found.code.id()).collect();
    assert_eq!(found, expected);
}

/// A statement that is read twice would be its own duplicate.
#[test]
fn a_policy_with_several_names_is_read_once() {
    for policies in ["[policies, policies]", "[./policies, policies/../policies/main.ward]"] {
        assert_codes(project(policies).path(), &[]);
    }
    let folder = project("[policies, linked]");
    symlink("policies", folder.path().join("linked")).unwrap();
    symlink("main.ward", folder.path().join("policies/twin.ward")).unwrap();
    assert_codes(folder.path(), &[]);
    let checked = check(folder.path());
    let policies: Vec<_> =
        checked.sources.iter().filter(|(_, source)| source.name.ends_with(".ward")).collect();
    assert_eq!(policies.len(), 1);
}

/// What is wrong with a manifest that is read twice would be said twice.
#[test]
fn a_manifest_with_several_names_is_read_once() {
    let folder = project("[policies]");
    let project =
        "name: shop\ngraph: {services: services.yaml, manifests: [k8s, linked, k8s/../k8s/cart.yaml]}\n";
    fs::write(folder.path().join("meshward.yaml"), project).unwrap();
    fs::create_dir(folder.path().join("k8s")).unwrap();
    let (name, text) = MANIFEST;
    fs::write(folder.path().join(name), text).unwrap();
    symlink("k8s", folder.path().join("linked")).unwrap();
    symlink("cart.yaml", folder.path().join("k8s/twin.yaml")).unwrap();

    let manifests =
        |sources: &SourceMap| sources.iter().filter(|(_, source)| source.text.contains("name: cart")).count();
    let checked = check(folder.path());
    assert_eq!(manifests(&checked.sources), 1);
    let paths = ["k8s", "linked"].map(|path| folder.path().join(path)).to_vec();
    let bare = Manifests { paths, ..Manifests::default() };
    let (_, sources, _) = meshward::world_of_manifests(&DiskLoader, &bare).unwrap();
    assert_eq!(manifests(&sources), 1);
}

#[test]
fn a_policy_outside_of_the_project_is_refused_and_a_link_to_it_is_not() {
    let other = tempfile::tempdir().unwrap();
    let policy = "allow shop/payments -> shop/orders\n";
    fs::write(other.path().join("other.ward"), policy).unwrap();
    let folder = project(&format!("[policies, {}]", other.path().display()));
    assert_codes(folder.path(), &["E0209"]);
    let folder = project("[policies, linked, policies/../../elsewhere]");
    symlink(other.path(), folder.path().join("linked")).unwrap();
    assert_codes(folder.path(), &["E0209", "E0204"]);
    let inside = project("PLACE");
    let text = inside.path().join("meshward.yaml");
    let absolute = inside.path().join("policies");
    let named = fs::read_to_string(&text).unwrap().replace("PLACE", &absolute.display().to_string());
    fs::write(&text, named).unwrap();
    assert_codes(inside.path(), &[]);
}

#[test]
fn a_binary_file_among_policies_is_told_at_the_folder() {
    let folder = project("[policies]");
    fs::write(folder.path().join("policies/image.ward"), b"\x7fELF\0").unwrap();
    let checked = check(folder.path());
    assert!(checked.has_unreadable());
    let text = meshward::diagnostic::render_human(&checked.sources, &checked.diagnostics, false);
    insta::assert_snapshot!(text);
}
