//! The sparse index: one request, one answer.

use std::time::Duration;

use tame_index::KrateName;

use super::{
    CargoConfig, Error, FetchError, UpdateOptions,
    http::{Answer, Http},
};

/// The most that is read of an answer, in bytes, after decompression (the longest true ones have a few million).
const LARGEST_ANSWER: u64 = 32 << 20;

/// An index that answers over HTTP.
pub(super) struct Index {
    /// Its address, ending with `/`.
    url: String,
    /// The connections.
    http: Http,
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
        let ca_file = options.ca_file.clone().or_else(|| config.ca_file());
        let proxy = options.proxy.clone().or_else(|| config.proxy());
        let http = Http::new(ca_file.as_deref(), proxy, back_off)?;
        Ok(Self { url: format!("{}/", url.trim_end_matches('/')), http })
    }

    /// Its address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Asks for a crate, again if that fails for a passing reason; `read` says whether an answer can be used.
    pub(super) fn ask<T>(
        &self,
        name: &str,
        etag: Option<&str>,
        read: impl Fn(Answer) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let path = KrateName::cargo(name).map_err(|_| FetchError::Name)?.relative_path(Some('/'));
        let mut headers = vec![("cargo-protocol", "version=1")];
        headers.extend(etag.map(|etag| ("if-none-match", etag)));
        self.http.ask(&format!("{}{path}", self.url), &headers, LARGEST_ANSWER, read)
    }
}
