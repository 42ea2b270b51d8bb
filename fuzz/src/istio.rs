//! Existing YAML: what is accepted is written so that it reads as the same, and what it means can be decided.

use meshward::access::{Domain, Formula, Space};
use meshward::bundle;
use meshward::istio::resources::Resource;
use meshward::istio::semantics::{Filters, Semantics, Target};
use meshward::query::{Manifests, World};
use meshward::source::MemoryLoader;
use meshward::world_of_manifests;

use crate::archive;
use crate::can_be_shown;

/// A port that nothing declares.
const UNLISTED: u16 = 65_535;

/// Reads the files of `text` and asks about every port of every workload in them.
pub fn keeps_its_promises(text: &str) {
    let files = archive::files(text, "k8s/all.yaml");
    let Some(world) = read(files) else { return };
    is_read_back(&world);
    is_decided(&world);
}

fn read<T: Into<String>>(files: Vec<(String, T)>) -> Option<World> {
    let loader = MemoryLoader::new(files);
    let manifests = Manifests { paths: vec!["k8s".into()], ..Manifests::default() };
    let (world, sources, diagnostics) = world_of_manifests(&loader, &manifests).ok()?;
    can_be_shown(&sources, &diagnostics);
    Some(world)
}

fn is_read_back(world: &World) {
    let written = bundle::stream(&world.bundle);
    let again = read(vec![("k8s/all.yaml".to_owned(), written.clone())]).expect("a file is there");
    let resources = |world: &World| -> Vec<Resource> {
        world.bundle.objects.iter().map(|object| object.resource.clone()).collect()
    };
    assert_eq!(resources(&again), resources(world), "{written}");
}

/// What is decided is a set of requests: it has an example, which lies in it, or it is empty.
fn is_decided(world: &World) {
    let semantics = Semantics::new(world.config(), &world.bundle);
    for workload in &world.graph.workloads {
        let (namespace, labels) = (workload.key.namespace.as_str(), &workload.labels);
        let sidecar = Target::Sidecar { namespace, labels };
        let ztunnel = Target::Ztunnel { namespace, labels };
        let listed = workload.ports.iter().map(|port| port.number);
        for port in listed.chain([UNLISTED]) {
            for (target, filters) in
                [(sidecar, Filters::Http), (sidecar, Filters::Network), (ztunnel, Filters::Network)]
            {
                if let Ok(access) = semantics.decide(target, port, filters) {
                    has_an_example(&access.into_decision().formula());
                }
            }
        }
    }
}

fn has_an_example(formula: &Formula) {
    let Ok(mut space) = Space::new(Domain::NormalizedPath, &[formula]) else { return };
    let Ok(node) = space.node(formula) else { return };
    match space.witness(node) {
        Some(request) => assert!(formula.holds(&request), "{request} is not in {formula:?}"),
        None => assert!(space.is_empty(node), "{formula:?} has no example"),
    }
}
