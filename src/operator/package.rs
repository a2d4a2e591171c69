//! The application's packages against those that are injected: the injected ones go before.
//!
//! Source of the rule: the operator puts its folder on `PYTHONPATH`, which Python searches before what is installed.

use std::collections::BTreeMap;

use pep440_rs::{Version, VersionSpecifiers};

use super::{application::PYTHONPATH, pod::Container, scene::Scene, stock::Injected};
use crate::{
    doctor::{
        catalogue::{
            OPERATOR_PACKAGE_CONFLICT, OPERATOR_PACKAGE_DOWNGRADED, OPERATOR_PACKAGE_OPENTELEMETRY,
            OPERATOR_PACKAGE_SHADOWED,
        },
        check::Check,
        symptom::{Place, Symptom},
    },
    document::{self, Table, Value},
    ecosystem::python::{
        environment::requires::Need,
        graph::demands,
        inventory::{DistributionVersion, Inventory},
    },
    package::PackageName,
    terminal::listed,
};

/// What all names of OpenTelemetry's own packages begin with.
const OPENTELEMETRY: &str = "opentelemetry-";

/// What can be done where versions differ.
const FIX: &str = "inject a payload that keeps to the application's versions (`-a operator --payload DIR`), or put the \
                   application's packages first: set `PYTHONPATH` in the manifest to the folder they lie in";

/// Who asks for a package, and in which versions.
type Demands = BTreeMap<PackageName, Vec<(String, VersionSpecifiers)>>;

/// What the folders that packages are installed to end with.
const FOLDERS: [&str; 2] = ["/site-packages", "/dist-packages"];

/// Whether all containers put the application's packages before those that are injected: the operator keeps what
/// `PYTHONPATH` names between its own two folders.
fn go_first(scene: &Scene) -> bool {
    let is_first = |container: &Container| {
        let value = container.variable(PYTHONPATH).filter(|own| !own.is_elsewhere)?.value.as_deref()?;
        let mut parts = value.split(':').map(|part| part.trim_end_matches('/'));
        parts.any(|part| FOLDERS.iter().any(|end| part.ends_with(end))).then_some(())
    };
    let mut containers = scene.pods.iter().flat_map(|pod| pod.what.instrumented()).peekable();
    containers.peek().is_some() && containers.all(|container| is_first(container).is_some())
}

/// What comes of injecting. `manifest` is the `pyproject.toml` of the project, if there is one.
pub(super) fn symptoms(
    scene: &Scene,
    inventory: &Inventory,
    place: &Place,
    manifest: Option<&str>,
    injected: &Injected,
) -> Vec<Symptom> {
    let mut asked = asked(inventory, injected);
    for need in manifest.map(of_manifest).unwrap_or_default() {
        if let Some(versions) = need.specifiers() {
            asked.entry(need.name).or_default().push(("the project".to_owned(), versions));
        }
    }
    let is_first = go_first(scene);
    let (mut found, mut older, mut newer, mut own) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for distribution in &inventory.distributions {
        let DistributionVersion::Valid(version) = &distribution.version else { continue };
        let name = distribution.name.as_str();
        if name.starts_with(OPENTELEMETRY) {
            own.push(format!("`{name}` {version}"));
            continue;
        }
        let new = injected.packages.get(&distribution.name).filter(|new| *new != version && !is_first);
        let Some(new) = new else { continue };
        let refused = asked.get(&distribution.name).into_iter().flatten();
        let refused: Vec<_> = refused.filter(|(_, versions)| !versions.contains(new)).collect();
        if !refused.is_empty() {
            found.push(conflict(place, name, version, new, &refused, injected));
        } else if new < version {
            older.push(format!("`{name}` {new} before {version}"));
        } else {
            newer.push(format!("`{name}` {new} before {version}"));
        }
    }
    let told = |check: &'static Check, names: Vec<String>, what: &str, fix: &str| {
        (!names.is_empty()).then(|| Symptom {
            check,
            place: place.clone(),
            reason: format!("{} puts {what}: {}", injected.title, listed(names)),
            fix: fix.to_owned(),
            cure: None,
        })
    };
    found.extend(told(
        &OPERATOR_PACKAGE_DOWNGRADED,
        older,
        "older versions before those that the application has",
        FIX,
    ));
    found.extend(told(
        &OPERATOR_PACKAGE_SHADOWED,
        newer,
        "newer versions before those that the application has",
        "test the application with these versions, or inject a payload that keeps to its own",
    ));
    found.extend((!own.is_empty()).then(|| Symptom {
        check: &OPERATOR_PACKAGE_OPENTELEMETRY,
        place: place.clone(),
        reason: format!(
            "the application brings OpenTelemetry itself ({}), and {} goes before it in other versions or beside it",
            listed(own),
            injected.title
        ),
        fix: "leave one of both out: what the application brings, or the injection".to_owned(),
        cure: None,
    }));
    found
}

fn conflict(
    place: &Place,
    name: &str,
    version: &Version,
    new: &Version,
    refused: &[&(String, VersionSpecifiers)],
    injected: &Injected,
) -> Symptom {
    let refused = refused.iter().map(|(who, versions)| format!("{who} needs `{name}{versions}`"));
    Symptom {
        check: &OPERATOR_PACKAGE_CONFLICT,
        place: place.clone(),
        reason: format!("{} puts `{name}` {new} before {version}, and {}", injected.title, listed(refused)),
        fix: FIX.to_owned(),
        cure: None,
    }
}

/// What the application's packages ask for; those that are replaced themselves ask for nothing any more.
fn asked(inventory: &Inventory, injected: &Injected) -> Demands {
    let mut found = Demands::new();
    for (who, name, versions) in demands(inventory) {
        let is_replaced = injected.packages.contains_key(who) || who.as_str().starts_with(OPENTELEMETRY);
        if !is_replaced && injected.packages.contains_key(&name) {
            found.entry(name).or_default().push((format!("`{who}`"), versions));
        }
    }
    found
}

/// The requirements that a `pyproject.toml` declares.
fn of_manifest(text: &str) -> Vec<Need> {
    let Ok(manifest) = document::parse(text) else { return Vec::new() };
    let project = manifest.get("project").and_then(Value::as_table);
    let list = project.and_then(|project: &Table<'_>| project.get("dependencies")?.as_array());
    list.unwrap_or_default().iter().filter_map(Value::as_str).filter_map(Need::of_text).collect()
}
