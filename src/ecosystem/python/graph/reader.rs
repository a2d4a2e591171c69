//! What distributions depend on, by the lockfile or by their own metadata.

use std::{cell::RefCell, collections::BTreeSet};

use super::{
    super::{
        environment::{Header, Need, requires},
        inventory::{Distribution, Inventory, Requires},
        lock::{Chosen, Markers, Platform, Target},
    },
    wanted::Wanted,
};
use crate::package::PackageName;

/// Reads what distributions depend on, with markers evaluated.
pub(super) struct Reader<'a> {
    inventory: &'a Inventory,
    markers: RefCell<Markers>,
    /// The header that was read last.
    header: RefCell<Header>,
    /// What is there whatever extras were asked for, because something else brings it.
    given: &'a BTreeSet<&'a str>,
}

/// Nothing.
static NOTHING: BTreeSet<&str> = BTreeSet::new();

impl<'a> Reader<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        Self::beside(inventory, &NOTHING)
    }

    /// A reader that takes what is given for no sign of an extra.
    pub(super) fn beside(inventory: &'a Inventory, given: &'a BTreeSet<&'a str>) -> Self {
        let target = Target::new(inventory.python.clone(), Platform::host());
        let environment = target.environment(&target.python(None));
        let markers = RefCell::new(Markers::new(environment));
        Self { inventory, markers, header: RefCell::default(), given }
    }

    /// What a distribution depends on whoever asks for it, without its extras. What cannot be read depends on nothing.
    pub(super) fn requires(&self, distribution: &Distribution) -> Vec<PackageName> {
        match &distribution.requires {
            Requires::Listed(names) => names.clone(),
            Requires::Unknown => Vec::new(),
            Requires::Metadata { .. } => self.needs(distribution).into_iter().map(|need| need.name).collect(),
        }
    }

    /// What a distribution depends on, of what is still wanted, with the extras that are there.
    pub(super) fn requires_of(&self, distribution: &Distribution, wanted: &Wanted<'_>) -> Vec<PackageName> {
        let is_wanted = |name: &PackageName| wanted.is_open(name.as_str().as_bytes());
        match &distribution.requires {
            Requires::Listed(listed) => listed.iter().filter(|name| is_wanted(name)).cloned().collect(),
            Requires::Unknown => Vec::new(),
            Requires::Metadata { .. } => {
                let mut buffer = self.header.borrow_mut();
                if let Ok(Some(header)) = distribution.header(&mut buffer) {
                    let matter = requires::fields(header).filter(|field| wanted.is_open(field.value()));
                    let needs = matter.filter_map(requires::RequiresDist::need);
                    let with = |extra: &str| {
                        let spelled = memchr::memmem::Finder::new(extra).into_owned();
                        let all = requires::fields(header);
                        let naming = all.filter(move |field| spelled.find(field.line()).is_some());
                        naming.filter_map(requires::RequiresDist::need)
                    };
                    needs.filter(|need| self.counts(need, with)).map(|need| need.name).collect()
                } else {
                    let needs = distribution.needs().ok().flatten().unwrap_or_default().requires;
                    let matter = needs.iter().filter(|need| is_wanted(&need.name));
                    let counts = |need: &&Need| self.counts(need, |_| needs.iter().cloned());
                    matter.filter(counts).map(|need| need.name.clone()).collect()
                }
            }
        }
    }

    /// Whether a requirement holds here, among those of its distribution that name an extra. Nothing tells with which
    /// extras a distribution was asked for, so an extra counts where all that it brings is there, and some of it is
    /// not given.
    fn counts<I: Iterator<Item = Need>>(&self, need: &Need, with: impl Fn(&str) -> I) -> bool {
        if self.holds(need, &BTreeSet::new()) {
            return true;
        }
        let Some(extra) = need.marker().and_then(extra_of) else { return false };
        let extras = BTreeSet::from([extra.to_owned()]);
        let is_brought =
            |other: &Need| other.marker().and_then(extra_of) == Some(extra) && self.holds(other, &extras);
        let brought = || with(extra).filter(is_brought);
        self.holds(need, &extras)
            && brought().all(|other| self.inventory.get(other.name.as_str()).is_some())
            && brought().any(|other| !self.given.contains(other.name.as_str()))
    }

    /// The requirements of a distribution that hold whoever asks for it, without its extras.
    pub(super) fn needs(&self, distribution: &Distribution) -> Vec<Need> {
        let needs = distribution.needs().ok().flatten().unwrap_or_default();
        needs.requires.into_iter().filter(|need| self.holds(need, &BTreeSet::new())).collect()
    }

    fn holds(&self, need: &Need, extras: &BTreeSet<String>) -> bool {
        let chosen = Chosen { extras: Some(extras), ..Chosen::default() };
        self.markers.borrow_mut().hold(need.marker(), chosen).unwrap_or(false)
    }
}

/// The extra that a marker asks for (`extra == 'x'`).
fn extra_of(marker: &str) -> Option<&str> {
    let at = memchr::memmem::find(marker.as_bytes(), b"extra")?;
    let after = marker[at + "extra".len()..].trim_start().strip_prefix("==")?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after[1..].split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extras_are_found_in_markers() {
        for (marker, extra) in [
            ("extra == 'http'", Some("http")),
            ("python_version >= \"3\" and extra==\"a-b\"", Some("a-b")),
            ("python_version >= '3'", None),
            ("extra", None),
            ("extra ==", None),
        ] {
            assert_eq!(extra_of(marker), extra, "{marker}");
        }
    }
}
