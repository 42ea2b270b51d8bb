//! What a run has done, in numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use crate::answers::Answers;
use crate::request::Outcome;

/// Counts.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Meshes.
    pub cases: usize,
    /// Documents that the CRDs and the webhook were asked about.
    pub documents: usize,
    /// Of these, random ones that were refused and left out.
    pub refused: usize,
    /// Spoiled documents that a cluster and meshward were asked about.
    pub spoiled: usize,
    /// Requests by what became of them, and whether a rule was named.
    pub verdicts: BTreeMap<(Outcome, bool), usize>,
    /// Of these requests, those that were compared with what a policy means, too.
    pub meant: usize,
    /// Of these requests, those that are witnesses of classes.
    pub witnesses: usize,
    /// Of these requests, those that were sent to a gateway.
    pub at_gateway: usize,
    /// Of these requests, those that were sent through a waypoint.
    pub at_waypoint: usize,
    /// Of these, those that a ztunnel behind it denies.
    pub denied_behind: usize,
    /// Connections that were compared at a ztunnel.
    pub at_ztunnel: usize,
    /// Services and pods whose waypoint was compared.
    pub waypoints: usize,
    /// Of these, those that have one.
    pub behind_waypoints: usize,
    /// Requests that became something else than meshward says.
    pub wrong: usize,
}

impl Tally {
    /// Counts one request.
    pub fn count(&mut self, answers: &Answers) {
        let seen = &answers.seen.verdict;
        *self.verdicts.entry((seen.outcome, seen.rule.is_some())).or_default() += 1;
        self.meant += usize::from(answers.meant.is_some());
        let behind = answers.seen.behind.as_ref();
        self.denied_behind += usize::from(behind.is_some_and(|behind| behind.outcome == Outcome::Denied));
    }

    /// Requests that were compared.
    pub fn compared(&self) -> usize {
        self.verdicts.values().sum()
    }
}

impl AddAssign<&Tally> for Tally {
    fn add_assign(&mut self, other: &Tally) {
        self.cases += other.cases;
        self.documents += other.documents;
        self.refused += other.refused;
        self.spoiled += other.spoiled;
        self.wrong += other.wrong;
        self.witnesses += other.witnesses;
        self.meant += other.meant;
        self.at_gateway += other.at_gateway;
        self.at_waypoint += other.at_waypoint;
        self.denied_behind += other.denied_behind;
        self.at_ztunnel += other.at_ztunnel;
        self.waypoints += other.waypoints;
        self.behind_waypoints += other.behind_waypoints;
        for (key, count) in &other.verdicts {
            *self.verdicts.entry(*key).or_default() += count;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} verdicts compared in {} meshes, {} wrong; {} documents, {} of them random and refused",
            self.compared(),
            self.cases,
            self.wrong,
            self.documents,
            self.refused
        )?;
        write!(f, "\n  {:>8} of these are witnesses of classes", self.witnesses)?;
        write!(f, "\n  {:>8} with the meaning of a policy, too", self.meant)?;
        write!(f, "\n  {:>8} at a gateway", self.at_gateway)?;
        write!(
            f,
            "\n  {:>8} through a waypoint, {} of them denied by the ztunnel behind it",
            self.at_waypoint, self.denied_behind
        )?;
        write!(f, "\n  {:>8} spoiled documents, taken or refused", self.spoiled)?;
        write!(f, "\n  {:>8} at a ztunnel", self.at_ztunnel)?;
        write!(
            f,
            "\n  {:>8} Services and pods by their waypoint, {} of them behind one",
            self.waypoints, self.behind_waypoints
        )?;
        for ((outcome, has_rule), count) in &self.verdicts {
            let by = if *has_rule { " by a rule" } else { "" };
            write!(f, "\n  {count:>8} {}{by}", format!("{outcome:?}").to_lowercase())?;
        }
        Ok(())
    }
}
