//! What is known of images by their names: the C library, the Python, whether there is a compiler.
//!
//! Source of the rules: the descriptions of the official images of Python, Alpine and Debian, and of uv's.

use super::image::{Below, Stage};
use crate::operator::libc::Libc;

/// What images of glibc have in their names.
const GLIBC: [&str; 18] = [
    "almalinux",
    "amazonlinux",
    "bookworm",
    "bullseye",
    "buster",
    "centos",
    "chainguard",
    "debian",
    "distroless",
    "fedora",
    "focal",
    "jammy",
    "noble",
    "rockylinux",
    "slim",
    "trixie",
    "ubi",
    "ubuntu",
];

/// Images of systems that come without a compiler.
const PLAIN: [&str; 8] =
    ["almalinux", "alpine", "amazonlinux", "centos", "debian", "fedora", "rockylinux", "ubuntu"];

/// Images of systems with the packages of Red Hat.
const RED_HAT: [&str; 6] = ["almalinux", "amazonlinux", "centos", "fedora", "rockylinux", "ubi"];

/// Whose packages a system has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum System {
    /// Those of Alpine.
    Alpine,
    /// Those of Debian, as most images have.
    #[default]
    Debian,
    /// Those of Red Hat.
    RedHat,
}

/// What is known of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    /// The C library.
    pub libc: Option<Libc>,
    /// Whose packages it has, as far as its name tells.
    pub system: System,
    /// The Python, of which two parts are known.
    pub python: Option<[u64; 2]>,
    /// Whether a C compiler may be in it.
    pub may_compile: bool,
}

impl Default for Base {
    /// One that nothing is known of: it may have anything.
    fn default() -> Self {
        Self { libc: None, system: System::default(), python: None, may_compile: true }
    }
}

impl Base {
    /// What a stage is made from, with all that the stages below it have installed.
    #[must_use]
    pub fn of(stages: &[Stage], place: usize) -> Self {
        let (mut next, mut may_compile, mut has_other) = (Some(place), false, false);
        while let Some(stage) = next.and_then(|place| stages.get(place)) {
            may_compile |= installs_compiler(stage);
            has_other |= installs_python(stage);
            next = match &stage.below {
                // That one is always before this one.
                Below::Stage(below) => Some(*below),
                Below::Image(name) => {
                    let base = Self::of_image(name);
                    let python = base.python.filter(|_| !has_other);
                    return Self { python, may_compile: base.may_compile || may_compile, ..base };
                }
                Below::Unknown => None,
            };
        }
        Self::default()
    }

    fn of_image(image: &str) -> Self {
        let image = image.split('@').next().unwrap_or(image);
        let (path, last) = image.rsplit_once('/').unwrap_or(("", image));
        let (name, tag) = last.split_once(':').unwrap_or((last, ""));
        let is_official = path.is_empty() || path == "library" || path.ends_with("/library");
        let libc = if words(image).any(|word| word == "alpine") {
            Some(Libc::Musl)
        } else {
            // Those of the official image that name no system are of Debian.
            let is_debian = is_official && name == "python";
            (is_debian || words(image).any(|word| GLIBC.contains(&word))).then_some(Libc::Glibc)
        };
        let system = match libc {
            Some(Libc::Musl) => System::Alpine,
            _ if words(image).any(|word| RED_HAT.contains(&word)) => System::RedHat,
            _ => System::Debian,
        };
        let is_small = match name {
            "python" => is_official && (tag.contains("slim") || tag.contains("alpine")),
            "uv" => !tag.contains("python") || tag.contains("slim") || tag.contains("alpine"),
            _ => PLAIN.contains(&name) || tag.contains("alpine"),
        };
        Self { libc, system, python: python(last), may_compile: !is_small }
    }
}

/// The words that a name is made of, without the versions at their ends: `alpine` of `python:3.9-alpine3.19`.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
}

/// The Python of an image, by the end of its name: `python:3.12-slim`, `python-311`, `uv:python3.13-bookworm`.
fn python(name: &str) -> Option<[u64; 2]> {
    let is_python = name.split(':').next().is_some_and(|name| name.contains("python"));
    name.match_indices('3').find_map(|(at, _)| {
        let (before, after) = (&name[..at], &name[at + 1..]);
        let is_named = ["python", "python-", "py", "py-"].iter().any(|end| before.ends_with(end));
        let is_tag = before.ends_with(':') && is_python;
        let minor = after.strip_prefix('.').unwrap_or(after);
        let digits = minor.bytes().take_while(u8::is_ascii_digit).count();
        let minor = minor[..digits].parse().ok().filter(|_| is_named || is_tag)?;
        Some([3, minor])
    })
}

/// Whether a stage installs a compiler, or something that nobody knows.
fn installs_compiler(stage: &Stage) -> bool {
    const TOOLS: [&str; 8] = ["apk", "apt", "apt-get", "dnf", "microdnf", "tdnf", "yum", "zypper"];
    const COMPILERS: [&str; 9] = [
        "alpine-sdk",
        "build-base",
        "build-essential",
        "clang",
        "g++",
        "gcc",
        "gcc-c++",
        "groupinstall",
        "python3-dev",
    ];
    stage.commands.iter().any(|words| {
        let is_install = words.iter().any(|word| TOOLS.contains(&word.text.as_str()));
        is_install && words.iter().any(|word| !word.is_known || COMPILERS.contains(&word.text.as_str()))
    })
}

/// Whether a stage brings a Python of its own.
fn installs_python(stage: &Stage) -> bool {
    stage.commands.iter().any(|words| {
        let has = |text: &str| words.iter().any(|word| word.text == text);
        let is_uv = words.iter().any(|word| word.text.rsplit('/').next() == Some("uv"));
        (is_uv && (has("python") || has("--python") || has("-p")))
            || has("pyenv")
            || words.iter().any(|word| word.text.starts_with("python3.") && (has("install") || has("add")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::read::image::stages;

    #[test]
    fn images_are_known_by_name() {
        assert!(GLIBC.is_sorted() && PLAIN.is_sorted());
        let (musl, glibc) = (Some(Libc::Musl), Some(Libc::Glibc));
        for (image, libc, minor, may_compile) in [
            ("python:3.13-alpine", musl, Some(13), false),
            ("docker.io/library/python:3.12.4-slim-bookworm@sha256:x", glibc, Some(12), false),
            ("docker.io/library/python:3.9.18-alpine3.19@sha256:abc", musl, Some(9), false),
            ("python:3.14rc1", glibc, Some(14), true),
            ("python:3", glibc, None, true),
            ("python", glibc, None, true),
            ("ghcr.io/astral-sh/uv:python3.13-alpine", musl, Some(13), false),
            ("ghcr.io/astral-sh/uv:python3.13-bookworm", glibc, Some(13), true),
            ("ghcr.io/astral-sh/uv:0.9-python3.12-bookworm-slim", glibc, Some(12), false),
            ("ghcr.io/astral-sh/uv:debian-slim", glibc, None, false),
            ("alpine:3.22", musl, None, false),
            ("debian:12-slim", glibc, None, false),
            ("node:22-alpine", musl, None, false),
            ("registry.access.redhat.com/ubi9/python-311", glibc, Some(11), true),
            ("tiangolo/uvicorn-gunicorn-fastapi:python3.11", None, Some(11), true),
            ("gcr.io/distroless/python3-debian12", glibc, None, true),
            ("acme/python:3.12", None, Some(12), true),
            ("registry:5000/base:1.3", None, None, true),
            ("localhost:5000/x", None, None, true),
            ("acme/cubism:1", None, None, true),
            ("acme/slim-python:3.12-alpine3.20", musl, Some(12), false),
        ] {
            let python = minor.map(|minor| [3, minor]);
            let base = Base::of_image(image);
            assert_eq!((base.libc, base.python, base.may_compile), (libc, python, may_compile), "{image}");
        }
        for (image, system) in [
            ("python:3.13-alpine", System::Alpine),
            ("python:3.13", System::Debian),
            ("registry.access.redhat.com/ubi9/python-311", System::RedHat),
            ("amazonlinux:2023", System::RedHat),
        ] {
            assert_eq!(Base::of_image(image).system, system, "{image}");
        }
    }

    #[test]
    fn stages_add_to_what_they_begin_from() {
        let of = |text: &str| {
            let stages = stages(text);
            Base::of(&stages, stages.len() - 1)
        };
        let plain = of("FROM python:3.13-slim AS a\nFROM a\n");
        let expected = Base { libc: Some(Libc::Glibc), python: Some([3, 13]), ..Base::default() };
        assert_eq!(plain, Base { may_compile: false, ..expected });
        let compiler =
            of("FROM python:3.13-slim AS a\nRUN apt-get update && apt-get install -y gcc\nFROM a\n");
        assert!(compiler.may_compile);
        let own = of("FROM python:3.13-slim\nRUN uv sync --python 3.14\n");
        assert_eq!(own.python, None);
        assert!(of("FROM $X\n").may_compile);
    }
}
