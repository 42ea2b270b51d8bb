//! The parts of a bulk line that have no fixed fields, its headers and claims: JSON in which a key that stands
//! twice is an error, since it would not be said which of the two counts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::access::Claims;
use crate::source::Symbol;

/// A JSON value, as far as headers and claims look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    Text(String),
    List(Vec<Json>),
    Object(IndexMap<String, Json>),
    /// A number, a boolean or null: nothing that Istio compares with a string.
    Other,
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object = IndexMap::new();
        while let Some((key, value)) = entries.next_entry::<String, Json>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("duplicate key `{key}`")));
            }
            object.insert(key, value);
        }
        Ok(Json::Object(object))
    }
}

/// Headers as `{"x-role": "admin", "x-tag": ["a", "b"]}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Headers(pub(super) BTreeMap<Symbol, Vec<String>>);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Json::Object(object) = Json::deserialize(deserializer)? else {
            return Err(D::Error::custom("`headers` is no object"));
        };
        let mut headers: BTreeMap<Symbol, Vec<String>> = BTreeMap::new();
        for (name, value) in object {
            let values = match value {
                Json::Text(text) => Some(vec![text]),
                Json::List(items) => items.into_iter().map(text).collect(),
                Json::Object(_) | Json::Other => None,
            };
            let Some(values) = values else {
                return Err(D::Error::custom(format!(
                    "the header `{name}` is no string and no list of them"
                )));
            };
            headers.entry(name.to_ascii_lowercase().into()).or_default().extend(values);
        }
        Ok(Self(headers))
    }
}

fn text(value: Json) -> Option<String> {
    match value {
        Json::Text(text) => Some(text),
        Json::List(_) | Json::Object(_) | Json::Other => None,
    }
}

/// The claims of a token: an object. Only strings and lists of strings count; `iss` and `sub` stand apart.
pub(super) fn claims(value: Json) -> Result<Claims, String> {
    let Json::Object(object) = value else { return Err("`claims` is no object".to_owned()) };
    let mut claims = Claims::default();
    for (name, value) in object {
        match (name.as_str(), value) {
            ("iss", value) => claims.issuer = text(value),
            ("sub", value) => claims.subject = text(value),
            (_, value) => collect(&mut vec![Symbol::from(name)], value, &mut claims),
        }
    }
    Ok(claims)
}

fn collect(path: &mut Vec<Symbol>, value: Json, claims: &mut Claims) {
    match value {
        Json::Text(text) => {
            claims.others.insert(Arc::from(path.as_slice()), vec![text]);
        }
        Json::List(items) => {
            let strings = items.into_iter().filter_map(text).collect();
            claims.others.insert(Arc::from(path.as_slice()), strings);
        }
        Json::Object(object) => {
            for (name, value) in object {
                path.push(name.into());
                collect(path, value, claims);
                path.pop();
            }
        }
        Json::Other => {}
    }
}
