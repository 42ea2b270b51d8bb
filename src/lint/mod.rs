//! Lints: what is allowed to be written and seldom meant. One file per lint; a project sets the level of each.

mod repeated;
mod statements;

mod inclusion;
mod path_index;

mod admission;
mod spellings;

mod any_address;
mod anyone;
mod default_account;
mod deny_path_prefix;
mod deny_path_template;
mod edge_without_rule;
mod exact_deny_path;
mod foreign_policy;
mod misspelled_account;
mod redundant_rule;
mod rule_without_edge;
mod rule_without_owner;
mod shared_identity;
mod uncovered_namespace;
mod unprotected_workload;
mod wildcard_over_admin;

pub use repeated::fold;

use rayon::prelude::*;

use crate::diagnostic::{Code, Diagnostic, MOST_LOOKS, code, sparingly};
use crate::graph::{Key, ServiceGraph, Workload};
use crate::policy::Policy;
use crate::project::Project;
use crate::source::Symbol;
use crate::syntax::ast;
use statements::{Statement, all_read, statements};

/// What a lint may look at.
pub struct Context<'a> {
    /// The policy as written.
    pub files: &'a [ast::File],
    /// The policy as meant.
    pub policy: &'a Policy,
    /// The world.
    pub graph: &'a ServiceGraph,
    /// The project file.
    pub project: &'a Project,
}

/// A lint finds what it looks for in the whole project.
struct Lint {
    /// What it reports; it is not asked where none of them is to be found.
    codes: &'static [Code],
    find: fn(&View<'_>, &mut Vec<Diagnostic>),
}

/// Every lint of this floor, sorted by number.
const LINTS: &[Lint] = &[
    Lint { codes: &[code::FOREIGN_POLICY_WIDENS, code::FOREIGN_POLICY], find: foreign_policy::find },
    Lint { codes: &[code::SHARED_IDENTITY], find: shared_identity::find },
    Lint { codes: &[code::DEFAULT_ACCOUNT], find: default_account::find },
    Lint {
        codes: &[code::DUPLICATE_RULE, code::REDUNDANT_RULE, code::SHADOWED_RULE],
        find: redundant_rule::find,
    },
    Lint { codes: &[code::WILDCARD_OVER_ADMIN], find: wildcard_over_admin::find },
    Lint { codes: &[code::ANYONE], find: anyone::find },
    Lint { codes: &[code::ANYONE], find: any_address::find },
    Lint { codes: &[code::EXACT_DENY_PATH], find: exact_deny_path::find },
    Lint { codes: &[code::UNPROTECTED_WORKLOAD], find: unprotected_workload::find },
    Lint { codes: &[code::EDGE_WITHOUT_RULE], find: edge_without_rule::find },
    Lint { codes: &[code::RULE_WITHOUT_EDGE], find: rule_without_edge::find },
    Lint { codes: &[code::RULE_WITHOUT_OWNER], find: rule_without_owner::find },
    Lint { codes: &[code::UNCOVERED_NAMESPACE], find: uncovered_namespace::find },
    Lint { codes: &[code::DENY_PATH_TEMPLATE], find: deny_path_template::find },
    Lint { codes: &[code::DENY_PATH_PREFIX], find: deny_path_prefix::find },
    Lint { codes: &[code::MISSPELLED_ACCOUNT], find: misspelled_account::find },
];

/// The context, and the rules as written beside what they mean.
struct View<'a> {
    files: &'a [ast::File],
    policy: &'a Policy,
    graph: &'a ServiceGraph,
    project: &'a Project,
    statements: Vec<Statement<'a>>,
    /// Whether every statement of the policy could be read, and every rule has a meaning unless it has ended.
    whole: bool,
}

impl<'a> View<'a> {
    /// The workloads of a service, or else those of that name.
    fn workloads_behind(&self, namespace: Symbol, name: Symbol) -> Vec<&'a Workload> {
        let key = Key::new(namespace, name);
        match self.graph.services.get(&key) {
            Some(service) => self.graph.workloads_of(service),
            None => self.graph.workloads_named(&key).iter().collect(),
        }
    }

    /// Whether a namespace gets a default deny.
    fn denies_by_default(&self, namespace: &str) -> bool {
        let covered = &self.policy.covered;
        let found = covered.binary_search_by(|covered| covered.namespace.as_str().cmp(namespace));
        found.is_ok_and(|position| covered[position].open.is_none())
            && self.policy.mesh.has_default_deny(namespace)
    }
}

/// Runs every lint that `runs` picks. The levels are applied by the caller.
pub fn run(context: &Context<'_>, runs: impl Fn(Code) -> bool) -> Vec<Diagnostic> {
    let lints: Vec<&Lint> = LINTS.iter().filter(|lint| lint.codes.iter().any(|code| runs(*code))).collect();
    if lints.is_empty() {
        return Vec::new();
    }
    let statements = statements(context.files, context.policy);
    let understood = statements.iter().all(|rule| !rule.meant.is_empty() || rule.until().is_some());
    let view = View {
        files: context.files,
        policy: context.policy,
        graph: context.graph,
        project: context.project,
        whole: understood && all_read(context.files),
        statements,
    };
    lints
        .par_iter()
        .flat_map_iter(|lint| {
            let mut diagnostics = Vec::new();
            sparingly(MOST_LOOKS, || (lint.find)(&view, &mut diagnostics));
            diagnostics
        })
        .collect()
}
