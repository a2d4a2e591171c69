//! Requests over HTTP: bounded, patient, and again if they fail for a passing reason.

use std::{fs::File, io::Read, path::Path, time::Duration};

use ureq::{
    Agent, Proxy, ResponseExt,
    http::{StatusCode, header},
    tls::{PemItem, RootCerts, TlsConfig, parse_pem},
};

use super::{Error, FetchError};

/// The most that is read of a file of certificates, in bytes.
const LARGEST_CERTIFICATES: u64 = 8 << 20;

/// How often a request that failed for a passing reason is sent in all.
const ATTEMPTS: u32 = 4;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long one request may take in all.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Connections to a server.
pub(super) struct Http {
    /// The connections.
    agent: Agent,
    /// How long the first repetition waits.
    back_off: Duration,
}

/// What a server says.
#[derive(Debug)]
pub(super) enum Answer {
    /// Here it is.
    Body(Body),
    /// The same as before.
    Same,
    /// There is no such thing.
    Missing,
}

/// What a server hands out.
#[derive(Debug)]
pub(super) struct Body {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// What the server calls this state of them.
    pub(super) etag: Option<String>,
    /// What they are, as a media type.
    pub(super) kind: Option<String>,
    /// The address that they came from in the end.
    pub(super) address: String,
}

impl Http {
    /// Connections that trust these certificates instead of the system's, and go through this proxy instead of what
    /// the usual variables say.
    pub(super) fn new(
        ca_file: Option<&Path>,
        proxy: Option<String>,
        back_off: Duration,
    ) -> Result<Self, Error> {
        let mut agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(REQUEST_TIMEOUT))
            .user_agent(crate::USER_AGENT);
        let roots = ca_file.map_or(Ok(RootCerts::PlatformVerifier), certificates)?;
        agent = agent.tls_config(TlsConfig::builder().root_certs(roots).build());
        if let Some(address) = proxy {
            let proxy = Proxy::new(&address).map_err(|source| Error::Proxy(Box::new(source)))?;
            agent = agent.proxy(Some(proxy));
        }
        Ok(Self { agent: agent.build().new_agent(), back_off })
    }

    /// Asks, again if that fails for a passing reason; `read` says whether an answer can be used.
    pub(super) fn ask<T>(
        &self,
        address: &str,
        headers: &[(&str, &str)],
        largest: u64,
        read: impl Fn(Answer) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let ask = || self.request(address, headers, largest).and_then(&read);
        let mut wait = self.back_off;
        for _ in 1..ATTEMPTS {
            match ask() {
                Err(error) if error.is_passing() => std::thread::sleep(wait),
                answer => return answer,
            }
            wait *= 2;
        }
        ask()
    }

    /// Asks once.
    fn request(&self, address: &str, headers: &[(&str, &str)], largest: u64) -> Result<Answer, FetchError> {
        let mut request = self.agent.get(address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.call().map_err(|error| FetchError::Transport(Box::new(error)))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED => return Ok(Answer::Same),
            // Source: the cargo book, "Sparse protocol"; the simple API says the first.
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => {
                return Ok(Answer::Missing);
            }
            status => return Err(FetchError::Status(status.as_u16())),
        }
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let etag = text(header::ETAG).map(ToOwned::to_owned);
        let kind = text(header::CONTENT_TYPE).map(ToOwned::to_owned);
        let address = response.get_uri().to_string();
        let mut bytes = Vec::new();
        let reader = response.into_body().into_reader();
        reader.take(largest + 1).read_to_end(&mut bytes).map_err(FetchError::Body)?;
        if bytes.len() as u64 > largest {
            return Err(FetchError::TooLarge(largest));
        }
        Ok(Answer::Body(Body { bytes, etag, kind, address }))
    }
}

/// Reads the certificates of a file in PEM form.
fn certificates(path: &Path) -> Result<RootCerts, Error> {
    let failed = |source| Error::Certificates { path: path.to_owned(), source };
    let mut pem = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_CERTIFICATES).read_to_end(&mut pem))
        .map_err(failed)?;
    let certificates = parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let certificates = certificates.collect::<Vec<_>>();
    if certificates.is_empty() {
        return Err(failed(std::io::Error::new(std::io::ErrorKind::InvalidData, "it holds no certificate")));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}
