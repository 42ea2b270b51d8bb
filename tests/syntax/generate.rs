//! Generated trees: anything that a file could say, whether or not it makes sense.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use meshward::source::{SourceId, Span, Spanned, Symbol};
use meshward::syntax::ast::{
    Attribute, Block, Case, Clause, Comment, Date, Effect, Expected, File, Group, Guarantee, HttpOperation,
    Item, Method, Methods, Mtls, MtlsMode, MtlsScope, Name, Namespace, Network, Open, Operation, PortName,
    Promise, Rule, Source, Statement, Target, TargetName, Test, Trivia, Use,
};
use proptest::collection::{self, SizeRange};
use proptest::option;
use proptest::prelude::*;
use thin_vec::{ThinVec, thin_vec};

/// Comments start before everything else, so that the printer puts them at the first place it can.
fn comment_span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

fn at<T>(node: T) -> Spanned<T> {
    Spanned::new(node, Span::new(SourceId(0), 1, 1))
}

fn several<T: std::fmt::Debug + 'static>(
    one: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<ThinVec<Spanned<T>>> {
    vec(one.prop_map(at), 1..4).boxed()
}

pub(super) fn file() -> BoxedStrategy<File> {
    (items(), trivia())
        .prop_map(|(items, trailing)| {
            let mut file = File { source: SourceId(0), items, trailing };
            settle(&mut file.items, &mut file.trailing);
            file
        })
        .boxed()
}

/// Takes out the blank lines that separate nothing, which the parser drops.
fn settle(items: &mut [Arc<Item>], trailing: &mut ThinVec<Trivia>) {
    let mut at_start = true;
    for item in items {
        if at_start && item.leading.first() == Some(&Trivia::BlankLine) {
            Arc::make_mut(item).leading.remove(0);
        }
        at_start = false;
    }
    if at_start && trailing.first() == Some(&Trivia::BlankLine) {
        trailing.remove(0);
    }
    if trailing.last() == Some(&Trivia::BlankLine) {
        trailing.pop();
    }
}

fn trivia() -> BoxedStrategy<ThinVec<Trivia>> {
    let comments = || vec(comment().prop_map(Trivia::Comment), 0..3);
    (comments(), option::of(comments()))
        .prop_map(|(mut above, below)| {
            if let Some(below) = below {
                above.push(Trivia::BlankLine);
                above.extend(below);
            }
            above
        })
        .boxed()
}

/// A list as the tree holds it.
fn vec<T: std::fmt::Debug>(
    element: impl Strategy<Value = T>,
    size: impl Into<SizeRange>,
) -> impl Strategy<Value = ThinVec<T>> {
    collection::vec(element, size).prop_map(ThinVec::from)
}

fn comment() -> BoxedStrategy<Comment> {
    "( [a-zäöü\"#{}(),@*/-]{0,12}[a-z\"{}#])?"
        .prop_map(|text| Comment { text, own_line: true, span: comment_span() })
        .boxed()
}

fn items() -> BoxedStrategy<ThinVec<Arc<Item>>> {
    vec(item(prop_oneof![8 => statement(), 1 => test()].boxed()), 0..4)
        .prop_recursive(3, 24, 4, |inner| {
            let block = (part(), inner, trivia()).prop_map(|(name, mut items, mut trailing)| {
                settle(&mut items, &mut trailing);
                Statement::Namespace(Namespace { name: at(name), block: Some(Block { items, trailing }) })
            });
            vec(item(prop_oneof![6 => statement(), 1 => test(), 2 => block].boxed()), 0..4)
        })
        .boxed()
}

fn item(statement: BoxedStrategy<Statement>) -> BoxedStrategy<Arc<Item>> {
    let around = (trivia(), vec(attribute(), 0..2), vec(comment(), 0..3), option::of(comment()));
    (statement, around)
        .prop_map(|(statement, (leading, attributes, mut inner, trailing))| {
            inner.truncate(places_for_comments(&statement));
            for comment in inner.iter_mut().take(usize::from(is_block(&statement))) {
                comment.own_line = false;
            }
            let span = Span::new(SourceId(0), 1, 1);
            let trailing = trailing.map(Box::new);
            Arc::new(Item { leading, attributes, statement, inner, trailing, span })
        })
        .boxed()
}

fn is_block(statement: &Statement) -> bool {
    match statement {
        Statement::Namespace(namespace) => namespace.block.is_some(),
        Statement::Test(_) => true,
        _ => false,
    }
}

/// How many comments a statement can hold: one behind the brace of a block, any number where a line can end.
fn places_for_comments(statement: &Statement) -> usize {
    let any_if = |can_break: bool| if can_break { usize::MAX } else { 0 };
    match statement {
        Statement::Rule(_) | Statement::Guarantee(_) | Statement::Case(_) => usize::MAX,
        Statement::Test(_) => 1,
        Statement::Namespace(namespace) => usize::from(namespace.block.is_some()),
        Statement::Group(group) => any_if(group.members.len() > 1),
        Statement::Network(network) => any_if(network.blocks.len() > 1),
        Statement::Methods(methods) => any_if(methods.methods.len() > 1),
        Statement::Mtls(mtls) => any_if(!mtls.clauses.is_empty()),
        Statement::Open(open) => any_if(!open.clauses.is_empty()),
        Statement::Use(_) | Statement::Unsupported(_) | Statement::Bad(_) => 0,
    }
}

fn attribute() -> BoxedStrategy<Attribute> {
    (label(), label(), string())
        .prop_map(|(name, lint, reason)| Attribute { name: at(name), lint: at(lint), reason: at(reason) })
        .boxed()
}

fn statement() -> BoxedStrategy<Statement> {
    prop_oneof![
        6 => rule().prop_map(Statement::Rule),
        2 => guarantee().prop_map(Statement::Guarantee),
        1 => import().prop_map(|path| Statement::Use(Use { path: at(path) })),
        1 => part().prop_map(|name| Statement::Namespace(Namespace { name: at(name), block: None })),
        1 => (part(), several(source()))
            .prop_map(|(name, members)| Statement::Group(Group { name: at(name), members })),
        1 => network().prop_map(Statement::Network),
        1 => (part(), several(method()))
            .prop_map(|(name, methods)| Statement::Methods(Methods { name: at(name), methods })),
        1 => mtls().prop_map(Statement::Mtls),
        1 => (part(), clauses())
            .prop_map(|(name, clauses)| Statement::Open(Open { namespace: at(name), clauses })),
    ]
    .boxed()
}

fn test() -> BoxedStrategy<Statement> {
    (string(), vec(item(case().prop_map(Statement::Case).boxed()), 0..4), trivia())
        .prop_map(|(name, mut items, mut trailing)| {
            settle(&mut items, &mut trailing);
            Statement::Test(Test { name: at(name), block: Block { items, trailing } })
        })
        .boxed()
}

fn case() -> BoxedStrategy<Case> {
    let expected = prop_oneof![Just(Expected::Allowed), Just(Expected::Denied)];
    (several(source()), except(), vec(target(), 1..3), option::of(operation()), expected)
        .prop_map(|(sources, except, targets, operation, expected)| Case {
            sources,
            except,
            targets,
            operation,
            expected: at(expected),
        })
        .boxed()
}

fn guarantee() -> BoxedStrategy<Guarantee> {
    let promise = prop_oneof![Just(Promise::Never), Just(Promise::Only), Just(Promise::Reaches)];
    let via = prop_oneof![3 => Just(ThinVec::new()), 1 => several(name())];
    let relation = (several(source()), except(), vec(target(), 1..3), via);
    (promise, relation, operations(), clauses())
        .prop_map(|(promise, (sources, except, targets, via), (braces, operations), clauses)| Guarantee {
            promise: at(promise),
            sources,
            except,
            targets,
            via,
            operations,
            braces,
            clauses,
        })
        .boxed()
}

fn except() -> BoxedStrategy<ThinVec<Spanned<Source>>> {
    prop_oneof![3 => Just(ThinVec::new()), 1 => several(source())].boxed()
}

/// Whether they stand in braces, and the operations.
fn operations() -> BoxedStrategy<(bool, ThinVec<Operation>)> {
    prop_oneof![
        Just((false, ThinVec::new())),
        operation().prop_map(|one| (false, thin_vec![one])),
        vec(operation(), 1..4).prop_map(|several| (true, several)),
    ]
    .boxed()
}

fn rule() -> BoxedStrategy<Rule> {
    let effect = prop_oneof![Just(Effect::Allow), Just(Effect::Deny)];
    (effect, several(source()), except(), vec(target(), 1..3), operations(), clauses())
        .prop_map(|(effect, sources, except, targets, (braces, operations), clauses)| Rule {
            effect: at(effect),
            sources,
            except,
            targets,
            operations,
            braces,
            clauses,
        })
        .boxed()
}

fn source() -> BoxedStrategy<Source> {
    prop_oneof![
        4 => name().prop_map(Source::Name),
        1 => part().prop_map(Source::Namespace),
        1 => name().prop_map(Source::Account),
        1 => part().prop_map(Source::Group),
        1 => Just(Source::Mesh),
        1 => Just(Source::Anyone),
    ]
    .boxed()
}

fn target() -> BoxedStrategy<Target> {
    let name = prop_oneof![
        4 => name().prop_map(TargetName::Name),
        1 => part().prop_map(TargetName::Namespace),
        1 => part().prop_map(TargetName::Group),
    ];
    let port = prop_oneof![
        (1..=u16::MAX).prop_map(PortName::Number),
        part().prop_map(PortName::Name),
        Just(PortName::Name("80".into())),
    ];
    (name, option::of(port)).prop_map(|(name, port)| Target { name: at(name), port: port.map(at) }).boxed()
}

fn operation() -> BoxedStrategy<Operation> {
    let grpc = prop_oneof!["[a-z]{1,4}\\.[A-Z][a-z_0-9]{0,5}/([A-Z][a-z]{0,5}|\\*)", Just("*".to_owned())];
    let some = |few: bool| if few { 1..3 } else { 0..3 };
    let http = (any::<[bool; 3]>()).prop_flat_map(move |[hosts, methods, paths]| {
        let paths = paths || !(hosts || methods);
        let list = |wanted: bool| if wanted { some(true) } else { 0..1 };
        let except = if paths { 0..3 } else { 0..1 };
        (
            vec(host().prop_map(at), list(hosts)),
            vec(method().prop_map(at), list(methods)),
            vec(path().prop_map(at), list(paths)),
            vec(path().prop_map(at), except),
        )
    });
    prop_oneof![
        1 => several(grpc.prop_map(Symbol::from)).prop_map(Operation::Grpc),
        4 => http.prop_map(|(hosts, methods, paths, except)| {
            Operation::Http(HttpOperation { hosts, methods, paths, except })
        }),
    ]
    .boxed()
}

fn method() -> BoxedStrategy<Method> {
    prop_oneof![
        "[A-Z][A-Z0-9_-]{0,6}".prop_map(|name| Method::One(name.into())),
        part().prop_map(Method::Set),
    ]
    .boxed()
}

fn path() -> BoxedStrategy<Symbol> {
    prop_oneof![
        4 => "[/*][a-z0-9/.#?;%{}()*\"-]{0,16}",
        1 => "[/*].{0,10}",
        1 => ".{0,10}",
    ]
    .prop_map(Symbol::from)
    .boxed()
}

fn host() -> BoxedStrategy<Symbol> {
    prop_oneof![4 => "(\\*\\.)?[a-zA-Z0-9-]{1,8}(\\.[a-z]{1,3})?(:[0-9]{2})?", 1 => ".{1,8}"]
        .prop_map(Symbol::from)
        .boxed()
}

fn import() -> BoxedStrategy<Symbol> {
    prop_oneof![4 => "(\\./|std/)[a-z-]{1,8}(/[a-z]{1,3})?", 1 => ".{1,8}"].prop_map(Symbol::from).boxed()
}

fn network() -> BoxedStrategy<Network> {
    let address = || any::<IpAddr>().prop_map(|address| address.to_canonical());
    let block = (address(), 0_u8..=32)
        .prop_map(|(address, length)| IpNet::new(address, length).expect("32 bits fit every address"));
    let single = address().prop_map(IpNet::from);
    (part(), several(prop_oneof![block, single]), any::<bool>())
        .prop_map(|(name, blocks, client)| Network {
            name: at(name),
            blocks,
            client: client.then(comment_span),
        })
        .boxed()
}

fn mtls() -> BoxedStrategy<Mtls> {
    let mode = prop_oneof![Just(MtlsMode::Disable), Just(MtlsMode::Permissive), Just(MtlsMode::Strict)];
    let scope = prop_oneof![
        Just(MtlsScope::Mesh),
        several(part()).prop_map(MtlsScope::Namespaces),
        target().prop_map(|target| MtlsScope::Target(Box::new(target))),
    ];
    (mode, scope, clauses())
        .prop_map(|(mode, scope, clauses)| Mtls { mode: at(mode), scope, clauses })
        .boxed()
}

/// Each kind at most once.
fn clauses() -> BoxedStrategy<ThinVec<Spanned<Clause>>> {
    let date = (0_u16..=9999, 1_u8..=12, 1_u8..=28).prop_map(|(year, month, day)| Date { year, month, day });
    let each = (option::of(string()), option::of(string()), option::of(string()), option::of(date));
    (each, any::<usize>())
        .prop_map(|((because, ticket, owner, until), first)| {
            let mut clauses: ThinVec<_> = [
                because.map(|text| Clause::Because(text.into())),
                ticket.map(|text| Clause::Ticket(text.into())),
                owner.map(|text| Clause::Owner(text.into())),
                until.map(Clause::Until),
            ]
            .into_iter()
            .flatten()
            .map(at)
            .collect();
            let first = first % clauses.len().max(1);
            clauses.rotate_left(first);
            clauses
        })
        .boxed()
}

fn name() -> BoxedStrategy<Name> {
    (option::of(part()), part()).prop_map(|(namespace, name)| Name { namespace, name }).boxed()
}

/// A part of a name: mostly a label, now and then a keyword or something that needs quotes.
fn part() -> BoxedStrategy<Symbol> {
    let words = proptest::sample::select(vec![
        "allow",
        "anyone",
        "because",
        "client",
        "except",
        "get",
        "grpc",
        "host",
        "in",
        "mesh",
        "namespace",
        "allowed",
        "denied",
        "never",
        "test",
        "token",
        "until",
        "via",
        "with",
    ]);
    prop_oneof![
        6 => label(),
        1 => words.prop_map(Symbol::from),
        1 => "[a-zA-Z._/ -]{1,8}".prop_map(Symbol::from),
        1 => ".{1,8}".prop_map(Symbol::from),
    ]
    .boxed()
}

fn label() -> BoxedStrategy<Symbol> {
    "[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?".prop_map(Symbol::from).boxed()
}

fn string() -> BoxedStrategy<String> {
    prop_oneof!["[a-zA-Z ,.'#]{0,40}", "(?s).{0,12}", "[\"\\\\\n\t\r{}u]{0,6}"].boxed()
}
