//! One case from seed to findings: made, admitted, analyzed, sent through Envoy, and compared.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use crate::answers::{Answers, answers};
use crate::case::{Case, Kind, REQUESTS};
use crate::finding::Finding;
use crate::generate::{self, Choice};
use crate::istiod::Admission;
use crate::judge::Judge;
use crate::lane::Lane;
use crate::meant::Meant;
use crate::refusal;
use crate::request::{Outcome, Request, extend};
use crate::shrink::{Failing, shrink};
use crate::tally::Tally;
use crate::waypoints;
use crate::ztunnel::Ztunnel;

/// How many different ways to be wrong are told of one case.
const MOST_TOLD: usize = 3;

/// What a case gave.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// What was done.
    pub tally: Tally,
    /// What should not be.
    pub findings: Vec<Finding>,
    /// Which request was the first that became something else, counted from 1.
    pub first: Option<usize>,
}

impl Outcomes {
    /// A case that could not be compared.
    pub fn of_error(error: anyhow::Error) -> Self {
        Self { findings: vec![Finding::Error(error)], ..Self::default() }
    }
}

/// Checks a case with about `count` random requests, and all those that its policies can tell apart.
pub fn check(lane: &mut Lane, mut case: Case, count: usize, shrinks: bool) -> Result<Outcomes> {
    let mut outcomes = Outcomes::default();
    admit(lane, &mut case, &mut outcomes)?;
    let judge = Judge::read(&case)?;
    let mut choice = Choice::new(case.seed, REQUESTS);
    let mut requests = generate::requests(&mut choice, &case.cluster, &case.values(), count);
    let mut witnesses = judge.witnesses(&case)?;
    if let Some(project) = &case.project {
        witnesses.extend(Meant::by(project)?.witnesses()?);
    }
    outcomes.tally.witnesses += witnesses.len();
    extend(&mut requests, witnesses);
    let answers = answers(lane, &case, &judge, &requests)?;
    ask_ztunnel(lane, &judge, &case, &requests, &mut outcomes)?;
    outcomes.findings.extend(waypoints::compare(lane, case.seed, &mut outcomes.tally)?);
    outcomes.tally.cases += 1;
    let mut different = BTreeMap::new();
    for (index, (request, answers)) in requests.iter().zip(answers).enumerate() {
        outcomes.tally.count(&answers);
        outcomes.tally.at_gateway += usize::from(case.cluster.is_gateway(&request.to));
        outcomes.tally.at_waypoint += usize::from(request.via.is_some());
        if !answers.agree() {
            outcomes.tally.wrong += 1;
            outcomes.first.get_or_insert(index + 1);
            different.entry((&request.to, answers.kind())).or_insert((request, answers));
        }
    }
    for (request, answers) in different.into_values().take(MOST_TOLD) {
        let failing = Failing { case: case.clone(), request: request.clone() };
        outcomes.findings.push(told(lane, failing, answers, shrinks));
    }
    Ok(outcomes)
}

/// The finding, made small if that is wanted.
fn told(lane: &mut Lane, failing: Failing, answers: Answers, shrinks: bool) -> Finding {
    if !shrinks {
        return Finding::Verdict { failing: Box::new(failing), answers };
    }
    let small = shrink(failing, &mut |failing| still_differs(lane, failing).unwrap_or(false));
    // A smaller case may differ in another way than the one that was found.
    let answers = answers_to(lane, &small).unwrap_or(answers);
    Finding::Verdict { failing: Box::new(small), answers }
}

/// Compares what becomes of the same connections at ztunnels, from callers whose identity a ztunnel can read.
fn ask_ztunnel(
    lane: &mut Lane,
    judge: &Judge,
    case: &Case,
    requests: &[Request],
    outcomes: &mut Outcomes,
) -> Result<()> {
    let sent = lane.ambient.render_ambient(&case.documents(), &case.cluster.mesh_config())?.ztunnel;
    let mut first = None;
    for (request, said) in requests.iter().zip(judge.at_ztunnel(case, requests)?) {
        let is_account = |uri: &String| uri.split('/').count() == 7;
        let Some(said) = said.filter(|said| said.outcome != Outcome::Refused) else { continue };
        if !request.from.as_ref().is_none_or(is_account) {
            continue;
        }
        let (namespace, name) = request.to.split_once('/').unwrap_or_default();
        let seen = Ztunnel::of(&sent, namespace, name)?.decide(request)?;
        outcomes.tally.at_ztunnel += 1;
        if !seen.bears_out(&said) {
            outcomes.tally.wrong += 1;
            first.get_or_insert((request, said, seen));
        }
    }
    if let Some((request, said, seen)) = first {
        let mut case = case.clone();
        case.objects.retain(|object| {
            let of = object.value["metadata"]["namespace"].as_str().unwrap_or_default();
            request.to.starts_with(&format!("{of}/")) || of == case.cluster.root_namespace
        });
        let (case, request) = (Box::new(case), Box::new(request.clone()));
        outcomes.findings.push(Finding::Ztunnel { case, request, said, seen });
    }
    Ok(())
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
            let (spoiled, findings) = refusal::compare(&mut lane.istiod, case.seed, &case.values())?;
            outcomes.tally.spoiled += spoiled;
            outcomes.findings.extend(findings.into_iter().take(MOST_TOLD));
            let mut admissions = admissions.iter();
            case.objects.retain(|_| admissions.next().is_some_and(Admission::accepts));
            outcomes.tally.refused += texts.len() - case.objects.len();
        }
    }
    Ok(())
}

/// Whether the answers to the one request still differ.
fn still_differs(lane: &mut Lane, failing: &Failing) -> Result<bool> {
    let case = &failing.case;
    if case.kind() == Kind::Bundle && !lane.istiod.admit(&case.texts())?.iter().all(Admission::accepts) {
        return Ok(false);
    }
    Ok(!answers_to(lane, failing)?.agree())
}

/// The answers to the one request.
fn answers_to(lane: &mut Lane, Failing { case, request }: &Failing) -> Result<Answers> {
    let requests = [Request { id: 0, ..request.clone() }];
    let judge = Judge::read(case)?;
    answers(lane, case, &judge, &requests)?.pop().context("one request has one answer")
}
