//! What a rule opens or closes: methods, paths, gRPC names and hosts, each checked to be able to match.

use thin_vec::{ThinVec, thin_vec};

use super::context::{Context, Place};
use super::declarations::{Meaning, wrong_kind};
use super::exceptions::refuse_empty;
use super::paths::check_path;
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::policy::Operation;
use crate::source::{Span, Spanned, Symbol};
use crate::syntax::ast;

/// The methods that Envoy's HTTP/1 codec accepts; a request with another one is answered with 400.
pub const METHODS: &[&str] = &[
    "ACL",
    "BIND",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LINK",
    "LOCK",
    "M-SEARCH",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MOVE",
    "NOTIFY",
    "OPTIONS",
    "PATCH",
    "POST",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "PUT",
    "REBIND",
    "REPORT",
    "SEARCH",
    "SOURCE",
    "SUBSCRIBE",
    "TRACE",
    "UNBIND",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE",
];

/// A lowered operation, the place of it, and of its first host.
pub(super) struct LoweredOperation {
    pub(super) operation: Operation,
    pub(super) span: Span,
    pub(super) host: Option<Span>,
}

/// Lowers the operations of a statement. What can not match is reported and left out.
pub(super) fn operations(
    context: &Context<'_>,
    place: &Place,
    operations: &[ast::Operation],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<LoweredOperation> {
    let lower = |operation: &ast::Operation, diagnostics: &mut Vec<Diagnostic>| match operation {
        ast::Operation::Http(http) => self::http(context, place, http, diagnostics),
        ast::Operation::Grpc(names) => grpc(names, diagnostics),
    };
    operations.iter().filter_map(|operation| lower(operation, diagnostics)).collect()
}

fn http(
    context: &Context<'_>,
    place: &Place,
    http: &ast::HttpOperation,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<LoweredOperation> {
    let mut complete = true;
    let mut methods = ThinVec::with_capacity(http.methods.len());
    for method in &http.methods {
        match expand(context, place, method, &mut methods) {
            Ok(()) => {}
            Err(diagnostic) => {
                complete = false;
                diagnostics.extend(diagnostic.map(|diagnostic| *diagnostic));
            }
        }
    }
    let normalization = context.project().path_normalization;
    let mut check = |paths: &[Spanned<Symbol>]| -> ThinVec<Symbol> {
        let mut found = ThinVec::with_capacity(paths.len());
        for path in paths {
            match check_path(path, normalization) {
                Ok(pattern) => found.push(pattern),
                Err(diagnostic) => {
                    complete = false;
                    diagnostics.push(*diagnostic);
                }
            }
        }
        sorted(found)
    };
    let (paths, except_paths) = (check(&http.paths), check(&http.except));
    if !complete {
        // A part that is missing would make the rest wider than what was written.
        return None;
    }
    let empty = refuse_empty(http, |path| check_path(path, normalization).ok());
    if !empty.is_empty() {
        diagnostics.extend(empty);
        return None;
    }
    let hosts = sorted(http.hosts.iter().map(|host| host.node).collect());
    let texts = http.hosts.iter().chain(&http.paths).chain(&http.except).map(|part| part.span);
    let span = texts.chain(http.methods.iter().map(|part| part.span)).reduce(Span::merge)?;
    let operation = Operation { methods: sorted(methods), paths, except_paths, hosts };
    Some(LoweredOperation { operation, span, host: http.hosts.first().map(|host| host.span) })
}

fn sorted(mut list: ThinVec<Symbol>) -> ThinVec<Symbol> {
    list.sort_unstable();
    list.dedup();
    list
}

/// Adds the methods that `GET` or `@read` stands for.
fn expand(
    context: &Context<'_>,
    place: &Place,
    method: &Spanned<ast::Method>,
    found: &mut ThinVec<Symbol>,
) -> Result<(), Option<Box<Diagnostic>>> {
    match &method.node {
        ast::Method::One(name) => {
            check_method(name, method.span).map_err(Some)?;
            found.push(*name);
            Ok(())
        }
        ast::Method::Set(name) => {
            let declaration = context.declarations.find(place.module, name, method.span)?;
            match &declaration.meaning {
                Meaning::Methods(methods) => {
                    found.extend_from_slice(methods);
                    Ok(())
                }
                Meaning::Group(_) | Meaning::Network { .. } => {
                    Err(Some(wrong_kind(declaration, method.span, "a method set")))
                }
            }
        }
    }
}

/// A method that a proxy lets through, or the diagnostic that it is none.
pub(super) fn check_method(name: &str, span: Span) -> Result<(), Box<Diagnostic>> {
    if METHODS.contains(&name) {
        return Ok(());
    }
    let mut diagnostic = Diagnostic::new(
        code::INVALID_METHOD,
        format!("`{name}` is not an HTTP method"),
        span,
        "Envoy refuses a request with it before any policy is asked",
    );
    if name == "GRPC" {
        return Err(Box::new(
            diagnostic.note("for gRPC write `grpc` in small letters, and the names of its methods"),
        ));
    }
    diagnostic.notes.extend(did_you_mean(name, METHODS.iter().copied()));
    Err(Box::new(diagnostic))
}

/// `grpc pkg.Service/Method` is a `POST` of `/pkg.Service/Method`.
fn grpc(names: &[Spanned<Symbol>], diagnostics: &mut Vec<Diagnostic>) -> Option<LoweredOperation> {
    let mut paths = ThinVec::new();
    for name in names {
        match grpc_path(name) {
            Ok(path) => paths.push(path),
            Err(diagnostic) => {
                diagnostics.push(*diagnostic);
                return None;
            }
        }
    }
    let span = names.iter().map(|name| name.span).reduce(Span::merge)?;
    let operation =
        Operation { methods: thin_vec![Symbol::new("POST")], paths: sorted(paths), ..Operation::default() };
    Some(LoweredOperation { operation, span, host: None })
}

/// `/pkg.Service/Method`
pub(super) fn grpc_path(name: &Spanned<Symbol>) -> Result<Symbol, Box<Diagnostic>> {
    let text = name.as_str();
    if text == "*" {
        return Ok(Symbol::new("/*"));
    }
    let identifier = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let valid = text.split_once('/').is_some_and(|(service, method)| {
        service.split('.').all(identifier) && (method == "*" || identifier(method))
    });
    if valid {
        return Ok(Symbol::from(format!("/{text}")));
    }
    Err(Box::new(
        Diagnostic::new(
            code::INVALID_PATH,
            format!("`{text}` is not the name of a gRPC method"),
            name.span,
            "no such name can be called",
        )
        .note(
            "write `package.Service/Method`, `package.Service/*` for all of a service, or `*` for everything",
        ),
    ))
}
