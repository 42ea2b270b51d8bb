//! The example projects: each is free of findings, its bundle is the one that is committed, is proved, and is
//! taken by Istio's CRDs.

use std::path::Path;

use meshward::source::DiskLoader;
use meshward::syntax::ast::Date;
use meshward::{Options, bundle, check, emit, prove};

#[track_caller]
fn assert_whole(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let today = Date { year: 2026, month: 11, day: 24 };
    let checked = check(&DiskLoader, &root, &Options::on(today)).unwrap();
    assert_eq!(checked.diagnostics, vec![]);
    let program = checked.program.expect("the project file is understood");
    let (bundle, refused) = emit(&program);
    assert_eq!(refused, vec![]);
    if let Err(unproved) = prove(&program, &bundle) {
        panic!("{unproved}");
    }
    let stale = bundle::compare(&program.project.output, &bundle::files(&bundle)).unwrap();
    assert!(stale.is_empty(), "`meshward -C examples/{name} build` was not run: {stale:?}");
    assert_eq!(crate::crd::refusals(&bundle::stream(&bundle)), Vec::<String>::new());
}

#[test]
fn quickstart_is_whole() {
    assert_whole("quickstart");
}

#[test]
fn online_boutique_is_whole() {
    assert_whole("online-boutique");
}

#[test]
fn bookinfo_is_whole() {
    assert_whole("bookinfo");
}
