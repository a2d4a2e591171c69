//! Names that somebody looks for, and when enough of them were found.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
};

use crate::{ecosystem::python::environment::requires::length_of_name, package::is_spelling};

/// Names that are looked for among the dependencies of many distributions, by several threads.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// Each name, with the goals that it leads to.
    names: Vec<(&'a str, Vec<usize>)>,
    /// A bit for each byte that a name begins with, by its low bits: most names are told apart by it.
    initials: u64,
    /// Of each goal, whether a name that leads to it was found.
    reached: Vec<AtomicBool>,
}

impl<'a> Wanted<'a> {
    /// Each of these names, for its own sake.
    pub(super) fn each(names: impl Iterator<Item = &'a str>) -> Self {
        Self::leading(names.map(|name| (name, BTreeSet::from([name]))).collect())
    }

    /// Names that each lead to some goals.
    pub(super) fn leading(names: BTreeMap<&'a str, BTreeSet<&'a str>>) -> Self {
        let goals: BTreeSet<&str> = names.values().flatten().copied().collect();
        let goals: Vec<&str> = goals.into_iter().collect();
        let index = |goal: &&str| goals.binary_search(goal).ok();
        let initials = names.keys().filter_map(|name| name.bytes().next()).map(bit).fold(0, |a, b| a | b);
        let names = names.into_iter();
        let names = names.map(|(name, goals)| (name, goals.iter().filter_map(index).collect())).collect();
        let reached = goals.iter().map(|_| AtomicBool::new(false)).collect();
        Self { names, initials, reached }
    }

    /// Whether there is nothing to look for.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether a text begins with one of the names, in any spelling.
    pub(super) fn is_spelled(&self, text: &[u8]) -> bool {
        self.spelled(text).is_some()
    }

    /// Whether a text begins with one of the names that lead to a goal that is not reached yet.
    pub(super) fn is_open(&self, text: &[u8]) -> bool {
        let is_reached = |goal: &usize| self.reached[*goal].load(Ordering::Relaxed);
        self.spelled(text).is_some_and(|goals| !goals.iter().all(is_reached))
    }

    /// The goals of the name that a text begins with.
    fn spelled(&self, text: &[u8]) -> Option<&[usize]> {
        let initial = text.first().map_or(0, |byte| bit(byte.to_ascii_lowercase()));
        if self.initials & initial == 0 {
            return None;
        }
        let text = &text[..length_of_name(text)];
        self.names.iter().find(|(name, _)| is_spelling(text, name)).map(|(_, goals)| goals.as_slice())
    }

    /// Notes that a name was found.
    pub(super) fn found(&self, name: &str) {
        if let Ok(index) = self.names.binary_search_by_key(&name, |(name, _)| name) {
            for goal in &self.names[index].1 {
                self.reached[*goal].store(true, Ordering::Relaxed);
            }
        }
    }

    /// Whether every goal is reached, so that whatever else is found changes nothing.
    pub(super) fn is_settled(&self) -> bool {
        self.reached.iter().all(|goal| goal.load(Ordering::Relaxed))
    }
}

fn bit(byte: u8) -> u64 {
    1 << (byte & 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_every_spelling() {
        let wanted = Wanted::each(["requests", "ruamel-yaml"].into_iter());
        for spelled in ["requests", "Requests", "ruamel.yaml", "Ruamel_-yaml"] {
            assert!(wanted.is_spelled(spelled.as_bytes()), "{spelled}");
        }
        for other in ["", "request", "requests-oauthlib", "ruamelyaml", "six", "\u{72}\u{301}"] {
            assert!(!wanted.is_spelled(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn it_is_settled_when_every_goal_is_reached() {
        let leads = |goals: &[&'static str]| goals.iter().copied().collect::<BTreeSet<_>>();
        let names = [("requests", leads(&["requests", "urllib3"])), ("urllib3", leads(&["urllib3"]))];
        let wanted = || Wanted::leading(names.clone().into_iter().collect());
        let settled = |found: &[&str]| {
            let wanted = wanted();
            for name in found {
                wanted.found(name);
            }
            wanted.is_settled()
        };
        assert!(!settled(&[]));
        assert!(!settled(&["urllib3", "flask"]));
        assert!(settled(&["requests"]));
        assert!(Wanted::each(std::iter::empty()).is_settled());
    }
}
