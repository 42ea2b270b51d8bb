//! What comes out of a text: documents, scalars, aliases and merge keys.

use super::{read, shape};

#[test]
fn reads_every_document_and_passes_over_empty_ones() {
    assert_eq!(shape("---\na: 1\n---\n# nothing\n---\n- b\n...\n---\nc\n"), "{a: 1}\n[b]\nc");
}

#[test]
fn a_text_without_content_has_no_documents() {
    assert_eq!(shape(""), "");
    assert_eq!(shape("# only a comment\n"), "");
    assert_eq!(shape("---\n"), "");
}

#[test]
fn tells_quoted_scalars_from_plain_ones() {
    assert_eq!(
        shape("- yes\n- 'yes'\n- \"yes\"\n- !!str yes\n- |-\n  yes\n"),
        r#"[yes, "yes", "yes", "yes", "yes"]"#
    );
}

#[test]
fn reads_json() {
    assert_eq!(
        shape(
            "{\n\t\"kind\": \"List\",\n\t\"items\": [{\"a\": 1, \"b\": null}, \"\\u00e9\\/\"],\n\t\"on\": true\n}\n"
        ),
        r#"{kind: "List", items: [{a: 1, b: null}, "é/"], on: true}"#
    );
    assert_eq!(shape(r#"{"a":{"b":[1,2,{"c":"d"}]}}"#), r#"{a: {b: [1, 2, {c: "d"}]}}"#);
}

#[test]
fn an_alias_stands_for_its_anchor() {
    assert_eq!(shape("a: &x {b: 1}\nc: *x\nd: [*x, *x]\n"), "{a: {b: 1}, c: {b: 1}, d: [{b: 1}, {b: 1}]}");
}

#[test]
fn a_merge_fills_in_what_is_not_there() {
    let text =
        "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\none: {<<: *b, y: 9}\ntwo:\n  <<: [*b, *m]\n  w: 0\n";
    assert_eq!(
        shape(text),
        "{base: {x: 1, y: 2}, more: {y: 3, z: 4}, one: {y: 9, x: 1}, two: {w: 0, x: 1, y: 2, z: 4}}"
    );
}

#[test]
fn a_quoted_merge_key_is_an_ordinary_key() {
    assert_eq!(shape("'<<': {a: 1}\n"), "{<<: {a: 1}}");
}

#[test]
fn tags_of_others_are_passed_over() {
    assert_eq!(shape("a: !Ref x\nb: !!int '5'\nc: !!set {x: }\n"), "{a: x, b: 5, c: {x: }}");
}

#[test]
fn a_long_mapping_finds_its_duplicates() {
    let keys: Vec<String> = (0..1000).map(|number| format!("k{number}: {number}\n")).collect();
    let mut text = keys.concat();
    assert_eq!(read(&text).1.len(), 0);
    text.push_str("k3: again\nk999: again\n");
    let (documents, diagnostics) = read(&text);
    assert_eq!(diagnostics.len(), 2);
    assert_eq!(documents[0].as_mapping().map(|mapping| mapping.entries.len()), Some(1000));
}
