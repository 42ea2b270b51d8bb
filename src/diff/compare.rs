//! One port and one kind of traffic in both worlds: which callers may send what more or less than before, and why.

use super::callers::{Class, Classes};
use super::door::{Block, Missing, Seen, usual_methods};
use super::lanes::{Lanes, What, pairs, tells_senders_apart};
use super::model::{CauseKind, Direction, Operation};
use super::operations::operations;
use super::spelling::{Spelled, spelled};
use crate::access::{self, Formula, NodeId, Normalization, Request, Space, TooComplex};
use crate::graph::Key;
use crate::istio::semantics::RuleRef;
use crate::query::Sender;

/// A change for some callers at one port.
pub(super) struct Found<'a> {
    pub(super) direction: Direction,
    /// Positions in the classes.
    pub(super) callers: Vec<usize>,
    pub(super) operations: Vec<Operation>,
    pub(super) kind: CauseKind,
    /// The rule, in the world that has it.
    pub(super) rule: Option<(World, RuleRef<'a>)>,
    /// The waypoint on the way in the old world, and in the new one.
    pub(super) waypoints: [Option<&'a Key>; 2],
    pub(super) request: Request,
}

impl Found<'_> {
    /// Whether only the callers and the request differ.
    fn is_like(&self, other: &Self) -> bool {
        (self.direction, self.kind, self.rule) == (other.direction, other.kind, other.rule)
            && (&self.operations, self.waypoints) == (&other.operations, other.waypoints)
    }
}

/// One of the two worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum World {
    Old,
    New,
}

/// All changes at a place, with the classes of callers that they speak of.
pub(super) struct Comparison<'a> {
    pub(super) classes: Vec<Class>,
    pub(super) found: Vec<Found<'a>>,
}

/// What traffic and paths a comparison is about.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    pub(super) what: What,
    pub(super) paths: access::Domain,
    /// What proxies do to paths in the old world and in the new one, where that differs.
    pub(super) normalizations: Option<[Normalization; 2]>,
}

/// What a caller meets on a way.
#[derive(PartialEq, Eq)]
struct Met<'a> {
    old: Seen<'a>,
    new: Seen<'a>,
    waypoints: [Option<&'a Key>; 2],
}

/// Compares a place that is not plainly alike in both worlds.
pub(super) fn compare<'a>(
    subject: Subject,
    lanes: [&Lanes<'a>; 2],
    classes: &Classes<'_, 'a>,
) -> Result<Comparison<'a>, TooComplex> {
    let patterns: Vec<_> = lanes.into_iter().flat_map(Lanes::patterns).collect();
    let by_sender = tells_senders_apart(lanes, subject.what);
    let all = classes.all(&patterns, by_sender)?;
    let anybody = [vec![Sender::Ztunnel], vec![Sender::Ztunnel]];
    let mut groups: Vec<(Met<'a>, Vec<usize>)> = Vec::new();
    for (position, class) in all.iter().enumerate() {
        let identity = class.identity.as_deref();
        let senders = if by_sender { classes.senders(identity) } else { anybody.clone() };
        for (old, new) in pairs(lanes, &senders, subject.what) {
            let (waypoints, old, new) =
                ([old.waypoint, new.waypoint], old.door.seen_by(identity), new.door.seen_by(identity));
            let reads_alike = subject.what.tcp || subject.normalizations.is_none();
            if reads_alike && old.through() == new.through() {
                continue;
            }
            let met = Met { old, new, waypoints };
            match groups.iter_mut().find(|(known, _)| *known == met) {
                Some((_, callers)) => callers.push(position),
                None => groups.push((met, vec![position])),
            }
        }
    }
    let mut found = Vec::new();
    for (met, callers) in &groups {
        for mut change in changes(subject, met)? {
            change.request.identity.clone_from(&all[callers[0]].identity);
            change.callers.clone_from(callers);
            match found.iter_mut().find(|known: &&mut Found<'a>| known.is_like(&change)) {
                Some(known) => known.callers.extend(change.callers),
                None => found.push(change),
            }
        }
    }
    for change in &mut found {
        change.callers.sort_unstable();
        // What two blocks keep out may be the same operations of the same caller.
        change.callers.dedup();
    }
    Ok(Comparison { classes: all, found })
}

/// What changes for callers who meet this.
fn changes<'a>(subject: Subject, met: &Met<'a>) -> Result<Vec<Found<'a>>, TooComplex> {
    let Met { old, new, waypoints } = met;
    let (before, after) = (old.through(), new.through());
    let methods = if subject.what.tcp { Vec::new() } else { usual_methods() };
    let told_apart = Formula::Any(methods.clone());
    let mut space = Space::new(subject.paths, &[&before, &after, &told_apart])?;
    let (left, right) = (space.node(&before)?, space.node(&after)?);
    let difference = space.difference(left, right)?;
    let mut list = Vec::new();
    let opened =
        Way { direction: Direction::Opened, loser: old, winner: new, world: [World::Old, World::New] };
    let closed =
        Way { direction: Direction::Closed, loser: new, winner: old, world: [World::New, World::Old] };
    for (way, set) in [(opened, difference.only_right), (closed, difference.only_left)] {
        for Reason { kind, rule, operations, set } in way.reasons(&mut space, set)? {
            let request = example(&mut space, set, &methods)?;
            list.push(Found {
                direction: way.direction,
                callers: Vec::new(),
                operations,
                kind,
                rule,
                waypoints: *waypoints,
                request,
            });
        }
    }
    if let Some(normalizations) = subject.normalizations.filter(|_| !subject.what.tcp) {
        let spelled = spelled([&before, &after], normalizations, &methods)?;
        list.extend(spelled.into_iter().map(|spelled| by_spelling(spelled, *waypoints)));
    }
    Ok(list)
}

fn by_spelling(Spelled { direction, request }: Spelled, waypoints: [Option<&Key>; 2]) -> Found<'_> {
    let text = format!("{} {}", request.method, request.path);
    let operations = vec![Operation { text, whole: true }];
    let kind = CauseKind::Normalization;
    Found { direction, callers: Vec::new(), operations, kind, rule: None, waypoints, request }
}

/// One of the requests, with a method that one usually sends if there is such a one.
pub(super) fn example(space: &mut Space, set: NodeId, methods: &[Formula]) -> Result<Request, TooComplex> {
    for method in methods {
        let method = space.node(method)?;
        let both = space.intersection(set, method)?;
        if let Some(request) = space.witness(both) {
            return Ok(request);
        }
    }
    Ok(space.witness(set).unwrap_or_else(|| Request::new("GET", "example.com", "/")))
}

/// One direction: where requests are lost, and where they get through.
struct Way<'s, 'a> {
    direction: Direction,
    loser: &'s Seen<'a>,
    winner: &'s Seen<'a>,
    /// The worlds of both.
    world: [World; 2],
}

/// Some of the requests that change, for one reason.
struct Reason<'a> {
    kind: CauseKind,
    rule: Option<(World, RuleRef<'a>)>,
    operations: Vec<Operation>,
    set: NodeId,
}

impl<'a> Way<'_, 'a> {
    /// Every reason for which some of the requests in `set` change; each of them has one.
    fn reasons(&self, space: &mut Space, set: NodeId) -> Result<Vec<Reason<'a>>, TooComplex> {
        let mut reasons = Vec::new();
        if space.is_empty(set) {
            return Ok(reasons);
        }
        if self.winner.open {
            self.let_in(space, CauseKind::Proxy, set, &mut reasons)?;
            return Ok(reasons);
        }
        if let Some(missing) = self.loser.missing {
            match missing {
                Missing::Protocol => self.let_in(space, CauseKind::Protocol, set, &mut reasons)?,
                Missing::Workload => self.let_in(space, CauseKind::Workload, set, &mut reasons)?,
                Missing::Ztunnel => reasons.push(self.kept_out_behind(space, set)?),
            }
            return Ok(reasons);
        }
        let mut left = set;
        for (block, formula) in &self.loser.blocks {
            let node = space.node(formula)?;
            let blocked = space.intersection(left, node)?;
            if space.is_empty(blocked) {
                continue;
            }
            left = space.without(left, node)?;
            self.kept_out(space, *block, formula, blocked, &mut reasons)?;
        }
        let kind = if self.winner.allow.is_none() { CauseKind::Unprotected } else { CauseKind::Allow };
        self.let_in(space, kind, left, &mut reasons)?;
        Ok(reasons)
    }

    /// Requests that something keeps out on one side.
    fn kept_out(
        &self,
        space: &mut Space,
        block: Block<'a>,
        formula: &Formula,
        set: NodeId,
        reasons: &mut Vec<Reason<'a>>,
    ) -> Result<(), TooComplex> {
        let (kind, rule) = match block {
            Block::Transport => (CauseKind::Transport, None),
            Block::External(rule) => (CauseKind::External, Some((self.world[0], rule))),
            Block::Authentication => (CauseKind::Authentication, None),
            Block::Deny(rule) => (CauseKind::Deny, Some((self.world[0], rule))),
        };
        let by_block = if kind == CauseKind::Deny { operations(space, formula, set)? } else { Vec::new() };
        let is_whole = !by_block.is_empty() && by_block.iter().all(|operation| operation.whole);
        let operations = if is_whole {
            by_block
        } else {
            self.permitted(space, (kind == CauseKind::Deny).then_some(formula), set)?
        };
        reasons.push(Reason { kind, rule, operations, set });
        Ok(())
    }

    /// Requests that a ztunnel keeps out on one side, whatever the waypoint before it says.
    fn kept_out_behind(&self, space: &mut Space, set: NodeId) -> Result<Reason<'a>, TooComplex> {
        let denial = self.loser.by_ztunnel.map(|rule| (self.world[0], rule));
        let rule = denial.or(self.winner.by_ztunnel.map(|rule| (self.world[1], rule)));
        let operations = self.permitted(space, None, set)?;
        Ok(Reason { kind: CauseKind::Ztunnel, rule, operations, set })
    }

    /// What the winner's rules say of some requests, each where a block speaks of them too.
    fn permitted(
        &self,
        space: &mut Space,
        block: Option<&Formula>,
        set: NodeId,
    ) -> Result<Vec<Operation>, TooComplex> {
        let everything = [Formula::Always];
        let rules: Vec<&Formula> = match &self.winner.allow {
            Some(rules) => rules.iter().map(|(_, formula)| formula).collect(),
            None => everything.iter().collect(),
        };
        let mut said: Vec<Operation> = Vec::new();
        for rule in rules {
            let rule = match block {
                Some(block) => Formula::All(vec![rule.clone(), block.clone()]),
                None => rule.clone(),
            };
            for operation in operations(space, &rule, set)? {
                if !said.contains(&operation) {
                    said.push(operation);
                }
            }
        }
        Ok(said)
    }

    /// Requests that the winner lets in, by each rule that it takes to cover them.
    fn let_in(
        &self,
        space: &mut Space,
        kind: CauseKind,
        set: NodeId,
        reasons: &mut Vec<Reason<'a>>,
    ) -> Result<(), TooComplex> {
        if space.is_empty(set) {
            return Ok(());
        }
        let Some(rules) = &self.winner.allow else {
            let operations = operations(space, &Formula::Always, set)?;
            reasons.push(Reason { kind, rule: None, operations, set });
            return Ok(());
        };
        let mut left = set;
        for (rule, formula) in rules {
            let node = space.node(formula)?;
            let fresh = space.intersection(left, node)?;
            if space.is_empty(fresh) {
                continue;
            }
            left = space.without(left, node)?;
            let own = space.intersection(set, node)?;
            let operations = operations(space, formula, own)?;
            reasons.push(Reason { kind, rule: Some((self.world[1], *rule)), operations, set: own });
        }
        Ok(())
    }
}
