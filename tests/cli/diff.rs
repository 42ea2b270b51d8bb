//! `meshward diff`

use super::Folder;

/// A folder with the same project twice, the second one with another policy.
fn folder(old: &str, new: &str) -> Folder {
    let folder = Folder::new();
    for (name, policy) in [("old", old), ("new", new)] {
        folder.write(
            &format!("{name}/meshward.yaml"),
            "name: shop\npolicies: [policies]\ngraph: {services: services.yaml}\n",
        );
        folder.write(&format!("{name}/services.yaml"), super::SERVICES);
        folder.write(&format!("{name}/policies/main.ward"), policy);
    }
    folder
}

fn widened() -> Folder {
    folder("allow orders -> payments GET /a\n", "allow orders -> payments GET, DELETE /a\n")
}

#[test]
fn human() {
    insta::assert_snapshot!(widened().run(&["diff", "old", "new"]));
}

#[test]
fn json() {
    insta::assert_snapshot!(widened().run(&["diff", "old", "new", "--format", "json"]));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(widened().run(&["diff", "old", "new", "--format", "markdown"]));
}

#[test]
fn nothing_is_to_be_tried_at_ports_that_nothing_declares() {
    let folder = folder("# nothing yet\n", "allow mesh -> payments:80\n");
    let runs = ["human", "markdown"].map(|format| folder.run(&["diff", "old", "new", "--format", format]));
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn exit_codes() {
    let folder = widened();
    let code = |args: &[&str]| folder.run(args).code;
    assert_eq!(code(&["diff", "old", "new"]), 0);
    assert_eq!(code(&["diff", "old", "new", "--exit-code"]), 1);
    assert_eq!(code(&["diff", "old", "old", "--exit-code", "--fail-on", "widened"]), 0);
    assert_eq!(code(&["diff", "old", "new", "--fail-on", "widened"]), 1);
    assert_eq!(code(&["diff", "new", "old", "--fail-on", "widened"]), 0);
    assert_eq!(code(&["diff", "new", "old", "--exit-code"]), 1);
}

#[test]
fn a_project_with_errors_is_not_compared() {
    insta::assert_snapshot!(
        folder("allow orders -> payments\n", "allow orders -> payment\n").run(&["diff", "old", "new"])
    );
}

#[test]
fn a_missing_folder() {
    insta::assert_snapshot!(widened().run(&["diff", "old", "gone"]));
}

#[test]
fn a_file_that_is_no_yaml() {
    let folder = widened();
    insta::assert_snapshot!(folder.run(&["diff", "old", "new/policies/main.ward"]));
    assert_eq!(folder.run(&["diff", "old", "new/meshward.yaml"]).code, 2);
}

#[test]
fn empty_folders() {
    let folder = widened();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    insta::assert_snapshot!(folder.run(&["diff", "empty", "empty"]));
}

#[test]
fn a_project_and_its_bundle() {
    let folder = widened();
    assert_eq!(folder.run(&["-C", "new", "build", "-o", "new/deploy"]).code, 0);
    insta::assert_snapshot!(folder.run(&["diff", "new", "new/deploy", "--exit-code"]));
    insta::assert_snapshot!(folder.run(&["diff", "new/deploy", "old"]));
}

#[test]
fn objects_that_istio_would_refuse_do_not_count() {
    let folder = Folder::new();
    let policy = |paths: &str| {
        format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: shop}}\n\
             spec: {{rules: [{{to: [{{operation: {{paths: [{paths}]}}}}]}}]}}\n"
        )
    };
    folder.write("a/p.yaml", &policy("/a"));
    folder.write("b/p.yaml", &policy("'/a/{*}/*'"));
    insta::assert_snapshot!(folder.run(&["diff", "a", "b"]));
}

#[test]
fn a_project_inside_yaml() {
    let folder = widened();
    insta::assert_snapshot!(folder.run(&["diff", ".", "new"]));
}

#[test]
fn another_normalization_is_told() {
    let folder = folder("allow orders -> payments GET /a\n", "allow orders -> payments GET /a\n");
    folder.write(
        "new/meshward.yaml",
        "name: shop\npolicies: [policies]\ngraph: {services: services.yaml}\n\
         mesh: {pathNormalization: MERGE_SLASHES}\n",
    );
    let run = folder.run(&["diff", "old", "new", "--fail-on", "widened"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run);
}

/// The objects of the namespace are the same; only the pods are guarded no longer.
#[test]
fn pods_that_no_ztunnel_captures_any_more_are_open() {
    let cluster = include_str!("ambient.yaml");
    let strict = "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
                  metadata: {name: default, namespace: shop}\nspec: {mtls: {mode: STRICT}}\n";
    let bypass = "labels: {app: payments}, annotations: {ambient.istio.io/bypass-inbound-capture: 'true'}}";
    let folder = Folder::new();
    folder.write("old/all.yaml", &format!("{cluster}{strict}"));
    folder.write("new/all.yaml", &format!("{}{strict}", cluster.replace("labels: {app: payments}}", bypass)));
    let run = folder.run(&["diff", "old", "new", "--fail-on", "widened"]);
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stdout.contains("shop/payments"), "{run}");
}

/// Two blocks of one kind keep the same operations out: what both say of a caller is said once.
#[test]
fn a_caller_is_named_once_and_a_path_of_all_paths_too() {
    let folder = Folder::new();
    let shop = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pay, namespace: shop}\n\
        spec: {selector: {matchLabels: {app: pay}}, template: {metadata: {labels: {app: pay}}, \
        spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}}}\n---\n\
        apiVersion: v1\nkind: Service\nmetadata: {name: pay, namespace: shop}\n\
        spec: {selector: {app: pay}, ports: [{name: http, port: 8080}]}\n---\n\
        apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: shop}\n\
        spec: {rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/x]}}], \
        to: [{operation: {methods: [GET, POST], paths: ['/*']}}]}]}\n";
    let tokens = "---\napiVersion: security.istio.io/v1\nkind: RequestAuthentication\n\
        metadata: {name: j, namespace: shop}\n\
        spec: {jwtRules: [{issuer: 'https://x', audiences: [a], forwardOriginalToken: true}]}\n";
    folder.write("old/all.yaml", &format!("{shop}{tokens}"));
    folder.write("new/all.yaml", shop);
    insta::assert_snapshot!(folder.run(&["diff", "old", "new"]));
}
