//! `deny-path-prefix`: a path prefix that takes something away, where another spelling of the same path is let in.

use rayon::prelude::*;

use super::View;
use super::admission::{Admission, Admitted, Attempt};
use super::inclusion::Pattern;
use super::spellings::{ClosedBy, Spellings, Trick};
use super::statements::Statement;
use crate::check::{Intent, open_end};
use crate::diagnostic::{Diagnostic, code};
use crate::source::{Spanned, Symbol};
use crate::syntax::ast::{Effect, Operation};

/// The setting under which the fewest spellings pass.
const STRICTEST: &str = "DECODE_AND_MERGE_SLASHES";

/// So many statements are looked at one after the other, since neighbours mostly speak of the same pods.
const NEIGHBOURS: usize = 1024;

/// Tells once per statement, at its first prefix that can be passed.
pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if view.statements.iter().all(|statement| prefixes(statement).is_empty()) {
        return;
    }
    let intent = Intent::new(view.policy, view.graph);
    let spellings = || Spellings::new(view.project.path_normalization);
    let found = view.statements.par_chunks(NEIGHBOURS).map_init(spellings, |spellings, statements| {
        let mut admission = Admission::new(view, &intent);
        let found: Vec<Diagnostic> = statements
            .iter()
            .filter_map(|statement| {
                let prefixes = prefixes(statement).into_iter();
                let passed = prefixes.map(|prefix| passed(&mut admission, spellings, statement, prefix));
                report(statement, &passed.filter(Passed::could_be_closed).collect::<Vec<_>>())
            })
            .collect();
        found
    });
    diagnostics.par_extend(found.flatten_iter());
}

/// A prefix as written.
#[derive(Clone, Copy)]
struct Prefix<'a> {
    /// The number of its operation.
    operation: usize,
    written: &'a Spanned<Symbol>,
    /// Without the star.
    head: &'a str,
}

/// The prefixes that a statement takes away: from everybody in a denial, from its own wider paths in an `allow`.
fn prefixes<'a>(statement: &Statement<'a>) -> Vec<Prefix<'a>> {
    let effect = statement.rule.effect.node;
    let operations = statement.rule.operations.iter().enumerate();
    let taken_away = operations.flat_map(|(operation, written)| {
        let paths = match (written, effect) {
            (Operation::Http(http), Effect::Deny) => http.paths.as_slice(),
            (Operation::Http(http), Effect::Allow) => http.except.as_slice(),
            (Operation::Grpc(_), Effect::Allow | Effect::Deny) => &[],
        };
        paths.iter().map(move |written| (operation, written))
    });
    let prefix = |(operation, written): (usize, &'a Spanned<Symbol>)| {
        let head = head(&written.node)?;
        Some(Prefix { operation, written, head })
    };
    taken_away.filter_map(prefix).collect()
}

fn head(path: &str) -> Option<&str> {
    open_end(path).or_else(|| match Pattern::read(path) {
        Pattern::Prefix(head) => Some(head),
        Pattern::Any | Pattern::Exact(_) | Pattern::Suffix(_) | Pattern::Template(..) => None,
    })
}

/// The spellings by which somebody gets through.
struct Passed<'a> {
    prefix: Prefix<'a>,
    spellings: Vec<(ClosedBy, String, Admitted<'a>)>,
}

impl Passed<'_> {
    /// What passes everywhere is told beside the others only: nobody could be rid of such a warning.
    fn could_be_closed(&self) -> bool {
        self.spellings.iter().any(|(closed_by, ..)| *closed_by != ClosedBy::Nothing)
    }

    fn closed_by(&self, closed_by: impl Fn(ClosedBy) -> bool) -> Vec<String> {
        let spellings = self.spellings.iter().filter(|(by, ..)| closed_by(*by));
        spellings.map(|(_, sent, _)| format!("`{sent}`")).collect()
    }
}

fn passed<'a>(
    admission: &mut Admission<'_, 'a>,
    spellings: &mut Spellings<'a>,
    statement: &Statement<'a>,
    prefix: Prefix<'a>,
) -> Passed<'a> {
    let operations =
        statement.meant.iter().filter_map(|rule| Some((rule, rule.operations.get(prefix.operation)?)));
    let attempts: Vec<Attempt<'_, 'a>> =
        operations.map(|(rule, operation)| admission.past(rule, operation)).collect();
    let admitted = |trick: &Trick| {
        trick.spellings.iter().find_map(|spelling| {
            let by = attempts.iter().find_map(|attempt| attempt.admitted(&spelling.compared))?;
            Some((trick.closed_by, spelling.sent.clone(), by))
        })
    };
    let spellings = spellings.around(prefix.head).iter().filter_map(admitted).collect();
    Passed { prefix, spellings }
}

fn report(statement: &Statement<'_>, passed: &[Passed<'_>]) -> Option<Diagnostic> {
    let (first, others) = passed.split_first()?;
    let effect = statement.rule.effect.node;
    let path = &first.prefix.written.node;
    let open = first.closed_by(|by| by != ClosedBy::Nothing).join(", ");
    let (message, label) = match effect {
        Effect::Deny => (format!("a denial of `{path}` can be passed"), format!("does not close {open}")),
        Effect::Allow => (format!("an exception of `{path}` can be passed"), format!("leaves {open} open")),
    };
    let mut diagnostic = Diagnostic::new(code::DENY_PATH_PREFIX, message, first.prefix.written.span, label);
    for other in others {
        diagnostic = diagnostic.label(other.prefix.written.span, "so can this one");
    }
    let by = first.spellings.iter().find_map(|(_, _, admitted)| match admitted {
        Admitted::By(rule) => Some(rule),
        Admitted::Open => None,
    });
    if let (Effect::Deny, Some(rule)) = (effect, by) {
        diagnostic = diagnostic.label(rule.origin.span(), "lets it through");
    }
    Some(advice(first).into_iter().fold(diagnostic, Diagnostic::note))
}

fn advice(passed: &Passed<'_>) -> Vec<String> {
    let mut notes =
        vec!["many servers take these for the same path; Istio compares letter for letter".to_owned()];
    let path = &passed.prefix.written.node;
    if let [bare] = passed.closed_by(|by| by == ClosedBy::Path).as_slice() {
        notes.push(format!("name {bare} beside `{path}`"));
    }
    let by_setting = passed.closed_by(|by| by == ClosedBy::Setting);
    if !by_setting.is_empty() {
        let passing = by_setting.join(", ");
        notes.push(format!(
            "under `pathNormalization: {STRICTEST}`, in the mesh and in `meshward.yaml`, the pattern takes in {passing}"
        ));
    }
    let by_nothing = passed.closed_by(|by| by == ClosedBy::Nothing);
    if !by_nothing.is_empty() {
        let passing = by_nothing.join(" or ");
        notes.push(format!("no setting keeps {passing} from passing: allow only the paths that are needed"));
    }
    notes
}
