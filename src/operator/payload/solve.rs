//! Which versions a payload holds: one of each distribution for all Pythons, those of the application wherever
//! there are wheels that go together with them.

use std::collections::BTreeMap;

use thiserror::Error;

use super::target::Target;
use crate::install::{
    ProgramError,
    python::{Conflict, Locked, PackError, Pin},
};

/// Asks an installer which wheels there are for a target, with versions held.
pub(super) type Ask<'a> = &'a mut dyn FnMut(&Target, &[Pin]) -> Result<Vec<Locked>, PackError>;

/// What goes together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Solution {
    /// What is installed for each target, in their order.
    pub(super) locked: Vec<Vec<Locked>>,
    /// The application's versions that could not be kept to, sorted, each with the target that they were in the
    /// way of.
    pub(super) given_up: Vec<(Pin, Target)>,
}

/// Why nothing goes together.
#[derive(Debug, Error)]
pub enum SolveError {
    /// The installer failed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Whatever the application has: there is nothing for a target.
    #[error("there are no wheels of all that is wanted for {target}")]
    Nothing {
        /// The target.
        target: Box<Target>,
        /// Who is named in what the installer said.
        conflict: Box<Conflict>,
        /// What it said.
        source: ProgramError,
    },
}

/// Why a round came to nothing.
enum Miss {
    Pack(PackError),
    /// A target, by its place, whose wheels do not go together with what others have, or with what is held.
    Conflict(usize, Box<Conflict>, ProgramError),
}

/// Finds what goes together for all targets.
///
/// All of the application's versions are tried first. Those that the installer names in a conflict are let go, and
/// then tried again one by one, as what was named may not have been the reason.
pub(super) fn solve(targets: &[Target], application: &[Pin], ask: Ask<'_>) -> Result<Solution, SolveError> {
    let mut kept = application.to_vec();
    let mut gone: Vec<(Pin, Target)> = Vec::new();
    let mut found = loop {
        match round(targets, &kept, ask) {
            Ok(found) => break found,
            Err(Miss::Pack(error)) => return Err(error.into()),
            Err(Miss::Conflict(index, conflict, source)) => {
                let target = targets[index].clone();
                if kept.is_empty() {
                    return Err(SolveError::Nothing { target: Box::new(target), conflict, source });
                }
                let is_named = |pin: &Pin| conflict.held.contains(pin);
                let (named, rest): (Vec<Pin>, Vec<Pin>) = kept.iter().cloned().partition(is_named);
                let named = if named.is_empty() { rest.clone() } else { named };
                kept.retain(|pin| !named.contains(pin));
                gone.extend(named.into_iter().map(|pin| (pin, target.clone())));
            }
        }
    };
    gone.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut given_up = Vec::new();
    let is_single = gone.len() == 1;
    for (pin, target) in gone {
        // What nothing asks for cannot be in the way.
        let matters = found.iter().flatten().any(|locked| locked.pin.name == pin.name);
        if !matters {
            continue;
        }
        if is_single {
            given_up.push((pin, target));
            continue;
        }
        kept.push(pin);
        match round(targets, &kept, ask) {
            Ok(better) => found = better,
            Err(Miss::Pack(error)) => return Err(error.into()),
            Err(Miss::Conflict(index, ..)) => {
                given_up.extend(kept.pop().map(|pin| (pin, targets[index].clone())));
            }
        }
    }
    Ok(Solution { locked: found, given_up })
}

/// Asks for each target, with what was found for those before it held: a folder has one version of each distribution.
/// A target that finds nothing beside the others comes before them the next time.
fn round(targets: &[Target], held: &[Pin], ask: Ask<'_>) -> Result<Vec<Vec<Locked>>, Miss> {
    let mut order: Vec<usize> = (0..targets.len()).collect();
    let mut restarts = 0;
    'again: loop {
        let mut pins: BTreeMap<_, _> = held.iter().map(|pin| (pin.name.clone(), pin.clone())).collect();
        let mut found: Vec<Vec<Locked>> = vec![Vec::new(); targets.len()];
        for (place, &index) in order.iter().enumerate() {
            let all: Vec<Pin> = pins.values().cloned().collect();
            match ask(&targets[index], &all) {
                Ok(locked) => {
                    for one in &locked {
                        pins.entry(one.pin.name.clone()).or_insert_with(|| one.pin.clone());
                    }
                    found[index] = locked;
                }
                Err(PackError::Conflict { .. }) if place > 0 && restarts < targets.len() => {
                    restarts += 1;
                    order[..=place].rotate_right(1);
                    continue 'again;
                }
                Err(PackError::Conflict { conflict, source }) => {
                    return Err(Miss::Conflict(index, conflict, source));
                }
                Err(error) => return Err(Miss::Pack(error)),
            }
        }
        return Ok(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        install::{
            Command,
            python::{Wheel, parse_lines},
        },
        operator::{
            libc::Libc,
            payload::target::{Arch, Ground},
        },
    };

    fn pin(text: &str) -> Pin {
        let (name, version) = text.split_once("==").expect("a pin");
        Pin { name: name.parse().expect("a name"), version: version.parse().expect("a version") }
    }

    fn pins(text: &str) -> Vec<Pin> {
        text.split_whitespace().map(pin).collect()
    }

    fn targets(pythons: &[&str]) -> Vec<Target> {
        let ground = Ground { libc: Libc::Glibc, arch: Arch::X86_64 };
        pythons.iter().map(|python| Target { python: python.parse().expect("a version"), ground }).collect()
    }

    fn failed(said: &str) -> ProgramError {
        let command = Command { program: "uv".into(), args: Vec::new(), folder: ".".into() };
        ProgramError::Failed { command, status: std::process::ExitStatus::default(), said: said.to_owned() }
    }

    /// An index: for each Python the versions that there are wheels of, the newest first.
    type Index = &'static [(&'static str, &'static str)];

    fn conflict(held: Vec<Pin>) -> PackError {
        let conflict = Box::new(Conflict { held, wanted: parse_lines("flask").expect("lines") });
        PackError::Conflict { conflict, source: failed("no") }
    }

    /// An installer that takes the newest wheel that is not held off, and names in a conflict what is held.
    fn ask(index: Index, target: &Target, held: &[Pin]) -> Result<Vec<Locked>, PackError> {
        let (_, wheels) = index.iter().find(|(p, _)| target.python.to_string() == *p).expect("a Python");
        let mut found: Vec<Locked> = Vec::new();
        let mut names: Vec<_> = pins(wheels).into_iter().map(|pin| pin.name).collect();
        names.dedup();
        for name in names {
            let held_to = held.iter().find(|pin| pin.name == name);
            let one = pins(wheels).into_iter().find(|p| p.name == name && held_to.is_none_or(|h| h == p));
            let Some(pin) = one else { return Err(conflict(held_to.cloned().into_iter().collect())) };
            let wheel = Wheel { file: "x-1-py3-none-any.whl".to_owned(), sha256: "0".repeat(64) };
            found.push(Locked { pin, wheels: vec![wheel] });
        }
        Ok(found)
    }

    fn solved(pythons: &[&str], application: &str, index: Index) -> String {
        let mut count = 0;
        let solution = solve(&targets(pythons), &pins(application), &mut |target, held| {
            count += 1;
            ask(index, target, held)
        });
        let list = |pins: &[Pin]| pins.iter().map(Pin::to_string).collect::<Vec<_>>().join(" ");
        match solution {
            Ok(Solution { locked, given_up }) => {
                let given_up: Vec<Pin> = given_up.into_iter().map(|(pin, _)| pin).collect();
                let all: std::collections::BTreeSet<Pin> =
                    locked.into_iter().flatten().map(|locked| locked.pin).collect();
                format!("{} | {} | {count}", list(&all.into_iter().collect::<Vec<_>>()), list(&given_up))
            }
            Err(SolveError::Nothing { target, .. }) => format!("nothing for {}", target.python),
            Err(SolveError::Pack(error)) => error.to_string(),
        }
    }

    #[test]
    fn the_versions_of_the_application_are_kept() {
        let index: Index = &[("3.12", "idna==3 idna==2 wrapt==2 wrapt==1")];
        assert_eq!(solved(&["3.12"], "", index), "idna==3 wrapt==2 |  | 1");
        assert_eq!(solved(&["3.12"], "idna==2 flask==3", index), "idna==2 wrapt==2 |  | 1");
    }

    #[test]
    fn only_what_stands_in_the_way_is_let_go() {
        let index: Index = &[("3.12", "idna==3 idna==2 wrapt==2")];
        assert_eq!(solved(&["3.12"], "idna==2 wrapt==1", index), "idna==2 wrapt==2 | wrapt==1 | 2");
        let index: Index = &[("3.12", "idna==3 wrapt==2 urllib3==2 urllib3==1")];
        assert_eq!(
            solved(&["3.12"], "idna==2 wrapt==1 urllib3==1", index),
            "idna==3 urllib3==1 wrapt==2 | idna==2 wrapt==1 | 5"
        );
    }

    #[test]
    fn where_nobody_is_named_all_are_tried_again() {
        // An installer that only says that it does not go.
        let index: Index = &[("3.12", "idna==3 idna==2 wrapt==2")];
        let solution = solve(&targets(&["3.12"]), &pins("idna==2 wrapt==1"), &mut |target, held| {
            ask(index, target, held).map_err(|_| conflict(Vec::new()))
        });
        let solution = solution.expect("a solution");
        assert_eq!(solution.given_up, [(pin("wrapt==1"), targets(&["3.12"])[0].clone())]);
        assert_eq!(solution.locked[0][0].pin, pin("idna==2"));
    }

    #[test]
    fn a_folder_has_one_version_of_each() {
        // The newest Python has no wheel of what the oldest would take.
        let index: Index = &[("3.10", "idna==2 idna==1 six==1"), ("3.14", "idna==3 idna==1")];
        assert_eq!(solved(&["3.10", "3.14"], "", index), "nothing for 3.14");
        let index: Index = &[("3.10", "idna==2 idna==1 six==1"), ("3.14", "idna==1")];
        assert_eq!(solved(&["3.10", "3.14"], "", index), "idna==1 six==1 |  | 4");
    }

    #[test]
    fn where_there_is_nothing_the_target_is_named() {
        let index: Index = &[("3.10", "idna==2"), ("3.14", "idna==3")];
        assert_eq!(solved(&["3.10", "3.14"], "idna==2", index), "nothing for 3.14");
    }
}
