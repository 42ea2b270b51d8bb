//! Who calls: the identities that two decisions tell apart, one class for all that meet the same.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::access::{Domain, Pattern, Piece, TooComplex, partition};
use crate::graph::Key;
use crate::query::{Judge, Sender, World, caller, exact, example, pattern, somebody};

/// Callers whom no decision tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// One of them; `None` in plaintext.
    pub(super) identity: Option<String>,
    /// Who they are.
    pub(super) who: Who,
    /// How it is told apart by what sends.
    by_sender: BySender,
}

/// Whether what sends for a caller tells it apart from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BySender {
    /// It does not matter.
    Anything,
    /// A sidecar, a gateway or a waypoint, so that it is a class of its own.
    Apart,
    /// A ztunnel: those with another proxy are in classes of their own.
    Ambient,
}

/// The kinds of classes, in the order in which a sentence names them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Who {
    /// Those in plaintext.
    Plaintext,
    /// All of the mesh that are in no other class.
    Mesh,
    /// All of other trust domains that are in no other class.
    Foreign,
    /// All that a pattern matches and that are in no other class.
    Pattern(String),
    /// One identity.
    One(String),
}

/// Tells the callers of two worlds apart.
pub(super) struct Classes<'p, 'a> {
    domains: Domains,
    judges: [&'p Judge<'a>; 2],
    /// The identities for which something else sends than ztunnels alone, in one of the worlds.
    beside_ztunnels: Vec<String>,
}

impl<'p, 'a> Classes<'p, 'a> {
    pub(super) fn new(judges: [&'p Judge<'a>; 2]) -> Self {
        let domains = Domains::new(judges[0].world(), judges[1].world());
        let accounts = judges.iter().flat_map(|judge| judge.accounts_beside_ztunnels());
        let accounts: BTreeSet<(&str, &str)> = accounts.collect();
        let uri = |(namespace, account): (&str, &str)| {
            let of_domain = move |domain: &String| format!("spiffe://{domain}/ns/{namespace}/sa/{account}");
            domains.names.iter().map(of_domain).collect::<Vec<_>>()
        };
        let beside_ztunnels = accounts.into_iter().flat_map(uri).collect();
        Self { domains, judges, beside_ztunnels }
    }

    /// The classes that some patterns make, and, where that matters, what sends for them.
    pub(super) fn all(&self, patterns: &[&Pattern], by_sender: bool) -> Result<Vec<Class>, TooComplex> {
        let apart = if by_sender { self.beside_ztunnels.as_slice() } else { &[] };
        classes(patterns, apart, &self.domains)
    }

    /// What sends for an identity in each world.
    pub(super) fn senders(&self, identity: Option<&str>) -> [Vec<Sender>; 2] {
        self.judges.map(|judge| judge.senders(identity))
    }
}

/// The classes that some patterns and identities make, in the order of [`Who`]. `domains` are the trust domains of the
/// mesh.
fn classes(patterns: &[&Pattern], apart: &[String], domains: &Domains) -> Result<Vec<Class>, TooComplex> {
    let mut named: FxHashSet<&str> = apart.iter().map(String::as_str).collect();
    let mut wide: Vec<Pattern> = domains.patterns();
    let mut seen: FxHashSet<&Pattern> = FxHashSet::default();
    for pattern in patterns.iter().filter(|pattern| seen.insert(pattern)) {
        match exact(pattern) {
            Some(uri) => {
                named.insert(uri);
            }
            None if !wide.contains(pattern) => wide.push((*pattern).clone()),
            None => {}
        }
    }
    let mut classes = vec![Class { identity: None, who: Who::Plaintext, by_sender: BySender::Anything }];
    let members = |uri: &str| -> Vec<u32> {
        (0..wide.len()).filter(|at| wide[*at].matches(uri)).map(|at| at as u32).collect()
    };
    for class in partition(Domain::Identity, &wide)? {
        let own = class.members.iter().any(|member| (*member as usize) < domains.names.len());
        let others = class.members.iter().map(|member| &wide[*member as usize]);
        let telling =
            others.filter(|pattern| !domains.is_common(pattern)).max_by_key(|pattern| weight(pattern));
        let who = match telling {
            Some(telling) => Who::Pattern(shown(telling, &domains.names)),
            None if own => Who::Mesh,
            None => Who::Foreign,
        };
        let usual = if own { Some(somebody(&domains.names[0])) } else { telling.map(example) };
        let candidates = usual.into_iter().chain(telling.map(example)).chain([class.witness.clone()]);
        let mut fitting =
            candidates.filter(|uri| !named.contains(uri.as_str()) && members(uri) == class.members);
        let identity = fitting.next().unwrap_or_else(|| unnamed(&class.witness, &named, &members));
        let is_ambient = !apart.is_empty() && who != Who::Foreign;
        let by_sender = if is_ambient { BySender::Ambient } else { BySender::Anything };
        classes.push(Class { identity: Some(identity), who, by_sender });
    }
    let apart: FxHashSet<&str> = apart.iter().map(String::as_str).collect();
    classes.extend(named.into_iter().map(|uri| Class {
        identity: Some(uri.to_owned()),
        who: Who::One(uri.to_owned()),
        by_sender: if apart.contains(uri) { BySender::Apart } else { BySender::Anything },
    }));
    classes.sort_by(|a, b| a.who.cmp(&b.who));
    Ok(classes)
}

/// An identity that meets the same as `witness`, and that nobody names. Patterns have gaps, so that there is one
/// among as many as are named, and one more.
fn unnamed(witness: &str, named: &FxHashSet<&str>, members: &impl Fn(&str) -> Vec<u32>) -> String {
    let wanted = members(witness);
    let places = (0..=witness.len()).rev().filter(|at| witness.is_char_boundary(*at));
    let longer = places.flat_map(|at| {
        (0..=named.len()).map(move |number| format!("{}x{number}{}", &witness[..at], &witness[at..]))
    });
    let mut fitting = longer.filter(|uri| !named.contains(uri.as_str()) && members(uri) == wanted);
    fitting.next().unwrap_or_else(|| witness.to_owned())
}

/// `shop/*`, without what Istio needs around it; any other pattern as it is.
fn shown(wanted: &Pattern, domains: &[String]) -> String {
    let text = pattern(wanted);
    let heads = domains.iter().map(|domain| format!("spiffe://{domain}/ns/")).chain(["*/ns/".to_owned()]);
    let inner = heads.into_iter().find_map(|head| text.strip_prefix(&head).map(str::to_owned));
    inner.map_or(text, |inner| inner.replace("/sa/", "/"))
}

/// How much a pattern says.
fn weight(pattern: &Pattern) -> usize {
    let letters = |piece: &Piece| match piece {
        Piece::Text(text) | Piece::Caseless(text) => text.len(),
        Piece::Any | Piece::Some | Piece::Segment | Piece::PathGlob | Piece::TextGlob => 0,
    };
    pattern.pieces().iter().map(letters).sum()
}

/// The trust domains of both worlds.
struct Domains {
    names: Vec<String>,
}

impl Domains {
    fn new(old: &World, new: &World) -> Self {
        let of = |world: &World| {
            let aliases = world.mesh.trust_domain_aliases.iter().map(ToString::to_string);
            [world.mesh.trust_domain.to_string()].into_iter().chain(aliases).collect::<Vec<_>>()
        };
        let mut names = of(new);
        for name in of(old) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Self { names }
    }

    fn patterns(&self) -> Vec<Pattern> {
        self.names.iter().map(|name| Pattern::prefix(format!("spiffe://{name}/"))).collect()
    }

    /// Whether a pattern says nothing beside the trust domain.
    fn is_common(&self, pattern: &Pattern) -> bool {
        *pattern == Pattern::present()
            || *pattern == Pattern::prefix("spiffe://")
            || self.patterns().contains(pattern)
    }
}

/// The workloads that run as each identity.
pub(super) struct Accounts {
    trust_domain: String,
    workloads: FxHashMap<String, Vec<Key>>,
}

impl Accounts {
    pub(super) fn new(world: &World) -> Self {
        let trust_domain = world.mesh.trust_domain.to_string();
        let mut workloads: FxHashMap<String, Vec<Key>> = FxHashMap::default();
        for workload in &world.graph.workloads {
            let uri =
                format!("spiffe://{trust_domain}/ns/{}/sa/{}", workload.key.namespace, workload.account.node);
            let keys = workloads.entry(uri).or_default();
            if keys.last() != Some(&workload.key) {
                keys.push(workload.key);
            }
        }
        Self { trust_domain, workloads }
    }

    /// The one workload that runs as an identity, if it is one.
    pub(super) fn workload(&self, uri: &str) -> Option<&Key> {
        match self.workloads.get(uri).map(Vec::as_slice) {
            Some([only]) => Some(only),
            Some(_) | None => None,
        }
    }

    /// Whether an identity stands for those that no rule names.
    pub(super) fn is_anybody(&self, uri: &str) -> bool {
        uri == somebody(&self.trust_domain)
    }

    /// `shop/orders` for an identity of the mesh, the URI of any other.
    pub(super) fn account(&self, uri: &str) -> String {
        caller(&self.trust_domain, uri)
    }
}

/// Callers in words: `orders`, `account shop/batch`, `every identity of the mesh`. Those that stand for many come
/// last. `all` are the classes that there are: where no other one is left, a word for all of them will do, and where
/// another one has the same words, the trust domain tells them apart.
pub(super) fn names(callers: &[&Class], all: &[Class], accounts: [&Accounts; 2], near: &str) -> Vec<String> {
    if callers.len() == all.len() {
        return vec!["anyone".to_owned()];
    }
    let whole = whole(callers, all);
    let (mut names, mut groups) = (Vec::new(), Vec::new());
    groups.extend(whole.map(|whole| whole.words().to_owned()));
    for class in callers.iter().filter(|class| whole.is_none_or(|whole| !whole.holds(class))) {
        let words = words(class, accounts, near);
        let is_namesake = |other: &&Class| other != class && self::words(other, accounts, near) == words;
        let is_told_apart = all.iter().filter(is_namesake).any(|other| are_own(class, other, accounts));
        let domain = trust_domain(class).filter(|_| is_told_apart);
        match &class.who {
            Who::One(_) => names.push(words.of(domain)),
            Who::Plaintext | Who::Mesh | Who::Foreign | Who::Pattern(_) => groups.push(words.of(domain)),
        }
    }
    groups.sort_by_key(|group| group != "anyone in plaintext");
    names.extend(groups);
    names
}

/// All of those in which every class is meant.
#[derive(Clone, Copy)]
enum Whole {
    Mesh,
    Ambient,
}

impl Whole {
    fn words(self) -> &'static str {
        match self {
            Self::Mesh => "every identity of the mesh",
            Self::Ambient => "every identity of the ambient mesh",
        }
    }

    fn holds(self, class: &Class) -> bool {
        let is_of_mesh = match &class.who {
            Who::Foreign | Who::Plaintext => false,
            Who::Mesh | Who::One(_) | Who::Pattern(_) => true,
        };
        let is_left_out = match self {
            Self::Mesh => false,
            Self::Ambient => class.by_sender == BySender::Apart,
        };
        is_of_mesh && !is_left_out
    }
}

fn whole(callers: &[&Class], all: &[Class]) -> Option<Whole> {
    let has_many = callers.iter().any(|class| class.who == Who::Mesh);
    let is_whole = |whole: &Whole| {
        let meant = callers.iter().filter(|class| whole.holds(class)).count();
        meant == all.iter().filter(|class| whole.holds(class)).count()
    };
    [Whole::Mesh, Whole::Ambient].into_iter().filter(|_| has_many).find(is_whole)
}

/// A class in words, in the middle of which its trust domain can be named.
#[derive(PartialEq, Eq)]
struct Words {
    head: String,
    tail: &'static str,
}

impl Words {
    fn of(&self, domain: Option<&str>) -> String {
        let Self { head, tail } = self;
        match domain {
            Some(domain) => format!("{head} in the trust domain {domain}{tail}"),
            None => format!("{head}{tail}"),
        }
    }
}

fn words(class: &Class, accounts: [&Accounts; 2], near: &str) -> Words {
    let (head, tail) = match &class.who {
        Who::Plaintext => ("anyone in plaintext".to_owned(), ""),
        Who::Mesh if class.by_sender == BySender::Ambient => {
            ("every identity of the ambient mesh".to_owned(), " that no rule names")
        }
        Who::Mesh => ("every identity of the mesh".to_owned(), " that no rule names"),
        Who::Foreign => ("every identity of other trust domains".to_owned(), ""),
        Who::Pattern(pattern) if class.by_sender == BySender::Ambient => {
            (format!("every identity like {pattern} of the ambient mesh"), " that no rule names")
        }
        Who::Pattern(pattern) => (format!("every identity like {pattern}"), " that no rule names"),
        Who::One(uri) => (one(uri, accounts, near), ""),
    };
    Words { head, tail }
}

/// Whether both are of the mesh itself, before or after: a pattern of a foreign domain needs no more words.
fn are_own(class: &Class, other: &Class, accounts: [&Accounts; 2]) -> bool {
    let is_own = |class: &Class| {
        class.who == Who::Mesh
            || accounts.iter().any(|accounts| trust_domain(class) == Some(&accounts.trust_domain))
    };
    is_own(class) && is_own(other)
}

fn trust_domain(class: &Class) -> Option<&str> {
    let (domain, _) = class.identity.as_deref()?.strip_prefix("spiffe://")?.split_once('/')?;
    Some(domain)
}

fn one(uri: &str, accounts: [&Accounts; 2], near: &str) -> String {
    let known = accounts.iter().find_map(|accounts| accounts.workload(uri));
    match known {
        Some(key) if key.namespace == near => key.name.to_string(),
        Some(key) => key.to_string(),
        None => asked_account(accounts[0], uri),
    }
}

/// `account shop/batch`, or the URI of a foreign identity.
pub(super) fn asked_account(accounts: &Accounts, uri: &str) -> String {
    let account = accounts.account(uri);
    if account == uri { account } else { format!("account {account}") }
}
