//! What Istio or Envoy refuses, as small rules: each is given a value and says who refuses it and why. The source
//! of a fact stands at its rule; "run" means that the gate itself was asked, Istio 1.31 with Envoy 1.40.

pub(super) mod address;
pub(super) mod annotation;
pub(super) mod attribute;
pub(super) mod duration;
pub(super) mod header;
pub(super) mod identity;
pub(super) mod jwks;
pub(super) mod label;
pub(super) mod path;
pub(super) mod port;
pub(super) mod target;
pub(super) mod text;

use crate::diagnostic::{Code, Diagnostic, code};
use crate::source::Span;

/// Who refuses an object on its way from a file to a proxy, in the order in which it meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// The API server, by the schema and the CEL rules of Istio's CRDs (`crd-all.gen.yaml`).
    Schema,
    /// Istio's validating webhook (`pkg/config/validation`).
    Webhook,
    /// Envoy, which then keeps its former configuration and takes no other change either.
    Envoy,
}

impl Gate {
    fn code(self) -> Code {
        match self {
            Self::Schema => code::REFUSED_BY_SCHEMA,
            Self::Webhook => code::REFUSED_BY_WEBHOOK,
            Self::Envoy => code::REFUSED_BY_ENVOY,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Schema => "the API server refuses this, by Istio's schema",
            Self::Webhook => "Istio's webhook refuses this",
            Self::Envoy => "Istio takes this, Envoy refuses it",
        }
    }
}

/// Why a value is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    gate: Gate,
    message: String,
    advice: Option<String>,
}

/// What a rule says to a value.
pub(super) type Verdict = Result<(), Refusal>;

/// A rule for a text.
pub(super) type TextRule = fn(&str) -> Verdict;

impl Refusal {
    pub(super) fn new(gate: Gate, message: impl Into<String>) -> Self {
        Self { gate, message: message.into(), advice: None }
    }

    /// Adds what to do.
    pub(super) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The refusal at the place of the value.
    pub(super) fn at(self, span: Span) -> Diagnostic {
        let diagnostic = Diagnostic::new(self.gate.code(), self.message, span, self.gate.label());
        match self.advice {
            Some(advice) => diagnostic.note(advice),
            None => diagnostic,
        }
    }
}
