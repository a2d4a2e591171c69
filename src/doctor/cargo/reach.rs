//! What ends up in a program, and through what.

use std::collections::VecDeque;

use crate::ecosystem::cargo::inventory::{Inventory, Member, Source};

/// How a package is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Not at all.
    Unreached,
    /// The member uses it itself.
    Own,
    /// Through the package of that index.
    Through(usize),
}

/// What a member reaches through dependencies that are built into it: for members what their manifests enable, for
/// others what the lockfile lists.
#[derive(Debug)]
pub(super) struct Reach {
    /// Per package: how it is reached.
    steps: Vec<Step>,
}

impl Reach {
    pub(super) fn of(inventory: &Inventory, member: &Member) -> Self {
        let mut steps = vec![Step::Unreached; inventory.packages.len()];
        let mut open = VecDeque::new();
        for package in member.uses.iter().map(|u| u.package) {
            if steps[package] == Step::Unreached {
                steps[package] = Step::Own;
                open.push_back(package);
            }
        }
        while let Some(package) = open.pop_front() {
            let locked = &inventory.packages[package];
            let is_local = locked.source == Source::Path;
            let member = inventory.members.iter().find(|member| is_local && member.name == locked.name);
            // What a member needs for its tests stands in the lockfile too.
            let next: Vec<usize> = match member {
                Some(member) => member.uses.iter().map(|u| u.package).collect(),
                None => locked.dependencies.clone(),
            };
            for next in next {
                if steps[next] == Step::Unreached {
                    steps[next] = Step::Through(package);
                    open.push_back(next);
                }
            }
        }
        Self { steps }
    }

    /// Whether a package is reached.
    pub(super) fn has(&self, package: usize) -> bool {
        self.steps[package] != Step::Unreached
    }

    /// The shortest way to a package, from what the member uses itself to the package; empty if it is not reached.
    pub(super) fn way(&self, package: usize) -> Vec<usize> {
        let mut way = Vec::new();
        let mut at = self.has(package).then_some(package);
        while let Some(package) = at {
            way.push(package);
            at = match self.steps[package] {
                Step::Through(before) => Some(before),
                Step::Own | Step::Unreached => None,
            };
        }
        way.reverse();
        way
    }
}
