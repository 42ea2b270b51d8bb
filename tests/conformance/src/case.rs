//! One mesh under test: a cluster and the objects that protect it, random or built from a random project.

use std::path::PathBuf;

use anyhow::Result;
use meshward::bundle;
use serde_json::Value;

use crate::cluster::Cluster;
use crate::generate::{self, Choice};
use crate::project::Project;

/// Where the objects of a case come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// From meshward: emission is under test.
    Project,
    /// From nowhere: everything that Istio accepts, so that the reading of Istio is under test.
    Bundle,
}

/// A mesh.
#[derive(Clone, Debug)]
pub struct Case {
    /// What repeats it.
    pub seed: u64,
    /// What runs.
    pub cluster: Cluster,
    /// The project that the objects were built from.
    pub project: Option<Project>,
    /// Istio's objects.
    pub objects: Vec<Object>,
}

/// One object of Istio.
#[derive(Clone, Debug)]
pub struct Object {
    /// As it was written.
    pub text: String,
    /// As it is read.
    pub value: Value,
}

/// How large cases are.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Pods.
    pub workloads: usize,
    /// Statements of a project.
    pub statements: usize,
}

const CLUSTER: u64 = 1;
const OBJECTS: u64 = 2;
const AMBIENT: u64 = 6;
/// The purpose of the decisions about requests.
pub const REQUESTS: u64 = 3;

impl Case {
    /// The case of a seed.
    pub fn new(kind: Kind, seed: u64, size: Size) -> Result<Self> {
        let mut cluster = generate::cluster(&mut Choice::new(seed, CLUSTER), size.workloads);
        let mut choice = Choice::new(seed, OBJECTS);
        match kind {
            Kind::Project => {
                let project = generate::project(&mut choice, &cluster, size.statements);
                Self::of_project(seed, project)
            }
            Kind::Bundle => {
                generate::with_waypoints(&mut Choice::new(seed, AMBIENT), &mut cluster);
                let objects = generate::bundle(&mut choice, &cluster).into_iter().map(Object::of_value);
                Ok(Self { seed, objects: objects.collect(), project: None, cluster })
            }
        }
    }

    /// Builds a project, as far as meshward accepts it.
    pub fn of_project(seed: u64, mut project: Project) -> Result<Self> {
        let built = project.build_what_is_accepted()?;
        let texts = bundle::files(&built).into_iter().filter(|file| file.path.contains('/'));
        let objects = texts
            .zip(&built.objects)
            .map(|(file, object)| {
                Ok(Object { text: file.text, value: serde_json::to_value(&object.resource)? })
            })
            .collect::<Result<_>>()?;
        Ok(Self { seed, cluster: project.cluster.clone(), project: Some(project), objects })
    }

    /// Where the objects come from.
    pub fn kind(&self) -> Kind {
        if self.project.is_some() { Kind::Project } else { Kind::Bundle }
    }

    /// Every document of the cluster, Istio's objects last.
    pub fn documents(&self) -> Vec<String> {
        let kubernetes = self.cluster.documents();
        kubernetes.iter().map(Value::to_string).chain(self.texts()).collect()
    }

    /// Istio's objects as they were written.
    pub fn texts(&self) -> Vec<String> {
        self.objects.iter().map(|object| object.text.clone()).collect()
    }

    /// Istio's objects as they are read.
    pub fn values(&self) -> Vec<Value> {
        self.objects.iter().map(|object| object.value.clone()).collect()
    }

    /// The policies that decide nothing, as `namespace/name`.
    pub fn audits(&self) -> Vec<String> {
        let audits = self.objects.iter().filter(|object| object.value["spec"]["action"] == "AUDIT");
        let name = |object: &Object| {
            let metadata = &object.value["metadata"];
            Some(format!("{}/{}", metadata["namespace"].as_str()?, metadata["name"].as_str()?))
        };
        audits.filter_map(name).collect()
    }

    /// What a reader needs to repeat it by hand.
    pub fn files(&self) -> Vec<(PathBuf, String)> {
        let mut files = vec![
            ("manifests/istio.yaml".into(), self.texts().join("\n---\n")),
            ("manifests/cluster.yaml".into(), self.cluster.yaml()),
        ];
        files.extend(self.project.iter().flat_map(Project::files));
        files
    }
}

impl Object {
    /// An object that is written as JSON.
    pub fn of_value(value: Value) -> Self {
        Self { text: value.to_string(), value }
    }
}
