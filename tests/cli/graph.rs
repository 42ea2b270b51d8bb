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

#[test]
fn a_wildcard_tells_the_endpoints_that_it_covers() {
    let folder = Folder::project(
        "allow orders -> payments GET /api/* except /api/keys/*\n\
         allow orders -> payments POST /api/charges\n\
         deny orders -> payments /internal/*\n",
    );
    let endpoints =
        "endpoints: ['GET /api/users/{id}', 'GET /api/keys/{id}', 'POST /api/charges', 'GET /internal']";
    folder.write(
        "services.yaml",
        &super::SERVICES.replacen("    ports", &format!("    {endpoints}\n    ports"), 1),
    );
    insta::assert_snapshot!(folder.run(&["graph"]));
    let json: serde_json::Value =
        serde_json::from_str(&folder.run(&["graph", "--format", "json"]).stdout).unwrap();
    let covers = |edge: usize| json["edges"][edge]["covers"].to_string();
    assert_eq!(covers(0), r#"["GET /api/users/{id}"]"#);
    assert_eq!(covers(1), r#"["POST /api/charges"]"#);
    assert_eq!(covers(2), "[]");
}
