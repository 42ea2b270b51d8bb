//! What the Istio objects of others among the manifests do beside the bundle of a project: whose names it takes, which of
//! them Istio would refuse, and what those that allow something open.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Diagnostic, code};
use crate::diff::{self, Direction, Side};
use crate::graph::ServiceGraph;
use crate::istio;
use crate::istio::resources::{Bundle, Object, Resource};
use crate::policy::Policy;
use crate::project::Project;
use crate::query::{self, MeshFacts, World};
use crate::source::{SourceMap, Span};

/// So many objects are decided; of the others it is said that they may open something.
const MOST_DECIDED: usize = 32;

/// Adds what is known only once a bundle is there to what the lints have said of the objects of others. The policy has
/// no errors.
pub(crate) fn judge(
    policy: &Policy,
    graph: &ServiceGraph,
    project: &Project,
    sources: &SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let (bundle, refused) = istio::emit(policy);
    let (foreign, refused_of_others) = query::foreign(graph, &project.name, sources);
    // Of objects that are declared twice, and differ, nobody knows which one a cluster has.
    let doubtful: HashSet<Span> =
        refused_of_others.iter().flat_map(|refusal| &refusal.secondary).map(|label| label.span).collect();
    let certain: Vec<Object> =
        foreign.iter().filter(|object| !is_at(object, |span| doubtful.contains(&span))).cloned().collect();
    decide(&bundle, &certain, (graph, project, sources), diagnostics);

    diagnostics.extend(refused);
    let lint = |refusal: Diagnostic| Diagnostic { code: code::FOREIGN_POLICY, ..refusal };
    diagnostics.extend(refused_of_others.into_iter().map(lint));
    let taken = istio::collisions(&bundle, &graph.resources, &foreign, project);
    // An object that is overwritten decides nothing beside the others.
    let places: HashSet<Span> = taken.iter().map(|collision| collision.primary.span).collect();
    diagnostics.retain(|known| !(is_foreign(known) && places.contains(&known.primary.span)));
    diagnostics.extend(taken);
}

fn is_foreign(known: &Diagnostic) -> bool {
    [code::FOREIGN_POLICY, code::FOREIGN_POLICY_WIDENS].contains(&known.code)
}

/// Whether each ALLOW that could open something does.
fn decide(
    bundle: &Bundle,
    foreign: &[Object],
    (graph, project, sources): (&ServiceGraph, &Project, &SourceMap),
    diagnostics: &mut Vec<Diagnostic>,
) {
    let asked = diagnostics.iter().enumerate().filter_map(|(number, known)| {
        let object = foreign.iter().find(|object| is_an_allow_at(object, known.primary.span))?;
        let name = name(object);
        may_widen(known, &name, project).then_some((number, object, name))
    });
    let asked: Vec<(usize, &Object, String)> = asked.take(MOST_DECIDED).collect();
    if asked.is_empty() {
        return;
    }
    let mut contexts = contexts(bundle, foreign, graph, project);
    let mut needless = HashMap::new();
    for (number, object, name) in asked {
        match contexts.iter_mut().map(|context| context.opened_by(object, sources)).max() {
            Some(Opened::Something(sentence)) => {
                diagnostics[number].notes.insert(0, format!("with it, {sentence}"));
            }
            Some(Opened::Nothing) => {
                needless.insert(number, name);
            }
            Some(Opened::Unknown) | None => {}
        }
    }
    let judged = std::mem::take(diagnostics).into_iter().enumerate();
    let left = judged.filter_map(|(number, known)| match needless.get(&number) {
        None => Some(known),
        // What is accepted and opens nothing is as it should be.
        Some(_) if known.code == code::FOREIGN_POLICY => None,
        Some(name) => Some(opens_nothing(name, known.primary.span)),
    });
    *diagnostics = left.collect();
}

/// The same world twice, to be compared with an object in one of them.
struct Context {
    alone: World,
    beside: World,
}

/// The bundle with what else of others decides how a caller is known: who has a token that counts, and in plaintext or
/// not. Of two PeerAuthentications for the same pods the older holds, which is not known, so that both ways are looked
/// at. Denials of others are left out: what they close may be open tomorrow.
fn contexts(bundle: &Bundle, foreign: &[Object], graph: &ServiceGraph, project: &Project) -> Vec<Context> {
    let world = |takes: fn(&Resource) -> bool| {
        let mut bundle = bundle.clone();
        bundle.objects.extend(foreign.iter().filter(|object| takes(&object.resource)).cloned());
        let mesh = MeshFacts::of_project(project);
        World { graph: graph.clone(), bundle, mesh, injected: project.injected, ..World::default() }
    };
    let context = |alone: World| Context { beside: alone.clone(), alone };
    let mut contexts =
        vec![context(world(|resource| matches!(resource, Resource::RequestAuthentication(_))))];
    if foreign.iter().any(|object| matches!(object.resource, Resource::PeerAuthentication(_))) {
        contexts.push(context(world(|resource| !matches!(resource, Resource::AuthorizationPolicy(_)))));
    }
    contexts
}

impl Context {
    fn opened_by(&mut self, object: &Object, sources: &SourceMap) -> Opened {
        self.beside.bundle.objects.push(object.clone());
        let found = diff::diff(Side { world: &self.alone, sources }, Side { world: &self.beside, sources });
        self.beside.bundle.objects.pop();
        let mut changes = found.targets.iter().flat_map(|target| &target.changes);
        let opened = changes.find(|change| change.direction == Direction::Opened);
        match opened {
            Some(opened) => Opened::Something(opened.sentence.clone()),
            None if found.is_complete() => Opened::Nothing,
            None => Opened::Unknown,
        }
    }
}

/// What an object opens, from the least to the most that is known of it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Opened {
    Nothing,
    Unknown,
    /// In one sentence.
    Something(String),
}

fn is_an_allow_at(object: &Object, span: Span) -> bool {
    is_at(object, |place| place == span) && matches!(object.resource, Resource::AuthorizationPolicy(_))
}

fn is_at(object: &Object, is_meant: impl Fn(Span) -> bool) -> bool {
    object.place.as_ref().is_some_and(|place| is_meant(place.object))
}

/// As `foreign:` names it.
fn name(object: &Object) -> String {
    let key = object.resource.key();
    format!("{}/{}/{}", key.kind, key.namespace, key.name)
}

/// Whether the lints have called an object one that opens something: refused, or accepted in the project file.
fn may_widen(known: &Diagnostic, name: &str, project: &Project) -> bool {
    let is_accepted = || project.foreign.iter().any(|accepted| accepted.node == *name);
    known.code == code::FOREIGN_POLICY_WIDENS || (known.code == code::FOREIGN_POLICY && is_accepted())
}

fn opens_nothing(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        code::FOREIGN_POLICY,
        format!("`{name}` opens nothing that the policy does not open"),
        span,
        "without it the same requests are let in",
    )
    .note("remove it, so that the policy tells all there is")
    .note(format!("or accept it in meshward.yaml: `foreign: [{name}]`"))
}
