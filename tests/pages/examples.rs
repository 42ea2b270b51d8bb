//! Compiles the examples of the pages in the shop of `fixture/`: the wrong one yields its diagnostic and no
//! other, the right one none at all.

use std::collections::BTreeMap;
use std::path::Path;

use meshward::diagnostic::{Code, Diagnostic, code, render_human};
use meshward::source::{MemoryLoader, SourceMap};
use meshward::syntax::ast::Date;
use meshward::{Options, bundle, check, emit};

use super::existing;
use super::page;
use super::page::File;
use crate::crd;

/// Between the days that the pages call past and the days that they call future.
const TODAY: Date = Date { year: 2026, month: 6, day: 1 };

/// The folder of the project, as a user's working directory gives it: absolute.
const ROOT: &str = "/shop";

/// Longer lines are cut in snapshots: some examples are wrong by being large.
const MAX_LINE: usize = 160;

/// Longer texts are cut in snapshots too.
const MAX_LINES: usize = 120;

#[test]
fn wrong_examples_yield_their_diagnostic_alone() {
    let mut failures = Vec::new();
    for code in code::ALL {
        let files = page(*code).wrong;
        let (sources, diagnostics) = run(*code, &files);
        let rendered = render_human(&sources, &diagnostics, false);
        if diagnostics.len() != 1 || diagnostics[0].code != *code {
            failures.push(format!("{} yields not itself alone:\n{rendered}", code.id()));
            continue;
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(code.id(), beside(&files, &rendered));
        });
    }
    assert!(failures.is_empty(), "{}\n{} pages", failures.join("\n"), failures.len());
}

#[test]
fn right_examples_yield_nothing() {
    let mut failures = Vec::new();
    for code in code::ALL {
        let (sources, diagnostics) = run(*code, &page(*code).right);
        if !diagnostics.is_empty() {
            let rendered = render_human(&sources, &diagnostics, false);
            failures.push(format!("{} yields:\n{rendered}", code.id()));
        }
    }
    assert!(failures.is_empty(), "{}\n{} pages", failures.join("\n"), failures.len());
}

/// What every example starts from must be silent, or it would speak in all of them.
#[test]
fn the_fixture_yields_nothing() {
    let (sources, diagnostics) = run(code::UNKNOWN_SERVICE, &[]);
    assert_eq!(render_human(&sources, &diagnostics, false), "");
}

/// Checks and emits the project of the fixture with `files` laid over it, the lint of the page raised to `warn`.
fn run(code: Code, files: &[File]) -> (SourceMap, Vec<Diagnostic>) {
    if existing::is_about(code) {
        return existing::run(files);
    }
    let mut project = fixture();
    if code.is_lint() {
        raise(code, &mut project);
    }
    project.extend(files.iter().map(|file| (file.path.clone(), file.text.clone())));
    let loader = MemoryLoader::new(project.into_iter().map(|(path, text)| (format!("{ROOT}/{path}"), text)));
    let checked = check(&loader, Path::new(ROOT), &Options::on(TODAY))
        .unwrap_or_else(|error| panic!("{}: {error}", code.id()));
    let mut diagnostics = checked.diagnostics;
    // What Istio would refuse is found last, and only in a project without errors.
    if let Some(program) = checked.program.filter(|_| !diagnostics.iter().any(Diagnostic::is_error)) {
        let (bundle, refused) = emit(&program);
        if refused.is_empty() {
            crd::validate(&bundle::stream(&bundle));
        }
        diagnostics.extend(refused);
    }
    (checked.sources, diagnostics)
}

/// The files of `fixture/` by their path in the project.
fn fixture() -> BTreeMap<String, String> {
    [
        ("meshward.yaml", include_str!("fixture/meshward.yaml")),
        ("services.yaml", include_str!("fixture/services.yaml")),
        ("k8s/gateway.yaml", include_str!("fixture/k8s/gateway.yaml")),
        ("k8s/namespaces.yaml", include_str!("fixture/k8s/namespaces.yaml")),
        ("policies/main.ward", include_str!("fixture/policies/main.ward")),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .collect()
}

/// Sets the lint to `warn` in the project file of the fixture, whose last key is `lints:`.
fn raise(code: Code, project: &mut BTreeMap<String, String>) {
    let text = project.get_mut("meshward.yaml").expect("the fixture has a project file");
    let line = format!("  {}: ", code.name());
    let raised = format!("{line}warn");
    let kept = text.lines().filter(|other| !other.starts_with(&line));
    *text = kept.chain([raised.as_str()]).flat_map(|line| [line, "\n"]).collect();
}

/// The files of an example and what the compiler says to them, as one text for a snapshot.
fn beside(files: &[File], rendered: &str) -> String {
    let files: Vec<String> = files.iter().map(|file| format!("── {}\n{}", file.path, file.text)).collect();
    format!("{}\n\n── says\n{}", cut(&files.join("\n")), cut(rendered))
}

/// Cuts what is wrong by its size: long lines at their end, long texts in their middle.
fn cut(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(cut_line).collect();
    if lines.len() <= MAX_LINES {
        return lines.join("\n");
    }
    let (first, last) = (&lines[..MAX_LINES / 2], &lines[lines.len() - MAX_LINES / 2..]);
    format!("{}\n…\n{}", first.join("\n"), last.join("\n"))
}

fn cut_line(line: &str) -> String {
    match line.char_indices().nth(MAX_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
