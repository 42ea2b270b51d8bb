//! Labels by which a controller tells its pods from one another. They are no part of the template, so that pods of one
//! workload differ in them, and what selects by them takes some of the pods only.

use super::model::{Backend, Labels, Service, ServiceGraph, Workload};
use crate::source::Symbol;

const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";

/// Each label with the controllers that give it, sorted.
const LABELS: &[(&str, &[&str])] = &[
    ("apps.kubernetes.io/pod-index", &["StatefulSet"]),
    ("batch.kubernetes.io/controller-uid", &["CronJob", "Job"]),
    ("batch.kubernetes.io/job-completion-index", &["CronJob", "Job"]),
    ("batch.kubernetes.io/job-name", &["CronJob", "Job"]),
    ("controller-revision-hash", &["DaemonSet", "StatefulSet"]),
    ("controller-uid", &["CronJob", "Job"]),
    ("job-name", &["CronJob", "Job"]),
    ("pod-template-generation", &["DaemonSet"]),
    ("pod-template-hash", &["Deployment"]),
    ("rollouts-pod-template-hash", &["Rollout"]),
    (POD_NAME, &["StatefulSet"]),
];

/// Whether controllers tell their pods apart by a label.
pub fn tells_pods_apart(label: &str) -> bool {
    LABELS.iter().any(|(known, _)| *known == label)
}

impl Workload {
    /// The label by which a selector takes some of these pods, and not all of them.
    pub fn divided_by(&self, selector: &Labels) -> Option<Symbol> {
        let may_have = |key: &Symbol, value: &Symbol| {
            let gives =
                |(label, kinds): &(&str, &[&str])| *label == *key && kinds.contains(&self.kind.as_str());
            LABELS.iter().any(gives) && (*key != POD_NAME || self.is_name_of_pod(value))
        };
        let mut divides = None;
        for (key, value) in selector {
            match self.labels.get(key) {
                Some(own) if own == value => {}
                None if may_have(key, value) => divides = Some(*key),
                Some(_) | None => return None,
            }
        }
        divides
    }

    /// A StatefulSet `db` has the pods `db-0`, `db-1`, …
    fn is_name_of_pod(&self, name: &str) -> bool {
        let ordinal = name.strip_prefix(self.key.name.as_str()).and_then(|rest| rest.strip_prefix('-'));
        ordinal.is_some_and(|ordinal| ordinal.parse::<u32>().is_ok())
    }
}

impl ServiceGraph {
    /// The first workload of which a Service selects some pods only, and the label by which it does.
    pub fn divided_by(&self, service: &Service) -> Option<(&Workload, Symbol)> {
        let Backend::Selector(selector) = &service.backend else { return None };
        // Few Services do, and to look through a namespace for each takes long.
        if !selector.keys().any(|key| tells_pods_apart(key)) {
            return None;
        }
        let mut workloads = self.workloads_in(&service.key.namespace);
        workloads.find_map(|workload| Some((workload, workload.divided_by(selector)?)))
    }
}
