//! The real Envoy, fed with istiod's filter chains: one process with a listener for each pod, and two for each waypoint.

mod listener;
mod waypoint;

pub use listener::{Carries, carried};

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::client::ServerFiles;
use crate::istiod::Sidecar;

/// A running Envoy. It ends with its owner.
pub struct Envoy {
    child: Child,
    log: PathBuf,
    /// The listener of each pod and waypoint, by `namespace/name`.
    pub listeners: BTreeMap<String, SocketAddr>,
}

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

impl Envoy {
    /// Starts the program with a listener for each sidecar; its files go into `folder`.
    pub fn start(
        program: &Path,
        folder: &Path,
        lane: u8,
        sidecars: &[Sidecar],
        files: &ServerFiles,
    ) -> Result<Self> {
        let log = folder.join("connections.log");
        let mut listeners = BTreeMap::new();
        let (mut configured, mut clusters) = (Vec::with_capacity(sidecars.len()), Vec::new());
        for (sidecar, address) in sidecars.iter().zip(addresses(lane)) {
            let name = format!("{}/{}", sidecar.namespace, sidecar.name);
            let log = log.to_str().context("a folder of ours has a name in UTF-8")?;
            if let Some(inside) = &sidecar.inside {
                let both = (&sidecar.inbound, inside);
                let waypoint = waypoint::transform(&name, both, address, files, log)?;
                configured.extend(waypoint.listeners);
                clusters.push(waypoint.cluster);
            } else {
                configured.push(listener::transform(&name, &sidecar.inbound, address, files, log)?);
            }
            listeners.insert(name, address);
        }
        std::fs::write(&log, "")?;
        let config = folder.join("envoy.json");
        std::fs::write(&config, serde_json::to_vec(&bootstrap(&configured, &clusters))?)?;
        let errors = folder.join("envoy.log");
        let child = Command::new(program)
            .arg("--config-path")
            .arg(&config)
            .args(["--log-level", "warning", "--disable-hot-restart", "--concurrency", "1"])
            .args(["--file-flush-interval-msec", "20"])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&errors)?)
            .spawn()
            .with_context(|| format!("can not start {}", program.display()))?;
        let mut envoy = Self { child, log, listeners };
        envoy.wait_until_ready(&errors)?;
        Ok(envoy)
    }

    /// The lines about connections that ended, as far as they are written.
    pub fn connections(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.log)?)
    }

    fn wait_until_ready(&mut self, errors: &Path) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                bail!("Envoy ended with {status}: {}", std::fs::read_to_string(errors)?);
            }
            // Static listeners are opened together, after the whole configuration was read.
            if self.listeners.values().all(|address| std::net::TcpStream::connect(address).is_ok()) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("Envoy is not ready after {PATIENCE:?}: {}", std::fs::read_to_string(errors)?)
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        // It may have ended by itself already; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every pod has a loopback address of its own, which no other lane and hardly another run has; a free port of a
/// common one could be taken by a caller before Envoy opens it.
fn addresses(lane: u8) -> impl Iterator<Item = SocketAddr> {
    let run = 64 + (std::process::id() % 128) as u8;
    (1..=u8::MAX).map(move |pod| SocketAddr::from((Ipv4Addr::new(127, run, lane, pod), 15006)))
}

/// Beside the listeners, what Istio's own bootstrap sets and decides about requests.
fn bootstrap(listeners: &[Value], clusters: &[Value]) -> Value {
    json!({
        "staticResources": {"listeners": listeners, "clusters": clusters},
        "bootstrapExtensions": [{
            "name": "envoy.bootstrap.internal_listener",
            "typedConfig": {
                "@type": "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener",
            },
        }],
        "layeredRuntime": {"layers": [{"name": "static", "staticLayer": {
            "envoy.reloadable_features.http_reject_path_with_fragment": false,
            "re2.max_program_size.error_level": 32768,
            // Or pipelined requests that Envoy answers itself end the connection.
            "http.max_requests_per_io_cycle": 1,
        }}]},
    })
}
