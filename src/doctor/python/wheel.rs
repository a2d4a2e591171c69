//! What OpenTelemetry needs and what has no wheel for an image: installing it takes a compiler.
//!
//! The lockfile tells the wheels of each package, and the `Dockerfile` where they are installed; no index is asked.

use std::collections::BTreeSet;

use super::scene::Scene;
use crate::{
    doctor::{
        catalogue::PYTHON_WHEEL_MISSING,
        read::{base::Base, image::Stage},
        symptom::Symptom,
    },
    ecosystem::python::{
        inventory::{Distribution, DistributionVersion, Inventory, LockFormat, Requires, Source},
        lock::{LARGEST, files},
        wheel::{Machine, fits},
    },
    file,
    operator::libc::Libc,
};

/// What OpenTelemetry is known to need that is compiled, where nothing tells what needs what.
const COMPILED: [&str; 5] = ["charset-normalizer", "grpcio", "protobuf", "psutil", "wrapt"];

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let Some(inventory) = scene.inventory else { return Vec::new() };
    let Source::Lockfile { path, format } = &inventory.source else { return Vec::new() };
    let stages: Vec<_> = scene
        .survey
        .images
        .iter()
        .filter(|image| super::scene::reaches(&image.path, &scene.source().path))
        .flat_map(|image| image.what.iter().enumerate().map(move |(place, stage)| (image, place, stage)))
        .filter(|(_, _, stage)| installs(stage, *format))
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
        for distribution in &needed {
            let DistributionVersion::Valid(version) = &distribution.version else { continue };
            let own = files.iter().filter(|file| file.name == distribution.name && file.version == *version);
            let wheels: Vec<&str> = own.flat_map(|file| &file.wheels).map(String::as_str).collect();
            if wheels.is_empty() || wheels.iter().any(|wheel| fits(wheel, &machine)) {
                continue;
            }
            let other = Machine { is_musl: false, ..machine.clone() };
            let has_other = machine.is_musl && wheels.iter().any(|wheel| fits(wheel, &other));
            found.push(Symptom {
                check: &PYTHON_WHEEL_MISSING,
                place: image.at(stage.line),
                reason: format!(
                    "`{}` {version} has no wheel for {machine}, and the image has no compiler to build it",
                    distribution.name
                ),
                fix: fix(libc, has_other),
                cure: None,
            });
        }
    }
    found
}

fn fix(libc: Libc, has_other: bool) -> String {
    match (libc, has_other) {
        (Libc::Musl, true) => {
            "begin from a `-slim` image, for which there is one, or `apk add build-base linux-headers` \
                               in the stage that installs"
                .to_owned()
        }
        (Libc::Musl, false) => {
            "take a Python or a version that has one, or `apk add build-base linux-headers` in the \
                                stage that installs"
                .to_owned()
        }
        (Libc::Glibc, _) => {
            "take a Python or a version that has one, or install a compiler in the stage that installs \
                             (`build-essential`; `gcc gcc-c++ python3-devel` on RHEL)"
                .to_owned()
        }
    }
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
fn installs(stage: &Stage, format: LockFormat) -> bool {
    stage.commands.iter().any(|words| {
        let has = |names: &[&str]| {
            words.iter().any(|word| names.contains(&word.text.rsplit('/').next().unwrap_or_default()))
        };
        match format {
            LockFormat::Uv => has(&["uv"]) && has(&["sync", "export"]),
            LockFormat::Poetry => has(&["poetry"]) && has(&["install", "sync", "export"]),
            LockFormat::Pdm => has(&["pdm"]) && has(&["install", "sync", "export"]),
            LockFormat::Pylock => words.iter().any(|word| word.text.contains("pylock")),
            LockFormat::Pipfile | LockFormat::Requirements => false,
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
