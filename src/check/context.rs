//! What every part of the check may look up, and where in the policy it stands.

use super::Input;
use super::declarations::Declarations;
use super::modes::Modes;
use super::services::Services;
use super::transport::Transport;
use crate::graph::{Proxy, ServiceGraph, Workload};
use crate::project::{Injected, Project};
use crate::source::{Span, Symbol};

/// The world and the resolved declarations; nothing here changes while rules are lowered.
pub(super) struct Context<'a> {
    pub(super) input: Input<'a>,
    pub(super) services: &'a Services<'a>,
    pub(super) declarations: &'a Declarations,
    pub(super) transport: &'a Transport,
}

impl<'a> Context<'a> {
    pub(super) fn graph(&self) -> &'a ServiceGraph {
        self.input.graph
    }

    pub(super) fn project(&self) -> &'a Project {
        self.input.project
    }

    pub(super) fn modes(&self) -> &'a Modes {
        &self.transport.modes
    }
}

/// Where a statement stands: its file and the namespace statement around it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) module: usize,
    pub(super) namespace: Option<Symbol>,
}

/// Why no proxy of the mesh stands in front of a workload, with the place that says so; `None` if one does.
pub fn missing_proxy(project: &Project, workload: &Workload) -> Option<(Span, String)> {
    match &workload.proxy {
        Proxy::Injected(_) => None,
        Proxy::Absent(span, reason) => Some((*span, reason.clone())),
        Proxy::Unknown => match project.injected {
            Injected::Assume => None,
            Injected::Require => Some((
                workload.span,
                "nothing here asks for a sidecar, and the project file says `injected: require`".to_owned(),
            )),
        },
    }
}
