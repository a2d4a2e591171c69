//! Who reaches whom in the lockfile.

use std::cell::OnceCell;

use super::inventory::{Inventory, Member, Source};

/// The dependency graph of a project, answering reachability.
pub struct Graph<'a> {
    inventory: &'a Inventory,
    /// Per member of the inventory: the packages it reaches.
    reached: Vec<OnceCell<Vec<bool>>>,
}

impl<'a> Graph<'a> {
    /// The graph of that project.
    #[must_use]
    pub fn new(inventory: &'a Inventory) -> Self {
        Self { inventory, reached: inventory.members.iter().map(|_| OnceCell::new()).collect() }
    }

    /// The index of a member's own package.
    #[must_use]
    pub fn package_of(&self, member: &Member) -> Option<usize> {
        let start = self.inventory.packages.partition_point(|p| p.name < member.name);
        let own = |p: &&super::inventory::LockedPackage| p.name == member.name;
        self.inventory.packages[start..]
            .iter()
            .take_while(own)
            .position(|p| p.source == Source::Path)
            .map(|offset| start + offset)
    }

    /// Whether the member (by index) reaches the package (by index); a member reaches itself.
    #[must_use]
    pub fn reaches(&self, member: usize, package: usize) -> bool {
        let reached = self.reached[member].get_or_init(|| {
            let start = self.package_of(&self.inventory.members[member]);
            self.walk(start, |_| true)
        });
        reached[package]
    }

    /// The selected members with a binary that a crate in a member (by index) ends up in.
    #[must_use]
    pub fn binaries_of(&self, member: usize) -> Vec<usize> {
        let members = &self.inventory.members;
        let Some(package) = self.package_of(&members[member]) else { return Vec::new() };
        (0..members.len())
            .filter(|&m| members[m].is_selected && members[m].has_binary && self.reaches(m, package))
            .collect()
    }

    /// The packages reached from `starts` without passing through packages that `enter` refuses.
    /// A refused package counts as not reached.
    #[must_use]
    pub fn walk(&self, starts: impl IntoIterator<Item = usize>, enter: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut seen = vec![false; self.inventory.packages.len()];
        let mut open: Vec<usize> = starts.into_iter().collect();
        for &start in &open {
            seen[start] = true;
        }
        while let Some(package) = open.pop() {
            for &next in &self.inventory.packages[package].dependencies {
                if !seen[next] && enter(next) {
                    seen[next] = true;
                    open.push(next);
                }
            }
        }
        seen
    }
}
