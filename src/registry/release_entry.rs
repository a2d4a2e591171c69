//! What releases say, as words: the entries of a line of release data.
//!
//! - A dependency is `PACKAGE REQUIREMENT`, then as far as it applies `alias=NAME`, `optional`, `no-default`,
//!   `features=A,B`, `sets=0.32,0.33`, and `sets:FEATURE=0.33` for what a feature asked of it adds.
//! - A feature is its name and what it switches on.
//! - Releases that say the same are their versions, ascending, each that was yanked with a `!`, then as far
//!   as it applies `rust=1.60.0`, `needs=0,3` and `has=1,2`, the places of their dependencies and features.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};

use super::{
    release_set::ReleaseSet,
    releases::{Dependency, Feature, Name},
};

/// Whether a text can be part of an entry.
pub(super) fn is_word(text: &str) -> bool {
    let separates = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '=' | '"' | '\\');
    !text.is_empty() && !text.contains(separates)
}

/// Reads a dependency, whose names are made by `name`.
pub(super) fn read_dependency<'t>(text: &'t str, name: fn(&'t str) -> Name) -> Option<Dependency> {
    let mut words = text.split_ascii_whitespace();
    let mut dependency = Dependency {
        package: name(words.next()?),
        alias: None,
        req: VersionReq::parse(words.next()?).ok()?,
        optional: false,
        no_default: false,
        features: Vec::new(),
        sets: Vec::new(),
        sets_with: BTreeMap::new(),
    };
    for word in words {
        match word.split_once('=') {
            None if word == "optional" => dependency.optional = true,
            None if word == "no-default" => dependency.no_default = true,
            Some(("alias", alias)) => dependency.alias = Some(name(alias)),
            Some(("features", names)) => dependency.features = names.split(',').map(name).collect(),
            Some(("sets", sets)) => dependency.sets = read_sets(sets)?,
            Some((key, sets)) => {
                let feature = name(key.strip_prefix("sets:")?);
                dependency.sets_with.insert(feature, read_sets(sets)?);
            }
            None => return None,
        }
    }
    Some(dependency)
}

/// Writes a dependency.
pub(super) fn write_dependency(dependency: &Dependency) -> String {
    let requirement = dependency.req.to_string().replace(", ", ",");
    let mut words = vec![dependency.package.to_string(), requirement];
    words.extend(dependency.alias.iter().map(|alias| format!("alias={alias}")));
    words.extend(dependency.optional.then(|| "optional".to_owned()));
    words.extend(dependency.no_default.then(|| "no-default".to_owned()));
    if !dependency.features.is_empty() {
        words.push(format!("features={}", dependency.features.join(",")));
    }
    if !dependency.sets.is_empty() {
        words.push(format!("sets={}", list(&dependency.sets)));
    }
    let with = dependency.sets_with.iter();
    words.extend(with.map(|(feature, sets)| format!("sets:{feature}={}", list(sets))));
    words.join(" ")
}

/// Reads a feature, whose names are made by `name`.
pub(super) fn read_feature<'t>(text: &'t str, name: fn(&'t str) -> Name) -> Feature {
    let mut words = text.split_ascii_whitespace().map(name);
    Feature { name: words.next().unwrap_or_default(), enables: words.collect() }
}

/// Writes a feature.
pub(super) fn write_feature(feature: &Feature) -> String {
    let words = [&feature.name].into_iter().chain(&feature.enables);
    words.map(AsRef::as_ref).collect::<Vec<_>>().join(" ")
}

/// Releases that say the same, which refer to dependencies and features by place.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct GroupEntry {
    /// The versions.
    pub(super) versions: Vec<Version>,
    /// Those of the versions that were yanked.
    pub(super) yanked: Vec<Version>,
    /// The declared `rust-version`.
    pub(super) rust_version: Option<Version>,
    /// The places of the dependencies.
    pub(super) dependencies: Vec<usize>,
    /// The places of the features.
    pub(super) features: Vec<usize>,
}

impl GroupEntry {
    /// Reads releases.
    pub(super) fn read(text: &str) -> Option<Self> {
        let is_version = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
        let versions = text.split_ascii_whitespace().take_while(is_version).count();
        let mut entry = Self { versions: Vec::with_capacity(versions), ..Self::default() };
        for word in text.split_ascii_whitespace() {
            if is_version(&word) {
                let number = word.strip_suffix('!');
                let version = Version::parse(number.unwrap_or(word)).ok()?;
                if number.is_some() {
                    entry.yanked.push(version.clone());
                }
                entry.versions.push(version);
                continue;
            }
            match word.split_once('=')? {
                ("rust", version) => entry.rust_version = Some(Version::parse(version).ok()?),
                ("needs", places) => entry.dependencies = read_places(places)?,
                ("has", places) => entry.features = read_places(places)?,
                _ => return None,
            }
        }
        Some(entry)
    }

    /// Writes releases.
    pub(super) fn write(&self) -> String {
        let mark = |version| if self.yanked.contains(version) { "!" } else { "" };
        let versions = self.versions.iter().map(|version| format!("{version}{}", mark(version)));
        let mut words = versions.collect::<Vec<_>>();
        words.extend(self.rust_version.iter().map(|version| format!("rust={version}")));
        for (key, places) in [("needs", &self.dependencies), ("has", &self.features)] {
            if !places.is_empty() {
                words.push(format!("{key}={}", list(places)));
            }
        }
        words.join(" ")
    }
}

/// Reads places in a table.
fn read_places(text: &str) -> Option<Vec<usize>> {
    let mut places = Vec::with_capacity(text.len() / 2 + 1);
    let mut place: Option<usize> = None;
    // Half of all data is places: digit by digit this is five times as fast as number by number.
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => {
                let shifted = place.unwrap_or(0).checked_mul(10)?;
                place = Some(shifted.checked_add(usize::from(byte - b'0'))?);
            }
            b',' => places.push(place.take()?),
            _ => return None,
        }
    }
    places.push(place?);
    Some(places)
}

/// Reads release sets.
fn read_sets(text: &str) -> Option<Vec<ReleaseSet>> {
    text.split(',').map(|set| set.parse().ok()).collect()
}

/// Writes a list.
fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        for text in [
            "log ^0.4",
            "log >=0.4.11,<0.5.0 optional",
            "log * no-default",
            "opentelemetry ^0.33 alias=otel_33 optional no-default features=trace,logs sets=0.33",
            "store ^2 sets=0.32,0.33 sets:otel=0.31 sets:otel-old=0.19,0.20",
        ] {
            assert_eq!(
                read_dependency(text, Cow::Borrowed).as_ref().map(write_dependency).as_deref(),
                Some(text)
            );
        }
        for text in ["default", "full dep:a b?/c d/e f"] {
            assert_eq!(write_feature(&read_feature(text, Cow::Borrowed)), text);
        }
        for text in ["0.1.0-rc.1 0.1.0! 0.2.0+meta", "1.0.0 rust=1.60.0 needs=0,12 has=3"] {
            assert_eq!(GroupEntry::read(text).as_ref().map(GroupEntry::write).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_no_entry_is_refused() {
        for text in ["", "log", "log y", "log ^1 maybe", "log ^1 kind=dev", "log ^1 sets=a"] {
            assert_eq!(read_dependency(text, Cow::Borrowed), None, "{text}");
        }
        for text in ["1", "a", "1.0.0 rust=1", "1.0.0 has=a", "1.0.0 has=", "1.0.0 has=1,", "1.0.0 x=1"] {
            assert_eq!(GroupEntry::read(text), None, "{text}");
        }
        for (text, expected) in [("dep:a", true), ("a b", false), ("", false), ("a\"", false), ("a=b", false)]
        {
            assert_eq!(is_word(text), expected, "{text}");
        }
    }
}
