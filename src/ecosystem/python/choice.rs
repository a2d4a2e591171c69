//! Which release of the instrumentations a project gets.
//!
//! All of them are released together and require each other exactly, so there is one choice: what is there
//! already decides, by itself or through the API it was published with; else the newest release that admits
//! the Python and what is there of what it needs.

use pep440_rs::Version;

use super::{
    family::public,
    inventory::{DistributionVersion, Inventory},
    resolve::ResolveError,
};
use crate::{
    registry::python::{Head, Need, PythonRegistry, Release},
    resolution::{SetChoice, SetReason},
    settings::Wishes,
};

/// The distribution that carries the table, and whose version is the name of a release.
const CARRIER: &str = "opentelemetry-instrumentation";

/// The distribution that every release was published with one version of.
const API: &str = "opentelemetry-api";

/// A release, and why it is this one.
#[derive(Clone, Debug)]
pub(super) struct Choice<'a> {
    /// The release.
    pub(super) release: &'a Release,
    /// Why, for people and programs.
    pub(super) set: SetChoice,
}

/// Chooses the release.
pub(super) fn choose<'a>(
    inventory: &Inventory,
    registry: &'a PythonRegistry,
    wishes: &Wishes,
) -> Result<Choice<'a>, ResolveError> {
    let (version, reason) = match asked(registry, wishes)? {
        Some(version) => (version, SetReason::Asked),
        None => match installed(inventory, registry)? {
            Some(found) => found,
            None => newest(inventory, registry)?,
        },
    };
    let release = registry.release(&version).expect("its version comes from the registry");
    let set = SetChoice { chosen: version.to_string(), reason, others: Vec::new() };
    Ok(Choice { release, set })
}

/// The release that the user names, by its own version or by that of the API.
fn asked(registry: &PythonRegistry, wishes: &Wishes) -> Result<Option<Version>, ResolveError> {
    let unknown = |asked: String| {
        let known = registry.releases().iter().map(|head| head.version.to_string()).collect();
        ResolveError::UnknownRelease { asked, known }
    };
    let by_api = |(major, minor): (u64, u64)| {
        let of_set = |head: &&Head| head.core.release().starts_with(&[major, minor]);
        // A release that was published in full is preferred, as it is where nothing was asked for.
        let mut heads = registry.releases().iter().filter(|head| !head.yanked).filter(of_set);
        let first = heads.clone().next();
        let whole = heads.find(|head| registry.release(&head.version).is_some_and(Release::is_complete));
        whole.or(first).ok_or_else(|| unknown(format!("for the API {major}.{minor}")))
    };
    match (&wishes.instrumentation_version, wishes.otel_version) {
        (None, None) => Ok(None),
        (None, Some(set)) => by_api(set).map(|head| Some(head.version.clone())),
        (Some(version), set) => {
            let head = registry.release(version).map(|release| &release.head);
            let head = head.ok_or_else(|| unknown(version.to_string()))?;
            match set {
                Some((major, minor)) if !head.core.release().starts_with(&[major, minor]) => {
                    Err(ResolveError::DifferentSets {
                        release: version.to_string(),
                        api: head.core.to_string(),
                        asked: format!("{major}.{minor}"),
                    })
                }
                _ => Ok(Some(version.clone())),
            }
        }
    }
}

/// The release that what is there belongs to.
fn installed(
    inventory: &Inventory,
    registry: &PythonRegistry,
) -> Result<Option<(Version, SetReason)>, ResolveError> {
    let version = |name: &str| match &inventory.get(name)?.version {
        DistributionVersion::Valid(version) => Some(version),
        DistributionVersion::Invalid | DistributionVersion::Missing => None,
    };
    let reason = |name: &str, version: &Version| SetReason::Installed {
        name: name.to_owned(),
        version: version.to_string(),
    };
    if let Some(version) = version(CARRIER) {
        let release = public(version);
        if registry.has_release(&release) {
            return Ok(Some((release, reason(CARRIER, version))));
        }
        let newest = registry.releases().first().map(|head| head.version.to_string());
        let newest = newest.unwrap_or_default();
        return Err(ResolveError::UnlistedRelease { name: CARRIER, found: version.to_string(), newest });
    }
    let Some(version) = version(API) else { return Ok(None) };
    // A release of the API that no release of the instrumentations was published with goes with the one before.
    let api = public(version);
    let known = registry.releases().iter().filter(|head| !head.yanked && head.core <= api);
    let nearest = registry.release_of_api(&api).or_else(|| known.max_by(|a, b| a.core.cmp(&b.core)));
    let Some(head) = nearest else {
        let oldest = registry.releases().last().map(|head| head.core.to_string()).unwrap_or_default();
        return Err(ResolveError::OldApi { found: version.to_string(), oldest });
    };
    Ok(Some((head.version.clone(), reason(API, version))))
}

/// The newest release that admits the Python and was published in full; of these the newest that needs nothing to
/// be moved, if there is one.
fn newest(inventory: &Inventory, registry: &PythonRegistry) -> Result<(Version, SetReason), ResolveError> {
    let python = inventory.python.as_ref();
    let admits = |head: &&Head| python.is_none_or(|python| head.requires_python.contains(python));
    let usable = registry.releases().iter().filter(|head| !head.yanked && admits(head));
    let mut whole = usable.filter_map(|head| registry.release(&head.version)).filter(|one| one.is_complete());
    let newest = whole.next().ok_or_else(|| ResolveError::NoRelease {
        python: python.map(ToString::to_string).unwrap_or_default(),
    })?;
    let language = python.map(|python| format!("Python {python}"));
    let held: Vec<String> = moved(newest, inventory).map(|moved| moved.there()).collect();
    let stays = |release: &&Release| moved(release, inventory).next().is_none();
    let older = if held.is_empty() { None } else { whole.find(stays) };
    let (release, held) = older.map_or((newest, Vec::new()), |older| (older, held));
    Ok((release.head.version.clone(), SetReason::Newest { language, held }))
}

/// What is there in a version that a release cannot live with.
pub(super) struct Moved<'a> {
    /// What the release needs.
    pub(super) need: &'a Need,
    /// What is there.
    version: &'a Version,
}

impl Moved<'_> {
    /// The distribution that is there and its version, for people.
    pub(super) fn there(&self) -> String {
        format!("`{}` {}", self.need.name, self.version)
    }
}

/// What a release would move of what is there.
pub(super) fn moved<'a>(release: &'a Release, inventory: &'a Inventory) -> impl Iterator<Item = Moved<'a>> {
    release.needs.iter().filter_map(|need| match &inventory.get(need.name.as_str())?.version {
        DistributionVersion::Valid(version) if !need.specifiers.contains(version) => {
            Some(Moved { need, version })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::sample::environment, *};
    use crate::registry::Registry;

    fn chosen(distributions: &[(&str, &str)], python: &str, wishes: &Wishes) -> String {
        let mut inventory = environment(distributions);
        inventory.python = Some(python.parse().expect("a version"));
        match choose(&inventory, Registry::builtin().python(), wishes) {
            Ok(choice) => choice.set.chosen,
            Err(error) => {
                assert!(error.hint().is_some(), "{error}");
                error.to_string()
            }
        }
    }

    #[test]
    fn what_is_there_decides_then_the_python() {
        for (there, python, expected) in [
            (&[("opentelemetry-instrumentation", "0.48b0")][..], "3.11", "0.48b0"),
            (
                &[("opentelemetry-instrumentation", "0.48b0"), ("opentelemetry-api", "1.28.1")],
                "3.11",
                "0.48b0",
            ),
            (&[("opentelemetry-instrumentation", "0.48b0+vendor")], "3.11", "0.48b0"),
            (&[("opentelemetry-api", "1.27.0")], "3.11", "0.48b0"),
            (&[("opentelemetry-api", "1.28.2")], "3.11", "0.49b2"),
            (&[("flask", "3.0.0")], "3.8", "0.54b1"),
            (&[("flask", "3.0.0")], "3.9", "0.62b1"),
            (&[("flask", "3.0.0")], "3.7.17", "0.43b0"),
            // Newer ones need `typing-extensions` 4.5, and `wrapt` 2 is admitted since 0.62b0 alone.
            (&[("typing-extensions", "4.5.0")], "3.9", "0.62b1"),
            (&[("typing-extensions", "3.10.0.2")], "3.9", "0.54b1"),
            (&[("typing-extensions", "3.10.0.2"), ("wrapt", "2.0.0")], "3.9", "0.62b1"),
            (&[("typing-extensions", "3.10.0.2"), ("opentelemetry-api", "1.41.0")], "3.9", "0.62b0"),
            (&[("flask", "3.0.0")], "2.7", "no release of the instrumentations admits Python 2.7"),
            (
                &[("opentelemetry-instrumentation", "9.9b9")],
                "3.11",
                "the registry does not know `opentelemetry-instrumentation` 9.9b9; its newest is",
            ),
            (&[("opentelemetry-api", "0.4")], "3.11", "`opentelemetry-api` 0.4 is older than the first"),
        ] {
            let chosen = chosen(there, python, &Wishes::default());
            assert!(chosen.starts_with(expected), "{there:?} on {python}: {chosen}");
        }
    }

    #[test]
    fn the_user_may_ask_for_another() {
        let there = [("opentelemetry-instrumentation", "0.48b0")];
        let asked = |release: Option<&str>, api: Option<(u64, u64)>| {
            let instrumentation_version = release.map(|release| release.parse().expect("a version"));
            let wishes = Wishes { instrumentation_version, otel_version: api, ..Wishes::default() };
            chosen(&there, "3.11", &wishes)
        };
        assert_eq!(asked(Some("0.50b0"), None), "0.50b0");
        assert_eq!(asked(None, Some((1, 29))), "0.50b0");
        assert_eq!(asked(Some("0.50b0"), Some((1, 29))), "0.50b0");
        assert_eq!(
            asked(Some("0.50b0"), Some((1, 30))),
            "`--instrumentation-version 0.50b0` goes with the API 1.29.0, not with `--otel-version 1.30`"
        );
        assert_eq!(asked(Some("0.1b0"), None), "there is no release 0.1b0 of the instrumentations");
        assert_eq!(
            asked(None, Some((0, 33))),
            "there is no release for the API 0.33 of the instrumentations"
        );
    }
}
