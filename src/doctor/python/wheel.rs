//! What OpenTelemetry needs and what has no wheel for an image: installing it takes a compiler.
//!
//! The lockfile tells the wheels of each package, or what is known of its releases does; the `Dockerfile` tells where they are
//! installed. No index is asked.

mod first;

use std::collections::BTreeSet;

use super::scene::{Scene, lists, same_file};
use crate::{
    doctor::{
        catalogue::PYTHON_WHEEL_MISSING,
        read::{
            base::{Base, System},
            image::Stage,
        },
        symptom::Symptom,
    },
    ecosystem::python::{
        inventory::{Distribution, DistributionVersion, Inventory, LockFormat, Requires, Source},
        lock::{Files, LARGEST, files},
        wheel::{Machine, fits},
    },
    file,
    operator::libc::Libc,
    terminal::listed,
};

/// What OpenTelemetry is known to need that is compiled, where nothing tells what needs what.
const COMPILED: [&str; 5] = ["charset-normalizer", "grpcio", "protobuf", "psutil", "wrapt"];

/// What packages of Alpine, of Debian and of Red Hat a package needs to be built, besides a compiler.
///
/// Source: the instructions for building of each.
const HEADERS: [(&str, [&[&str]; 3]); 4] = [
    ("cffi", [&["libffi-dev"], &["libffi-dev"], &["libffi-devel"]]),
    (
        "cryptography",
        [
            &["cargo", "openssl-dev", "pkgconf"],
            &["cargo", "libssl-dev", "pkg-config"],
            &["cargo", "openssl-devel", "pkgconf"],
        ],
    ),
    ("grpcio", [&["linux-headers"], &[], &[]]),
    ("psutil", [&["linux-headers"], &[], &[]]),
];

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let Some(inventory) = scene.inventory else { return Vec::new() };
    let Source::Lockfile { path, format } = &inventory.source else { return Vec::new() };
    let source = scene.source().path;
    let stages: Vec<_> = scene
        .survey
        .images
        .iter()
        .filter(|image| super::scene::reaches(&image.path, &source))
        .flat_map(|image| image.what.iter().enumerate().map(move |(place, stage)| (image, place, stage)))
        .filter(|(_, _, stage)| installs(stage, *format, &source))
        .map(|(image, place, stage)| (image, stage, Base::of(&image.what, place)))
        .filter(|(_, _, base)| base.libc.is_some() && !base.may_compile)
        .collect();
    if stages.is_empty() {
        return Vec::new();
    }
    let Ok(text) = file::read_text(path, LARGEST) else { return Vec::new() };
    let needed = needed(inventory);
    let mut found = Vec::new();
    for (image, stage, base) in stages {
        let Some(libc) = base.libc else { continue };
        let Ok(files) = files(&text, *format, base.python) else { continue };
        let machine =
            Machine { python: base.python, is_musl: libc == Libc::Musl, architecture: architecture(stage) };
        let has_wheel = |one: &Distribution, machine: &Machine| has_wheel(one, *format, &files, machine);
        let lacks = |one: &&&Distribution| has_wheel(one, &machine) == Some(false);
        let missing: Vec<&Distribution> = needed.iter().filter(lacks).copied().collect();
        if missing.is_empty() {
            continue;
        }
        let other = Machine { is_musl: false, ..machine.clone() };
        let has_other = machine.is_musl && missing.iter().all(|one| has_wheel(one, &other) == Some(true));
        let names = missing.iter().map(|one| match &one.version {
            DistributionVersion::Valid(version) => format!("`{}` {version}", one.name),
            _ => format!("`{}`", one.name),
        });
        let (has, them) = if missing.len() == 1 { ("has", "it") } else { ("have", "them") };
        found.push(Symptom {
            check: &PYTHON_WHEEL_MISSING,
            place: image.at(stage.line),
            reason: format!(
                "{} {has} no wheel for {machine}, and the image has no compiler to build {them}",
                listed(names)
            ),
            fix: fix(&base, &missing, has_other),
            cure: None,
        });
    }
    found
}

/// Whether what is locked has a wheel for a machine; `None` if nobody knows.
fn has_wheel(
    distribution: &Distribution,
    format: LockFormat,
    files: &[Files],
    machine: &Machine,
) -> Option<bool> {
    let DistributionVersion::Valid(version) = &distribution.version else { return None };
    if matches!(format, LockFormat::Pipfile | LockFormat::Requirements) {
        return first::has_wheel(distribution.name.as_str(), version, machine);
    }
    let own = files.iter().filter(|file| file.name == distribution.name && file.version == *version);
    let mut wheels = own.flat_map(|file| &file.wheels).peekable();
    wheels.peek()?;
    Some(wheels.any(|wheel| fits(wheel, machine)))
}

/// What to do about it: another image, or what to install to build all of them.
fn fix(base: &Base, missing: &[&Distribution], has_other: bool) -> String {
    let system = if base.libc == Some(Libc::Musl) { System::Alpine } else { base.system };
    let (index, command, compiler, headers): (_, _, &[&str], _) = match system {
        System::Alpine => (0, "apk add", &["build-base"], "python3-dev"),
        System::Debian => (1, "apt-get install", &["build-essential"], "python3-dev"),
        System::RedHat => (2, "dnf install", &["gcc", "gcc-c++", "make"], "python3-devel"),
    };
    let more = HEADERS.iter().filter(|(name, _)| missing.iter().any(|one| one.name.as_str() == *name));
    let mut packages: Vec<&str> =
        more.flat_map(|(_, packages)| packages[index]).chain(compiler).copied().collect();
    // Images of Python have its headers beside it.
    packages.extend((base.python.is_none() || system == System::RedHat).then_some(headers));
    packages.sort_unstable();
    packages.dedup();
    let instead = match (has_other, missing.len()) {
        (true, 1) => "begin from a `-slim` image, for which there is one",
        (true, _) => "begin from a `-slim` image, for which there are some",
        (false, 1) => "take a Python or a version that has one",
        (false, _) => "take a Python or versions that have some",
    };
    format!("{instead}, or `{command} {}` in the stage that installs", packages.join(" "))
}

/// The architecture of a stage, as wheels spell it.
fn architecture(stage: &Stage) -> Option<String> {
    let name = stage.architecture.as_deref()?;
    Some(match name {
        "amd64" => "x86_64".to_owned(),
        "arm64" => "aarch64".to_owned(),
        other => other.to_owned(),
    })
}

/// Whether a stage installs what a lockfile of that format holds.
fn installs(stage: &Stage, format: LockFormat, source: &str) -> bool {
    stage.commands.iter().any(|words| {
        let has = |names: &[&str]| {
            words.iter().any(|word| names.contains(&word.text.rsplit('/').next().unwrap_or_default()))
        };
        match format {
            LockFormat::Uv => has(&["uv"]) && has(&["sync", "export"]),
            LockFormat::Poetry => has(&["poetry"]) && has(&["install", "sync", "export"]),
            LockFormat::Pdm => has(&["pdm"]) && has(&["install", "sync", "export"]),
            LockFormat::Pylock => words.iter().any(|word| word.text.contains("pylock")),
            LockFormat::Pipfile => has(&["pipenv"]) && has(&["install", "sync", "requirements"]),
            LockFormat::Requirements => has(&["install"]) && lists(words).any(|list| same_file(list, source)),
        }
    })
}

/// What is there because of OpenTelemetry, itself included.
fn needed(inventory: &Inventory) -> Vec<&Distribution> {
    let is_own = |name: &str| name.starts_with("opentelemetry-");
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&Distribution> =
        inventory.distributions.iter().filter(|distribution| is_own(distribution.name.as_str())).collect();
    while let Some(distribution) = open.pop() {
        if !names.insert(distribution.name.as_str()) {
            continue;
        }
        match &distribution.requires {
            Requires::Listed(more) => {
                open.extend(more.iter().filter_map(|name| inventory.get(name.as_str())));
            }
            _ if is_own(distribution.name.as_str()) => {
                open.extend(COMPILED.iter().filter_map(|name| inventory.get(name)));
            }
            _ => {}
        }
    }
    inventory.distributions.iter().filter(|distribution| names.contains(distribution.name.as_str())).collect()
}
