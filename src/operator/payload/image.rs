//! How an image is made of a payload: its `Dockerfile`s and the requirements that one of them installs.
//!
//! What the operator asks of an image: the folders `/autoinstrumentation` and `/autoinstrumentation-musl`, readable
//! for everybody, and a program `cp`. Source: `autoinstrumentation/python/Dockerfile` of the operator.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    manifest::Built,
    order::Order,
    target::{Arch, Ground},
};
use crate::{
    install::python::{Locked, Pin, Wheel},
    operator::libc::Libc,
};

/// Builds the image from the index.
pub(super) const DOCKERFILE: &str = "Dockerfile";
/// Builds it from the folders of the payload.
pub(super) const COPYING: &str = "Dockerfile.copy";
/// What the image is built from.
pub(super) const REQUIREMENTS: &str = "requirements.txt";
/// What the first one sends to the builder of the payload: nothing of the folders.
pub(super) const IGNORED: &str = "Dockerfile.dockerignore";
/// A small image with a `cp`.
const BASE: &str = "busybox:1.37";

/// The requirements with the hashes of the wheels that were installed, each under the Pythons that need it.
pub(super) fn requirements(order: &Order, built: &[Built]) -> String {
    let mut all: BTreeMap<&Pin, (Vec<String>, Vec<Wheel>)> = BTreeMap::new();
    for (target, locked) in built.iter().flat_map(|one| &one.locked) {
        for Locked { pin, wheels } in locked {
            let (pythons, known) = all.entry(pin).or_default();
            pythons.push(target.python.to_string());
            known.extend(wheels.iter().cloned());
        }
    }
    let mut every: Vec<String> = order.targets.iter().map(|target| target.python.to_string()).collect();
    every.sort();
    every.dedup();
    let mut text = format!(
        "# What `{DOCKERFILE}` installs: release {} of the instrumentations of Python, with the hashes of the wheels\n\
         # for {}.\n",
        order.release,
        grounds(built),
    );
    for (pin, (mut pythons, mut wheels)) in all {
        pythons.sort();
        pythons.dedup();
        wheels.sort_by(|a, b| a.sha256.cmp(&b.sha256));
        wheels.dedup_by(|a, b| a.sha256 == b.sha256);
        let marker = if pythons == every {
            String::new()
        } else {
            let each = pythons.iter().map(|python| format!("python_version == '{python}'"));
            format!(" ; {}", each.collect::<Vec<_>>().join(" or "))
        };
        text += &Locked { pin: pin.clone(), wheels }.lines_for(&marker);
    }
    text
}

/// The `Dockerfile` that installs from the index, for each Python with its own pip.
pub(super) fn dockerfile(order: &Order, built: &[Built]) -> String {
    let mut pythons: Vec<_> = order.targets.iter().map(|target| target.python.clone()).collect();
    pythons.sort();
    pythons.dedup();
    let mut text = head(built, DOCKERFILE);
    let mut copies = String::new();
    for libc in libcs(built) {
        let (image, ground) = match libc {
            Libc::Glibc => ("slim", Ground { libc, arch: Arch::X86_64 }),
            Libc::Musl => ("alpine", Ground { libc, arch: Arch::X86_64 }),
        };
        for python in &pythons {
            let stage = format!("{libc}-{python}");
            let _ = write!(
                text,
                "\nFROM python:{python}-{image} AS {stage}\nWORKDIR /build\nCOPY {REQUIREMENTS} .\n\
                 RUN {}\nRUN {}\n",
                INSTALL.join(" \\\n    "),
                TIDY.join(" \\\n    "),
            );
            let _ = writeln!(copies, "COPY --from={stage} /build/payload /{}", ground.folder());
        }
    }
    let _ = write!(text, "\nFROM {BASE}\n{copies}");
    text
}

/// What installs; the hashes leave no choice of wheels.
const INSTALL: [&str; 3] = [
    "pip install --no-cache-dir --no-compile --no-deps --disable-pip-version-check --root-user-action=ignore",
    "--only-binary=:all: --require-hashes --requirement requirements.txt",
    "--target payload",
];

/// What takes away what names this machine, and lets everybody read.
const TIDY: [&str; 3] = [
    "rm -rf payload/bin",
    "&& find payload -path '*.dist-info/*' \\( -name INSTALLER -o -name REQUESTED -o -name direct_url.json \\) -delete",
    "&& chmod -R u=rwX,go=rX payload",
];

/// The `Dockerfile` that copies the folders of the payload, for those who build without a network.
pub(super) fn copying(built: &[Built]) -> String {
    let mut text = head(built, COPYING);
    let _ = writeln!(text, "\nFROM {BASE}");
    let several = arches(built).len() > 1;
    if several {
        text += "ARG TARGETARCH\n";
    }
    for libc in libcs(built) {
        let folder = Ground { libc, arch: Arch::X86_64 }.folder();
        let from = if several { format!("${{TARGETARCH}}/{folder}") } else { folder.to_owned() };
        let _ = writeln!(text, "COPY {from} /{folder}");
    }
    text
}

/// What the folders are no part of.
pub(super) fn ignored(built: &[Built]) -> String {
    let mut tops: Vec<&str> = built.iter().filter_map(|one| one.path.split('/').next()).collect();
    tops.sort_unstable();
    tops.dedup();
    tops.iter().fold(String::new(), |text, top| text + top + "\n")
}

/// The commands that build the image and push it, to be run in the folder.
pub(super) fn commands(built: &[Built], dockerfile: &str) -> Vec<String> {
    let file = if dockerfile == DOCKERFILE { String::new() } else { format!(" --file {dockerfile}") };
    let arches = arches(built);
    let platforms = arches.iter().map(|arch| format!("linux/{}", arch.of_image()));
    let platforms = platforms.collect::<Vec<_>>().join(",");
    if arches.len() > 1 {
        return vec![format!("docker buildx build{file} --platform {platforms} --tag IMAGE --push .")];
    }
    vec![format!("docker build{file} --platform {platforms} --tag IMAGE ."), "docker push IMAGE".to_owned()]
}

/// What a `Dockerfile` begins with.
fn head(built: &[Built], name: &str) -> String {
    let what = if name == DOCKERFILE {
        "from the package index"
    } else {
        "from the folders beside this file, without a network"
    };
    let mut text = format!("# An image for the OpenTelemetry Operator, {what}. To build and push it:\n#\n");
    for command in commands(built, name) {
        let _ = writeln!(text, "#     {command}");
    }
    text += "#\n# and name it as `spec.python.image` of the `Instrumentation`.\n";
    text
}

fn grounds(built: &[Built]) -> String {
    crate::terminal::listed(built.iter().map(|one| one.ground))
}

fn libcs(built: &[Built]) -> Vec<Libc> {
    let mut libcs: Vec<Libc> = built.iter().map(|one| one.ground.libc).collect();
    libcs.sort_unstable();
    libcs.dedup();
    libcs
}

fn arches(built: &[Built]) -> Vec<Arch> {
    let mut arches: Vec<Arch> = built.iter().map(|one| one.ground.arch).collect();
    arches.sort_unstable();
    arches.dedup();
    arches
}
