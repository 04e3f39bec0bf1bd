//! TLS towards clients (rustls): the certificate and its key are read again when their files change,
//! so that whoever renews them need not restart.

use std::fmt::{self, Debug, Formatter};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// Where certificate and key are.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// PEM: the server's certificate, and those between it and an authority.
    pub certificates: PathBuf,
    /// PEM: the key of the first of them.
    pub key: PathBuf,
    /// How often they are looked at.
    pub every: Duration,
}

/// What is wrong with a file of [`TlsFiles`].
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", file.display())]
pub struct TlsError {
    file: PathBuf,
    why: String,
}

/// TLS of a listener. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    shown: Arc<Shown>,
}

/// The certificate that is shown to clients now.
struct Shown {
    files: TlsFiles,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// A file can't be read, has nothing in it, or the key isn't the certificate's.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let current = RwLock::new(Arc::new(read(&files, &provider)?));
        let shown = Arc::new(Shown { files, current });
        let wrong = |error: rustls::Error| TlsError {
            file: shown.files.certificates.clone(),
            why: error.to_string(),
        };
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(wrong)?;
        let mut config =
            config.with_no_client_auth().with_cert_resolver(Arc::clone(&shown) as Arc<_>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), shown })
    }

    pub(crate) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    /// Takes on what the files have become, until `end`. While they can't be used, what was read last goes on.
    pub(crate) async fn watch(self, end: CancellationToken) {
        let every = self.shown.files.every;
        let mut told = None;
        while end.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
            let shown = Arc::clone(&self.shown);
            let read =
                tokio::task::spawn_blocking(move || read(&shown.files, &ring::default_provider()));
            let Ok(read) = read.await else { return };
            match read {
                Ok(next) => {
                    self.shown.take(next);
                    told = None;
                }
                Err(error) => {
                    let error = error.to_string();
                    if told.as_ref() != Some(&error) {
                        tracing::error!(
                            error,
                            "the certificate was not read again; the old one goes on"
                        );
                        told = Some(error);
                    }
                }
            }
        }
    }
}

impl Shown {
    fn take(&self, next: CertifiedKey) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.cert != next.cert {
            tracing::info!(file = %self.files.certificates.display(), "another certificate is shown from now on");
            *current = Arc::new(next);
        }
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Debug for Shown {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shown").field("files", &self.files).finish_non_exhaustive()
    }
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let wrong = |file: &PathBuf, why: String| TlsError { file: file.clone(), why };
    let certificates = &files.certificates;
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(certificates, error.to_string()))?;
    if chain.is_empty() {
        return Err(wrong(certificates, "there is no certificate (PEM) in it".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| wrong(&files.key, error.to_string()))?;
    CertifiedKey::from_der(chain, key, provider)
        .map_err(|error| wrong(&files.key, format!("not the key of the certificate: {error}")))
}
