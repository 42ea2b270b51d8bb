//! `meshward graph`

use super::Folder;

fn folder() -> Folder {
    let folder = Folder::project(
        "allow marketing/* -> payments GET /api/v1/users/*\n\
         allow account ops/console -> payments\n\
         deny anyone except account ops/console -> payments /admin/*\n",
    );
    folder.write(
        "services.yaml",
        &format!("{}  marketing/web:\n    ports: [{{port: 80, protocol: http}}]\n", super::SERVICES),
    );
    folder
}

#[test]
fn human() {
    insta::assert_snapshot!(folder().run(&["graph"]));
}

#[test]
fn json() {
    insta::assert_snapshot!(folder().run(&["graph", "--format", "json"]));
}

#[test]
fn mermaid() {
    insta::assert_snapshot!(folder().run(&["graph", "--format", "mermaid"]));
}

#[test]
fn dot() {
    insta::assert_snapshot!(folder().run(&["graph", "--format", "dot"]));
}

#[test]
fn a_policy_with_errors_is_drawn_as_far_as_it_goes() {
    insta::assert_snapshot!(Folder::project("allow orders -> payment\n").run(&["graph"]));
}
