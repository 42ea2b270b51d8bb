//! What is promised about the rules and never emitted: guarantees over all requests, and tests of single ones.

use std::sync::Arc;

use thin_vec::ThinVec;

use super::model::{Caller, Operation, Origin};
use crate::source::{Span, Symbol};

/// What a guarantee promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Promise {
    /// No request of the callers reaches the target.
    Never,
    /// Whoever is let through to the target is one of the callers.
    Only,
    /// Some request of each caller reaches each target.
    Reaches,
}

/// `never shop/* -> vault`, with every name bound.
#[derive(Clone, Debug)]
pub struct Guarantee {
    /// What is promised.
    pub promise: Promise,
    /// Who calls: any of these; sorted, never empty.
    pub callers: ThinVec<Caller>,
    /// But none of these.
    pub except: ThinVec<Caller>,
    /// Who is called.
    pub subjects: Vec<Subject>,
    /// The services on the way, in order; each is called, and calls the next.
    pub via: Vec<Stop>,
    /// What is called; empty for anything.
    pub operations: ThinVec<Operation>,
    /// From its first word to the last target: what a message points at.
    pub head: Span,
    /// Where it came from.
    pub origin: Arc<Origin>,
}

/// A service on the way of a `reaches … via`.
#[derive(Clone, Debug)]
pub struct Stop {
    /// As it is called.
    pub subject: Subject,
    /// As it calls.
    pub callers: ThinVec<Caller>,
}

/// A service or a workload that is asked about, and the ports of it that are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Whether it is the Service of that name, or the workload.
    pub kind: SubjectKind,
    /// Its namespace.
    pub namespace: Symbol,
    /// Its name.
    pub name: Symbol,
    /// Sorted by number; never empty.
    pub ports: Vec<SubjectPort>,
}

/// What a [`Subject`] is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
    /// A Service: the workloads behind it.
    Service,
    /// The workloads of that name, of any kind.
    Workload,
}

/// A port of the workload, and what can arrive at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectPort {
    /// Its number at the workload.
    pub number: u16,
    /// Whether HTTP can.
    pub http: bool,
    /// Whether anything else can.
    pub raw: bool,
}

/// `test "marketing reads users" { … }`
#[derive(Clone, Debug)]
pub struct Test {
    /// What it is called.
    pub name: String,
    /// Its name in the text.
    pub span: Span,
    /// Its lines.
    pub cases: Vec<Case>,
}

/// A line of a test: requests of which the same is expected.
#[derive(Clone, Debug)]
pub struct Case {
    /// Who calls: each of these.
    pub callers: ThinVec<Caller>,
    /// But none of these.
    pub except: ThinVec<Caller>,
    /// Who is called: each of these.
    pub subjects: Vec<Subject>,
    /// Each method with each path, without patterns; `None` for a connection that carries no HTTP.
    pub operation: Option<Operation>,
    /// Whether the requests are expected to get through.
    pub allowed: bool,
    /// The word that says so.
    pub expected: Span,
    /// Where it came from.
    pub origin: Arc<Origin>,
}
