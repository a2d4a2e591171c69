//! What is known of images by their names: the C library, the Python, whether there is a compiler.
//!
//! Source of the rules: the descriptions of the official images of Python, Alpine and Debian, and of uv's.

use crate::{
    doctor::read::image::{Below, Stage},
    operator::libc::Libc,
};

/// How deep stages may lie on each other.
const DEEPEST: usize = 100;

/// What is known of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Base {
    /// The C library.
    pub(super) libc: Option<Libc>,
    /// The Python, of which two parts are known.
    pub(super) python: Option<[u64; 2]>,
    /// Whether a C compiler may be in it.
    pub(super) may_compile: bool,
}

impl Base {
    /// What a stage is made from, with all that the stages below it have installed.
    pub(super) fn of(stages: &[Stage], place: usize) -> Self {
        let (mut place, mut may_compile, mut has_other) = (place, false, false);
        for _ in 0..DEEPEST {
            let Some(stage) = stages.get(place) else { break };
            may_compile |= installs_compiler(stage);
            has_other |= installs_python(stage);
            match &stage.below {
                Below::Stage(below) => place = *below,
                Below::Image(name) => {
                    let base = Self::of_image(name);
                    let python = base.python.filter(|_| !has_other);
                    return Self { python, may_compile: base.may_compile || may_compile, ..base };
                }
                Below::Unknown => break,
            }
        }
        Self { may_compile: true, ..Self::default() }
    }

    fn of_image(image: &str) -> Self {
        let image = image.split('@').next().unwrap_or(image);
        let (path, name) = image.rsplit_once('/').unwrap_or(("", image));
        let (name, tag) = name.split_once(':').unwrap_or((name, ""));
        let is_official = path.is_empty() || path == "library" || path.ends_with("/library");
        let is_slim = tag.contains("slim");
        let of_tag = tag.split_once("python").map_or(tag, |(_, version)| version);
        let (known, python, may_compile) = match name {
            "python" if is_official => (true, version(tag), !is_slim),
            "uv" if path.ends_with("astral-sh") => {
                let has_python = tag.contains("python");
                (
                    has_python || tag.contains("debian"),
                    version(of_tag).filter(|_| has_python),
                    has_python && !is_slim,
                )
            }
            "alpine" | "debian" | "ubuntu" | "amazonlinux" | "fedora" | "rockylinux" | "almalinux"
            | "centos" => (true, None, false),
            _ => (false, None, true),
        };
        let libc = match () {
            () if name == "alpine" || tag.contains("alpine") => Some(Libc::Musl),
            () if known => Some(Libc::Glibc),
            () => None,
        };
        Self { libc, python, may_compile: may_compile && libc != Some(Libc::Musl) }
    }
}

/// `3.12`, `3.12.4-slim`; `None` for less.
fn version(tag: &str) -> Option<[u64; 2]> {
    let mut parts = tag.split('-').next()?.split('.');
    let major = parts.next()?.parse().ok()?;
    // `3.14rc1` is 3.14 too.
    let minor: String = parts.next()?.chars().take_while(char::is_ascii_digit).collect();
    Some([major, minor.parse().ok()?])
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
        let (musl, glibc) = (Some(Libc::Musl), Some(Libc::Glibc));
        for (image, libc, python, may_compile) in [
            ("python:3.13-alpine", musl, Some([3, 13]), false),
            ("docker.io/library/python:3.12.4-slim-bookworm@sha256:x", glibc, Some([3, 12]), false),
            ("python:3.14rc1", glibc, Some([3, 14]), true),
            ("python:3", glibc, None, true),
            ("python", glibc, None, true),
            ("ghcr.io/astral-sh/uv:python3.13-alpine", musl, Some([3, 13]), false),
            ("ghcr.io/astral-sh/uv:0.9-python3.12-bookworm-slim", glibc, Some([3, 12]), false),
            ("ghcr.io/astral-sh/uv:debian-slim", glibc, None, false),
            ("alpine:3.22", musl, None, false),
            ("debian:12-slim", glibc, None, false),
            ("node:22-alpine", musl, None, false),
            ("acme/python:3.12", None, None, true),
            ("localhost:5000/x", None, None, true),
        ] {
            assert_eq!(Base::of_image(image), Base { libc, python, may_compile }, "{image}");
        }
    }

    #[test]
    fn stages_add_to_what_they_begin_from() {
        let of = |text: &str| {
            let stages = stages(text);
            Base::of(&stages, stages.len() - 1)
        };
        let plain = of("FROM python:3.13-slim AS a\nFROM a\n");
        assert_eq!(plain, Base { libc: Some(Libc::Glibc), python: Some([3, 13]), may_compile: false });
        let compiler =
            of("FROM python:3.13-slim AS a\nRUN apt-get update && apt-get install -y gcc\nFROM a\n");
        assert!(compiler.may_compile);
        let own = of("FROM python:3.13-slim\nRUN uv sync --python 3.14\n");
        assert_eq!(own.python, None);
        assert!(of("FROM $X\n").may_compile);
    }
}
