//! Several of what a program has one of: the last one counts, or the first, and the other is never heard.

use std::collections::BTreeSet;

use super::{
    Scene,
    installs::{Function, Global, Step},
};
use crate::{
    doctor::{
        catalogue::CARGO_SEVERAL_GLOBALS,
        symptom::{Place, Symptom},
    },
    ecosystem::cargo::inventory::Member,
};

/// What is installed, and where: the function, its file and the line.
type Installed<'a> = (Global, &'a str, &'a str, usize);

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for member in scene.inventory.selected() {
        found.extend(of_member(scene, member));
    }
    found
}

/// What the `main` functions of a member install, themselves and through functions of the member that they call. One
/// level is enough: who calls deeper has conditions of his own.
fn of_member(scene: &Scene<'_>, member: &Member) -> Vec<Symptom> {
    let sources = scene.sources_of(member);
    let all: Vec<(&str, &Function)> = sources
        .iter()
        .flat_map(|source| source.what.functions.iter().map(|function| (source.path.as_str(), function)))
        .collect();
    // Which of several functions of one name is called, nobody knows here.
    let of_name = |name: &str| {
        let mut named = all.iter().filter(|(_, function)| function.name == name);
        named.next().filter(|_| named.next().is_none())
    };
    let mut found = Vec::new();
    for (path, main) in all.iter().filter(|(_, function)| function.name == "main") {
        let mut installed = Vec::<Installed<'_>>::new();
        // Two calls of one name are two functions of it, or a second call by mistake, which is another matter.
        let mut called = BTreeSet::new();
        for step in &main.steps {
            match step {
                Step::Installs(global, line) => installed.push((*global, "main", path, *line)),
                Step::Calls(name) => {
                    let is_new = called.insert(name);
                    let function = of_name(name).filter(|_| is_new && name != "main");
                    let Some((file, function)) = function else { continue };
                    let globals = function.steps.iter().filter_map(|step| match step {
                        Step::Installs(global, line) => Some((*global, function.name.as_str(), *file, *line)),
                        Step::Calls(_) => None,
                    });
                    installed.extend(globals);
                }
            }
        }
        found.extend(several(&installed));
    }
    found
}

/// A finding for each thing that is installed more than once.
fn several(installed: &[Installed<'_>]) -> Vec<Symptom> {
    let mut globals: Vec<Global> = installed.iter().map(|(global, ..)| *global).collect();
    globals.sort_unstable();
    globals.dedup();
    let symptom = |global: Global| {
        let mut same = installed.iter().filter(|(other, ..)| *other == global);
        let places: Vec<String> = same
            .clone()
            .map(|(_, function, file, line)| format!("in `{function}` ({}:{line})", file.escape_debug()))
            .collect();
        // The first one counts; the last one is what came too late.
        let (.., path, line) = same.next_back()?;
        (places.len() > 1).then(|| Symptom {
            check: &CARGO_SEVERAL_GLOBALS,
            place: Place::at(*path, *line),
            reason: format!(
                "the program installs a {} {} times, {}: only one of them counts",
                global.words(),
                places.len(),
                places.join(" and ")
            ),
            fix: "make layers of one subscriber, readers of one provider, or a fan-out of one recorder"
                .to_owned(),
            cure: None,
        })
    };
    globals.into_iter().filter_map(symptom).collect()
}
