//! A port of a workload in one world, for one kind of traffic, and what is left of it once it is known who calls.

use crate::access::{Condition, Formula, Pattern};
use crate::check::METHODS;
use crate::istio::semantics::{Access, Part, RuleRef};
use crate::query::restricted;

/// What stands at a port.
pub(super) enum Door<'a> {
    /// Nothing: the world has no such workload.
    Gone,
    /// A proxy that takes no such traffic.
    Closed,
    /// No proxy: everything gets through.
    Open,
    /// A proxy that asks policies.
    Guarded(Box<Guarded<'a>>),
}

/// What is decided at a door.
pub(super) struct Guarded<'a> {
    pub(super) access: Access<'a>,
    /// What the ztunnel decides behind a waypoint, where there is one.
    pub(super) behind: Option<Behind<'a>>,
}

/// What a ztunnel does with all that a waypoint sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Behind<'a> {
    /// Whether it takes it.
    pub(super) takes: bool,
    /// The rule that says so, where one does.
    pub(super) rule: Option<RuleRef<'a>>,
}

impl Guarded<'_> {
    fn is_shut(&self) -> bool {
        self.behind.is_some_and(|behind| !behind.takes)
    }
}

impl<'a> Door<'a> {
    /// Whether both plainly decide alike. `false` means only that it is not plain to see.
    pub(super) fn plainly_equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Guarded(left), Self::Guarded(right)) => match (left.is_shut(), right.is_shut()) {
                (true, true) => true,
                (false, false) => plainly_equal(&left.access, &right.access),
                (true, false) | (false, true) => false,
            },
            (Self::Gone | Self::Closed, Self::Gone | Self::Closed) | (Self::Open, Self::Open) => true,
            (Self::Gone | Self::Closed | Self::Open | Self::Guarded(_), _) => false,
        }
    }

    /// The patterns of callers that are told apart.
    pub(super) fn patterns(&self) -> Vec<&Pattern> {
        let Self::Guarded(guarded) = self else { return Vec::new() };
        let access = &guarded.access;
        let rules = access.allow.iter().flatten().chain(&access.deny).chain(&access.external);
        let formulas = rules.map(|part| &part.requests);
        let common = [&access.handshake, &access.authentication, &access.audience];
        let mut conditions = Vec::new();
        formulas.chain(common).for_each(|formula| formula.conditions(&mut conditions));
        let mut patterns = Vec::new();
        for condition in conditions {
            if let Condition::Identity(pattern) = condition {
                patterns.push(pattern);
            }
        }
        patterns
    }

    /// What a caller meets here.
    pub(super) fn seen_by(&self, identity: Option<&str>) -> Seen<'a> {
        let Guarded { access, behind } = match self {
            Self::Gone => return Seen::nothing(Missing::Workload),
            Self::Closed => return Seen::nothing(Missing::Protocol),
            Self::Open => return Seen { open: true, ..Seen::default() },
            Self::Guarded(guarded) => &**guarded,
        };
        let by_ztunnel = behind.and_then(|behind| behind.rule);
        if behind.is_some_and(|behind| !behind.takes) {
            return Seen { by_ztunnel, ..Seen::nothing(Missing::Ztunnel) };
        }
        let left = |formula: &Formula| restricted(formula, identity);
        let rules = |parts: &[Part<'a>]| -> Vec<(RuleRef<'a>, Formula)> {
            let all = parts.iter().map(|part| (part.rule, left(&part.requests)));
            all.filter(|(_, formula)| *formula != Formula::Never).collect()
        };
        let mut blocks = vec![(Block::Transport, left(&access.handshake).complement())];
        if access.external_fails {
            let external = rules(&access.external);
            blocks.extend(external.into_iter().map(|(rule, formula)| (Block::External(rule), formula)));
        }
        blocks.push((Block::Authentication, left(&access.authentication).complement()));
        blocks.push((Block::Authentication, left(&access.audience).complement()));
        blocks.extend(rules(&access.deny).into_iter().map(|(rule, formula)| (Block::Deny(rule), formula)));
        blocks.retain(|(_, formula)| *formula != Formula::Never);
        let allow = access.allow.as_deref().map(rules);
        Seen { missing: None, open: false, blocks, allow, by_ztunnel }
    }
}

fn plainly_equal(left: &Access<'_>, right: &Access<'_>) -> bool {
    let same = |left: &[Part<'_>], right: &[Part<'_>]| {
        let in_order = || left.iter().zip(right).all(|(left, right)| left.requests == right.requests);
        (left.len() == right.len() && in_order()) || sorted(left) == sorted(right)
    };
    let same_allow = match (&left.allow, &right.allow) {
        (None, None) => true,
        (Some(left), Some(right)) => same(left, right),
        (Some(_), None) | (None, Some(_)) => false,
    };
    let blocking = |access: &Access<'_>| access.external_fails && !access.external.is_empty();
    let same_external = match (blocking(left), blocking(right)) {
        (false, false) => true,
        (true, true) => same(&left.external, &right.external),
        (true, false) | (false, true) => false,
    };
    same_allow
        && same_external
        && left.handshake == right.handshake
        && left.authentication == right.authentication
        && left.audience == right.audience
        && same(&left.deny, &right.deny)
}

fn sorted<'p>(parts: &'p [Part<'_>]) -> Vec<&'p Formula> {
    let mut formulas: Vec<&Formula> = parts.iter().map(|part| &part.requests).collect();
    formulas.sort_unstable();
    formulas.dedup();
    formulas
}

/// Why nothing at all gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Missing {
    /// The port takes other traffic only.
    Protocol,
    /// There is no such workload.
    Workload,
    /// The ztunnel takes nothing from the waypoint.
    Ztunnel,
}

/// What keeps requests out, in the order in which a proxy asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block<'a> {
    Transport,
    External(RuleRef<'a>),
    Authentication,
    Deny(RuleRef<'a>),
}

/// What one caller meets at a door.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen<'a> {
    /// Why nothing gets through, if nothing does.
    pub(super) missing: Option<Missing>,
    /// Whether nobody asks any policy.
    pub(super) open: bool,
    /// What is kept out.
    pub(super) blocks: Vec<(Block<'a>, Formula)>,
    /// What is let in of the rest; `None` for all of it.
    pub(super) allow: Option<Vec<(RuleRef<'a>, Formula)>>,
    /// The rule by which a ztunnel takes what the waypoint before it sends, or does not.
    pub(super) by_ztunnel: Option<RuleRef<'a>>,
}

impl Seen<'_> {
    fn nothing(missing: Missing) -> Self {
        Self { missing: Some(missing), ..Self::default() }
    }

    /// The requests that get through.
    pub(super) fn through(&self) -> Formula {
        if self.missing.is_some() {
            return Formula::Never;
        }
        let allowed = self.allow.as_ref().map_or(Formula::Always, |rules| any(rules));
        allowed.without(any(&self.blocks))
    }
}

/// One of the sets.
pub(super) fn any<T>(parts: &[(T, Formula)]) -> Formula {
    Formula::Any(parts.iter().map(|(_, formula)| formula.clone()).collect())
}

/// Requests with each method that HTTP/1.1 has, those first that one usually sends.
pub(super) fn usual_methods() -> Vec<Formula> {
    let first = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"];
    let others = METHODS.iter().copied().filter(|method| !first.contains(method));
    first
        .into_iter()
        .chain(others)
        .map(|method| Formula::When(Condition::Method(Pattern::exact(method))))
        .collect()
}
