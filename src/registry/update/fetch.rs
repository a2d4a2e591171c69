//! Asking the index about many crates at once.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Error, FetchError, Progress, answer,
    http::Answer,
    index::Index,
    memory::Memory,
    parallel::ask_all,
    scope::{Scope, is_telemetry},
};
use crate::registry::{Registry, releases::CrateReleases};

/// What became of one crate.
#[derive(Debug)]
pub(super) enum Fetched {
    /// It has changed, or was asked for the first time; with what the server calls this state.
    Changed(CrateReleases, Option<String>),
    /// It has not changed.
    Same(CrateReleases),
    /// The index does not have it.
    Missing,
}

/// Asks about every crate of the scope, and about the crates between these and OpenTelemetry; answers in the
/// order of the names. After a failure no further crate is asked for.
pub(super) fn fetch_all(
    index: &Index,
    scope: &Scope,
    registry: &Registry,
    memory: &Memory,
    progress: &mut dyn FnMut(Progress),
) -> Result<BTreeMap<String, Fetched>, Error> {
    let ask = |name: &String| fetch(index, name, scope, registry, memory);
    let mut fetched = BTreeMap::new();
    let mut names = scope.crates.keys().cloned().collect::<BTreeSet<_>>();
    while !names.is_empty() {
        let before = fetched.len();
        let mut advance = |done| progress(Progress { done: before + done, total: before + names.len() });
        fetched.extend(ask_all(&names, &ask, &mut advance).map_err(Error::Fetch)?);
        names =
            links(fetched.values()).filter(|name| !fetched.contains_key(*name)).map(str::to_owned).collect();
    }
    Ok(fetched)
}

/// The crates that have to do with OpenTelemetry and that these depend on.
fn links<'a>(fetched: impl Iterator<Item = &'a Fetched>) -> impl Iterator<Item = &'a str> {
    let releases = fetched.filter_map(|fetched| match fetched {
        Fetched::Changed(releases, _) | Fetched::Same(releases) => Some(releases),
        Fetched::Missing => None,
    });
    let dependencies = releases.flat_map(|crates| &crates.releases).flat_map(|group| &group.dependencies);
    dependencies.map(|dependency| dependency.package.as_ref()).filter(|package| is_telemetry(package))
}

/// Asks about one crate.
fn fetch(
    index: &Index,
    name: &str,
    scope: &Scope,
    registry: &Registry,
    memory: &Memory,
) -> Result<Fetched, FetchError> {
    let before = memory.of(name);
    index.ask(name, before.map(|(etag, _)| etag), |answer| match answer {
        Answer::Body(body) => {
            let releases = answer::read(name, &body.bytes, scope)?;
            Ok(Fetched::Changed(releases, body.etag))
        }
        Answer::Same => {
            before.map(|(_, releases)| Fetched::Same(releases.clone())).ok_or(FetchError::Unasked)
        }
        Answer::Missing if registry.releases(name).is_some() => Err(FetchError::Vanished),
        Answer::Missing => Ok(Fetched::Missing),
    })
}
