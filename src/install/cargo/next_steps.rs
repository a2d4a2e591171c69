//! What is left to do by hand after an install: wiring, switches, filter directives.

use std::fmt::Write as _;

use crate::{
    ecosystem::cargo::inventory::{Inventory, Member},
    package::PackageName,
    resolution::{Requirement, Resolution},
    terminal::listed,
};

/// The next steps as text, member by member; empty if there are none.
#[must_use]
pub fn next_steps(resolution: &Resolution, inventory: &Inventory) -> String {
    let mut text = String::new();
    let mut beginners = Vec::new();
    // Members of a workspace often have the same to do.
    let mut places: Vec<(String, Vec<String>)> = Vec::new();
    for member in &inventory.members {
        let name = member.name.to_string();
        let own: Vec<&Requirement> =
            resolution.requirements.iter().filter(|r| r.members.contains(&name)).collect();
        if member.has_binary && own.iter().any(|r| is_for_exporting(r)) {
            beginners.push(member);
        }
        let native = resolution.findings.iter().filter(|finding| finding.members.contains(&name));
        let mut steps: String = own.into_iter().map(steps).collect();
        steps.extend(
            native.map(|finding| conditions(&finding.library, &finding.switches, &finding.directives)),
        );
        let place = format!("`{name}` ({})", entrance(member, inventory));
        match places.iter_mut().find(|(same, _)| *same == steps) {
            Some((_, places)) => places.push(place),
            None => places.push((steps, vec![place])),
        }
    }
    for (steps, places) in places.into_iter().filter(|(steps, _)| !steps.is_empty()) {
        let _ = writeln!(text, "in {}:", listed(places));
        text.push_str(&steps);
    }
    if let Some(code) = resolution.initialisation.as_ref().filter(|_| !beginners.is_empty()) {
        let places: Vec<String> =
            beginners.into_iter().map(|m| format!("`{}` ({})", m.name, entrance(m, inventory))).collect();
        let _ = writeln!(text, "at the start of {}:", places.join(", "));
        text.push_str(&indented(code, 4));
    }
    text
}

/// What a requirement leaves to do.
fn steps(requirement: &Requirement) -> String {
    let mut text = String::new();
    let Requirement { name, wiring, switches, directives, .. } = requirement;
    if !wiring.is_empty() {
        let _ = writeln!(text, "  wire `{name}`:");
        text.extend(wiring.iter().map(|code| indented(code, 4)));
    }
    text.push_str(&conditions(name, switches, directives));
    text
}

/// What else must be so for something to be emitted.
fn conditions(name: &PackageName, switches: &[String], directives: &[String]) -> String {
    let mut text = String::new();
    for switch in switches {
        let _ = writeln!(text, "  mind with `{name}`: {switch}");
    }
    if !directives.is_empty() {
        let _ = writeln!(text, "  let the filter pass what `{name}` emits: `{}`", directives.join(","));
    }
    text
}

/// Whether the requirement is there because the user wants to export.
fn is_for_exporting(requirement: &Requirement) -> bool {
    requirement.because.iter().any(|reason| reason.starts_with("--exporter"))
        || requirement.name.as_str() == "opentelemetry_sdk"
}

/// The file where a member's program or library starts, or its manifest if it starts elsewhere.
fn entrance(member: &Member, inventory: &Inventory) -> String {
    let folder = member.manifest.parent().unwrap_or(&inventory.root);
    let usual = if member.has_binary { ["src/main.rs", "src/lib.rs"] } else { ["src/lib.rs", "src/main.rs"] };
    let mut files = usual.iter().map(|file| folder.join(file));
    let file = files.find(|file| file.is_file()).unwrap_or_else(|| member.manifest.clone());
    file.strip_prefix(&inventory.root).unwrap_or(&file).display().to_string()
}

/// Code, moved to the right.
fn indented(code: &str, columns: usize) -> String {
    let mut text = String::new();
    for line in code.trim_end().lines() {
        let _ = if line.is_empty() { writeln!(text) } else { writeln!(text, "{:columns$}{line}", "") };
    }
    text
}
