//! What was meant: every name bound, every group and method set expanded, each rule with where it came from.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use ipnet::IpNet;
use thin_vec::ThinVec;

use super::guarantee::{Guarantee, Test};
use crate::source::{Span, Symbol};

/// Labels that select pods.
pub type Labels = std::collections::BTreeMap<Symbol, Symbol>;

/// A checked policy: what may be emitted.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The name of the project, which every object carries as `app.kubernetes.io/part-of`.
    pub project: Symbol,
    /// Facts about the mesh that the meaning depends on.
    pub mesh: Mesh,
    /// The covered namespaces, sorted: each gets a default deny unless it is open.
    pub covered: Vec<Covered>,
    /// The permissions and denials, in the order of the files.
    pub rules: Vec<Rule>,
    /// What is said about mutual TLS, the defaults of the covered namespaces included.
    pub mtls: Vec<Mtls>,
    /// Every name of a rule and what it was bound to, in the order of the files.
    pub references: Vec<Reference>,
    /// What must hold of the rules, in the order of the files. It is checked, not emitted.
    pub guarantees: Vec<Guarantee>,
    /// The tests, in the order of the files.
    pub tests: Vec<Test>,
}

/// Namespace and name.
pub type Named = (Symbol, Symbol);

/// A name that a rule writes, and what it stands for. What a name stands for is shared by all that write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The name as written.
    pub span: Span,
    /// Which side of the arrow it stands on.
    pub role: Role,
    /// What it stands for.
    pub named: Arc<NamedSet>,
}

/// The services or workloads that a name stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedSet {
    /// Each of them; none for a bare account.
    pub services: Vec<Named>,
    /// The service accounts that they run as, sorted; left out where a name stands for several targets.
    pub accounts: Vec<Named>,
}

/// The side of the arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Left.
    Caller,
    /// Right.
    Target,
}

/// What the project file says about the mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mesh {
    /// `cluster.local` unless stated.
    pub trust_domain: Symbol,
    /// Further names of the same trust domain.
    pub trust_domain_aliases: Vec<Symbol>,
    /// `istio-system` unless stated: its policies hold for all namespaces.
    pub root_namespace: Symbol,
    /// Whether the root namespace gets a deny-all (`defaultDeny: mesh`).
    pub default_deny_mesh: bool,
}

impl Mesh {
    /// The SPIFFE URI of an account of the mesh's own trust domain.
    pub fn identity(&self, namespace: &str, account: &str) -> String {
        ["spiffe://", &self.trust_domain, "/ns/", namespace, "/sa/", account].concat()
    }

    /// Whether a namespace that is covered and not open gets a default deny. The root namespace gets one only for the
    /// whole mesh, since it would hold there.
    pub fn has_default_deny(&self, namespace: &str) -> bool {
        namespace != self.root_namespace || self.default_deny_mesh
    }
}

impl Default for Mesh {
    fn default() -> Self {
        Self {
            trust_domain: "cluster.local".into(),
            trust_domain_aliases: Vec::new(),
            root_namespace: "istio-system".into(),
            default_deny_mesh: false,
        }
    }
}

/// A namespace that this project governs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// Its name.
    pub namespace: Symbol,
    /// The `open namespace` statement that holds for it, if any: no default deny.
    pub open: Option<Arc<Origin>>,
}

/// `allow` or `deny`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Opens.
    Allow,
    /// Closes; beats `Allow`.
    Deny,
}

/// One effect on one protected workload set: `allow orders -> payments GET /x`. A statement with two targets
/// gives two rules with one origin.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it does.
    pub effect: Effect,
    /// Who calls: any of these; sorted, never empty.
    pub callers: ThinVec<Caller>,
    /// But none of these.
    pub except: ThinVec<Caller>,
    /// Whom.
    pub target: Target,
    /// What is called: any of these; empty for everything on the ports.
    pub operations: ThinVec<Operation>,
    /// Where it came from.
    pub origin: Arc<Origin>,
}

/// A caller that a request can show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// One service account of the mesh's own trust domain.
    Account {
        /// Its namespace.
        namespace: Symbol,
        /// Its name.
        name: Symbol,
    },
    /// Every account of a namespace, in the mesh's own trust domain.
    Namespace(Symbol),
    /// `mesh`: any authenticated identity.
    AnyIdentity,
    /// `anyone`: plaintext included.
    Anyone,
    /// The address of the peer.
    Peer(IpNet),
    /// The address of the client behind trusted proxies.
    Client(IpNet),
}

impl Caller {
    /// Whether only mutual TLS can show such a caller.
    pub fn is_identity(&self) -> bool {
        match self {
            Self::Account { .. } | Self::Namespace(_) | Self::AnyIdentity => true,
            Self::Anyone | Self::Peer(_) | Self::Client(_) => false,
        }
    }
}

/// A protected workload set: the pods of a namespace with these labels, and the ports of them that the rule
/// covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The namespace.
    pub namespace: Symbol,
    /// The selector, as the Service writes it; never empty.
    pub selector: Arc<Labels>,
    /// The name that the policy calls it by.
    pub name: Symbol,
    /// Workload ports (not service ports), sorted, without duplicates; never empty.
    pub ports: ThinVec<u16>,
}

/// Methods × paths × hosts, and nothing of `except_paths`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operation {
    /// Sorted; empty for any.
    pub methods: ThinVec<Symbol>,
    /// Istio's path patterns, sorted; empty for any.
    pub paths: ThinVec<Symbol>,
    /// Istio's path patterns, sorted.
    pub except_paths: ThinVec<Symbol>,
    /// Sorted, on gateways only; empty for any.
    pub hosts: ThinVec<Symbol>,
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

/// One PeerAuthentication to be.
#[derive(Clone, Debug)]
pub struct Mtls {
    /// Where it holds.
    pub scope: MtlsScope,
    /// The mode of the scope; for a workload `None` where only ports are named.
    pub mode: Option<MtlsMode>,
    /// Modes of single workload ports.
    pub ports: IndexMap<u16, MtlsMode>,
    /// The statements it came from; empty for a default.
    pub origins: Vec<Arc<Origin>>,
}

/// Where an [`Mtls`] holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MtlsScope {
    /// Every namespace.
    Mesh,
    /// One namespace.
    Namespace(Symbol),
    /// The pods of a namespace with these labels.
    Workload {
        /// The namespace.
        namespace: Symbol,
        /// Never empty.
        selector: Arc<Labels>,
        /// The name that the policy calls it by.
        name: Symbol,
    },
}

/// A statement of a policy, for whoever shows it to a reader.
pub trait Statement: fmt::Debug + Send + Sync {
    /// Where it stands.
    fn span(&self) -> Span;

    /// It on one line, comments left out.
    fn text(&self) -> String;

    /// The comment above it.
    fn doc(&self) -> Option<String>;
}

/// The statement that something came from and what it says about itself. Two are equal when they say the same at the same
/// place.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The statement.
    pub statement: Arc<dyn Statement>,
    /// The file, relative to the project.
    pub file: Symbol,
    /// `owner "…"`
    pub owner: Option<Symbol>,
    /// `ticket "…"`
    pub ticket: Option<Symbol>,
    /// `because "…"`
    pub reason: Option<Symbol>,
}

impl Origin {
    /// Where the statement stands.
    pub fn span(&self) -> Span {
        self.statement.span()
    }

    /// The statement on one line, comments left out.
    pub fn text(&self) -> String {
        self.statement.text()
    }

    /// The comment above it.
    pub fn doc(&self) -> Option<String> {
        self.statement.doc()
    }
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file && self.span() == other.span() && self.text() == other.text()
    }
}

impl Eq for Origin {}
