//! Certificates: one authority for the whole run, a certificate for each SPIFFE identity.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use rcgen::string::Ia5String;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};

/// The application protocols that a client offers, as a sidecar or a ztunnel would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alpn {
    /// HTTP/1.1 between sidecars.
    Http1,
    /// HTTP/2 between sidecars.
    Http2,
    /// Anything else between sidecars.
    Tcp,
    /// The tunnel of a ztunnel.
    Hbone,
}

impl Alpn {
    fn protocols(self) -> Vec<Vec<u8>> {
        let names: &[&str] = match self {
            Self::Http1 => &["istio-http/1.1", "istio", "http/1.1"],
            Self::Http2 => &["istio-h2", "istio", "h2"],
            Self::Tcp => &["istio"],
            Self::Hbone => &["h2"],
        };
        names.iter().map(|name| name.as_bytes().to_vec()).collect()
    }
}

/// The files that Envoy reads its side of mutual TLS from.
#[derive(Clone, Debug)]
pub struct ServerFiles {
    /// The authority that clients are checked against.
    pub authority: PathBuf,
    /// The certificate of every pod.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Makes certificates, and keeps the configuration of each client.
pub struct Identities {
    authority: Issuer<'static, KeyPair>,
    key: KeyPair,
    files: ServerFiles,
    provider: Arc<CryptoProvider>,
    clients: Mutex<BTreeMap<(String, Alpn), Arc<ClientConfig>>>,
}

impl Identities {
    /// A new authority, its files written into `folder`.
    pub fn new(folder: &Path) -> Result<Self> {
        let authority_key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "conformance");
        let certificate = params.self_signed(&authority_key)?;
        let authority = Issuer::new(params, authority_key);
        let key = KeyPair::generate()?;
        let server = leaf("spiffe://cluster.local/ns/server/sa/server")?.signed_by(&key, &authority)?;
        let files = ServerFiles {
            authority: folder.join("authority.pem"),
            certificate: folder.join("server.pem"),
            key: folder.join("server.key"),
        };
        std::fs::write(&files.authority, certificate.pem())?;
        std::fs::write(&files.certificate, server.pem())?;
        std::fs::write(&files.key, key.serialize_pem())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        Ok(Self { authority, key, files, provider, clients: Mutex::default() })
    }

    /// The files of the server's side.
    pub fn server_files(&self) -> &ServerFiles {
        &self.files
    }

    /// How a caller with this identity speaks TLS.
    pub fn client(&self, identity: &str, alpn: Alpn) -> Result<Arc<ClientConfig>> {
        let mut clients = self.clients.lock().expect("no holder of the lock panics");
        if let Some(config) = clients.get(&(identity.to_owned(), alpn)) {
            return Ok(config.clone());
        }
        let config = Arc::new(self.configure(identity, alpn).with_context(|| format!("for {identity}"))?);
        clients.insert((identity.to_owned(), alpn), config.clone());
        Ok(config)
    }

    fn configure(&self, identity: &str, alpn: Alpn) -> Result<ClientConfig> {
        let certificate = leaf(identity)?.signed_by(&self.key, &self.authority)?;
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).map_err(anyhow::Error::msg)?;
        let mut config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyServer(
                self.provider.signature_verification_algorithms,
            )))
            .with_client_auth_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = alpn.protocols();
        // Each connection shows its certificate.
        config.resumption = rustls::client::Resumption::disabled();
        Ok(config)
    }
}

fn leaf(identity: &str) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.subject_alt_names.push(SanType::URI(Ia5String::try_from(identity)?));
    Ok(params)
}

/// Who answers is not what is tested.
#[derive(Debug)]
struct AnyServer(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
