//! What names of the command line and of the environment mean.

use std::collections::BTreeSet;

use super::resolve::ResolveError;
use crate::{
    nearest::nearest,
    package::PackageName,
    registry::python::{Instrumentation, Release},
    settings::Filter,
};

/// What every instrumentation's name begins with, and what may be left out.
pub(crate) const PREFIX: &str = "opentelemetry-instrumentation-";

/// The variable that leaves instrumentations out.
pub(crate) const DISABLED: &str = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS";

/// Who leaves an instrumentation out, or one of its libraries; `None` if nobody does.
#[must_use]
pub(super) fn exclusion(filter: &Filter, instrumentation: &Instrumentation) -> Option<String> {
    if is_excluded(filter, instrumentation) {
        return Some("--exclude".to_owned());
    }
    if !filter.only.is_empty() && !is_asked_for(filter, instrumentation) {
        return Some("--only".to_owned());
    }
    let is_disabled = |entry: &String| filter.disabled.iter().any(|name| name == "*" || name == entry);
    let entries = &instrumentation.entry_points;
    (!entries.is_empty() && entries.iter().all(is_disabled)).then(|| format!("`{DISABLED}`"))
}

/// Whether `--exclude` names an instrumentation.
#[must_use]
pub(super) fn is_excluded(filter: &Filter, instrumentation: &Instrumentation) -> bool {
    filter.exclude.iter().any(|name| means(name, instrumentation))
}

/// Whether `--only` names an instrumentation.
#[must_use]
pub(super) fn is_asked_for(filter: &Filter, instrumentation: &Instrumentation) -> bool {
    filter.only.iter().any(|name| means(name, instrumentation))
}

/// The library or the standard module that an instrumentation is called after.
#[must_use]
pub(super) fn short(instrumentation: &Instrumentation) -> &str {
    let name = instrumentation.name.as_str();
    name.strip_prefix(PREFIX).unwrap_or(name)
}

/// Whether a name means an instrumentation: its own, the part after `opentelemetry-instrumentation-`, an entry
/// point, or a library that it is for.
fn means(name: &str, instrumentation: &Instrumentation) -> bool {
    let Ok(name) = PackageName::of_distribution(name) else { return false };
    names(instrumentation).contains(name.as_str())
}

/// All names that mean an instrumentation, normalised.
fn names(instrumentation: &Instrumentation) -> BTreeSet<String> {
    let Instrumentation { name, all, any, entry_points, .. } = instrumentation;
    let needs = all.iter().chain(any).map(|need| need.name.to_string());
    let entries = entry_points.iter().filter_map(|entry| PackageName::of_distribution(entry).ok());
    let own = [name.to_string(), short(instrumentation).to_owned()];
    own.into_iter().chain(needs).chain(entries.map(|entry| entry.to_string())).collect()
}

/// Fails for every name of `--exclude` and `--only` that means nothing in any instrumentation.
pub(super) fn check(filter: &Filter, release: &Release) -> Result<(), ResolveError> {
    let given = filter.exclude.iter().map(|name| ("--exclude", name));
    let mut given = given.chain(filter.only.iter().map(|name| ("--only", name)));
    let is_unknown =
        |name: &str| !release.instrumentations.iter().any(|instrumentation| means(name, instrumentation));
    match given.find(|(_, name)| is_unknown(name)) {
        None => Ok(()),
        Some((option, name)) => {
            let known: BTreeSet<String> = release.instrumentations.iter().flat_map(names).collect();
            let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
            Err(ResolveError::UnknownName { option, name: name.clone(), nearest })
        }
    }
}
