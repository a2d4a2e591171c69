//! TLS as the exporter would agree on it.

use std::{net::TcpStream, path::Path, sync::Arc};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use rustls_platform_verifier::BuilderVerifierExt;

use super::{
    connection::Stream,
    journey::Told,
    step::StepError,
    target::{Certificates, Protocol, Target},
};
use crate::file;

/// The most that is read of a file of certificates, in bytes.
const LARGEST_FILE: u64 = 8 << 20;

/// The connection with TLS.
pub(super) fn handshake(
    target: &Target,
    certificates: &Certificates,
    mut stream: TcpStream,
) -> Result<Told<Stream>, StepError> {
    let mut config = config(certificates)?;
    config.alpn_protocols = match target.protocol {
        Protocol::Grpc => vec![b"h2".to_vec()],
        Protocol::HttpProtobuf => vec![b"http/1.1".to_vec()],
    };
    let failed = |error| StepError::Setup(Box::new(error));
    let name = ServerName::try_from(target.host().to_owned())
        .map_err(|error| failed(rustls::Error::General(error.to_string())))?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(failed)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).map_err(StepError::Tls)?;
    }
    if target.protocol == Protocol::Grpc && connection.alpn_protocol() != Some(b"h2") {
        return Err(StepError::NoHttp2);
    }
    let version = match connection.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "1.3",
        _ => "1.2",
    };
    let detail =
        format!("version {version}, the certificate is valid for `{}`", target.host().escape_debug());
    Ok(Told { value: Stream::Tls(Box::new(StreamOwned::new(connection, stream))), detail })
}

/// Whom to trust and what to show.
fn config(certificates: &Certificates) -> Result<ClientConfig, StepError> {
    let failed = |error| StepError::Setup(Box::new(error));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?;
    let builder = match &certificates.authority {
        None => builder.with_platform_verifier().map_err(failed)?,
        Some(path) => builder.with_root_certificates(authority(path)?),
    };
    match &certificates.client {
        None => Ok(builder.with_no_client_auth()),
        Some((certificate, key)) => {
            let chain = chain(certificate)?;
            let key = PrivateKeyDer::from_pem_slice(read(key)?.as_bytes())
                .map_err(|error| unreadable(key, error))?;
            builder.with_client_auth_cert(chain, key).map_err(failed)
        }
    }
}

/// Whom a file says to trust.
fn authority(path: &Path) -> Result<RootCertStore, StepError> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(path)? {
        roots.add(certificate).map_err(|error| unreadable(path, error))?;
    }
    Ok(roots)
}

/// The certificates of a file, one at least.
pub(super) fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, StepError> {
    let text = read(path)?;
    let chain = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| unreadable(path, error))?;
    if chain.is_empty() { Err(unreadable(path, "it holds no certificate")) } else { Ok(chain) }
}

pub(super) fn read(path: &Path) -> Result<String, StepError> {
    file::read_text(path, LARGEST_FILE).map_err(|error| unreadable(path, error))
}

pub(super) fn unreadable(
    path: &Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StepError {
    StepError::Certificates { path: path.to_owned(), source: source.into() }
}
