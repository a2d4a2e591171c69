//! The sparse index: one request, one answer.

use std::{fs::File, io::Read, path::Path, time::Duration};

use tame_index::KrateName;
use ureq::{
    Agent, Proxy,
    http::{StatusCode, header},
    tls::{PemItem, RootCerts, TlsConfig, parse_pem},
};

use super::{CargoConfig, Error, FetchError, UpdateOptions};

/// The most that is read of an answer, in bytes, after decompression (the longest true ones have a few million).
const LARGEST_ANSWER: u64 = 32 << 20;

/// The most that is read of a file of certificates, in bytes.
const LARGEST_CERTIFICATES: u64 = 8 << 20;

/// How often a request that failed for a passing reason is sent in all.
const ATTEMPTS: u32 = 4;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long one request may take in all.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// An index that answers over HTTP.
pub(super) struct Index {
    /// Its address, ending with `/`.
    url: String,
    /// The connections.
    agent: Agent,
    /// How long the first repetition waits.
    back_off: Duration,
}

/// What an index says about a crate.
#[derive(Debug)]
pub(super) enum Answer {
    /// Its releases.
    Body {
        /// The lines.
        body: Vec<u8>,
        /// What the server calls this state of them.
        etag: Option<String>,
    },
    /// The same as before.
    Same,
    /// There is no such crate.
    Missing,
}

impl Index {
    /// The index that cargo would use.
    pub(super) fn connect(
        config: &CargoConfig,
        options: &UpdateOptions,
        back_off: Duration,
    ) -> Result<Self, Error> {
        let address = config.index()?;
        let url = address.strip_prefix("sparse+").filter(|url| url.starts_with("http"));
        let url = url.ok_or_else(|| Error::NotSparse(address.clone()))?;
        let mut agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(REQUEST_TIMEOUT))
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
        let roots = match options.ca_file.clone().or_else(|| config.ca_file()) {
            Some(path) => certificates(&path)?,
            None => RootCerts::PlatformVerifier,
        };
        agent = agent.tls_config(TlsConfig::builder().root_certs(roots).build());
        if let Some(address) = options.proxy.clone().or_else(|| config.proxy()) {
            let proxy =
                Proxy::new(&address).map_err(|source| Error::Proxy { address, source: Box::new(source) })?;
            agent = agent.proxy(Some(proxy));
        }
        let url = format!("{}/", url.trim_end_matches('/'));
        Ok(Self { url, agent: agent.build().new_agent(), back_off })
    }

    /// Its address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Asks for a crate, again if that fails for a passing reason; `read` says whether a body can be used.
    pub(super) fn ask<T>(
        &self,
        name: &str,
        etag: Option<&str>,
        read: impl Fn(Answer) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let mut wait = self.back_off;
        for _ in 1..ATTEMPTS {
            match self.request(name, etag).and_then(&read) {
                Err(error) if error.is_passing() => std::thread::sleep(wait),
                answer => return answer,
            }
            wait *= 2;
        }
        self.request(name, etag).and_then(read)
    }

    /// Asks for a crate once.
    fn request(&self, name: &str, etag: Option<&str>) -> Result<Answer, FetchError> {
        let path = KrateName::cargo(name).map_err(|_| FetchError::Name)?.relative_path(Some('/'));
        let mut request = self.agent.get(format!("{}{path}", self.url)).header("cargo-protocol", "version=1");
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let response = request.call().map_err(|error| FetchError::Transport(Box::new(error)))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED => return Ok(Answer::Same),
            // Source: the cargo book, "Sparse protocol".
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => {
                return Ok(Answer::Missing);
            }
            status => return Err(FetchError::Status(status.as_u16())),
        }
        let etag =
            response.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok()).map(ToOwned::to_owned);
        let mut body = Vec::new();
        let reader = response.into_body().into_reader();
        reader.take(LARGEST_ANSWER + 1).read_to_end(&mut body).map_err(FetchError::Body)?;
        if body.len() as u64 > LARGEST_ANSWER {
            return Err(FetchError::TooLarge(LARGEST_ANSWER));
        }
        Ok(Answer::Body { body, etag })
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
