//! The user's Python package index: lists of wheels, and wheels.

use std::{path::Path, time::Duration};

use pep440_rs::Version;
use sha2::{Digest, Sha256 as Hasher};
use url::Url;

use super::{
    address::Address,
    simple::{ACCEPTED, Page, Sha256, Wheel},
    table::{self, Table},
    wheel::{Archive, Facts, WheelError},
};
use crate::{
    package::PackageName,
    registry::update::{
        Error, FetchError,
        http::{Answer, Body, Http},
    },
};

/// The most that is read of a list, in bytes (the longest true ones here have some hundred thousand).
const LARGEST_PAGE: u64 = 32 << 20;

/// The most that is read of a wheel, in bytes (the largest true ones here have some hundred thousand).
const LARGEST_WHEEL: u64 = 16 << 20;

/// A package index that speaks the simple API.
pub(in crate::registry::update) struct PythonIndex {
    /// Where it is, and how it knows the user.
    address: Address,
    /// The connections.
    http: Http,
}

impl PythonIndex {
    /// The index at an address.
    pub(in crate::registry::update) fn connect(
        address: Address,
        ca_file: Option<&Path>,
        proxy: Option<String>,
        back_off: Duration,
    ) -> Result<Self, Error> {
        Ok(Self { address, http: Http::new(ca_file, proxy, back_off)? })
    }

    /// The wheels of a project; none, if the index does not know it.
    pub(super) fn page(&self, project: &PackageName) -> Result<Page, FetchError> {
        // A name that is normalised needs no encoding.
        let url = self.address.url().join(&format!("{project}/")).map_err(|_| FetchError::Name)?;
        self.get(&url, Some(ACCEPTED), LARGEST_PAGE, |answer| {
            let Some(body) = answer else { return Ok(Page::default()) };
            let from = Url::parse(&body.address).unwrap_or_else(|_| url.clone());
            Ok(Page::read(project, body.kind.as_deref(), &body.bytes, &from)?)
        })
    }

    /// What a wheel says about itself.
    pub(super) fn facts(
        &self,
        project: &PackageName,
        version: &Version,
        wheel: &Wheel,
    ) -> Result<Facts, FetchError> {
        self.wheel(wheel, |bytes| Ok(Archive::open(bytes)?.facts(project, version)?))
    }

    /// What a wheel requires; of that the index may have the metadata beside the wheel (PEP 658).
    pub(super) fn requirements(
        &self,
        project: &PackageName,
        version: &Version,
        wheel: &Wheel,
    ) -> Result<Facts, FetchError> {
        let Some(hash) = wheel.metadata else { return self.facts(project, version, wheel) };
        let mut url = wheel.url.clone();
        url.set_path(&format!("{}.metadata", wheel.url.path()));
        let found = self.get(&url, None, LARGEST_WHEEL, |answer| {
            let Some(body) = answer else { return Ok(None) };
            verify(&body.bytes, hash.as_ref())?;
            Ok(Some(Facts::of_metadata(&body.bytes, project, version)?))
        })?;
        found.map_or_else(|| self.facts(project, version, wheel), Ok)
    }

    /// What a wheel with a table says about itself, and its table.
    pub(super) fn table(
        &self,
        project: &PackageName,
        version: &Version,
        wheel: &Wheel,
    ) -> Result<(Facts, Table), FetchError> {
        self.wheel(wheel, |bytes| {
            let mut archive = Archive::open(bytes)?;
            let facts = archive.facts(project, version)?;
            let source = archive.file(table::PATH, table::PATH)?;
            let source = source.ok_or(WheelError::Missing(table::PATH))?;
            let source = String::from_utf8(source).map_err(|_| table::TableError::Syntax)?;
            Ok((facts, Table::parse(&source)?))
        })
    }

    /// Fetches a wheel.
    fn wheel<T>(
        &self,
        wheel: &Wheel,
        read: impl Fn(&[u8]) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        self.get(&wheel.url, None, LARGEST_WHEEL, |answer| {
            let body = answer.ok_or(FetchError::Status(404))?;
            verify(&body.bytes, wheel.sha256.as_ref())?;
            read(&body.bytes)
        })
    }

    /// Asks for an address. The index's credentials go to the index's own server alone.
    fn get<T>(
        &self,
        url: &Url,
        accept: Option<&str>,
        largest: u64,
        read: impl Fn(Option<Body>) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let mut headers = Vec::new();
        headers.extend(accept.map(|accept| ("accept", accept)));
        let authorization = self.address.authorization().filter(|_| self.address.is_at(url));
        headers.extend(authorization.map(|authorization| ("authorization", authorization)));
        self.http.ask(url.as_str(), &headers, largest, |answer| match answer {
            Answer::Body(body) => read(Some(body)),
            Answer::Missing => read(None),
            Answer::Same => Err(FetchError::Unasked),
        })
    }
}

/// Holds bytes against their hash, if that is known.
fn verify(bytes: &[u8], hash: Option<&Sha256>) -> Result<(), FetchError> {
    let is_right = hash.is_none_or(|hash| Hasher::digest(bytes)[..] == hash[..]);
    is_right.then_some(()).ok_or(FetchError::Hash)
}
