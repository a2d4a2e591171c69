//! What is looked for in Cargo projects.

mod abandoned;
mod cure;
mod defect;
mod doubled;
mod exporter;
mod reach;
mod rust_version;
mod silent;
pub mod source;

use self::reach::Reach;
use super::{
    survey::Survey,
    symptom::{Place, Symptom},
};
use crate::{
    ecosystem::{
        Overview,
        cargo::inventory::{Inventory, Member},
    },
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
}

impl<'a> Scene<'a> {
    /// The manifest of a member.
    fn manifest(&self, member: &Member) -> Place {
        Place::of(self.overview.manifest(member.name.as_str()).unwrap_or(&self.overview.source))
    }

    /// The lockfile.
    fn lockfile(&self) -> Place {
        Place::of(self.overview.source.clone())
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
    let scene = Scene { survey, inventory, overview, registry, programs };
    let mut found = doubled::symptoms(&scene);
    found.extend(abandoned::symptoms(&scene));
    found.extend(defect::symptoms(&scene));
    found.extend(exporter::symptoms(&scene));
    found.extend(rust_version::symptoms(&scene));
    found.extend(silent::symptoms(&scene));
    Some(found)
}

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
