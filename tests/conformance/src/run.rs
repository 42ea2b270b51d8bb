//! One case from seed to findings: made, admitted, analyzed, sent through Envoy, and compared.

use anyhow::Result;

use crate::case::{Case, Kind, REQUESTS};
use crate::finding::Finding;
use crate::generate::{self, Choice};
use crate::istiod::Admission;
use crate::judge::Judge;
use crate::lane::Lane;
use crate::request::{Outcome, Request};
use crate::shrink::{Failing, shrink};
use crate::tally::Tally;

/// What a case gave.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// What was done.
    pub tally: Tally,
    /// What should not be.
    pub findings: Vec<Finding>,
}

/// Checks a case with about `count` random requests.
pub fn check(lane: &mut Lane, judge: &dyn Judge, mut case: Case, count: usize) -> Result<Outcomes> {
    let mut outcomes = Outcomes::default();
    admit(lane, &mut case, &mut outcomes)?;
    let mut choice = Choice::new(case.seed, REQUESTS);
    let requests = generate::requests(&mut choice, &case.cluster, &case.values(), count);
    let observed = lane.observe(&case, &requests)?;
    let said = judge.judge(&case, &requests, &observed)?;
    outcomes.tally.cases += 1;
    let mut first = None;
    for ((request, observed), said) in requests.iter().zip(&observed).zip(said) {
        let seen = &observed.verdict;
        *outcomes.tally.verdicts.entry((seen.outcome, seen.rule.is_some())).or_default() += 1;
        if !judge.agrees(&said, seen) {
            outcomes.tally.wrong += 1;
            first.get_or_insert((request, said, seen));
        }
    }
    if let Some((request, said, seen)) = first {
        let failing = Failing { case: case.clone(), request: request.clone() };
        let small = shrink(failing, &mut |failing| still_differs(lane, judge, failing).unwrap_or(false));
        outcomes.findings.push(Finding::Verdict {
            case: Box::new(small.case),
            request: Box::new(small.request),
            said,
            seen: seen.clone(),
        });
    }
    Ok(outcomes)
}

/// What meshward wrote must be taken without a word; of random objects, those that are taken remain.
fn admit(lane: &mut Lane, case: &mut Case, outcomes: &mut Outcomes) -> Result<()> {
    let texts = case.texts();
    let admissions = lane.istiod.admit(&texts)?;
    outcomes.tally.documents += texts.len();
    match case.kind() {
        Kind::Project => {
            for (admission, text) in admissions.into_iter().zip(texts) {
                if admission != Admission::default() {
                    outcomes.findings.push(Finding::Admission(admission, text));
                }
            }
            let messages = lane.istiod.analyze(&case.documents())?;
            outcomes.findings.extend(messages.into_iter().map(Finding::Analysis));
        }
        Kind::Bundle => {
            let mut admissions = admissions.iter();
            case.objects.retain(|_| admissions.next().is_some_and(Admission::accepts));
            outcomes.tally.refused += texts.len() - case.objects.len();
        }
    }
    Ok(())
}

/// Whether the answers to the one request still differ.
fn still_differs(lane: &mut Lane, judge: &dyn Judge, failing: &Failing) -> Result<bool> {
    let Failing { case, request } = failing;
    if case.kind() == Kind::Bundle && !lane.istiod.admit(&case.texts())?.iter().all(Admission::accepts) {
        return Ok(false);
    }
    let requests = [Request { id: 0, ..request.clone() }];
    let observed = lane.observe(case, &requests)?;
    let said = judge.judge(case, &requests, &observed)?;
    Ok(!judge.agrees(&said[0], &observed[0].verdict) && observed[0].verdict.outcome != Outcome::External)
}
