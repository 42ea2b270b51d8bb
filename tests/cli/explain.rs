//! `meshward explain`

use meshward::diagnostic::code;

use super::Folder;

#[test]
fn a_code_and_its_name_give_the_same_page() {
    let folder = Folder::new();
    let by_code = folder.run(&["explain", "e0201"]);
    let by_name = folder.run(&["explain", "unknown-service"]);
    assert_eq!(by_code.code, 0);
    assert_eq!(by_code.stdout, by_name.stdout);
    assert_eq!(by_code.stdout, code::UNKNOWN_SERVICE.page());
}

#[test]
fn an_unknown_code_is_answered_with_near_ones() {
    let folder = Folder::new();
    let runs = [folder.run(&["explain", "unknown-servise"]), folder.run(&["explain", "quux"])];
    insta::assert_snapshot!(runs.map(|run| run.to_string()).join("\n"));
}

#[test]
fn without_a_code_all_are_listed() {
    let run = Folder::new().run(&["explain"]);
    assert_eq!(run.stdout.lines().count(), code::ALL.len());
    insta::assert_snapshot!(run);
}

#[test]
fn json_has_the_page_too() {
    let run = Folder::new().run(&["explain", "--format", "json", "shared-identity"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["version"], 1);
    assert_eq!(document["codes"][0]["code"], "L0801");
    assert_eq!(document["codes"][0]["level"], "warn");
    assert_eq!(document["codes"][0]["page"], code::SHARED_IDENTITY.page());
}
