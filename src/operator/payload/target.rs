//! What a payload is for: a Python, a C library, an architecture.

use std::fmt;

use pep440_rs::Version;

use super::tag::Tag;
use crate::{install::python::Foreign, operator::libc::Libc};

/// The newest glibc that a wheel may ask for, as the second part of its version: that of Debian 10, Ubuntu 20.04
/// and Red Hat 8, which is what most wheels are built against.
const GLIBC: u64 = 28;
/// The oldest one that wheels of an architecture are tagged with (PEP 600).
const OLDEST_GLIBC: [(Arch, u64); 2] = [(Arch::X86_64, 5), (Arch::Aarch64, 17)];
/// The newest musl that a wheel may ask for, likewise: that of Alpine 3.13 (PEP 656).
const MUSL: u64 = 2;

/// An architecture of processors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arch {
    /// That of Intel and AMD.
    X86_64,
    /// That of ARM.
    Aarch64,
}

/// What a tree of the payload is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ground {
    /// The C library.
    pub libc: Libc,
    /// The architecture.
    pub arch: Arch,
}

/// What a wheel must fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The Python (`3.12`).
    pub python: Version,
    /// What it runs on.
    pub ground: Ground,
}

impl Arch {
    /// Its name, as Linux and wheels spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
        }
    }

    /// Its name, as images spell it.
    #[must_use]
    pub fn of_image(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Aarch64 => "arm64",
        }
    }
}

impl Ground {
    /// The name of the folder that the operator copies from. Source: `internal/instrumentation/python.go` of the
    /// operator.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self.libc {
            Libc::Glibc => "autoinstrumentation",
            Libc::Musl => "autoinstrumentation-musl",
        }
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.libc, self.arch.word())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Python {} with {}", self.python, self.ground)
    }
}

impl Target {
    /// The second part of its Python's version.
    fn minor(&self) -> u64 {
        self.python.release().get(1).copied().unwrap_or(0)
    }

    /// What an installer is told.
    #[must_use]
    pub fn foreign(&self) -> Foreign {
        let arch = self.ground.arch.word();
        let (platform, tags) = match self.ground.libc {
            Libc::Glibc => {
                let oldest = OLDEST_GLIBC.iter().find(|(arch, _)| *arch == self.ground.arch);
                let oldest = oldest.map_or(GLIBC, |(_, oldest)| *oldest);
                let tags = (oldest..=GLIBC).rev().flat_map(|minor| {
                    let old = match minor {
                        17 => Some("manylinux2014"),
                        12 => Some("manylinux2010"),
                        5 => Some("manylinux1"),
                        _ => None,
                    };
                    let old = old.map(|name| format!("{name}_{arch}"));
                    [Some(format!("manylinux_2_{minor}_{arch}")), old].into_iter().flatten()
                });
                (format!("{arch}-manylinux_2_{GLIBC}"), tags.collect())
            }
            Libc::Musl => {
                let tags = (0..=MUSL).rev().map(|minor| format!("musllinux_1_{minor}_{arch}"));
                (format!("{arch}-unknown-linux-musl"), tags.collect())
            }
        };
        Foreign { python: self.python.clone(), platform, tags }
    }

    /// Whether a wheel with that tag runs there.
    #[must_use]
    pub fn admits(&self, tag: &Tag) -> bool {
        self.admits_python(tag) && self.admits_platform(&tag.platform)
    }

    fn admits_python(&self, tag: &Tag) -> bool {
        let minor = self.minor();
        // Pythons of one digit are all versions (`py3`), those of more name one (`py39`, `cp312`).
        let version = |text: &str| -> Option<u64> { text.strip_prefix('3')?.parse().ok() };
        match (tag.python.strip_prefix("cp"), tag.python.strip_prefix("py")) {
            (Some(python), _) if tag.abi == "abi3" => version(python).is_some_and(|least| least <= minor),
            (Some(python), _) => {
                let is_this = version(python) == Some(minor);
                is_this && (tag.abi == "none" || tag.abi.trim_end_matches('m') == tag.python)
            }
            (_, Some("3")) => tag.abi == "none",
            (_, Some(python)) => tag.abi == "none" && version(python).is_some_and(|least| least <= minor),
            (None, None) => false,
        }
    }

    fn admits_platform(&self, platform: &str) -> bool {
        platform == "any" || self.foreign().tags.iter().any(|tag| tag == platform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(python: &str, libc: Libc, arch: Arch) -> Target {
        Target { python: python.parse().expect("a version"), ground: Ground { libc, arch } }
    }

    #[test]
    fn wheels_of_the_right_python_libc_and_architecture_are_admitted() {
        let table = [
            ("py3-none-any", "3.12 glibc", true),
            ("py2-none-any", "3.12 glibc", false),
            ("py39-none-any", "3.12 glibc", true),
            ("py313-none-any", "3.12 glibc", false),
            ("cp312-cp312-manylinux_2_17_x86_64", "3.12 glibc", true),
            ("cp312-cp312-manylinux2014_x86_64", "3.12 glibc", true),
            ("cp312-cp312-manylinux1_x86_64", "3.12 glibc", true),
            ("cp312-cp312t-manylinux1_x86_64", "3.12 glibc", false),
            ("cp312-cp312-manylinux_2_34_x86_64", "3.12 glibc", false),
            ("cp312-cp312-manylinux_2_17_aarch64", "3.12 glibc", false),
            ("cp312-cp312-musllinux_1_2_x86_64", "3.12 glibc", false),
            ("cp312-cp312-linux_x86_64", "3.12 glibc", false),
            ("cp311-cp311-manylinux_2_17_x86_64", "3.12 glibc", false),
            ("cp36-abi3-manylinux_2_17_x86_64", "3.12 glibc", true),
            ("cp313-abi3-manylinux_2_17_x86_64", "3.12 glibc", false),
            ("pp310-pypy310_pp73-manylinux_2_17_x86_64", "3.12 glibc", false),
            ("py3-none-manylinux_2_17_x86_64", "3.12 glibc", true),
            ("cp312-cp312-musllinux_1_2_x86_64", "3.12 musl", true),
            ("cp312-cp312-musllinux_1_1_x86_64", "3.12 musl", true),
            ("cp312-cp312-musllinux_1_3_x86_64", "3.12 musl", false),
            ("cp312-cp312-manylinux1_x86_64", "3.12 musl", false),
            ("py3-none-any", "3.12 musl", true),
        ];
        for (tag, place, expected) in table {
            let libc = if place.ends_with("musl") { Libc::Musl } else { Libc::Glibc };
            let tag: Tag = tag.parse().expect(tag);
            assert_eq!(target("3.12", libc, Arch::X86_64).admits(&tag), expected, "{tag} for {place}");
        }
        let tag: Tag = "cp39-cp39-manylinux2014_aarch64".parse().expect("a tag");
        assert!(target("3.9", Libc::Glibc, Arch::Aarch64).admits(&tag));
        let tag: Tag = "cp39-cp39-manylinux2010_aarch64".parse().expect("a tag");
        assert!(!target("3.9", Libc::Glibc, Arch::Aarch64).admits(&tag), "PEP 599 has no such");
    }

    #[test]
    fn installers_are_told_in_their_words() {
        let foreign = target("3.12", Libc::Musl, Arch::Aarch64).foreign();
        assert_eq!(foreign.platform, "aarch64-unknown-linux-musl");
        assert_eq!(
            foreign.tags.join(" "),
            "musllinux_1_2_aarch64 musllinux_1_1_aarch64 musllinux_1_0_aarch64"
        );
        let foreign = target("3.12", Libc::Glibc, Arch::Aarch64).foreign();
        assert_eq!(foreign.platform, "aarch64-manylinux_2_28");
        assert_eq!(foreign.tags.first().map(String::as_str), Some("manylinux_2_28_aarch64"));
        assert_eq!(foreign.tags.last().map(String::as_str), Some("manylinux2014_aarch64"));
    }
}
