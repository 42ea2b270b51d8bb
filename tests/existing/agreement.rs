//! The reader against Istio's own CRDs, which know nothing of it: what they refuse, it refuses. Asked of every
//! object of the corpus, of thousands of damaged ones, and of Istio's own test data for the schemas.

use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::Index;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::read_files;
use crate::{corpus, crd};

const KINDS: [&str; 3] = ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"];

/// An object of the corpus, and where it is from.
struct Existing {
    file: String,
    object: Value,
}

impl Existing {
    fn kind(&self) -> &str {
        self.object["kind"].as_str().expect("it was chosen by its kind")
    }

    /// Istio's test data say so themselves.
    fn is_refused(&self) -> bool {
        self.object.get("_err").is_some()
    }
}

/// Every security resource of the corpus that is YAML.
fn existing() -> &'static [Existing] {
    static EXISTING: OnceLock<Vec<Existing>> = OnceLock::new();
    EXISTING.get_or_init(|| {
        let Some(root) = corpus::folder() else {
            return Vec::new();
        };
        let files = corpus::files(&root);
        // Most files are about something else, and reading them all takes seconds.
        let ours = files.into_iter().filter(|(_, text)| text.contains("security.istio.io/"));
        ours.flat_map(|(file, text)| objects(&file, &text)).collect()
    })
}

fn objects(file: &str, text: &str) -> Vec<Existing> {
    let documents =
        serde_yaml::Deserializer::from_str(text).map_while(|document| Value::deserialize(document).ok());
    let is_ours = |object: &Value| {
        let is_kind = KINDS.iter().any(|kind| object["kind"] == *kind);
        is_kind
            && object["apiVersion"].as_str().is_some_and(|version| version.starts_with("security.istio.io/"))
    };
    documents.filter(is_ours).map(|object| Existing { file: file.to_owned(), object }).collect()
}

/// Whether the reader refuses an object with this `spec`, and what it says.
fn refusal(kind: &str, spec: &Value) -> (bool, String) {
    let object = json!({
        "apiVersion": "security.istio.io/v1", "kind": kind, "metadata": {"name": "it"}, "spec": spec,
    });
    let text = object.to_string();
    let read = read_files([("it.json", text.as_str())]);
    (!read.reading.refused.is_empty(), read.rendered())
}

#[test]
fn what_the_schema_refuses_of_the_corpus_is_refused() {
    let mut refused = 0;
    for existing in existing() {
        let spec = existing.object.get("spec").cloned().unwrap_or_else(|| json!({}));
        let by_schema = crd::spec_refusals(existing.kind(), &spec);
        let (is_refused, said) = refusal(existing.kind(), &spec);
        refused += usize::from(!by_schema.is_empty());
        assert!(by_schema.is_empty() || is_refused, "{}: {by_schema:#?}\n{said}", existing.file);
    }
    assert!(existing().is_empty() || refused > 20, "{refused} of {}", existing().len());
}

/// `_err` in Istio's test data stands beside what its CRDs refuse; what has none is valid.
#[test]
fn the_test_data_of_istio_are_judged_as_they_say() {
    let mut judged = [0, 0];
    for existing in
        existing().iter().filter(|existing| existing.file.contains("authz-istio-api/tests/testdata/"))
    {
        let spec = existing.object.get("spec").cloned().unwrap_or_else(|| json!({}));
        let (is_refused, said) = refusal(existing.kind(), &spec);
        assert_eq!(is_refused, existing.is_refused(), "{}: {}\n{said}", existing.file, existing.object);
        judged[usize::from(is_refused)] += 1;
    }
    assert!(existing().is_empty() || judged == [5, 27], "valid and invalid: {judged:?}");
}

/// What is done to one place of an object.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Misspell,
    Remove,
    Repeat,
    Replace(usize),
}

fn damage() -> impl Strategy<Value = (Index, Damage)> {
    let kinds = prop_oneof![
        1 => Just(Damage::Misspell),
        1 => Just(Damage::Remove),
        1 => Just(Damage::Repeat),
        6 => (0..replacements().len()).prop_map(Damage::Replace),
    ];
    (any::<Index>(), kinds)
}

fn replacements() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(80),
        json!(1.5),
        json!(""),
        json!("*"),
        json!("a*b"),
        json!("a/b"),
        json!("STRICT"),
        json!("https://a/b"),
        json!("1ms"),
        json!("a".repeat(64)),
        json!("a".repeat(400)),
        json!("a".repeat(2100)),
        json!([]),
        json!([""]),
        json!([null]),
        json!(vec!["a"; 17]),
        json!(vec![json!({}); 513]),
        json!({}),
        json!({"": "a"}),
        json!({"a": "b"}),
        json!({"matchLabels": {}}),
        json!({"kind": "Service", "name": "a"}),
    ]
}

/// The places in a value, each as the way to it.
fn places(value: &Value, way: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let way = format!("{way}/{}", name.replace('~', "~0").replace('/', "~1"));
                found.push(way.clone());
                places(field, &way, found);
            }
        }
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                let way = format!("{way}/{position}");
                found.push(way.clone());
                places(item, &way, found);
            }
        }
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}

fn apply(spec: &mut Value, place: Index, damage: Damage) {
    let mut ways = Vec::new();
    places(spec, "", &mut ways);
    if ways.is_empty() {
        return;
    }
    let way = place.get(&ways);
    let (parent, key) = way.rsplit_once('/').expect("a way has a step");
    let key = key.replace("~1", "/").replace("~0", "~");
    match (spec.pointer_mut(parent).expect("the way was found in the value"), damage) {
        (Value::Object(fields), Damage::Misspell | Damage::Repeat) => {
            let field = fields[&key].clone();
            fields.insert(format!("{key}s"), field);
        }
        (Value::Object(fields), Damage::Remove) => {
            fields.remove(&key);
        }
        (Value::Object(fields), Damage::Replace(with)) => {
            fields.insert(key, replacements()[with].clone());
        }
        (Value::Array(items), damage) => damage_item(items, key.parse().expect("a position"), damage),
        (Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_), _) => {
            unreachable!("it has places")
        }
    }
}

fn damage_item(items: &mut Vec<Value>, position: usize, damage: Damage) {
    match damage {
        Damage::Misspell | Damage::Replace(_) => {
            let with =
                if let Damage::Replace(with) = damage { replacements()[with].clone() } else { json!(null) };
            items[position] = with;
        }
        Damage::Remove => {
            items.remove(position);
        }
        Damage::Repeat => {
            let item = items[position].clone();
            items.push(item);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_schema_refuses_of_damaged_objects_is_refused(
        which in any::<Index>(),
        damages in proptest::collection::vec(damage(), 1..4),
    ) {
        if existing().is_empty() {
            return Ok(());
        }
        let chosen = which.get(existing());
        let mut spec = chosen.object.get("spec").cloned().unwrap_or_else(|| json!({}));
        for (place, damage) in damages {
            apply(&mut spec, place, damage);
        }
        let by_schema = crd::spec_refusals(chosen.kind(), &spec);
        let (is_refused, said) = refusal(chosen.kind(), &spec);
        prop_assert!(by_schema.is_empty() || is_refused, "{by_schema:#?}\n{spec}\n{said}");
    }
}
