//! Lints, each by the smallest project in which it speaks and one in which it does not.

mod callers;
mod foreign;
mod graph;
mod paths;
mod rules;
mod speed;

use std::fmt::Write as _;
use std::path::Path;

use meshward::diagnostic::render_human;
use meshward::source::MemoryLoader;
use meshward::syntax::ast::Date;
use meshward::{Checked, Options};

const TODAY: Date = Date { year: 2026, month: 6, day: 1 };

/// The project file of a test that brings none.
const PROJECT: &str = "name: shop\ngraph:\n  services: services.yaml\n";

/// The services of a test that brings none.
const SERVICES: &str = "\
services:
  shop/cart: {}
  shop/orders: {}
  shop/payments:
    ports: [{name: http, port: 80, protocol: http}]
";

/// Files by path, with those that every test needs.
fn project(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let has = |path: &str| files.iter().any(|(name, _)| *name == path);
    let usual = [("meshward.yaml", PROJECT), ("services.yaml", SERVICES)];
    let missing = usual.into_iter().filter(|(path, _)| !has(path));
    files.iter().copied().chain(missing).map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

fn check(files: &[(&str, &str)]) -> Checked {
    let files = project(files).into_iter().map(|(path, text)| (format!("/shop/{path}"), text));
    meshward::check(&MemoryLoader::new(files), Path::new("/shop"), &Options::on(TODAY))
        .expect("every file is there")
}

fn codes(checked: &Checked) -> Vec<&'static str> {
    checked.diagnostics.iter().map(|diagnostic| diagnostic.code.id()).collect()
}

/// A project yields this diagnostic, once or more, and no other. The snapshot shows both sides.
#[track_caller]
fn speaks(name: &str, code: &str, files: &[(&str, &str)]) {
    let checked = check(files);
    let rendered = render_human(&checked.sources, &checked.diagnostics, false);
    let mut found = codes(&checked);
    found.dedup();
    assert_eq!(found, [code], "{rendered}");
    let mut text = String::new();
    for (path, content) in files {
        let _ = write!(text, "{path}\n\n{}\n\n", indented(content));
    }
    text.push_str(&rendered);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

/// A project about which nothing is to be said.
#[track_caller]
fn is_silent(files: &[(&str, &str)]) {
    let checked = check(files);
    assert!(
        checked.diagnostics.is_empty(),
        "{}",
        render_human(&checked.sources, &checked.diagnostics, false)
    );
}

/// The one policy of a project with the usual services.
fn policy(text: &str) -> [(&str, &str); 1] {
    [("policies/main.ward", text)]
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}
