//! Makes a failing case small: whatever can go while the answers still differ goes.

use crate::case::{Case, Kind, Object};
use crate::places::{places, remove};
use crate::request::Request;

/// A case and the request that is decided differently.
#[derive(Clone, Debug)]
pub struct Failing {
    /// The mesh.
    pub case: Case,
    /// The request.
    pub request: Request,
}

/// The smallest that was found; `differs` tells whether the answers still do.
pub fn shrink(failing: Failing, differs: &mut dyn FnMut(&Failing) -> bool) -> Failing {
    let failing = alone(failing, differs);
    let failing = match failing.case.kind() {
        Kind::Project => statements(failing, differs),
        Kind::Bundle => fields(objects(failing, differs), differs),
    };
    request(workloads(failing, differs), differs)
}

/// Only the pod that was called and the objects that can hold for it, which most often is enough.
fn alone(failing: Failing, differs: &mut dyn FnMut(&Failing) -> bool) -> Failing {
    if failing.case.kind() == Kind::Project {
        return failing;
    }
    let mut smaller = failing.clone();
    let Case { cluster, objects, .. } = &mut smaller.case;
    cluster.workloads.retain(|workload| workload.key() == failing.request.to);
    let waypoint = failing.request.via.as_ref().map(|via| via.waypoint.as_str());
    let on_the_way = [Some(failing.request.to.as_str()), waypoint].into_iter().flatten();
    let mut namespaces: Vec<&str> = on_the_way.filter_map(|key| key.split('/').next()).collect();
    namespaces.push(&cluster.root_namespace);
    objects.retain(|object| {
        object.value["metadata"]["namespace"].as_str().is_some_and(|of| namespaces.contains(&of))
    });
    if differs(&smaller) { smaller } else { failing }
}

/// Leaves out runs of a list, long ones first, as long as `keeps` agrees.
fn list<T: Clone>(mut items: Vec<T>, mut keeps: impl FnMut(&[T]) -> bool) -> Vec<T> {
    let mut run = items.len().div_ceil(2);
    while run > 0 && !items.is_empty() {
        let mut start = 0;
        while start < items.len() {
            let end = (start + run).min(items.len());
            let fewer: Vec<T> = items[..start].iter().chain(&items[end..]).cloned().collect();
            if keeps(&fewer) {
                items = fewer;
            } else {
                start = end;
            }
        }
        run = if run == 1 { 0 } else { run.div_ceil(2) };
    }
    items
}

fn statements(mut failing: Failing, differs: &mut dyn FnMut(&Failing) -> bool) -> Failing {
    let Some(project) = failing.case.project.clone() else { return failing };
    let rebuild = |statements: &[String]| {
        let mut project = project.clone();
        project.statements = statements.to_vec();
        let case = Case::of_project(failing.case.seed, project).ok()?;
        Some(Failing { case, request: failing.request.clone() })
    };
    let kept = list(project.statements.clone(), |fewer| rebuild(fewer).is_some_and(|fewer| differs(&fewer)));
    if let Some(smaller) = rebuild(&kept) {
        failing = smaller;
    }
    failing
}

fn objects(mut failing: Failing, differs: &mut dyn FnMut(&Failing) -> bool) -> Failing {
    let mut with = failing.clone();
    failing.case.objects = list(failing.case.objects, |fewer| {
        with.case.objects = fewer.to_vec();
        differs(&with)
    });
    failing
}

/// Leaves out the other pods. Statements that name one are refused then, and go as well.
fn workloads(mut failing: Failing, differs: &mut dyn FnMut(&Failing) -> bool) -> Failing {
    let rebuild = |failing: &Failing, workloads: &[_]| {
        let mut case = failing.case.clone();
        case.cluster.workloads = workloads.to_vec();
        if let Some(mut project) = case.project.take() {
            project.cluster = case.cluster;
            case = Case::of_project(failing.case.seed, project).ok()?;
        }
        Some(Failing { case, request: failing.request.clone() })
    };
    let kept = list(failing.case.cluster.workloads.clone(), |fewer| {
        let has_target = fewer.iter().any(|workload| workload.key() == failing.request.to);
        has_target && rebuild(&failing, fewer).is_some_and(|fewer| differs(&fewer))
    });
    if let Some(smaller) = rebuild(&failing, &kept) {
        failing = smaller;
    }
    failing
}

/// Leaves out keys and elements of the objects, the outermost first.
fn fields(mut failing: Failing, differs: &mut dyn FnMut(&Failing) -> bool) -> Failing {
    for index in 0..failing.case.objects.len() {
        let mut tried = 0;
        loop {
            let spec = &failing.case.objects[index].value["spec"];
            let Some(path) = places(spec, "").into_iter().nth(tried) else { break };
            let mut smaller = failing.clone();
            let mut value = smaller.case.objects[index].value.clone();
            remove(&mut value["spec"], &path);
            smaller.case.objects[index] = Object::of_value(value);
            if differs(&smaller) {
                failing = smaller;
            } else {
                tried += 1;
            }
        }
    }
    failing
}

/// Makes the request plainer.
fn request(mut failing: Failing, differs: &mut dyn FnMut(&Failing) -> bool) -> Failing {
    let plainer: &[fn(&mut Request)] = &[
        |request| request.headers.clear(),
        |request| request.claims = None,
        |request| request.token = None,
        |request| request.sni = None,
        |request| request.http2 = false,
        |request| request.remote_ip = request.source_ip,
        |request| "a".clone_into(&mut request.host),
        |request| "GET".clone_into(&mut request.method),
        |request| "/".clone_into(&mut request.path),
        |request| request.from = None,
    ];
    for change in plainer {
        let mut smaller = failing.clone();
        change(&mut smaller.request);
        if smaller.request.via.is_some() && smaller.request.from.is_none() {
            // Nothing goes through a tunnel without a certificate.
            continue;
        }
        if smaller.request != failing.request && differs(&smaller) {
            failing = smaller;
        }
    }
    let characters: Vec<char> = failing.request.path.chars().skip(1).collect();
    let mut with = failing.clone();
    let kept = list(characters, |fewer| {
        with.request.path = format!("/{}", fewer.iter().collect::<String>());
        differs(&with)
    });
    failing.request.path = format!("/{}", kept.into_iter().collect::<String>());
    failing
}
