//! What is written is read back as the same string under YAML 1.1 rules, in every position of an object.
//! `go-yaml-answers.json` holds what go-yaml itself reads (see `README.md` there); the resolver here is held
//! against it and then reads what no table can list.

mod answers;
mod read;
mod resolver;

use std::collections::BTreeMap;
use std::sync::Arc;

use meshward::istio::resources::{
    Action, AuthorizationPolicy, AuthorizationPolicySpec, From, Metadata, Operation, Resource, Rule, Source,
    To, WorkloadSelector,
};
use meshward::yaml::{LiteralText, write};
use proptest::prelude::*;

use self::answers::{Answer, Answers};
use self::read::{Tree, read};
use self::resolver::Resolved;
use thin_vec::thin_vec;

/// Strings that some YAML reader or writer is known to mistake.
const PROBES: &str = include_str!("probes.json");

fn probes() -> Vec<String> {
    serde_json::from_str(PROBES).unwrap()
}

#[test]
fn go_yaml_reads_what_is_written_as_the_same_string() {
    let answers = Answers::load();
    for probe in probes() {
        let string = Answer::string(&probe);
        let value = write(&BTreeMap::from([("k", &probe)]));
        assert_eq!(answers.of(&value), (&Answer::string("k"), &string), "{value}");
        let key = write(&BTreeMap::from([(&probe, "v")]));
        assert_eq!(answers.of(&key), (&string, &Answer::string("v")), "{key}");
        let literal = write(&BTreeMap::from([("k", LiteralText(probe.clone()))]));
        assert_eq!(answers.of(&literal), (&Answer::string("k"), &string), "{literal}");
    }
}

#[test]
fn the_resolver_answers_as_go_yaml_does() {
    let mut compared = 0;
    for (yaml, answer) in Answers::load().all() {
        let (Some((go_key, go_value)), Ok(Tree::Mapping(entries))) = (answer, read(yaml)) else { continue };
        let [(key, Tree::Scalar(value))] = entries.as_slice() else { continue };
        assert_eq!(&key.to_string(), &go_key.to_string(), "the key of {yaml:?}");
        assert_eq!(&value.to_string(), &go_value.to_string(), "the value of {yaml:?}");
        compared += 1;
    }
    assert!(compared > 700, "only {compared} answers were compared");
}

#[test]
fn every_probe_survives_in_every_position() {
    for probe in probes() {
        assert_survives(&probe);
    }
}

proptest! {
    #[test]
    fn every_string_survives_in_every_position(text in any::<String>()) {
        assert_survives(&text);
    }

    #[test]
    fn every_text_of_yaml_characters_survives(text in r#"[ \n\t:#\-?&*!|>%@`'"{}\[\],~=<.0-9eynotrufalsY_x]{0,12}"#) {
        assert_survives(&text);
    }
}

/// Puts the text wherever an object has a string, and reads it back from there.
#[track_caller]
fn assert_survives(text: &str) {
    let yaml = write(&object_full_of(text));
    let tree = read(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    let string = Tree::Scalar(Resolved::String(text.to_owned()));
    let metadata = tree.get("metadata");
    let rule = tree.get("spec").get("rules").at(0);
    let source = rule.get("from").at(0).get("source");
    let operation = rule.get("to").at(0).get("operation");
    let places = [
        ("name", metadata.get("name")),
        ("namespace", metadata.get("namespace")),
        ("label", metadata.get("labels").get(text)),
        ("annotation", metadata.get("annotations").get(text)),
        ("selector", tree.get("spec").get("selector").get("matchLabels").get(text)),
        ("principal", source.get("principals").at(0)),
        ("address", source.get("ipBlocks").at(0)),
        ("host", operation.get("hosts").at(0)),
        ("port", operation.get("ports").at(0)),
        ("method", operation.get("methods").at(0)),
        ("path", operation.get("paths").at(0)),
        ("excepted path", operation.get("notPaths").at(0)),
        ("service account", source.get("serviceAccounts").at(0)),
    ];
    for (place, read) in places {
        assert_eq!(read, &string, "as a {place}, written\n{yaml}");
    }
}

fn object_full_of(text: &str) -> Resource {
    let labels = BTreeMap::from([(text.into(), text.into())]);
    let source = Source {
        principals: thin_vec![text.to_owned()],
        ip_blocks: thin_vec![text.to_owned()],
        service_accounts: thin_vec![text.to_owned()],
        ..Source::default()
    };
    let operation = Operation {
        hosts: thin_vec![text.to_owned()],
        ports: thin_vec![text.into()],
        methods: thin_vec![text.into()],
        paths: thin_vec![text.into()],
        not_paths: thin_vec![text.into()],
        ..Operation::default()
    };
    Resource::AuthorizationPolicy(AuthorizationPolicy {
        metadata: Metadata {
            name: text.to_owned(),
            namespace: text.into(),
            labels: labels.clone(),
            annotations: BTreeMap::from([(text.into(), LiteralText(text.to_owned()))]),
            creation_timestamp: None,
        },
        spec: AuthorizationPolicySpec {
            selector: Some(WorkloadSelector { match_labels: Arc::new(labels) }),
            action: Some(Action::Allow),
            rules: vec![Rule { from: vec![From { source }], to: vec![To { operation }], when: Vec::new() }],
            ..AuthorizationPolicySpec::default()
        },
    })
}

#[test]
fn literal_text_is_a_block_and_grows_by_lines() {
    let one = write(&BTreeMap::from([("k", LiteralText("rule[0]: a: b".to_owned()))]));
    insta::assert_snapshot!(one, @r"
    k: |-
      rule[0]: a: b
    ");
    let two = write(&BTreeMap::from([("k", LiteralText("rule[0]: a: b\nrule[1]: c # d".to_owned()))]));
    insta::assert_snapshot!(two, @r"
    k: |-
      rule[0]: a: b
      rule[1]: c # d
    ");
    let quoted = write(&BTreeMap::from([("k", LiteralText("trailing \nspace\u{85}".to_owned()))]));
    insta::assert_snapshot!(quoted, @r#"k: "trailing \nspace\N""#);
}

/// Prints the documents that `go-yaml-answers.json` must answer, one JSON string per line.
#[test]
#[ignore = "only for making the table anew"]
fn print_documents() {
    for document in answers::documents(&probes()) {
        println!("document {}", serde_json::to_string(&document).unwrap());
    }
}
