//! What a project is installed for: an interpreter and a platform, as the variables of markers.

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{MarkerEnvironment, MarkerEnvironmentBuilder};

use super::Platform;

/// The minor versions of Python 3 that are tried where nothing names one: the newest that the lockfile admits.
const MINORS: std::ops::RangeInclusive<u64> = 6..=14;

/// What stands for the last component of a Python that is only known as `3.12`: markers that ask for it
/// (`python_full_version >= '3.13.2'`) are about bugs of the first releases, and what runs is a late one.
const LATE_PATCH: u64 = 99;

/// What a lockfile is read for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The Python; `None` stands for the newest that the lockfile admits.
    pub python: Option<Version>,
    /// The platform.
    pub platform: Platform,
}

impl Target {
    /// A target of that Python, as exactly as it is known (`3.12` or `3.12.4`), and that platform.
    #[must_use]
    pub fn new(python: Option<Version>, platform: Platform) -> Self {
        Self { python, platform }
    }

    /// The Python that counts for a lockfile that is for these Pythons.
    pub(in crate::ecosystem::python) fn python(&self, admitted: Option<&VersionSpecifiers>) -> Version {
        let fits =
            |minor: &u64| admitted.is_none_or(|range| range.contains(&full(&Version::new([3, *minor]))));
        let newest = || MINORS.rev().find(fits).unwrap_or(*MINORS.end());
        self.python.clone().unwrap_or_else(|| Version::new([3, newest()]))
    }

    /// The variables of markers for that Python.
    #[must_use]
    pub(crate) fn environment(&self, python: &Version) -> MarkerEnvironment {
        let full = full(python).to_string();
        let minor = python.release().iter().chain(&[0, 0]).take(2).map(u64::to_string);
        let platform = &self.platform;
        let builder = MarkerEnvironmentBuilder {
            implementation_name: "cpython",
            implementation_version: &full,
            os_name: platform.os_name,
            platform_machine: &platform.machine,
            platform_python_implementation: "CPython",
            // Not known of a platform that is only named; uv and poetry leave them empty too.
            platform_release: "",
            platform_system: platform.system,
            platform_version: "",
            python_full_version: &full,
            python_version: &minor.collect::<Vec<_>>().join("."),
            sys_platform: platform.sys,
        };
        builder.try_into().expect("versions that were versions before")
    }
}

/// A Python's version with its third component.
pub(crate) fn full(python: &Version) -> Version {
    let release = python.release();
    if release.len() > 2 {
        return python.clone();
    }
    let part = |index: usize| release.get(index).copied().unwrap_or(0);
    Version::new([part(0), part(1), LATE_PATCH])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_python_the_newest_that_is_admitted_counts() {
        let target = Target::new(None, Platform::host());
        for (range, python) in [
            (">=3.9", "3.14"),
            (">=3.9,<3.12", "3.11"),
            ("==3.11.*", "3.11"),
            (">=3.13.2", "3.14"),
            ("~=3.10.0", "3.10"),
            (">=3.99", "3.14"),
        ] {
            let range = range.parse().expect("specifiers");
            assert_eq!(target.python(Some(&range)).to_string(), python, "{range}");
        }
        assert_eq!(target.python(None).to_string(), "3.14");
    }

    #[test]
    fn a_python_without_its_last_component_is_a_late_one() {
        let target = Target::new(None, Platform::host());
        for (python, minor, full) in
            [("3.12", "3.12", "3.12.99"), ("3.9.1", "3.9", "3.9.1"), ("3", "3.0", "3.0.99")]
        {
            let environment = target.environment(&python.parse().expect("a version"));
            assert_eq!(environment.python_version().to_string(), minor);
            assert_eq!(environment.python_full_version().to_string(), full);
        }
    }
}
