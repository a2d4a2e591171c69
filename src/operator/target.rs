//! The Python and the C library of the application's image.

use super::{image::Image, libc::Libc, scene::Scene};
use crate::{
    doctor::{survey::Sited, symptom::Place},
    ecosystem::python::inventory::Inventory,
};

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

/// Something that is known, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known<T> {
    /// What it is.
    pub what: T,
    /// The file that says so; `None` if the user does.
    pub place: Option<Place>,
}

/// What the application runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The Python, major and minor.
    pub python: Option<Known<(u64, u64)>>,
    /// The C library.
    pub libc: Option<Known<Libc>>,
}

impl Target {
    /// What the user says, or else the images if they agree, or else what is installed or locked.
    #[must_use]
    pub fn of(
        python: Option<(u64, u64)>,
        libc: Option<Libc>,
        scene: &Scene,
        inventory: Option<(&Inventory, Place)>,
    ) -> Self {
        fn said<T>(what: T) -> Known<T> {
            Known { what, place: None }
        }
        let installed = || {
            let (inventory, place) = inventory?;
            let release = inventory.python.as_ref()?.release();
            let [major, minor, ..] = *release else { return None };
            Some(Known { what: (major, minor), place: Some(place) })
        };
        let images = &scene.images;
        Self {
            python: python.map(said).or_else(|| agreed(images, python_of)).or_else(installed),
            libc: libc.map(said).or_else(|| agreed(images, libc_of)),
        }
    }
}

/// What all images that say something agree on.
fn agreed<T: PartialEq>(images: &[Sited<Image>], of: impl Fn(&str) -> Option<T>) -> Option<Known<T>> {
    let said = images.iter().filter_map(|image| Some((of(image.what.base.as_deref()?)?, image)));
    let mut said: Vec<(T, &Sited<Image>)> = said.collect();
    let is_agreed = said.windows(2).all(|pair| pair[0].0 == pair[1].0);
    if !is_agreed || said.is_empty() {
        return None;
    }
    let (what, image) = said.swap_remove(0);
    Some(Known { what, place: Some(image.at(image.what.line)) })
}

/// The Python of an image, by its name: `python:3.12-slim`, `ubi9/python-311`, `uv:python3.13-bookworm`.
fn python_of(image: &str) -> Option<(u64, u64)> {
    let name = without_digest(image);
    let last = name.rsplit('/').next().unwrap_or(name);
    let is_python = last.split(':').next().is_some_and(|name| name.contains("python"));
    for (at, _) in last.match_indices('3') {
        let (before, after) = (&last[..at], &last[at + 1..]);
        let is_named = ["python", "python-", "py", "py-"].iter().any(|end| before.ends_with(end));
        let is_tag = before.ends_with(':') && is_python;
        if !is_named && !is_tag {
            continue;
        }
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let minor = match after.strip_prefix('.') {
            Some(minor) => &minor[..digits(minor)],
            None => &after[..digits(after)],
        };
        if let Ok(minor) = minor.parse() {
            return Some((3, minor));
        }
    }
    None
}

/// The C library of an image, by its name.
fn libc_of(image: &str) -> Option<Libc> {
    let name = without_digest(image);
    if name.contains("alpine") {
        return Some(Libc::Musl);
    }
    let last = name.rsplit('/').next().unwrap_or(name);
    // Those of the official image that name no system are of Debian.
    let is_official = last.split(':').next() == Some("python");
    let is_glibc = is_official || GLIBC.iter().any(|part| name.contains(part));
    is_glibc.then_some(Libc::Glibc)
}

fn without_digest(image: &str) -> &str {
    image.split('@').next().unwrap_or(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_tell() {
        use Libc::{Glibc, Musl};
        assert!(GLIBC.is_sorted());
        for (image, python, libc) in [
            ("python:3.12", Some(12), Some(Glibc)),
            ("docker.io/library/python:3.9.18-alpine3.19@sha256:abc", Some(9), Some(Musl)),
            ("python:3.13-slim-bookworm", Some(13), Some(Glibc)),
            ("python:3", None, Some(Glibc)),
            ("python", None, Some(Glibc)),
            ("ghcr.io/astral-sh/uv:python3.13-bookworm-slim", Some(13), Some(Glibc)),
            ("ghcr.io/astral-sh/uv:0.5.3-python3.11-alpine", Some(11), Some(Musl)),
            ("registry.access.redhat.com/ubi9/python-311", Some(11), Some(Glibc)),
            ("tiangolo/uvicorn-gunicorn-fastapi:python3.11", Some(11), None),
            ("alpine:3.20", None, Some(Musl)),
            ("debian:13", None, Some(Glibc)),
            ("registry:5000/base:1.3", None, None),
            ("gcr.io/distroless/python3-debian12", None, Some(Glibc)),
        ] {
            assert_eq!(python_of(image), python.map(|minor| (3, minor)), "{image}");
            assert_eq!(libc_of(image), libc, "{image}");
        }
    }
}
