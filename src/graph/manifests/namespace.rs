//! Namespaces: those that a document declares, and those that are only mentioned.

use std::collections::HashMap;

use super::fields::Fields;
use super::merge;
use super::object::Object;
use crate::graph::model::{Labels, Namespace, ServiceGraph};
use crate::source::{Span, Symbol};
use crate::yaml::{Mapping, Node};

/// Where the labels of each namespace are written, which the graph does not keep.
#[derive(Default)]
pub(super) struct Namespaces<'a> {
    label_places: HashMap<Symbol, &'a Mapping>,
}

/// What injection asks of a namespace.
pub(super) struct NamespaceFacts<'a> {
    pub(super) name: &'a str,
    labels: &'a Labels,
    span: Span,
    places: Option<&'a Mapping>,
}

/// Notes the namespace that an object lies in.
pub(super) fn mention(object: &Object<'_>, graph: &mut ServiceGraph) {
    graph.namespaces.entry(object.key.namespace).or_insert_with(|| Namespace {
        labels: Labels::new(),
        span: object.span,
        declared: false,
    });
}

impl<'a> Namespaces<'a> {
    /// Reads a Namespace object.
    pub(super) fn declare(&mut self, object: &Object<'a>, graph: &mut ServiceGraph, fields: &mut Fields<'_>) {
        let labels = object.labels(fields);
        let places = object.metadata().and_then(|metadata| metadata.get("labels")).and_then(Node::as_mapping);
        if let Some(places) = places {
            self.label_places.entry(object.key.name).or_insert(places);
        }
        let declared = Namespace { labels, span: object.span, declared: true };
        merge::add_namespace(&object.key.name, declared, graph, fields);
    }

    /// What is known of the namespace of an object, after all Namespace objects were read.
    pub(super) fn facts<'f>(&'f self, object: &'f Object<'_>, graph: &'f ServiceGraph) -> NamespaceFacts<'f> {
        let name = object.key.namespace.as_str();
        let namespace = &graph.namespaces[name];
        let places = self.label_places.get(name).copied();
        NamespaceFacts { name, labels: &namespace.labels, span: namespace.span, places }
    }
}

impl NamespaceFacts<'_> {
    /// The value of a label and where it is written.
    pub(super) fn label(&self, key: &str) -> Option<(&str, Span)> {
        let value = self.labels.get(key)?;
        let place = self.places.and_then(|places| places.get(key)).map_or(self.span, |node| node.span);
        Some((value, place))
    }
}
