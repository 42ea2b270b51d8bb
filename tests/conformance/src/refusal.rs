//! What a cluster does not take: objects with one thing wrong, asked of the CRDs and the webhook, and of meshward's
//! own reading, which must refuse the same ones.

use anyhow::Result;
use meshward::diagnostic::code;
use meshward::query::{Manifests, read};
use meshward::source::{MemoryLoader, SourceMap};
use serde_json::Value;

use crate::finding::Finding;
use crate::generate::{Choice, spoiled};
use crate::istiod::{Admission, Istiod};

/// What is wrong with an object in the eyes of meshward: the codes, or none.
pub type Refused = Vec<&'static str>;

/// How many spoiled ones are made of each object.
const SPOILED: usize = 8;

/// The purpose of the decisions about what is spoiled.
const REFUSALS: u64 = 4;

/// How many were asked about, and those on which the two do not agree.
pub fn compare(istiod: &mut Istiod, seed: u64, objects: &[Value]) -> Result<(usize, Vec<Finding>)> {
    let mut choice = Choice::new(seed, REFUSALS);
    let spoil = |object: &Value| (0..SPOILED).map(|_| spoiled(&mut choice, object)).collect::<Vec<_>>();
    let asked: Vec<Value> = objects.iter().flat_map(spoil).collect();
    let texts: Vec<String> = asked.iter().map(Value::to_string).collect();
    let mut findings: Vec<Finding> = Vec::new();
    for (admission, text) in istiod.admit(&texts)?.into_iter().zip(texts) {
        let refused = refused(&text)?;
        if !agree(&admission, &refused) {
            findings.push(Finding::Refusal { admission, refused, text });
        }
    }
    Ok((asked.len(), findings))
}

/// Whether both take an object, or neither. What only Envoy refuses gets into a cluster and stops its proxies.
fn agree(admission: &Admission, refused: &[&str]) -> bool {
    let by_envoy_alone = refused.iter().all(|code| *code == code::REFUSED_BY_ENVOY.id());
    match (refused, by_envoy_alone) {
        ([], _) => admission.accepts(),
        (_, true) => true,
        (_, false) => !admission.accepts(),
    }
}

/// The codes under which meshward refuses a document.
fn refused(text: &str) -> Result<Refused> {
    let mut sources = SourceMap::default();
    let stream = Some(("document".to_owned(), text.to_owned()));
    let manifests = Manifests { stream, ..Manifests::default() };
    let (_, diagnostics) = read(&MemoryLoader::default(), &manifests, &mut sources)?;
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    Ok(errors.map(|diagnostic| diagnostic.code.id()).collect())
}
