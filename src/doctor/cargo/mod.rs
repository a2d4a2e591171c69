//! What is looked for in Cargo projects.

mod abandoned;
mod cure;
mod defect;
mod doubled;
mod exporter;
mod globals;
pub mod installs;
mod native;
mod provisions;
mod reach;
mod rust_version;
mod silent;
pub(super) mod site;
pub mod source;

use self::{provisions::Provisions, reach::Reach};
use super::{
    LARGEST_MANIFEST,
    survey::Survey,
    symptom::{Place, Symptom},
};
use crate::{
    ecosystem::{
        Overview,
        cargo::{
            inventory::{Inventory, Member, Use},
            lockfile,
        },
    },
    file,
    registry::{Registry, release_set::API_CRATES},
};

/// A Cargo project as the checks see it.
#[derive(Debug)]
struct Scene<'a> {
    survey: &'a Survey,
    inventory: &'a Inventory,
    overview: &'a Overview,
    registry: &'a Registry,
    /// The selected members with a program, for only there is anything set up; all selected ones if none has one. Each
    /// with what is built into it.
    programs: Vec<(&'a Member, Reach)>,
    /// What the registry says about crates that are there to instrument others.
    provisions: Provisions<'a>,
}

impl<'a> Scene<'a> {
    /// The manifest of a member.
    fn manifest(&self, member: &Member) -> Place {
        Place::of(self.overview.manifest(member.name.as_str()).unwrap_or(&self.overview.source))
    }

    /// The entry of a dependency in the manifest of a member.
    fn entry(&self, member: &Member, used: &Use) -> Place {
        let text = file::read_text(&member.manifest, LARGEST_MANIFEST).unwrap_or_default();
        let line = site::dependency(&text, &[used.alias.as_str(), self.name(used.package)]);
        Place { line, ..self.manifest(member) }
    }

    /// A package in the lockfile.
    fn locked(&self, package: usize) -> Place {
        let text = file::read_text(&self.inventory.lockfile, lockfile::LARGEST).unwrap_or_default();
        let package = &self.inventory.packages[package];
        let line = site::package(&text, package.name.as_str(), &package.version.to_string());
        Place { path: self.overview.source.clone(), line }
    }

    /// The name of a package.
    fn name(&self, package: usize) -> &'a str {
        self.inventory.packages[package].name.as_str()
    }
}

/// What is found in a project; `None` if there is nothing of OpenTelemetry in it.
#[must_use]
pub fn symptoms(
    survey: &Survey,
    inventory: &Inventory,
    overview: &Overview,
    registry: &Registry,
) -> Option<Vec<Symptom>> {
    let is_there = |name: &str| inventory.locked(name).next().is_some();
    if !API_CRATES.into_iter().chain(["tracing-opentelemetry"]).any(is_there) {
        return None;
    }
    let has_program = inventory.selected().any(|member| member.has_binary);
    let programs = inventory.selected().filter(|member| member.has_binary || !has_program);
    let programs = programs.map(|member| (member, Reach::of(inventory, member))).collect();
    let provisions = provisions::provisions(registry);
    let scene = Scene { survey, inventory, overview, registry, programs, provisions };
    let mut found = doubled::symptoms(&scene);
    found.extend(abandoned::symptoms(&scene));
    found.extend(defect::symptoms(&scene));
    found.extend(exporter::symptoms(&scene));
    found.extend(rust_version::symptoms(&scene));
    found.extend(silent::symptoms(&scene));
    found.extend(globals::symptoms(&scene));
    found.extend(native::symptoms(&scene));
    Some(found)
}

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
