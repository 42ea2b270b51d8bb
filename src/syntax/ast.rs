//! What was written: every statement with its spans and comments, enough to print it back. Nothing here is
//! resolved; a name is a name until `check` binds it.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use thin_vec::ThinVec;

use crate::source::{SourceId, Span, Spanned, Symbol};

/// One `.ward` file.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Where its text lives.
    pub source: SourceId,
    /// Its statements in order, shared with what the checker makes of them.
    pub items: ThinVec<Arc<Item>>,
    /// Comments and blank lines behind the last statement.
    pub trailing: ThinVec<Trivia>,
}

/// A statement with all that stands around it. Two are equal when they say the same, wherever they stand.
#[derive(Clone, Debug)]
pub struct Item {
    /// Comments and blank lines above it, in order. The run of comments directly above is its doc comment.
    pub leading: ThinVec<Trivia>,
    /// `@allow(lint, "reason")` lines above it.
    pub attributes: ThinVec<Attribute>,
    /// The statement.
    pub statement: Statement,
    /// Comments inside it (in a list that spans lines), in order.
    pub inner: ThinVec<Comment>,
    /// A comment at the end of its last line.
    pub trailing: Option<Box<Comment>>,
    /// From the first attribute or word to the last character of the statement, comments not included.
    pub span: Span,
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.leading == other.leading
            && self.attributes == other.attributes
            && self.statement == other.statement
            && self.inner == other.inner
            && self.trailing == other.trailing
    }
}

impl Item {
    /// The doc comment: the run of `#` lines directly above, without `#` and one space, joined by newlines.
    pub fn doc(&self) -> Option<String> {
        let mut lines: Vec<&str> = self
            .leading
            .iter()
            .rev()
            .map_while(|trivia| match trivia {
                Trivia::Comment(comment) => Some(comment.text.strip_prefix(' ').unwrap_or(&comment.text)),
                Trivia::BlankLine => None,
            })
            .collect();
        lines.reverse();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// What the printer keeps though it has no meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trivia {
    /// One or more empty lines.
    BlankLine,
    /// A comment on a line of its own.
    Comment(Comment),
}

/// `# text`
#[derive(Clone, Debug, Eq)]
pub struct Comment {
    /// Everything behind `#`, without the end of the line.
    pub text: String,
    /// Whether nothing but white space stands before it on its line.
    pub own_line: bool,
    /// From `#` to the end of the line.
    pub span: Span,
}

impl PartialEq for Comment {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// `@allow(shared-identity, "both run as one team's account")`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// `allow`; any other word is an error of the checker.
    pub name: Spanned<Symbol>,
    /// The lint to silence.
    pub lint: Spanned<Symbol>,
    /// Why.
    pub reason: Spanned<String>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `allow a -> b GET /x`
    Rule(Rule),
    /// `use std/http`
    Use(Use),
    /// `namespace shop { … }` or `namespace shop`
    Namespace(Namespace),
    /// `group backoffice = ops-console, admin-ui`
    Group(Group),
    /// `network office = 203.0.113.0/24 as client`
    Network(Network),
    /// `methods search = GET, POST`
    Methods(Methods),
    /// `mtls permissive in legacy because "…"`
    Mtls(Mtls),
    /// `open namespace sandbox because "…"`
    Open(Open),
    /// `never shop/* -> vault`
    Guarantee(Guarantee),
    /// `test "…" { … }`
    Test(Test),
    /// A line of a test; it stands in the block of a [`Test`] and nowhere else.
    Case(Case),
    /// Part of the language, but not of this version; reported by the parser with its place.
    Unsupported(Spanned<String>),
    /// Could not be read; reported by the parser. The text is kept.
    Bad(Spanned<String>),
}

/// `allow` or `deny`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Opens.
    Allow,
    /// Closes; beats `allow`.
    Deny,
}

/// `allow orders, checkout -> payments POST /api/v1/charges because "…"`
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What it does.
    pub effect: Spanned<Effect>,
    /// Who calls; never empty.
    pub sources: ThinVec<Spanned<Source>>,
    /// `except …` behind the sources.
    pub except: ThinVec<Spanned<Source>>,
    /// Who is called; never empty.
    pub targets: ThinVec<Target>,
    /// What is called; empty for everything.
    pub operations: ThinVec<Operation>,
    /// Whether the operations stood in `{ }`, one a line.
    pub braces: bool,
    /// The clauses in order.
    pub clauses: ThinVec<Spanned<Clause>>,
}

/// A caller as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// `payments` or `shop/payments`
    Name(Name),
    /// `shop/*`
    Namespace(Symbol),
    /// `account shop/batch`; the namespace may be left to the enclosing statement
    Account(Name),
    /// `@backoffice`: a group or a network
    Group(Symbol),
    /// `mesh`
    Mesh,
    /// `anyone`
    Anyone,
}

/// `payments`, `shop/payments`, `"api.v2"`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Name {
    /// Where it is written out.
    pub namespace: Option<Symbol>,
    /// The last part.
    pub name: Symbol,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// `payments:80`
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Whom.
    pub name: Spanned<TargetName>,
    /// Which service port.
    pub port: Option<Spanned<PortName>>,
}

/// A target as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TargetName {
    /// One service or workload.
    Name(Name),
    /// `shop/*`
    Namespace(Symbol),
    /// `@backends`
    Group(Symbol),
}

/// A port by number or name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PortName {
    /// `:80`
    Number(u16),
    /// `:http`
    Name(Symbol),
}

/// `GET, HEAD /a, /b/* except /b/c`, `grpc shop.Cart/Get`, `host api.example.com /x`
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Methods × paths.
    Http(HttpOperation),
    /// `grpc pkg.Service/Method, pkg.Service/*`; `*` alone is every method
    Grpc(ThinVec<Spanned<Symbol>>),
}

/// Methods × paths, on a gateway also × hosts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpOperation {
    /// `host api.example.com, …`; empty for any.
    pub hosts: ThinVec<Spanned<Symbol>>,
    /// Empty for any.
    pub methods: ThinVec<Spanned<Method>>,
    /// Path patterns as written; empty for any.
    pub paths: ThinVec<Spanned<Symbol>>,
    /// `except …`
    pub except: ThinVec<Spanned<Symbol>>,
}

/// `GET` or `@read`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// One method.
    One(Symbol),
    /// A set declared with `methods`.
    Set(Symbol),
}

/// `orders -> payments GET /a`: a line that asks and is part of no file.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Who calls; left out where that is what is asked.
    pub caller: Option<Spanned<Asker>>,
    /// Who is called; left out where that is what is asked.
    pub target: Option<Target>,
    /// What is called.
    pub operation: Option<Operation>,
}

/// The caller of a question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Asker {
    /// As a rule writes it.
    Source(Source),
    /// `spiffe://partner.example/ns/feeds/sa/puller`
    Uri(Symbol),
}

/// What a statement says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// `because "…"`
    Because(Symbol),
    /// `ticket "…"`
    Ticket(Symbol),
    /// `owner "…"`
    Owner(Symbol),
    /// `until 2026-12-31`
    Until(Date),
    /// `with jwt …`, `where …`: part of the language, not of this version; or an `until` whose date is none.
    /// Reported by the parser, the text is kept.
    Unsupported(String),
}

/// A day, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Four digits.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// `use std/http` or `use ./shared/groups`
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The path as written, without an extension.
    pub path: Spanned<Symbol>,
}

/// `namespace shop { … }`; without a block it covers the rest of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Namespace {
    /// The default namespace of the names inside.
    pub name: Spanned<Symbol>,
    /// The block; `None` for the statement form.
    pub block: Option<Block>,
}

/// Statements between braces.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The statements.
    pub items: ThinVec<Arc<Item>>,
    /// Comments and blank lines before the closing brace.
    pub trailing: ThinVec<Trivia>,
}

/// `group backoffice = ops-console, admin-ui`
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Without the `@`.
    pub name: Spanned<Symbol>,
    /// Never empty.
    pub members: ThinVec<Spanned<Source>>,
}

/// `network office = 203.0.113.0/24, 2001:db8::/32 as client`
#[derive(Clone, Debug)]
pub struct Network {
    /// Without the `@`.
    pub name: Spanned<Symbol>,
    /// Never empty; a single address is a block of one.
    pub blocks: ThinVec<Spanned<IpNet>>,
    /// `as client`: the client's address behind trusted proxies, not the peer's.
    pub client: Option<Span>,
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.blocks == other.blocks
            && self.client.is_some() == other.client.is_some()
    }
}

/// A block of one address.
pub fn single(address: IpAddr) -> IpNet {
    IpNet::from(address)
}

/// `methods search = GET, POST`
#[derive(Clone, Debug, PartialEq)]
pub struct Methods {
    /// Without the `@`.
    pub name: Spanned<Symbol>,
    /// Never empty.
    pub methods: ThinVec<Spanned<Method>>,
}

/// How a port treats mutual TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MtlsMode {
    /// Plaintext only.
    Disable,
    /// Both.
    Permissive,
    /// Mutual TLS only.
    Strict,
}

/// `mtls permissive in legacy until 2027-03-31 because "…"`, `mtls disable legacy/probe:8086 because "…"`
#[derive(Clone, Debug, PartialEq)]
pub struct Mtls {
    /// The mode.
    pub mode: Spanned<MtlsMode>,
    /// Where it holds.
    pub scope: MtlsScope,
    /// `because`, `until`, `owner`, `ticket`.
    pub clauses: ThinVec<Spanned<Clause>>,
}

/// Where an `mtls` statement holds.
#[derive(Clone, Debug, PartialEq)]
pub enum MtlsScope {
    /// The whole mesh.
    Mesh,
    /// `in legacy, other`
    Namespaces(ThinVec<Spanned<Symbol>>),
    /// `legacy/probe:8086`: a service or workload, perhaps one port of it. A number that is no service port
    /// is taken as the workload's port, since a probe's port is often in no Service.
    Target(Box<Target>),
}

/// `open namespace sandbox because "…" until 2026-12-24`
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    /// The namespace without a default deny.
    pub namespace: Spanned<Symbol>,
    /// `because`, `until`, `owner`, `ticket`.
    pub clauses: ThinVec<Spanned<Clause>>,
}

/// What a guarantee promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Promise {
    /// No request of the left may reach the right.
    Never,
    /// Whoever is allowed to reach the right is on the left.
    Only,
    /// Some request gets through.
    Reaches,
}

/// `never shop/* -> vault`, `only ops-console -> payments /admin/*`, `reaches storefront -> ledger-db via payments`
#[derive(Clone, Debug, PartialEq)]
pub struct Guarantee {
    /// What it promises.
    pub promise: Spanned<Promise>,
    /// Who calls; never empty.
    pub sources: ThinVec<Spanned<Source>>,
    /// `except …` behind the sources.
    pub except: ThinVec<Spanned<Source>>,
    /// Who is called; never empty.
    pub targets: ThinVec<Target>,
    /// `via …`: the services on the way, in order.
    pub via: ThinVec<Spanned<Name>>,
    /// What is called; empty for everything.
    pub operations: ThinVec<Operation>,
    /// Whether the operations stood in `{ }`, one a line.
    pub braces: bool,
    /// The clauses in order.
    pub clauses: ThinVec<Spanned<Clause>>,
}

/// `test "marketing reads users" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What it is called.
    pub name: Spanned<String>,
    /// Its lines: each a [`Statement::Case`], or one that could not be read or is of a later version.
    pub block: Block,
}

/// What a line of a test expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// The request gets through.
    Allowed,
    /// It does not.
    Denied,
}

/// `marketing-api -> payments GET /api/v1/users/42 allowed`
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Who calls; never empty.
    pub sources: ThinVec<Spanned<Source>>,
    /// `except …` behind the sources.
    pub except: ThinVec<Spanned<Source>>,
    /// Who is called; never empty.
    pub targets: ThinVec<Target>,
    /// What is called; `None` for a connection that carries no HTTP.
    pub operation: Option<Operation>,
    /// What is expected.
    pub expected: Spanned<Expected>,
}
