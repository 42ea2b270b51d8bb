//! A sound project, what changes in it, and what a person then reads.

use std::fmt::Write as _;
use std::path::Path;

use meshward::Options;
use meshward::diagnostic::render_human;
use meshward::source::MemoryLoader;
use meshward::syntax::ast::Date;

/// A project about which nothing is to be said.
pub(super) const SOUND: [(&str, &str); 3] = [
    ("meshward.yaml", "name: shop\ngraph: {services: services.yaml, manifests: [k8s]}\n"),
    ("policies/main.ward", "namespace shop\nallow orders -> payments GET /api/v1/users/*\n"),
    (
        "services.yaml",
        "services:\n  shop/orders: {}\n  shop/payments: {ports: [{name: http, port: 80, protocol: http}]}\n",
    ),
];

/// A manifest that adds a service to those of [`SOUND`].
pub(super) const MANIFEST: (&str, &str) = (
    "k8s/cart.yaml",
    "kind: Service\napiVersion: v1\nmetadata: {name: cart, namespace: shop}\nspec: {selector: {app: cart}, ports: [{port: 80, name: http}]}\n",
);

/// What a person reads who checks the sound project with these files in place of its own. A file with the
/// text `MISSING` is left out.
pub(super) fn report(changed: &[(&str, &str)]) -> String {
    let usual =
        SOUND.iter().chain([&MANIFEST]).filter(|(path, _)| changed.iter().all(|(new, _)| new != path));
    let files = usual.chain(changed).filter(|(_, text)| *text != MISSING);
    let loader = MemoryLoader::new(files.map(|(path, text)| (format!("/shop/{path}"), *text)));
    let today = Date { year: 2026, month: 6, day: 1 };
    match meshward::check(&loader, Path::new("/shop"), &Options::on(today)) {
        Ok(checked) => render_human(&checked.sources, &checked.diagnostics, false),
        Err(error) => format!("error: {error}\n"),
    }
}

pub(super) const MISSING: &str = "(missing)";

/// A project whose message is worth reading. The snapshot shows the changed files, with every character that
/// can not be seen written as an escape, and the message.
#[track_caller]
pub(super) fn says(name: &str, changed: &[(&str, &str)]) {
    let report = report(changed);
    assert!(report.contains("error"), "nothing is refused:\n{report}");
    let mut text = String::new();
    for (path, content) in changed {
        let _ = writeln!(text, "{path}\n\n{}", visible(content));
    }
    text.push_str(&report);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

fn visible(content: &str) -> String {
    let mut lines = String::new();
    for line in content.split_inclusive('\n') {
        let seen: String = line
            .trim_end_matches('\n')
            .chars()
            .map(|c| {
                if c == ' ' || c.is_ascii_graphic() { c.to_string() } else { c.escape_default().to_string() }
            })
            .collect();
        let _ = writeln!(lines, "    {seen}");
    }
    lines
}

#[test]
fn the_sound_project_is_sound() {
    assert_eq!(report(&[]), "");
}
