//! Versions of Python, as environments spell them.

use std::path::Path;

use pep440_rs::Version;

/// The version in a text such as `3.11.2`, `3.11.2.final.0`, `3.14.0rc1` or `3.12`: two or three numbers, and
/// what belongs to a pre-release.
#[must_use]
pub(super) fn version(text: &str) -> Option<Version> {
    let mut parts = text.trim().splitn(4, '.');
    let major: u64 = parts.next()?.parse().ok()?;
    let minor: u64 = parts.next()?.parse().ok()?;
    match parts.next() {
        Some(patch) => format!("{major}.{minor}.{patch}").parse().ok(),
        None => Some(Version::new([major, minor])),
    }
}

/// The version in the name of a library folder: `python3.11`, `python3.13t`, `pypy3.10`.
#[must_use]
pub(super) fn of_library(name: &str) -> Option<Version> {
    let number = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"))?;
    version(number.strip_suffix('t').unwrap_or(number)).filter(|version| version.release().len() == 2)
}

/// The version that a folder of packages is for, from the folder around it.
#[must_use]
pub(super) fn of_packages(folder: &Path) -> Option<Version> {
    of_library(folder.parent()?.file_name()?.to_str()?)
}

/// The name of the library folder for a version.
#[must_use]
pub(super) fn library(version: &Version, is_pypy: bool) -> String {
    let release = version.release();
    let number = |index: usize| release.get(index).copied().unwrap_or(0);
    format!("{}{}.{}", if is_pypy { "pypy" } else { "python" }, number(0), number(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_every_spelling() {
        for (text, expected) in [
            ("3.11.2", Some("3.11.2")),
            ("3.11.2.final.0", Some("3.11.2")),
            ("3.14.0rc1", Some("3.14.0rc1")),
            ("3.12", Some("3.12")),
            ("3", None),
            ("", None),
            ("three.one", None),
            ("3.11.x", None),
        ] {
            assert_eq!(version(text).map(|v| v.to_string()).as_deref(), expected, "{text}");
        }
        for (name, expected) in [
            ("python3.13t", Some("3.13")),
            ("pypy3.10", Some("3.10")),
            ("python3", None),
            ("python3.11.2", None),
            ("site-packages", None),
        ] {
            assert_eq!(of_library(name).map(|v| v.to_string()).as_deref(), expected, "{name}");
        }
        assert_eq!(library(&Version::new([3, 9, 18]), true), "pypy3.9");
    }
}
