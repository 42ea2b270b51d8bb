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
fn the_graph_is_a_table_for_people() {
    insta::assert_snapshot!(folder().run(&["graph"]));
}

#[test]
fn the_graph_is_a_document_for_programs() {
    insta::assert_snapshot!(folder().run(&["graph", "--format", "json"]));
}

#[test]
fn the_graph_is_a_flowchart_for_markdown() {
    insta::assert_snapshot!(folder().run(&["graph", "--format", "mermaid"]));
}

#[test]
fn the_graph_is_a_drawing_for_graphviz() {
    insta::assert_snapshot!(folder().run(&["graph", "--format", "dot"]));
}

#[test]
fn a_policy_with_errors_is_drawn_as_far_as_it_goes() {
    insta::assert_snapshot!(Folder::project("allow orders -> payment\n").run(&["graph"]));
}
