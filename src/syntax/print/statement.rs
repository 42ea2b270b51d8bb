//! How each statement is written: its words, and where it may break.

use super::word;
use super::writer::Writer;
use crate::source::{Span, Spanned};
use crate::syntax::ast::{
    Case, Clause, Group, Guarantee, HttpOperation, Method, Methods, Mtls, MtlsScope, Namespace, Network,
    Open, Operation, Rule, Source, Statement, Target, TargetName, Test,
};
use crate::syntax::keyword::{self, EFFECTS, MTLS_MODES, OUTCOMES, PROMISES};

/// Writes a statement that is no block.
pub(super) fn statement(writer: &mut Writer, statement: &Statement) {
    match statement {
        Statement::Case(it) => case(writer, it),
        Statement::Group(it) => group(writer, it),
        Statement::Guarantee(it) => guarantee(writer, it),
        Statement::Methods(it) => methods(writer, it),
        Statement::Mtls(it) => mtls(writer, it),
        Statement::Namespace(it) => namespace_head(writer, it),
        Statement::Network(it) => network(writer, it),
        Statement::Open(it) => open(writer, it),
        Statement::Rule(it) => rule(writer, it),
        Statement::Test(it) => test_head(writer, it),
        Statement::Use(it) => {
            writer.word("use ");
            writer.word(&word::import_path(&it.path));
        }
        Statement::Bad(text) | Statement::Unsupported(text) => writer.verbatim(text),
    }
}

/// `namespace shop`, without its block.
pub(super) fn namespace_head(writer: &mut Writer, namespace: &Namespace) {
    writer.word("namespace ");
    writer.word(&word::part(&namespace.name));
}

fn group(writer: &mut Writer, group: &Group) {
    declared(writer, "group", &group.name);
    list(writer, &group.members, |writer, member| source(writer, &member.node), |member| member.span);
}

fn network(writer: &mut Writer, network: &Network) {
    declared(writer, "network", &network.name);
    let block = |writer: &mut Writer, block: &Spanned<ipnet::IpNet>| {
        // A block of one address is written as that address.
        if block.prefix_len() == block.max_prefix_len() {
            writer.word(&block.addr().to_string());
        } else {
            writer.word(&block.node.to_string());
        }
    };
    list(writer, &network.blocks, block, |block| block.span);
    if network.client.is_some() {
        writer.word(" as client");
    }
}

fn methods(writer: &mut Writer, methods: &Methods) {
    declared(writer, "methods", &methods.name);
    list(writer, &methods.methods, |writer, it| method(writer, &it.node), |it| it.span);
}

fn declared(writer: &mut Writer, head: &str, name: &str) {
    writer.word(head);
    writer.word(" ");
    writer.word(&word::part(name));
    writer.word(" = ");
}

fn mtls(writer: &mut Writer, mtls: &Mtls) {
    writer.word("mtls ");
    writer.word(keyword::spell(&MTLS_MODES, &mtls.mode.node));
    match &mtls.scope {
        MtlsScope::Mesh => {}
        MtlsScope::Namespaces(names) => {
            writer.word(" in ");
            list(writer, names, |writer, name| writer.word(&word::part(name)), |name| name.span);
        }
        MtlsScope::Target(it) => {
            writer.word(" ");
            target(writer, it);
        }
    }
    clauses(writer, &mtls.clauses);
}

fn open(writer: &mut Writer, open: &Open) {
    writer.word("open namespace ");
    writer.word(&word::part(&open.namespace));
    clauses(writer, &open.clauses);
}

/// `test "…"`, without its block.
pub(super) fn test_head(writer: &mut Writer, test: &Test) {
    writer.word("test ");
    writer.word(&word::quote(&test.name));
}

/// A rule; its operations stand on one line each where they stood in braces.
pub(super) fn rule(writer: &mut Writer, rule: &Rule) {
    writer.word(keyword::spell(&EFFECTS, &rule.effect.node));
    writer.word(" ");
    callers(writer, &rule.sources, &rule.except);
    targets(writer, &rule.targets);
    operations_and_clauses(writer, &rule.operations, rule.braces, &rule.clauses);
}

/// A guarantee, written like a rule.
pub(super) fn guarantee(writer: &mut Writer, guarantee: &Guarantee) {
    writer.word(keyword::spell(&PROMISES, &guarantee.promise.node));
    writer.word(" ");
    callers(writer, &guarantee.sources, &guarantee.except);
    targets(writer, &guarantee.targets);
    if !guarantee.via.is_empty() {
        writer.word(" via ");
        list(writer, &guarantee.via, |writer, it| writer.word(&word::name(it)), |it| it.span);
    }
    operations_and_clauses(writer, &guarantee.operations, guarantee.braces, &guarantee.clauses);
}

fn case(writer: &mut Writer, case: &Case) {
    callers(writer, &case.sources, &case.except);
    targets(writer, &case.targets);
    if let Some(it) = &case.operation {
        writer.word(" ");
        operation(writer, it);
    }
    writer.word(" ");
    writer.word(keyword::spell(&OUTCOMES, &case.expected.node));
}

/// Who calls, and the arrow.
fn callers(writer: &mut Writer, sources: &[Spanned<Source>], excluded: &[Spanned<Source>]) {
    list(writer, sources, |writer, it| source(writer, &it.node), |it| it.span);
    except(writer, excluded, |writer, it| source(writer, &it.node));
    writer.word(" ->");
}

fn targets(writer: &mut Writer, targets: &[Target]) {
    if let Some(first) = targets.first() {
        writer.space_or_break(first.name.span);
    }
    list(writer, targets, target, |target| target.name.span);
}

fn operations_and_clauses(
    writer: &mut Writer,
    operations: &[Operation],
    braces: bool,
    clauses: &[Spanned<Clause>],
) {
    match operations {
        [] => {}
        [only] if !braces => {
            writer.word(" ");
            operation(writer, only);
        }
        several => operation_block(writer, several, clauses.first()),
    }
    for clause in clauses {
        if braces {
            writer.space_or_break(clause.span);
        } else {
            writer.clause_break(clause.span);
        }
        self::clause(writer, &clause.node);
    }
}

fn operation_block(writer: &mut Writer, operations: &[Operation], next: Option<&Spanned<Clause>>) {
    writer.word(" {");
    if writer.is_one_line() {
        for (index, it) in operations.iter().enumerate() {
            writer.word(if index == 0 { " " } else { "; " });
            operation(writer, it);
        }
        writer.word(" }");
        return;
    }
    writer.indent();
    for it in operations {
        writer.block_line(start(it));
        operation(writer, it);
    }
    // Comments up to the closing brace stand before the first clause, if there is one.
    writer.block_line(next.map_or(u32::MAX, |clause| clause.span.start));
    writer.outdent();
    writer.word("}");
}

/// The byte where an operation was written.
fn start(operation: &Operation) -> u32 {
    let span = match operation {
        Operation::Grpc(methods) => methods.first().map(|method| method.span),
        Operation::Http(http) => {
            let host = http.hosts.first().map(|host| host.span);
            let method = || http.methods.first().map(|method| method.span);
            host.or_else(method).or_else(|| http.paths.first().map(|path| path.span))
        }
    };
    span.map_or(0, |span| span.start)
}

fn operation(writer: &mut Writer, operation: &Operation) {
    match operation {
        Operation::Grpc(methods) => {
            writer.word("grpc ");
            list(writer, methods, |writer, method| writer.word(method), |method| method.span);
        }
        Operation::Http(http) => http_operation(writer, http),
    }
}

fn http_operation(writer: &mut Writer, http: &HttpOperation) {
    let HttpOperation { hosts, methods, paths, except: excluded } = http;
    if !hosts.is_empty() {
        writer.word("host ");
        list(writer, hosts, |writer, host| writer.word(&word::host(host)), |host| host.span);
    }
    if !hosts.is_empty() && !methods.is_empty() {
        writer.word(" ");
    }
    list(writer, methods, |writer, it| method(writer, &it.node), |it| it.span);
    let starts_with_paths = hosts.is_empty() && methods.is_empty();
    if !paths.is_empty() && !starts_with_paths {
        writer.word(" ");
    }
    list(writer, paths, |writer, path| writer.word(&word::path(path)), |path| path.span);
    except(writer, excluded, |writer, path| writer.word(&word::path(path)));
}

fn except<T>(writer: &mut Writer, excluded: &[Spanned<T>], write: impl Fn(&mut Writer, &Spanned<T>)) {
    if let Some(first) = excluded.first() {
        writer.space_or_break(first.span);
        writer.word("except ");
        list(writer, excluded, write, |it| it.span);
    }
}

fn source(writer: &mut Writer, source: &Source) {
    match source {
        Source::Account(name) => {
            writer.word("account ");
            writer.word(&word::account(name));
        }
        Source::Anyone => writer.word("anyone"),
        Source::Group(name) => set(writer, name),
        Source::Mesh => writer.word("mesh"),
        Source::Name(name) => writer.word(&word::name(name)),
        Source::Namespace(name) => namespace_set(writer, name),
    }
}

fn target(writer: &mut Writer, target: &Target) {
    match &target.name.node {
        TargetName::Group(name) => set(writer, name),
        TargetName::Name(name) => writer.word(&word::name(name)),
        TargetName::Namespace(name) => namespace_set(writer, name),
    }
    if let Some(port) = &target.port {
        writer.word(":");
        writer.word(&word::port(port));
    }
}

fn method(writer: &mut Writer, method: &Method) {
    match method {
        Method::One(name) => writer.word(name),
        Method::Set(name) => set(writer, name),
    }
}

fn set(writer: &mut Writer, name: &str) {
    writer.word("@");
    writer.word(&word::part(name));
}

fn namespace_set(writer: &mut Writer, name: &str) {
    writer.word(&word::part(name));
    writer.word("/*");
}

fn clauses(writer: &mut Writer, clauses: &[Spanned<Clause>]) {
    for clause in clauses {
        writer.clause_break(clause.span);
        self::clause(writer, &clause.node);
    }
}

fn clause(writer: &mut Writer, clause: &Clause) {
    let reason = |word: &str, text: &str| [word, " ", &word::quote(text)].concat();
    match clause {
        Clause::Because(text) => writer.word(&reason(keyword::BECAUSE, text)),
        Clause::Owner(text) => writer.word(&reason(keyword::OWNER, text)),
        Clause::Ticket(text) => writer.word(&reason(keyword::TICKET, text)),
        Clause::Unsupported(text) => writer.verbatim(text),
        Clause::Until(date) => writer.word(&format!("{} {date}", keyword::UNTIL)),
    }
}

/// Elements with `, ` between them; a line may break behind each comma.
fn list<T>(writer: &mut Writer, items: &[T], write: impl Fn(&mut Writer, &T), span: impl Fn(&T) -> Span) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            writer.word(",");
            writer.space_or_break(span(item));
        }
        write(writer, item);
    }
}
