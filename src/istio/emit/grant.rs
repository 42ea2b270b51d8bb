//! Grants: callers × operations, merged as far as the product stays the same.
//!
//! ```text
//! a → GET /x          a, b → GET /x                 a, b → GET /x, POST /y
//! b → GET /x     ─▶   a, b → POST /y           ─▶
//! a, b → POST /y      (equal operations)            (equal callers)
//! ```
//!
//! Products are never taken apart, so what comes out is never larger than what was written, and all steps are
//! look-ups by the equal side, so that the cost grows with the number of rules alone.

use indexmap::map::Entry;
use rustc_hash::FxBuildHasher;

use crate::policy::{Caller, Operation, Rule};

type IndexMap<K, V> = indexmap::IndexMap<K, V, FxBuildHasher>;
type IndexSet<T> = indexmap::IndexSet<T, FxBuildHasher>;

/// A caller, and who of them is excepted.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Subject<'a> {
    pub(super) caller: &'a Caller,
    /// Sorted, without duplicates.
    pub(super) except: Vec<&'a Caller>,
}

/// An operation on ports of the workload; `None` for all that the ports offer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Object<'a> {
    pub(super) operation: Option<&'a Operation>,
    pub(super) ports: &'a [u16],
}

/// Any of the subjects may, or may not, do any of the objects.
pub(super) struct Grant {
    /// Positions in [`Grants::subjects`], sorted, without duplicates; so are the others.
    pub(super) subjects: Vec<u32>,
    /// Positions in [`Grants::objects`].
    pub(super) objects: Vec<u32>,
    /// Positions of the rules that it came from.
    pub(super) rules: Vec<u32>,
}

/// The grants of a workload set, in the order of the first rule of each.
pub(super) struct Grants<'a> {
    pub(super) subjects: IndexSet<Subject<'a>>,
    pub(super) objects: IndexSet<Object<'a>>,
    pub(super) merged: Vec<Grant>,
}

/// After joining by operations and by callers a third and fourth look finds what the first two made equal;
/// further ones would find next to nothing.
const ROUNDS: usize = 2;

/// Merges the rules of one workload set and effect.
pub(super) fn merge<'a>(rules: &[&'a Rule]) -> Grants<'a> {
    let mut grants =
        Grants { subjects: IndexSet::default(), objects: IndexSet::default(), merged: Vec::new() };
    for (position, rule) in rules.iter().enumerate() {
        grants.add(position as u32, rule);
    }
    for _ in 0..ROUNDS {
        let before = grants.merged.len();
        grants.merged = join(grants.merged, |grant| (&mut grant.objects, &mut grant.subjects));
        grants.merged = join(grants.merged, |grant| (&mut grant.subjects, &mut grant.objects));
        if grants.merged.len() == before {
            break;
        }
    }
    grants
}

impl<'a> Grants<'a> {
    fn add(&mut self, position: u32, rule: &'a Rule) {
        let mut except: Vec<&Caller> = rule.except.iter().collect();
        except.sort_unstable();
        except.dedup();
        // Nobody is left, and a rule without a source would be one for everybody.
        if except.contains(&&Caller::Anyone) {
            return;
        }
        let subjects = rule
            .callers
            .iter()
            .map(|caller| self.subjects.insert_full(Subject { caller, except: except.clone() }).0 as u32)
            .collect();
        let ports = rule.target.ports.as_slice();
        let mut objects: Vec<u32> = rule
            .operations
            .iter()
            .map(|operation| self.objects.insert_full(Object { operation: Some(operation), ports }).0 as u32)
            .collect();
        if objects.is_empty() {
            objects.push(self.objects.insert_full(Object { operation: None, ports }).0 as u32);
        }
        let mut grant = Grant { subjects, objects, rules: vec![position] };
        sort(&mut grant.subjects);
        sort(&mut grant.objects);
        self.merged.push(grant);
    }
}

/// Joins the grants that are equal in the first of the two sides that `sides` gives: the second side becomes
/// the union.
fn join(grants: Vec<Grant>, sides: fn(&mut Grant) -> (&mut Vec<u32>, &mut Vec<u32>)) -> Vec<Grant> {
    let mut by_equal_side: IndexMap<Vec<u32>, Grant> =
        IndexMap::with_capacity_and_hasher(grants.len(), FxBuildHasher);
    for mut grant in grants {
        let equal_side = std::mem::take(sides(&mut grant).0);
        match by_equal_side.entry(equal_side) {
            Entry::Vacant(vacant) => {
                vacant.insert(grant);
            }
            Entry::Occupied(mut occupied) => {
                let joined = occupied.get_mut();
                joined.rules.append(&mut grant.rules);
                sides(joined).1.append(sides(&mut grant).1);
            }
        }
    }
    by_equal_side
        .into_iter()
        .map(|(equal_side, mut grant)| {
            *sides(&mut grant).0 = equal_side;
            sort(sides(&mut grant).1);
            sort(&mut grant.rules);
            grant
        })
        .collect()
}

fn sort(positions: &mut Vec<u32>) {
    positions.sort_unstable();
    positions.dedup();
}
