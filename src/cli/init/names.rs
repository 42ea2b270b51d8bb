//! Names that a new project is made of: its own, and those of services as a policy writes them.

use std::path::Path;

use meshward::graph::Key;
use meshward::source::{SourceId, Span, Spanned};
use meshward::syntax::ast::{self, Effect, Item, PortName, Source, Statement, TargetName};
use meshward::syntax::print_statement_line;
use thin_vec::{ThinVec, thin_vec};

use crate::cli::Failure;

/// The longest value of a label.
const MAX_LABEL: usize = 63;

/// A project name that was asked for: it becomes the value of a label.
pub(super) fn label_value(name: &str) -> Result<String, Failure> {
    if sanitized(name) == name && !name.is_empty() {
        return Ok(name.to_owned());
    }
    let advice = "it becomes the value of a label: at most 63 letters, digits, `-`, `_` and `.`, with a letter \
                  or digit at both ends";
    Err(Failure::usage(format!("`{name}` can not be the name of a project"), advice))
}

/// A project name from the name of its folder.
pub(super) fn from_folder(folder: &Path) -> String {
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name = whole.file_name().map(|name| sanitized(&name.to_string_lossy().replace(' ', "-")));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "mesh".to_owned())
}

fn sanitized(name: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || "-_.".contains(*c);
    let kept: String = name.chars().filter(allowed).take(MAX_LABEL).collect();
    kept.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
}

/// `allow web -> cart:7070`, as it is written inside of `namespace`.
pub(super) fn allow(caller: &Key, callee: &Key, port: Option<u16>, namespace: &str) -> String {
    rule(Source::Name(relative(caller, namespace)), callee, port, namespace)
}

/// `allow account ops/console -> cart`, as it is written inside of `namespace`.
pub(super) fn allow_account(account: &Key, callee: &Key, namespace: &str) -> String {
    rule(Source::Account(relative(account, namespace)), callee, None, namespace)
}

/// `cart:7070`, as it is written inside of `namespace`.
pub(super) fn target(callee: &Key, port: Option<u16>, namespace: &str) -> String {
    let rule = rule(Source::Mesh, callee, port, namespace);
    rule.split_once("-> ").map_or_else(String::new, |(_, target)| target.to_owned())
}

/// The printer of the language knows what has to be quoted, so it is given a rule that was written nowhere.
fn rule(caller: Source, callee: &Key, port: Option<u16>, namespace: &str) -> String {
    let nowhere = Span::new(SourceId(0), 0, 0);
    let target = ast::Target {
        name: Spanned::new(TargetName::Name(relative(callee, namespace)), nowhere),
        port: port.map(|number| Spanned::new(PortName::Number(number), nowhere)),
    };
    let rule = ast::Rule {
        effect: Spanned::new(Effect::Allow, nowhere),
        sources: thin_vec![Spanned::new(caller, nowhere)],
        except: ThinVec::new(),
        targets: thin_vec![target],
        operations: ThinVec::new(),
        braces: false,
        clauses: ThinVec::new(),
    };
    print_statement_line(&Item {
        leading: ThinVec::new(),
        attributes: ThinVec::new(),
        statement: Statement::Rule(rule),
        inner: ThinVec::new(),
        trailing: None,
        span: nowhere,
    })
}

fn relative(key: &Key, namespace: &str) -> ast::Name {
    let written = (key.namespace != namespace).then_some(key.namespace);
    ast::Name { namespace: written, name: key.name }
}
