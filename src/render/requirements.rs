//! The native line form: one line per requirement, as the ecosystem's own installer takes it.

use std::fmt::Write;

use semver::{Version, VersionReq};
use thiserror::Error;

use crate::{
    ecosystem::Ecosystem,
    resolution::{Requirement, VersionPin},
    terminal::listed,
};

/// Requirements that cannot stand in one list, because members need different versions of one
/// package.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("members need different versions of {}", listed(conflicts.iter().map(|c| format!("`{}`", c.name))))]
pub struct SeveralVersions {
    /// Every package concerned.
    pub conflicts: Vec<Conflict>,
}

/// A package of which members need different versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The package.
    pub name: String,
    /// Each version, with the members that need it.
    pub versions: Vec<(String, Vec<String>)>,
}

impl SeveralVersions {
    /// How to get around it.
    #[must_use]
    pub fn hint(&self) -> String {
        let each = |conflict: &Conflict| {
            let versions = conflict.versions.iter().map(|(version, members)| {
                let packages: Vec<String> = members.iter().map(|m| format!("-p {m}")).collect();
                format!("{version} with `{}`", packages.join(" "))
            });
            format!("`{}` is {}", conflict.name, listed(versions))
        };
        let conflicts: Vec<String> = self.conflicts.iter().map(each).collect();
        format!(
            "ask for one of them at a time ({}), or use `--format toml`, `--format json` or `-a install`, which \
             keep them apart",
            conflicts.join("; ")
        )
    }
}

/// One line per requirement; nothing if there are none.
///
/// The members are merged, since a list says nothing about where its lines go: of a package that
/// several requirements name, the features are united. If their versions differ, there is no list.
pub fn requirements(ecosystem: Ecosystem, requirements: &[Requirement]) -> Result<String, SeveralVersions> {
    let merged = merge(requirements)?;
    Ok(merged.iter().fold(String::new(), |mut text, requirement| {
        let _ = writeln!(text, "{}", ecosystem.line(requirement));
        text
    }))
}

fn merge(requirements: &[Requirement]) -> Result<Vec<Requirement>, SeveralVersions> {
    let mut merged: Vec<Requirement> = Vec::new();
    let mut clashing: Vec<&str> = Vec::new();
    for requirement in requirements {
        let Some(known) = merged.iter_mut().find(|m| m.name == requirement.name) else {
            merged.push(requirement.clone());
            continue;
        };
        match (&known.version, &requirement.version) {
            (Some(one), Some(other)) if one != other => {
                clashing.push(requirement.name.as_str());
            }
            (None, Some(_)) => known.version.clone_from(&requirement.version),
            _ => {}
        }
        known.present.extend(requirement.present.iter().cloned());
        if known.version.as_ref().is_some_and(|pin| !known.present.iter().all(|v| is_compatible(pin, v))) {
            clashing.push(requirement.name.as_str());
        }
        known.since = known.since.take().max(requirement.since.clone());
        known.features.extend(requirement.features.iter().cloned());
        known.features.sort();
        known.features.dedup();
    }
    if clashing.is_empty() {
        return Ok(merged);
    }
    clashing.sort_unstable();
    clashing.dedup();
    let conflicts = clashing.into_iter().map(|name| conflict(name, requirements)).collect();
    Err(SeveralVersions { conflicts })
}

/// Whether cargo counts a version that is required and one that a member has as compatible, so that only one of
/// them is ever built.
fn is_compatible(pin: &VersionPin, present: &str) -> bool {
    let accepts = |required: &str, version: &str| {
        let (required, version) = (VersionReq::parse(required), Version::parse(version));
        required.is_ok_and(|required| version.is_ok_and(|version| required.matches(&version)))
    };
    accepts(&pin.version, present) || accepts(present, &pin.version)
}

fn conflict(name: &str, requirements: &[Requirement]) -> Conflict {
    let mut versions: Vec<(String, Vec<String>)> = Vec::new();
    for requirement in requirements.iter().filter(|r| r.name.as_str() == name) {
        let pinned = requirement.version.as_ref().map(|pin| &pin.version);
        let Some(needed) = pinned.or(requirement.present.last()) else { continue };
        let members = requirement.members.iter().cloned();
        match versions.iter_mut().find(|(version, _)| version == needed) {
            Some((_, known)) => known.extend(members),
            None => versions.push((needed.clone(), members.collect())),
        }
    }
    Conflict { name: name.to_owned(), versions }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn members_are_merged_into_one_list() {
        let mut resolution = sample::resolution();
        let mut again = resolution.requirements[0].clone();
        again.features = vec!["other".to_owned()];
        again.members = vec!["worker".to_owned()];
        resolution.requirements.push(again);
        let text = requirements(Ecosystem::Cargo, &resolution.requirements).expect("one list");
        insta::assert_snapshot!(text, @"
        axum-tracing-opentelemetry@0.42.1 --features axum-tracing-opentelemetry@0.42.1/other,axum-tracing-opentelemetry@0.42.1/tracing_level_info
        tracing-opentelemetry@=0.34.0
        sqlx --features sqlx/tracing
        ");
    }

    #[test]
    fn what_members_have_at_another_version_is_no_line_with_a_version() {
        let [mut added, mut present] = [0, 2].map(|at| sample::resolution().requirements[at].clone());
        added.name = present.name.clone();
        for (version, is_one_list) in [("0.42.0", true), ("0.42.9", true), ("0.41.9", false)] {
            present.present = vec![version.to_owned()];
            for both in [[&added, &present], [&present, &added]] {
                let both = both.map(Clone::clone);
                match requirements(Ecosystem::Cargo, &both) {
                    Ok(text) => assert!(is_one_list && text.starts_with("sqlx@0.42.1 "), "{version}: {text}"),
                    Err(error) => {
                        assert!(!is_one_list, "{version}");
                        assert!(error.hint().contains(&format!("{version} with `-p")), "{}", error.hint());
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_is_no_line_at_all() {
        assert_eq!(requirements(Ecosystem::Cargo, &[]), Ok(String::new()));
    }

    #[test]
    fn different_versions_are_an_error_that_names_the_members() {
        let mut all = sample::resolution().requirements;
        let mut older = all[0].clone();
        older.version = Some(sample::pin("0.24.2", false));
        older.members = vec!["legacy".to_owned()];
        all.push(older);
        let error = requirements(Ecosystem::Cargo, &all).expect_err("two versions");
        insta::assert_snapshot!(format!("{error}\n{}", error.hint()), @"
        members need different versions of `axum-tracing-opentelemetry`
        ask for one of them at a time (`axum-tracing-opentelemetry` is 0.42.1 with `-p api -p worker` and 0.24.2 with `-p legacy`), or use `--format toml`, `--format json` or `-a install`, which keep them apart
        ");
    }
}
