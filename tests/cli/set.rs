//! `--set`: keys of the project file on the command line.

use super::Folder;

const POLICY: &str = "allow orders -> payments GET /api/*\n";

/// Each key of the project file, with a value, and what shows that it counts.
#[test]
fn every_key_of_the_project_file_can_be_set() {
    let folder = Folder::project(POLICY);
    folder.write("more/more.ward", "allow orders -> payments POST /api/*\n");
    folder.write(
        "k8s/cart.yaml",
        "{apiVersion: v1, kind: Service, metadata: {name: cart, namespace: shop}, spec: {selector: {app: cart}, \
         ports: [{name: http, port: 80}]}}\n",
    );
    let build: &[&str] = &["build", "-o", "-"];
    let graph: &[&str] = &["graph", "--format", "json"];
    let check: &[&str] = &["check"];
    let doubled = ["can", "orders -> payments GET //api/x"];
    let old = ["can", "spiffe://old.example/ns/shop/sa/orders -> payments GET /api/x"];
    let cases: &[(&[&str], &[&str], &str)] = &[
        (build, &["name=other"], "part-of: other"),
        (build, &["policies=[policies, more]"], "- POST"),
        (check, &["namespaces=[infra]"], "unknown namespace `infra`"),
        (check, &["graph.services=missing.yaml"], "missing.yaml"),
        (graph, &["graph.manifests=[k8s]"], "cart"),
        (check, &["graph.openapi={shop/payments: missing.json}"], "missing.json"),
        (check, &["graph.openapi.shop/payments=missing.json"], "missing.json"),
        (check, &["graph.protobuf={shop/payments: missing.proto}"], "missing.proto"),
        (&["build"], &["output=elsewhere"], "elsewhere"),
        (check, &["environments={staging: {}}"], "E0102"),
        (build, &["mesh.trustDomain=new.example"], "new.example/ns/shop"),
        (&old, &["mesh.trustDomainAliases=[old.example]"], "allowed"),
        (build, &["mesh.defaultDeny=mesh", "mesh.rootNamespace=root"], "namespace: root"),
        (check, &["mesh.dataplane=ambient"], "E0102"),
        (check, &["mesh.injected=require"], "has no sidecar"),
        (check, &["mesh.istio=1.5"], "1.5"),
        (&doubled, &["mesh.pathNormalization=MERGE_SLASHES"], "allowed"),
        (check, &["foreign=[Service/shop/x]"], "Service/shop/x"),
        (check, &["lints.edge-without-rule=never"], "never"),
    ];
    for (command, settings, expected) in cases {
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        let run = folder.run(&command.iter().copied().chain(settings).collect::<Vec<_>>());
        let answer = run.to_string().split_once('\n').unwrap().1.to_owned();
        assert!(answer.contains(expected), "{expected}: {run}");
    }
}

/// Of two settings of one key the later one counts, and an empty one leaves the default.
#[test]
fn a_setting_takes_the_place_of_what_was_there() {
    let folder = Folder::project(POLICY);
    let domain = |settings: &[&str]| {
        let settings: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
        let run = folder.run(&[&["build", "-o", "-"], settings.as_slice()].concat());
        let start = run.stdout.find("principals:").unwrap();
        run.stdout[start..].lines().nth(1).unwrap().trim().to_owned()
    };
    assert_eq!(
        domain(&["mesh.trustDomain=a.example", "mesh.trustDomain=b.example"]),
        "- b.example/ns/shop/sa/orders"
    );
    assert_eq!(domain(&["mesh.trustDomain=a.example", "mesh="]), "- cluster.local/ns/shop/sa/orders");
}

#[test]
fn a_wrong_setting_is_shown_in_its_place() {
    let folder = Folder::project(POLICY);
    let runs = [
        "mesh.trustDoman=a.example",
        "mesh.pathNormalization=base",
        "graph.manifests=[k8s",
        "mesh",
        "a..b=c",
        "name.first=shop",
        "name=shop\n---\nname: other",
    ]
    .map(|setting| folder.run(&["check", "--set", setting]).to_string());
    insta::assert_snapshot!(runs.join("\n"));
}

/// A setting that nobody reads would look as if it counted.
#[test]
fn a_setting_without_a_project_is_refused() {
    let folder = Folder::project(POLICY);
    let set = ["--set", "mesh.trustDomain=a.example"];
    let can = ["can", "-m", "services.yaml", "-> payments"];
    let runs = [&["diff", ".", "."], can.as_slice(), &["man"], &["explain"], &["explain", "E0101"]]
        .map(|command| folder.run(&[command, &set].concat()).to_string());
    insta::assert_snapshot!(runs.join("\n"));
}

/// What is said beside an empty file counts, and a file that is no mapping stays wrong.
#[test]
fn settings_fill_an_empty_file_and_hide_no_wrong_one() {
    let folder = Folder::project(POLICY);
    let run = |text: &str| {
        folder.write("meshward.yaml", text);
        let set = ["--set", "name=shop", "--set", "graph.services=services.yaml"];
        folder.run(&[&["check"], set.as_slice()].concat()).to_string()
    };
    insta::assert_snapshot!(
        ["", "# nothing yet\n", "- name\n", "graph: services.yaml\n"].map(run).join("\n")
    );
}

/// GitHub would look for a file of that name.
#[test]
fn an_annotation_of_a_setting_names_no_file() {
    let folder = Folder::project(POLICY);
    let run = folder.run(&["check", "--set", "naem=shop", "--format", "github"]);
    let expected =
        "::error title=E0603 invalid-project-file::--set naem: unknown key `naem`%0Adid you mean `name`?\n";
    assert_eq!(run.stdout, expected);
}
