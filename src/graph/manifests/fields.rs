//! Takes the parts of a Kubernetes object for what they must be, and reports those that are something else.

use crate::diagnostic::{Diagnostic, add, code};
use crate::graph::check_label_value;
use crate::graph::model::Labels;
use crate::source::{Span, Spanned, Symbol};
use crate::yaml::{self, Mapping, Node};

/// Where reports go. Each reader of a field gives nothing for an absent field, and nothing but a report for
/// a wrong one.
pub(super) struct Fields<'a> {
    diagnostics: &'a mut Vec<Diagnostic>,
    /// How many there were before.
    earlier: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(diagnostics: &'a mut Vec<Diagnostic>) -> Self {
        Self { earlier: diagnostics.len(), diagnostics }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        add(self.diagnostics, diagnostic);
    }

    /// How much was wrong so far.
    pub(super) fn reported(&self) -> usize {
        self.diagnostics.len() - self.earlier
    }

    fn accept<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|diagnostic| self.report(diagnostic)).ok()
    }

    /// The last part of `path` in `parent`, which must be there. `owner` is the place of the object that
    /// needs it.
    pub(super) fn required<'n>(&mut self, parent: &'n Node, path: &str, owner: Span) -> Option<&'n Node> {
        self.accept(yaml::mapping(parent, code::INVALID_MANIFEST))?;
        let key = path.rsplit('.').next().unwrap_or(path);
        let found = parent.get(key);
        if found.is_none() {
            let message = format!("`{path}` is missing");
            let diagnostic = Diagnostic::new(code::INVALID_MANIFEST, message, owner, "this object needs it");
            self.report(if path.starts_with("spec") {
                diagnostic
                    .note("parts of an overlay are no objects; render it first: `kubectl kustomize FOLDER`")
            } else {
                diagnostic
            });
        }
        found
    }

    /// The string at `key`; an empty one counts as absent, as it does for Kubernetes.
    pub(super) fn string(&mut self, parent: &Node, key: &str) -> Option<Spanned<Symbol>> {
        let node = parent.get(key)?;
        let text = self.text(node)?;
        (!text.is_empty()).then(|| Spanned::new(text, node.span))
    }

    /// A string, empty or not.
    pub(super) fn text(&mut self, node: &Node) -> Option<Symbol> {
        // `{{ .Values.name }}` without quotes is a mapping whose key the reader has refused.
        let refused = node.as_mapping().is_some_and(|mapping| mapping.entries.is_empty());
        if refused && node.span.range().len() > "{}".len() {
            return None;
        }
        let text = self.accept(yaml::string(node, code::INVALID_MANIFEST))?;
        if text.contains("{{") {
            self.report(unrendered(&text, node.span));
            return None;
        }
        Some(text)
    }

    /// A name as `check` wants it; an empty one is given back as it is.
    pub(super) fn name(&mut self, node: &Node, check: fn(&str) -> Result<(), String>) -> Option<Symbol> {
        let name = self.text(node)?;
        if !name.is_empty()
            && let Err(reason) = check(&name)
        {
            let message = format!("Kubernetes refuses `{name}`");
            let diagnostic = Diagnostic::new(code::INVALID_MANIFEST, message, node.span, reason);
            self.report(if name.contains(['$', '<']) {
                diagnostic.note("if this is a placeholder, fill it in first, for example with `envsubst`")
            } else {
                diagnostic
            });
            return None;
        }
        Some(name)
    }

    pub(super) fn boolean(&mut self, parent: &Node, key: &str) -> Option<Spanned<bool>> {
        let node = parent.get(key)?;
        let value = self.accept(yaml::boolean(node, code::INVALID_MANIFEST))?;
        Some(Spanned::new(value, node.span))
    }

    pub(super) fn port(&mut self, node: &Node) -> Option<u16> {
        self.accept(yaml::port(node, code::INVALID_MANIFEST))
    }

    /// The items of the list at `key`; none where it is absent.
    pub(super) fn items<'n>(&mut self, parent: &'n Node, key: &str) -> &'n [Node] {
        let Some(node) = parent.get(key) else {
            return &[];
        };
        self.accept(yaml::sequence(node, code::INVALID_MANIFEST)).unwrap_or(&[])
    }

    pub(super) fn mapping<'n>(&mut self, parent: &'n Node, key: &str) -> Option<&'n Mapping> {
        let node = parent.get(key)?;
        self.accept(yaml::mapping(node, code::INVALID_MANIFEST))
    }

    /// The labels at `key`; none where it is absent.
    pub(super) fn labels(&mut self, parent: &Node, key: &str) -> Labels {
        let Some(mapping) = self.mapping(parent, key) else {
            return Labels::new();
        };
        let mut labels = Labels::new();
        for (name, value) in &mapping.entries {
            // A label without a value has the empty one.
            let text =
                if value.is_null() { Some(Symbol::default()) } else { self.name(value, check_label_value) };
            if let (Some(name), Some(text)) = (self.accept(yaml::key(name)), text) {
                labels.insert(name, text);
            }
        }
        labels
    }
}

fn unrendered(text: &str, span: Span) -> Diagnostic {
    let message = format!("`{text}` is a template, not a value");
    Diagnostic::new(code::INVALID_MANIFEST, message, span, "not rendered")
        .note("render it first, for example with `helm template`, and give the result to meshward")
}
