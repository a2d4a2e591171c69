//! Which release of a package was the first with a wheel for a machine, where no lockfile tells the files.
//!
//! Only packages are here that OpenTelemetry brings along and that are of no use without what is compiled in them: `wrapt`,
//! `protobuf` and `charset-normalizer` have wheels for everybody, or do without.
//!
//! Source: the names of all wheels of `grpcio` up to 1.85.1 and of `psutil` up to 7.2.2.

use pep440_rs::Version;

use crate::ecosystem::python::wheel::Machine;

/// The first releases: package, Python 3.N, and then for glibc on `x86_64` and `aarch64` and for musl on both.
const FIRST: [(&str, u64, [&str; 4]); 14] = [
    ("grpcio", 9, ["1.33.1", "1.37.0", "1.45.0", "1.71.0"]),
    ("grpcio", 10, ["1.41.0", "1.41.0", "1.45.0", "1.71.0"]),
    ("grpcio", 11, ["1.49.0", "1.53.0", "1.49.0", "1.71.0"]),
    ("grpcio", 12, ["1.59.0", "1.59.0", "1.59.0", "1.71.0"]),
    ("grpcio", 13, ["1.66.2", "1.66.2", "1.66.2", "1.71.0"]),
    ("grpcio", 14, ["1.75.1", "1.75.1", "1.75.1", "1.75.1"]),
    ("grpcio", 15, ["1.84.0", "1.84.0", "1.84.0", "1.84.0"]),
    ("psutil", 9, ["5.8.0", "6.0.0", "7.2.0", "7.2.0"]),
    ("psutil", 10, ["5.9.0", "6.0.0", "7.2.0", "7.2.0"]),
    ("psutil", 11, ["5.9.4", "6.0.0", "7.2.0", "7.2.0"]),
    ("psutil", 12, ["5.9.4", "6.0.0", "7.2.0", "7.2.0"]),
    ("psutil", 13, ["5.9.4", "6.0.0", "7.2.0", "7.2.0"]),
    ("psutil", 14, ["5.9.4", "6.0.0", "7.2.0", "7.2.0"]),
    ("psutil", 15, ["5.9.4", "6.0.0", "7.2.0", "7.2.0"]),
];

/// Whether a release has a wheel for a machine; `None` if nobody knows.
///
/// Where the architecture is not known, one of the two must do.
pub(super) fn has_wheel(name: &str, version: &Version, machine: &Machine) -> Option<bool> {
    let [3, minor] = machine.python? else { return None };
    let (.., releases) = FIRST.iter().find(|(own, of, _)| *own == name && *of == minor)?;
    let [intel, arm] = if machine.is_musl { [2, 3] } else { [0, 1] };
    let first = match machine.architecture.as_deref() {
        None | Some("x86_64") => releases[intel],
        Some("aarch64") => releases[arm],
        Some(_) => return None,
    };
    Some(*version >= first.parse::<Version>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_releases_are_versions() {
        for (name, minor, releases) in FIRST {
            for release in releases {
                assert!(release.parse::<Version>().is_ok(), "{name} {minor} {release}");
            }
            // On the second machine there were never wheels before there were some on the first.
            let version = |index: usize| releases[index].parse::<Version>().ok();
            assert!(version(0) <= version(1) && version(2) <= version(3), "{name} {minor}");
        }
    }

    #[test]
    fn releases_have_wheels_from_one_on() {
        let machine = |minor, is_musl, architecture: Option<&str>| Machine {
            python: Some([3, minor]),
            is_musl,
            architecture: architecture.map(str::to_owned),
        };
        for (name, version, machine, expected) in [
            ("grpcio", "1.66.1", machine(13, false, None), Some(false)),
            ("grpcio", "1.66.2", machine(13, false, None), Some(true)),
            ("grpcio", "1.70.0", machine(13, true, None), Some(true)),
            ("grpcio", "1.70.0", machine(13, true, Some("aarch64")), Some(false)),
            ("grpcio", "1.70.0", machine(13, true, Some("s390x")), None),
            ("grpcio", "1.70.0", machine(99, true, None), None),
            ("grpcio", "1.70.0", Machine { python: None, ..machine(13, true, None) }, None),
            ("psutil", "7.1.3", machine(12, true, None), Some(false)),
            ("wrapt", "1.0", machine(13, true, None), None),
        ] {
            let version = version.parse().expect("a version");
            assert_eq!(has_wheel(name, &version, &machine), expected, "{name} {version} {machine:?}");
        }
    }
}
