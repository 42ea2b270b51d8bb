//! What stands on every way to one place in one world: one door for all who send on it, since waypoints are on the way
//! of some and not of others.

use super::door::{Behind, Door, Guarded};
use crate::access::Pattern;
use crate::graph::Key;
use crate::istio::semantics::Access;
use crate::query::{Destination, Hop, Judge, Met, Sender, Unknown};

/// All ways to a place.
pub(super) struct Lanes<'a> {
    list: Vec<Lane<'a>>,
    /// Those whom the proxy of the pod meets first, whether they address it or a Service.
    straight: Vec<Sender>,
}

/// One way.
pub(super) struct Lane<'a> {
    senders: Vec<Sender>,
    pub(super) waypoint: Option<&'a Key>,
    /// Whether traffic of both kinds is asked the same.
    pub(super) is_raw: bool,
    pub(super) door: Door<'a>,
}

impl<'a> Lanes<'a> {
    /// The same door for everybody.
    pub(super) fn one(door: Door<'a>, is_raw: bool) -> Self {
        let senders = Sender::ALL.to_vec();
        Self { straight: senders.clone(), list: vec![Lane { senders, waypoint: None, is_raw, door }] }
    }

    pub(super) fn decided(access: Access<'a>, is_raw: bool) -> Self {
        Self::one(Door::Guarded(Box::new(Guarded { access, behind: None })), is_raw)
    }

    /// Those to a destination, for traffic that is HTTP or not.
    pub(super) fn new(judge: &Judge<'a>, to: Destination<'a>, tcp: bool) -> Result<Self, Unknown> {
        let lane = |lane: crate::query::Lane<'a>| Lane {
            senders: lane.senders,
            waypoint: lane.hop.waypoint(),
            is_raw: lane.is_raw,
            door: match lane.met {
                Met::Closed => Door::Closed,
                Met::Open => Door::Open,
                Met::Guarded(passage) => {
                    let behind = passage.behind.as_ref();
                    let behind =
                        behind.map(|behind| Behind { takes: behind.takes_it(), rule: behind.rule() });
                    Door::Guarded(Box::new(Guarded { access: passage.access, behind }))
                }
            },
        };
        let list: Vec<Lane<'a>> = judge.lanes(to, tcp)?.into_iter().map(lane).collect();
        if to.service.is_none() {
            return Ok(Self { list, straight: Vec::new() });
        }
        let of_pod = judge.hops_of_pod(to)?;
        let goes_straight = |sender: &Sender| of_pod.contains(&(*sender, Hop::Pod));
        let straight = list.iter().filter(|lane| lane.waypoint.is_none()).flat_map(|lane| &lane.senders);
        Ok(Self { straight: straight.copied().filter(goes_straight).collect(), list })
    }

    /// Whether it is the same for all who send.
    fn is_one(&self) -> bool {
        self.list.len() == 1
    }

    /// The patterns of callers that are told apart.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.list.iter().flat_map(|lane| lane.door.patterns())
    }

    fn of(&self, sender: Sender) -> &Lane<'a> {
        let lane = self.list.iter().find(|lane| lane.senders.contains(&sender));
        lane.expect("each sender has a way, since all of them were asked")
    }
}

/// The ways of a caller in both worlds that are to be compared, given what sends for it in each.
pub(super) fn pairs<'l, 'a>(
    [old, new]: [&'l Lanes<'a>; 2],
    senders: &[Vec<Sender>; 2],
    what: What,
) -> Vec<(&'l Lane<'a>, &'l Lane<'a>)> {
    let mut pairs: Vec<(&Lane<'a>, &Lane<'a>)> = Vec::new();
    for (before, after) in turned(senders) {
        let pair = (old.of(before), new.of(after));
        let is_of_pods = what.by_service && old.straight.contains(&before) && new.straight.contains(&after);
        let is_asked_as_tcp = !what.tcp && pair.0.is_raw && pair.1.is_raw;
        let is_known =
            pairs.iter().any(|known| std::ptr::eq(known.0, pair.0) && std::ptr::eq(known.1, pair.1));
        if !is_of_pods && !is_asked_as_tcp && !is_known {
            pairs.push(pair);
        }
    }
    pairs
}

/// What is compared at a place.
#[derive(Clone, Copy)]
pub(super) struct What {
    /// Whether it is no HTTP. Where both worlds ask the same of both kinds, that counts for HTTP too.
    pub(super) tcp: bool,
    /// Whether a Service is addressed. Who goes straight to the pods does so by their own address as well.
    pub(super) by_service: bool,
}

/// What becomes of each sender: it stays, or one that is gone is now one of those that came. Where nothing is gone or
/// nothing came, it may have been each of the others.
fn turned([old, new]: &[Vec<Sender>; 2]) -> Vec<(Sender, Sender)> {
    let without = |these: &[Sender], those: &[Sender]| -> Vec<Sender> {
        these.iter().copied().filter(|sender| !those.contains(sender)).collect()
    };
    let mut turned: Vec<(Sender, Sender)> =
        old.iter().filter(|sender| new.contains(sender)).map(|sender| (*sender, *sender)).collect();
    let (mut gone, mut came) = (without(old, new), without(new, old));
    if gone.is_empty() && came.is_empty() {
        return turned;
    }
    if gone.is_empty() {
        gone.clone_from(old);
    }
    if came.is_empty() {
        came.clone_from(new);
    }
    turned.extend(gone.iter().flat_map(|before| came.iter().map(move |after| (*before, *after))));
    turned
}

/// Whether it matters what sends for a caller: for the way that it takes, or since it goes straight to the pods.
pub(super) fn tells_senders_apart(lanes: [&Lanes<'_>; 2], what: What) -> bool {
    what.by_service || lanes.iter().any(|lanes| !lanes.is_one())
}

/// Whether both worlds plainly decide alike, whoever sends; `same_senders` says whether each identity sends in the same
/// way in both. `false` means only that it is not plain to see.
pub(super) fn plainly_equal(lanes: [&Lanes<'_>; 2], same_senders: bool, what: What) -> bool {
    let is_alike = |sender| {
        let all = [vec![sender], vec![sender]];
        pairs(lanes, &all, what).iter().all(|(old, new)| old.door.plainly_equals(&new.door))
    };
    if tells_senders_apart(lanes, what) {
        same_senders && Sender::ALL.into_iter().all(is_alike)
    } else {
        is_alike(Sender::ALL[0])
    }
}
