//! What three sides say to one request: meshward from the objects, the policy of the project, and the real Envoy.

use std::fmt;

use anyhow::Result;

use crate::case::Case;
use crate::judge::{Judge, Said};
use crate::lane::Lane;
use crate::meant::{self, Meant};
use crate::observe::Observed;
use crate::request::{Outcome, Request, Verdict};

/// The answers to one request.
#[derive(Clone, Debug)]
pub struct Answers {
    /// What meshward reads out of the objects.
    pub said: Said,
    /// Whether the policy lets it through, and whether what was seen agrees; `None` where there is no policy.
    pub meant: Option<(bool, bool)>,
    /// What the real Envoy did.
    pub seen: Observed,
}

impl Answers {
    /// Whether all of them say the same.
    pub fn agree(&self) -> bool {
        self.seen.confirms(&self.said) && self.meant.is_none_or(|(_, agrees)| agrees)
    }

    /// What they are, as far as a rule has no name: two differences of one kind most often have one cause.
    pub fn kind(&self) -> impl Ord + use<> {
        let kind = |verdict: &Verdict| (verdict.outcome, verdict.rule.is_some());
        let behind = self.seen.behind.as_ref().map(|behind| behind.outcome);
        (kind(&self.said.verdict), self.said.stage, self.meant, kind(&self.seen.verdict), behind)
    }
}

/// The answers to each request to a mesh, in order.
pub fn answers(lane: &mut Lane, case: &Case, judge: &Judge, requests: &[Request]) -> Result<Vec<Answers>> {
    let seen = lane.observe(case, requests)?;
    let said = judge.verdicts(requests)?;
    let meant = match &case.project {
        Some(project) => Meant::by(project)?.permits(requests)?,
        None => vec![None; requests.len()],
    };
    let agrees = |request: &Request, permits: bool, seen: Outcome| {
        (permits, meant::agrees(&case.cluster, request, permits, seen))
    };
    let together = requests.iter().zip(seen).zip(said).zip(meant);
    Ok(together
        .map(|(((request, seen), said), permits)| {
            let meant = permits.map(|permits| agrees(request, permits, seen.verdict.outcome));
            Answers { said, meant, seen }
        })
        .collect())
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  meshward {}", self.said.verdict)?;
        if let Some(waypoint) = &self.said.waypoint {
            write!(f, " on the way through {waypoint}, at {:?}", self.said.stage)?;
        }
        writeln!(f)?;
        if let Some((permits, _)) = self.meant {
            writeln!(f, "  policy   {}", if permits { "lets it through" } else { "keeps it out" })?;
        }
        writeln!(f, "  Envoy    {}", self.seen.verdict)?;
        if let Some(behind) = &self.seen.behind {
            writeln!(f, "  ztunnel  {behind:?}")?;
        }
        Ok(())
    }
}
