//! One lane of a run: an istiod, and an Envoy for each mesh. Lanes share nothing, so several run side by side.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::case::Case;
use crate::client::{self, Identities};
use crate::envoy::Envoy;
use crate::istiod::{Ambient, Dataplane, Istiod, Sidecar};
use crate::observe::{self, Observed};
use crate::request::Request;

/// The programs that are asked.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The program around Istio's code.
    pub istiod: PathBuf,
    /// The real Envoy.
    pub envoy: PathBuf,
}

impl Programs {
    /// Those that the script of the run has put below a folder.
    pub fn below(folder: &Path) -> Self {
        Self { istiod: folder.join("istiod"), envoy: folder.join("envoy/envoy/_bin/envoy") }
    }
}

/// What is needed to ask about one mesh after the other.
pub struct Lane {
    /// Istio's own code.
    pub istiod: Istiod,
    /// The same, as it serves ztunnels.
    pub ambient: Istiod,
    number: u8,
    programs: Programs,
    identities: Identities,
    runtime: Runtime,
    folder: TempDir,
}

impl Lane {
    /// Starts what lives as long as the lane.
    pub fn start(programs: &Programs, number: u8) -> Result<Self> {
        let folder = TempDir::new()?;
        Ok(Self {
            istiod: Istiod::start(&programs.istiod, Dataplane::Sidecar)?,
            ambient: Istiod::start(&programs.istiod, Dataplane::Ambient)?,
            number,
            programs: programs.clone(),
            identities: Identities::new(folder.path())?,
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
            folder,
        })
    }

    /// Istio's fake servers leave memory behind, so that a new process takes over now and then.
    pub fn renew(&mut self) -> Result<()> {
        self.istiod = Istiod::start(&self.programs.istiod, Dataplane::Sidecar)?;
        self.ambient = Istiod::start(&self.programs.istiod, Dataplane::Ambient)?;
        Ok(())
    }

    fn start_envoy(&self, sidecars: &[Sidecar]) -> Result<Envoy> {
        let files = self.identities.server_files();
        Envoy::start(&self.programs.envoy, self.folder.path(), self.number, sidecars, files)
    }

    /// Sends the requests through the configuration that istiod makes of the case, and tells what became of
    /// each, in order.
    pub fn observe(&mut self, case: &Case, requests: &[Request]) -> Result<Vec<Observed>> {
        self.observe_with(case, requests, &mut |_| {})
    }

    /// The same, with the configuration of each sidecar changed before Envoy has it.
    pub fn observe_with(
        &mut self,
        case: &Case,
        requests: &[Request],
        change: &mut dyn FnMut(&mut Sidecar),
    ) -> Result<Vec<Observed>> {
        let (documents, mesh) = (case.documents(), case.cluster.mesh_config());
        let mut sidecars = self.istiod.render(&documents, &mesh)?;
        // Pods of the ambient mesh have none, though istiod would serve it.
        sidecars.retain(|sidecar| case.cluster.ambient(&sidecar.namespace).is_none());
        sidecars.iter_mut().for_each(change);
        let has_waypoints = !case.cluster.waypoints.is_empty();
        let Ambient { ztunnel, waypoints } =
            if has_waypoints { self.ambient.render_ambient(&documents, &mesh)? } else { Ambient::default() };
        sidecars.extend(waypoints);
        let envoy =
            self.start_envoy(&sidecars).with_context(|| format!("for the case of seed {}", case.seed))?;
        let sent = client::send(&self.identities, &envoy.listeners, requests);
        let replies = self.runtime.block_on(sent)?;
        let mut observed = observe::observed(case, &envoy, requests, &replies)?;
        observe::ask_behind(case, &ztunnel, requests, &mut observed)?;
        Ok(observed)
    }
}
