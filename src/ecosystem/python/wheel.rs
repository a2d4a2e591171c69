//! Whether a wheel is for a machine, by its name.
//!
//! Source of the rules: the packaging specifications, "Platform compatibility tags" and "Binary distribution format".

use std::fmt;

/// What a wheel is to be installed on: a Linux with `CPython`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The Python, of which two parts are known; `None` stands for any.
    pub python: Option<[u64; 2]>,
    /// Whether the C library is musl, and not glibc.
    pub is_musl: bool,
    /// The architecture (`x86_64`); `None` stands for the two that images are made for.
    pub architecture: Option<String>,
}

/// The architectures that images are made for.
const ARCHITECTURES: [&str; 2] = ["x86_64", "aarch64"];

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let libc = if self.is_musl { "musl" } else { "glibc" };
        match self.python {
            Some([major, minor]) => write!(f, "Python {major}.{minor} on {libc}")?,
            None => write!(f, "{libc}")?,
        }
        match &self.architecture {
            Some(architecture) => write!(f, " ({})", architecture.escape_debug()),
            None => Ok(()),
        }
    }
}

/// Whether a wheel of that file name is for a machine; one whose name says nothing is.
#[must_use]
pub fn fits(file: &str, machine: &Machine) -> bool {
    let Some(stem) = file.strip_suffix(".whl") else { return true };
    let mut parts = stem.rsplitn(4, '-');
    let (Some(platforms), Some(abis), Some(pythons)) = (parts.next(), parts.next(), parts.next()) else {
        return true;
    };
    pythons.split('.').any(|python| is_for_python(python, abis, machine.python))
        && platforms.split('.').any(|platform| is_for_platform(platform, machine))
}

fn is_for_python(tag: &str, abis: &str, python: Option<[u64; 2]>) -> bool {
    let (kind, version) = tag.split_at(tag.len().min(2));
    let (Some(major), minor) = (version.get(..1), version.get(1..).unwrap_or_default()) else { return false };
    if major != "3" {
        return false;
    }
    let minor = minor.parse::<u64>().ok();
    let is_stable = abis.split('.').any(|abi| abi == "abi3");
    let is_plain = abis.split('.').any(|abi| abi == "none" || abi == tag || (abi == format!("{tag}m")));
    match (kind, python, minor) {
        ("py", None, _) | ("py", Some(_), None) => true,
        ("cp", None, _) => is_stable || is_plain,
        ("py", Some([_, own]), Some(minor)) => minor <= own,
        ("cp", Some([_, own]), Some(minor)) => (is_stable && minor <= own) || (is_plain && minor == own),
        ("cp", Some(_), None) => is_plain,
        _ => false,
    }
}

fn is_for_platform(tag: &str, machine: &Machine) -> bool {
    if tag == "any" {
        return true;
    }
    let is_libc = if machine.is_musl {
        tag.starts_with("musllinux_")
    } else {
        tag.starts_with("manylinux") || tag.starts_with("linux_")
    };
    let is_of = |architecture: &str| tag.strip_suffix(architecture).is_some_and(|rest| rest.ends_with('_'));
    is_libc
        && match &machine.architecture {
            Some(architecture) => is_of(architecture),
            None => ARCHITECTURES.iter().any(|architecture| is_of(architecture)),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheels_are_for_some_machines() {
        let machine = |python, is_musl, architecture: &str| Machine {
            python,
            is_musl,
            architecture: (!architecture.is_empty()).then(|| architecture.to_owned()),
        };
        let (glibc, musl) = (machine(Some([3, 13]), false, ""), machine(Some([3, 13]), true, "aarch64"));
        for (file, on_glibc, on_musl) in [
            ("a-1-py3-none-any.whl", true, true),
            ("a-1-py2.py3-none-any.whl", true, true),
            ("a-1-py2-none-any.whl", false, false),
            ("grpcio-1.76.0-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", true, false),
            ("grpcio-1.76.0-cp313-cp313-musllinux_1_2_aarch64.whl", false, true),
            ("grpcio-1.76.0-cp313-cp313-musllinux_1_2_x86_64.whl", false, false),
            ("grpcio-1.76.0-cp312-cp312-manylinux2014_x86_64.whl", false, false),
            ("grpcio-1.76.0-cp313-cp313-manylinux2014_i686.whl", false, false),
            ("wrapt-2.0.0-cp313-cp313t-manylinux2014_x86_64.whl", false, false),
            ("psutil-7.0.0-cp36-abi3-manylinux2014_x86_64.whl", true, false),
            ("psutil-7.0.0-cp314-abi3-manylinux2014_x86_64.whl", false, false),
            ("psutil-7.0.0-1-cp36-abi3-win_amd64.whl", false, false),
            ("x-1-pp310-pypy310_pp73-manylinux2014_x86_64.whl", false, false),
            ("odd.whl", true, true),
        ] {
            assert_eq!((fits(file, &glibc), fits(file, &musl)), (on_glibc, on_musl), "{file}");
        }
        assert!(fits("a-1-cp38-cp38-manylinux1_x86_64.whl", &machine(None, false, "")));
        assert_eq!(musl.to_string(), "Python 3.13 on musl (aarch64)");
    }
}
