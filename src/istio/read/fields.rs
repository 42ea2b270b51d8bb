//! Takes the parts of an object for what Istio's schema says they are, and reports those that are something else.
//! A key whose value is null counts as absent, since the API server drops it.

use crate::diagnostic::{Diagnostic, add, code, did_you_mean};
use crate::source::{Span, Symbol};
use crate::yaml::{self, Mapping, Node};

use super::refuse::{Gate, Refusal, TextRule, Verdict, text};

/// Where reports go. Each reader of a field gives nothing for an absent field, and nothing but a report for a
/// wrong one.
pub(super) struct Fields<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'d> Fields<'d> {
    pub(super) fn new(diagnostics: &'d mut Vec<Diagnostic>) -> Self {
        Self { diagnostics }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        add(self.diagnostics, diagnostic);
    }

    pub(super) fn accept<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        yaml::or_report(result, self.diagnostics)
    }

    /// Reports what a rule says to the value at a place.
    pub(super) fn judge(&mut self, verdict: Verdict, span: Span) {
        if let Err(refusal) = verdict {
            self.report(refusal.at(span));
        }
    }

    pub(super) fn refuse(&mut self, gate: Gate, message: &str, span: Span, advice: &str) {
        self.report(Refusal::new(gate, message).advice(advice).at(span));
    }

    pub(super) fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.diagnostics.extend(diagnostics);
    }

    /// A mapping that has no other keys than these, each of them with a value.
    pub(super) fn mapping<'n>(&mut self, node: &'n Node, known: &[&str]) -> Option<&'n Mapping> {
        let mapping = self.mapping_with_nulls(node, known)?;
        for (key, _) in mapping.entries.iter().filter(|(_, value)| value.is_null()) {
            self.report(without_value(key, key.span));
        }
        Some(mapping)
    }

    /// A mapping that has no other keys than these.
    pub(super) fn mapping_with_nulls<'n>(&mut self, node: &'n Node, known: &[&str]) -> Option<&'n Mapping> {
        let mapping = self.accept(yaml::mapping(node, code::REFUSED_BY_SCHEMA))?;
        for (key, _) in mapping.entries.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
            self.report(unknown_field(key, key.span, known));
        }
        Some(mapping)
    }

    /// The mapping at `key`, as the node that holds it.
    pub(super) fn object<'n>(&mut self, parent: &'n Node, key: &str, known: &[&str]) -> Option<&'n Node> {
        let node = parent.get(key)?;
        self.mapping(node, known).map(|_| node)
    }

    /// The text at `key`.
    pub(super) fn text<T: From<Symbol>>(&mut self, parent: &Node, key: &str, rule: TextRule) -> Option<T> {
        self.text_of(parent.get(key)?, rule)
    }

    /// The text that `parent` can not do without.
    pub(super) fn required<T: From<Symbol>>(
        &mut self,
        parent: &Node,
        key: &str,
        rule: TextRule,
    ) -> Option<T> {
        if parent.get(key).is_none() {
            let refusal = Refusal::new(Gate::Schema, format!("`{key}` is missing"));
            self.report(refusal.at(parent.span));
        }
        self.text(parent, key, rule)
    }

    /// The texts of the list at `key`; none where it is absent.
    pub(super) fn texts<T: From<Symbol>, L: FromIterator<T>>(
        &mut self,
        parent: &Node,
        key: &str,
        rule: TextRule,
    ) -> L {
        let items = self.items(parent, key);
        items.iter().filter_map(|item| self.text_of(item, rule)).collect()
    }

    /// The texts of a list that has a greatest length.
    pub(super) fn limited_texts<T: From<Symbol>, L: FromIterator<T>>(
        &mut self,
        parent: &Node,
        key: &str,
        limit: usize,
        rule: TextRule,
    ) -> L {
        let items = self.limited(parent, key, limit);
        items.iter().filter_map(|item| self.text_of(item, rule)).collect()
    }

    pub(super) fn text_of<T: From<Symbol>>(&mut self, node: &Node, rule: TextRule) -> Option<T> {
        let text = self.accept(yaml::string(node, code::REFUSED_BY_SCHEMA))?;
        self.judge(rule(&text), node.span);
        Some(T::from(text))
    }

    pub(super) fn boolean(&mut self, parent: &Node, key: &str) -> Option<bool> {
        let node = parent.get(key)?;
        self.accept(yaml::boolean(node, code::REFUSED_BY_SCHEMA))
    }

    /// The items of the list at `key`; none where it is absent.
    pub(super) fn items<'n>(&mut self, parent: &'n Node, key: &str) -> &'n [Node] {
        let Some(node) = parent.get(key) else {
            return &[];
        };
        self.accept(yaml::sequence(node, code::REFUSED_BY_SCHEMA)).unwrap_or(&[])
    }

    /// The items of a list that has a greatest length. With more of them the object is refused, so that nothing has
    /// to be known of those beyond it.
    pub(super) fn limited<'n>(&mut self, parent: &'n Node, key: &str, limit: usize) -> &'n [Node] {
        let items = self.items(parent, key);
        if let Some(beyond) = items.get(limit) {
            self.judge(text::no_more_than(items.len(), limit, &format!("items in `{key}`")), beyond.span);
            return &items[..limit];
        }
        items
    }

    /// The word at `key` out of a table of them.
    pub(super) fn word<T: Copy>(&mut self, parent: &Node, key: &str, words: &[(&str, T)]) -> Option<T> {
        let node = parent.get(key)?;
        let text = self.accept(yaml::string(node, code::REFUSED_BY_SCHEMA))?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let advice = did_you_mean(&text, names.iter().copied())
            .unwrap_or_else(|| format!("it takes `{}`", names.join("`, `")));
        self.report(
            Refusal::new(Gate::Schema, format!("unknown `{key}`: `{text}`")).advice(advice).at(node.span),
        );
        None
    }
}

fn without_value(key: &str, span: Span) -> Diagnostic {
    let message = format!("`{key}` has no value, so it counts as left out");
    let label = "the API server drops a field that is null";
    Diagnostic::new(code::FIELD_WITHOUT_VALUE, message, span, label)
        .note("a part that is left out matches anything; give it a value, or remove it")
}

fn unknown_field(key: &str, span: Span, known: &[&str]) -> Diagnostic {
    let advice = did_you_mean(key, known.iter().copied())
        .unwrap_or_else(|| format!("the fields here are `{}`", known.join("`, `")));
    Diagnostic::new(code::UNKNOWN_FIELD, format!("unknown field `{key}`"), span, "Istio has no such field")
        .note(advice)
        .note(
            "without strict validation the API server drops it silently, and a policy can match more for it",
        )
}

/// Whether nothing is said at any of these keys: absent, or an empty list.
pub(super) fn says_nothing(parent: &Node, keys: &[&str]) -> bool {
    let is_empty = |list: &Node| list.as_sequence().is_some_and(<[Node]>::is_empty);
    keys.iter().all(|key| parent.get(key).is_none_or(is_empty))
}
