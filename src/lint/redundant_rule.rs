//! `duplicate-rule`, `redundant-rule` and `shadowed-rule`: a rule that could be removed and nothing would change, because
//! another says the same or more, or denies all that it allows.

use std::collections::BTreeSet;
use std::hash::BuildHasher as _;
use std::ops::Range;

use ipnet::IpNet;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::View;
use super::inclusion;
use super::path_index::{Candidates, PathIndex};
use super::statements::Statement;
use crate::diagnostic::{Diagnostic, code};
use crate::policy::{Caller, Effect, Reference, Role, Rule, Selectors};

/// How many of the wider rules are shown.
const SHOWN: usize = 3;

/// Up to so many rules on the same pods are compared one by one; more get an index.
const FEW: usize = 128;

/// Goes from the last statement to the first, so that of two equal ones the later is reported. A statement
/// that is reported covers no other: what is told can all be removed together.
pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let rules = Rules::new(&view.statements);
    let mut needless = vec![false; view.statements.len()];
    let mut found = Vec::new();
    for number in (0..view.statements.len()).rev() {
        if let Some(denials) = rules.shadowing(number) {
            needless[number] = true;
            found.push(rules.report_shadowed(number, &denials));
        } else if let Some(wider) = rules.covering(number, &needless) {
            needless[number] = true;
            found.push(rules.report(number, &wider));
        }
    }
    diagnostics.extend(found.into_iter().rev());
}

/// Every lowered rule, in groups that protect the same pods with the same effect.
struct Rules<'a> {
    statements: &'a [Statement<'a>],
    entries: Vec<Entry<'a>>,
    /// The first entry of each statement.
    first: Vec<usize>,
    groups: Vec<Group<'a>>,
}

struct Entry<'a> {
    statement: usize,
    rule: &'a Rule,
    group: usize,
    callers: CallerMask,
}

/// A bit for each account among the callers of a rule, several accounts to a bit. Most pairs of rules have no caller in
/// common, and their masks tell.
#[derive(Clone, Copy)]
struct CallerMask(u64);

impl CallerMask {
    /// Callers that are no accounts may take in any account, and are taken in by others of their kind only.
    const ALL: Self = Self(u64::MAX);

    fn of(callers: &[Caller]) -> Self {
        let bit = |caller: &Caller| match caller {
            Caller::Account { .. } => Some(1 << (FxBuildHasher.hash_one(caller) >> 58)),
            Caller::Namespace(_)
            | Caller::AnyIdentity
            | Caller::Anyone
            | Caller::Peer(_)
            | Caller::Client(_) => None,
        };
        callers.iter().map(bit).try_fold(0, |mask, bit| Some(mask | bit?)).map_or(Self::ALL, Self)
    }

    /// Whether the callers may take in all the others; a "no" is certain.
    fn may_cover(self, narrow: Self) -> bool {
        narrow.0 & !self.0 == 0
    }
}

#[derive(Default)]
struct Group<'a> {
    entries: Vec<usize>,
    /// Boxed, since hardly any group needs one.
    index: Option<Box<Index<'a>>>,
}

impl<'a> Rules<'a> {
    fn new(statements: &'a [Statement<'a>]) -> Self {
        let mut selectors = Selectors::default();
        let mut rules = Self { statements, entries: Vec::new(), first: Vec::new(), groups: Vec::new() };
        for (number, statement) in statements.iter().enumerate() {
            rules.first.push(rules.entries.len());
            for rule in statement.meant {
                let permissions = 2 * selectors.number(&rule.target);
                let group = match rule.effect {
                    Effect::Allow => permissions,
                    Effect::Deny => denials_of(permissions),
                };
                if group >= rules.groups.len() {
                    rules.groups.resize_with(group + 1, Group::default);
                }
                rules.groups[group].entries.push(rules.entries.len());
                let callers = CallerMask::of(&rule.callers);
                rules.entries.push(Entry { statement: number, rule, group, callers });
            }
        }
        let entries = &rules.entries;
        for group in rules.groups.iter_mut().filter(|group| group.entries.len() > FEW) {
            let rules = group.entries.iter().map(|entry| (*entry, entries[*entry].rule));
            group.index = Some(Box::new(Index::new(rules)));
        }
        rules
    }

    /// For each permission of a statement a denial that takes all of it away; `None` if something of one is left.
    fn shadowing(&self, statement: usize) -> Option<Vec<usize>> {
        let own = self.own(statement)?;
        own.map(|entry| self.shadow(entry)).collect()
    }

    fn shadow(&self, entry: usize) -> Option<usize> {
        let Entry { rule, group, .. } = self.entries[entry];
        match rule.effect {
            Effect::Allow => self.among(denials_of(group), rule, |other| self.includes(other, entry)),
            Effect::Deny => None,
        }
    }

    /// The entries of a statement, if it has any.
    fn own(&self, statement: usize) -> Option<Range<usize>> {
        let first = self.first[statement];
        let own = first..first + self.statements[statement].meant.len();
        (!own.is_empty()).then_some(own)
    }

    /// For each rule of a statement an entry of another that covers it; `None` if one is not covered.
    fn covering(&self, statement: usize, needless: &[bool]) -> Option<Vec<usize>> {
        let own = self.own(statement)?;
        own.map(|entry| self.cover(entry, needless)).collect()
    }

    fn cover(&self, entry: usize, needless: &[bool]) -> Option<usize> {
        let Entry { statement, rule, group, .. } = self.entries[entry];
        let covers = |other: usize| {
            let wide = &self.entries[other];
            wide.statement != statement
                && !needless[wide.statement]
                && self.includes(other, entry)
                && self.lasts_as_long(wide.statement, statement)
                && self.names_the_callers(wide.statement, statement)
        };
        self.among(group, rule, covers)
    }

    fn includes(&self, wide: usize, narrow: usize) -> bool {
        let (wide, narrow) = (&self.entries[wide], &self.entries[narrow]);
        wide.callers.may_cover(narrow.callers) && inclusion::rule(wide.rule, narrow.rule)
    }

    /// The first entry of a group that covers a rule.
    fn among(&self, group: usize, rule: &Rule, covers: impl Fn(usize) -> bool) -> Option<usize> {
        let group = self.groups.get(group)?;
        let covers = |entry: &usize| covers(*entry);
        match &group.index {
            None => group.entries.iter().copied().find(covers),
            Some(index) => index.candidates(rule).into_iter().flatten().copied().find(covers),
        }
    }

    /// Whether each service that the narrow rule names is meant by the wide one too. Two services may share an account,
    /// which `shared-identity` tells; each has its own reason to be named, and both rules will be needed when the account
    /// is split.
    fn names_the_callers(&self, wide: usize, narrow: usize) -> bool {
        let (wide, narrow) = (&self.statements[wide], &self.statements[narrow]);
        let by_account =
            |rule: &Rule| rule.callers.iter().all(|caller| matches!(caller, Caller::Account { .. }));
        let is_meant = |name: &Reference| {
            wide.side(Role::Caller).any(|other| match &*other.named.services {
                [] => other.named.accounts.iter().any(|account| name.named.accounts.contains(account)),
                services => name.named.services.iter().all(|service| services.contains(service)),
            })
        };
        !wide.meant.iter().all(by_account)
            || narrow.side(Role::Caller).all(|name| name.named.services.is_empty() || is_meant(name))
    }

    /// A rule that ends does not make one needless that goes on.
    fn lasts_as_long(&self, wide: usize, narrow: usize) -> bool {
        match (self.statements[wide].until(), self.statements[narrow].until()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(wide), Some(narrow)) => wide >= narrow,
        }
    }

    fn report(&self, number: usize, wider: &[usize]) -> Diagnostic {
        let statement = &self.statements[number];
        let others: BTreeSet<usize> = wider.iter().map(|entry| self.entries[*entry].statement).collect();
        let places = others.iter().map(|other| self.statements[*other].span);
        if self.says_the_same(number, wider, &others) {
            let diagnostic = Diagnostic::new(
                code::DUPLICATE_RULE,
                "this rule says the same as another",
                statement.span,
                "said again",
            );
            return places
                .fold(diagnostic, |diagnostic, place| diagnostic.label(place, "first said here"))
                .note("remove one of them, and keep the better reason");
        }
        let (message, label, narrow) = match statement.meant[0].effect {
            Effect::Allow => (
                "this rule opens nothing that is not open already",
                "opens all of it",
                "remove it; or, if less was meant, narrow the wider rule",
            ),
            Effect::Deny => (
                "this denial closes nothing that is not closed already",
                "closes all of it",
                "remove it; or, if less was meant, narrow the wider denial",
            ),
        };
        let diagnostic = Diagnostic::new(code::REDUNDANT_RULE, message, statement.span, "changes nothing");
        let label = if others.len() > 1 { "covers a part of it" } else { label };
        places.take(SHOWN).fold(diagnostic, |diagnostic, place| diagnostic.label(place, label)).note(narrow)
    }

    fn report_shadowed(&self, number: usize, denials: &[usize]) -> Diagnostic {
        let message = "this rule opens nothing, since all of it is denied";
        let span = self.statements[number].span;
        let others: BTreeSet<usize> = denials.iter().map(|entry| self.entries[*entry].statement).collect();
        let label = if others.len() > 1 { "closes a part of it" } else { "closes all of it" };
        let places = others.iter().take(SHOWN).map(|other| self.statements[*other].span);
        places
            .fold(Diagnostic::new(code::SHADOWED_RULE, message, span, "opens nothing"), |diagnostic, place| {
                diagnostic.label(place, label)
            })
            .note("remove it; or, if it is meant to open something, narrow the denial, which beats every `allow`")
    }

    fn says_the_same(&self, number: usize, wider: &[usize], others: &BTreeSet<usize>) -> bool {
        let Some(other) = others.first().filter(|_| others.len() == 1) else { return false };
        let (this, other) = (&self.statements[number], &self.statements[*other]);
        let mut pairs = (self.first[number]..).zip(wider);
        this.meant.len() == other.meant.len()
            && this.until() == other.until()
            && pairs.all(|(own, wide)| inclusion::rule(self.entries[own].rule, self.entries[*wide].rule))
    }
}

/// The group of the denials on the same pods, of which there are two for each set of pods.
fn denials_of(permissions: usize) -> usize {
    permissions + 1
}

/// The ways from a rule to those that may cover it. A rule that covers another covers each of its callers and
/// each of its paths, so the rarest of them leaves the fewest candidates.
#[derive(Default)]
struct Index<'a> {
    callers: FxHashMap<Caller, Vec<usize>>,
    paths: PathIndex<'a>,
}

impl<'a> Index<'a> {
    fn new(rules: impl Iterator<Item = (usize, &'a Rule)>) -> Self {
        let mut index = Self::default();
        for (entry, rule) in rules {
            for caller in &rule.callers {
                index.callers.entry(whole_block(caller)).or_default().push(entry);
            }
            index.paths.add(entry, rule);
        }
        index
    }

    fn candidates(&self, rule: &Rule) -> Candidates<'_> {
        let paths = rule.operations.iter().flat_map(|operation| &operation.paths);
        let by_caller = rule.callers.iter().map(|caller| self.with_caller(caller));
        let by_path = paths.map(|path| self.paths.covering(path));
        let total = |lists: &Candidates<'_>| lists.iter().map(|list| list.len()).sum::<usize>();
        by_caller.chain(by_path).min_by_key(total).unwrap_or_default()
    }

    fn with_caller(&self, caller: &Caller) -> Candidates<'_> {
        let mut wider = vec![whole_block(caller), Caller::Anyone];
        match caller {
            Caller::Account { namespace, .. } => {
                wider.extend([Caller::Namespace(*namespace), Caller::AnyIdentity]);
            }
            Caller::Namespace(_) => wider.push(Caller::AnyIdentity),
            Caller::AnyIdentity | Caller::Anyone => {}
            Caller::Peer(block) => wider.extend(supernets(*block).map(Caller::Peer)),
            Caller::Client(block) => wider.extend(supernets(*block).map(Caller::Client)),
        }
        wider.dedup();
        wider.iter().filter_map(|caller| self.callers.get(caller)).map(Vec::as_slice).collect()
    }
}

/// The caller with the host bits of an address block cleared, so that equal blocks are one key.
fn whole_block(caller: &Caller) -> Caller {
    match caller {
        Caller::Peer(block) => Caller::Peer(block.trunc()),
        Caller::Client(block) => Caller::Client(block.trunc()),
        Caller::Account { .. } | Caller::Namespace(_) | Caller::AnyIdentity | Caller::Anyone => {
            caller.clone()
        }
    }
}

/// Every block that holds this one, the nearest first.
fn supernets(block: IpNet) -> impl Iterator<Item = IpNet> {
    std::iter::successors(block.trunc().supernet(), IpNet::supernet)
}
