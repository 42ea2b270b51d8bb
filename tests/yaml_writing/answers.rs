//! go-yaml's own answers: for documents of one key and one value what it reads, or that it refuses them.

use std::collections::BTreeMap;
use std::fmt;

use indexmap::{IndexMap, IndexSet};
use meshward::yaml::{LiteralText, write};
use serde::Deserialize;

/// A scalar as go-yaml reads it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Answer {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

impl Answer {
    pub(super) fn string(value: &str) -> Self {
        Self { kind: "string".to_owned(), value: value.to_owned() }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind.as_str() {
            "string" => write!(formatter, "string {:?}", self.value),
            "float" => write!(formatter, "float {:e}", float(&self.value)),
            "null" => write!(formatter, "null"),
            kind => write!(formatter, "{kind} {}", self.value),
        }
    }
}

fn float(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        number => number.parse().unwrap(),
    }
}

#[derive(Deserialize)]
struct Record {
    yaml: String,
    key: Option<Answer>,
    value: Option<Answer>,
}

/// The table.
pub(super) struct Answers(IndexMap<String, Option<(Answer, Answer)>>);

impl Answers {
    pub(super) fn load() -> Self {
        let records: Vec<Record> = serde_json::from_str(include_str!("go-yaml-answers.json")).unwrap();
        Self(records.into_iter().map(|record| (record.yaml, record.key.zip(record.value))).collect())
    }

    /// What go-yaml reads in a document that we wrote.
    #[track_caller]
    pub(super) fn of(&self, yaml: &str) -> (&Answer, &Answer) {
        let answer = self.0.get(yaml).unwrap_or_else(|| {
            panic!("go-yaml was not asked about {yaml:?}: make the table anew as README.md there tells")
        });
        let (key, value) = answer.as_ref().unwrap_or_else(|| panic!("go-yaml refuses {yaml:?}"));
        (key, value)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Option<(Answer, Answer)>)> {
        self.0.iter().map(|(yaml, answer)| (yaml.as_str(), answer))
    }
}

/// The documents to ask about: each probe plain, in single and in double quotes, and as our writer writes it,
/// each time as a value and as a key.
pub(super) fn documents(probes: &[String]) -> IndexSet<String> {
    let mut documents = IndexSet::new();
    for probe in probes {
        let single = format!("'{}'", probe.replace('\'', "''"));
        let double = serde_json::to_string(probe).unwrap();
        for form in [probe, &single, &double] {
            documents.insert(format!("k: {form}\n"));
            documents.insert(format!("{form}: v\n"));
        }
        documents.insert(write(&BTreeMap::from([("k", probe)])));
        documents.insert(write(&BTreeMap::from([(probe, "v")])));
        documents.insert(write(&BTreeMap::from([("k", LiteralText(probe.clone()))])));
    }
    documents
}
