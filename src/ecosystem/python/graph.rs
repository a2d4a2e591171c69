//! Who depends on whom, as far as somebody asks: metadata is read of those distributions only that the question
//! is about.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use super::{
    environment::{Need, requires},
    family::is_opentelemetry,
    inventory::{Distribution, Inventory, Requires},
    lock::{Chosen, Markers, Platform, Target},
    origin::Origins,
};
use crate::package::PackageName;

/// How many distributions are enough to share the work.
const WORTH_A_THREAD: usize = 64;

/// How many dependents are named.
const DEPENDENTS_NAMED: usize = 3;

/// Those of the candidates that are only there because OpenTelemetry's own packages need them.
#[must_use]
pub(super) fn only_through_opentelemetry<'a>(
    inventory: &'a Inventory,
    candidates: &BTreeSet<&str>,
) -> BTreeSet<&'a str> {
    let all = &inventory.distributions;
    let is_ours = |distribution: &&Distribution| is_opentelemetry(distribution.name.as_str());
    if candidates.is_empty() || !all.iter().any(|distribution| is_ours(&distribution)) {
        return BTreeSet::new();
    }
    let reader = Reader::new(inventory);
    // What OpenTelemetry leads to, in full.
    let mut below: BTreeMap<&str, Vec<PackageName>> = BTreeMap::new();
    let mut open: Vec<&Distribution> = all.iter().filter(is_ours).collect();
    while let Some(distribution) = open.pop() {
        if below.contains_key(distribution.name.as_str()) {
            continue;
        }
        let requires = reader.requires(distribution);
        open.extend(requires.iter().filter_map(|name| inventory.get(name.as_str())));
        below.insert(distribution.name.as_str(), requires);
    }
    // Whoever needs one of these needs a candidate, by itself or through others.
    let leading = leading_to(candidates, &below);
    if leading.is_empty() {
        return BTreeSet::new();
    }
    let is_direct =
        |name: &PackageName| inventory.direct.as_ref().is_some_and(|direct| direct.contains(name));
    let mut origins = Origins::default();
    for (name, requires) in &below {
        if let Some(distribution) = inventory.get(name) {
            let leads = leading.contains(name);
            let is_asked =
                is_direct(&distribution.name) || leads && distribution.was_asked_for() == Some(true);
            origins.insert(&distribution.name, requires.clone(), is_asked);
        }
    }
    let outside: Vec<&Distribution> =
        all.iter().filter(|distribution| !below.contains_key(distribution.name.as_str())).collect();
    for (distribution, requires) in read_all(inventory, &outside, &leading) {
        origins.insert(&distribution.name, requires, is_direct(&distribution.name));
    }
    let only = origins.only_through_opentelemetry();
    only.into_iter().filter(|name| candidates.contains(name)).collect()
}

/// What each of these depends on, of the names that lead somewhere. Once all of those are needed by somebody, whoever
/// else needs them changes nothing, and is not read. Most of the time goes into opening files, so two threads share it
/// where there are many.
fn read_all<'a>(
    inventory: &'a Inventory,
    these: &[&'a Distribution],
    leading: &BTreeSet<&str>,
) -> Vec<(&'a Distribution, Vec<PackageName>)> {
    let is_needed: BTreeMap<&str, AtomicBool> =
        leading.iter().map(|name| (*name, AtomicBool::new(false))).collect();
    let read = |these: &[&'a Distribution]| -> Vec<(&'a Distribution, Vec<PackageName>)> {
        let reader = Reader::new(inventory);
        let mut all = Vec::with_capacity(these.len());
        for one in these {
            let is_settled = is_needed.values().all(|needed| needed.load(Ordering::Relaxed));
            let requires = if is_settled { Vec::new() } else { reader.requires_among(one, leading) };
            for needed in requires.iter().filter_map(|name| is_needed.get(name.as_str())) {
                needed.store(true, Ordering::Relaxed);
            }
            all.push((*one, requires));
        }
        all
    };
    if these.len() < WORTH_A_THREAD {
        return read(these);
    }
    let (first, second) = these.split_at(these.len() / 2);
    thread::scope(|scope| {
        let first = scope.spawn(|| read(first));
        let mut second = read(second);
        // A thread that cannot be joined has panicked, which ends the program before.
        second.extend(first.join().unwrap_or_default());
        second
    })
}

/// The distributions below OpenTelemetry, other than its own, that lead to one of these, themselves included.
fn leading_to<'a>(these: &BTreeSet<&str>, below: &BTreeMap<&'a str, Vec<PackageName>>) -> BTreeSet<&'a str> {
    let foreign = || below.iter().filter(|(name, _)| !is_opentelemetry(name));
    let mut leading: BTreeSet<&str> =
        foreign().map(|(name, _)| *name).filter(|n| these.contains(n)).collect();
    loop {
        let before = leading.len();
        let leads = |requires: &[PackageName]| requires.iter().any(|name| leading.contains(name.as_str()));
        let further: Vec<&str> =
            foreign().filter(|(_, requires)| leads(requires)).map(|(name, _)| *name).collect();
        leading.extend(further);
        if leading.len() == before {
            return leading;
        }
    }
}

/// Distributions that depend on one of these, by name; a few of them.
#[must_use]
pub(super) fn dependents(inventory: &Inventory, of: &[&Distribution]) -> Vec<String> {
    let reader = Reader::new(inventory);
    let names: BTreeSet<&str> = of.iter().map(|distribution| distribution.name.as_str()).collect();
    let depends = |distribution: &&Distribution| !reader.requires_among(distribution, &names).is_empty();
    let all = inventory.distributions.iter().filter(depends);
    all.take(DEPENDENTS_NAMED).map(|distribution| distribution.name.to_string()).collect()
}

/// OpenTelemetry's own distributions that no other distribution brings.
#[must_use]
pub(crate) fn own_roots(inventory: &Inventory) -> Vec<&Distribution> {
    let all = &inventory.distributions;
    let own: Vec<&Distribution> =
        all.iter().filter(|distribution| is_opentelemetry(distribution.name.as_str())).collect();
    let names: BTreeSet<&str> = own.iter().map(|distribution| distribution.name.as_str()).collect();
    let others: Vec<&Distribution> = all.iter().collect();
    let read = read_all(inventory, &others, &names);
    let required: BTreeSet<PackageName> = read.into_iter().flat_map(|(_, requires)| requires).collect();
    own.into_iter().filter(|distribution| !required.contains(&distribution.name)).collect()
}

/// Reads what distributions depend on, with markers evaluated.
struct Reader<'a> {
    inventory: &'a Inventory,
    markers: RefCell<Markers>,
}

impl<'a> Reader<'a> {
    fn new(inventory: &'a Inventory) -> Self {
        let target = Target::new(inventory.python.clone(), Platform::host());
        let environment = target.environment(&target.python(None));
        Self { inventory, markers: RefCell::new(Markers::new(environment)) }
    }

    /// What a distribution depends on. What cannot be read depends on nothing.
    fn requires(&self, distribution: &Distribution) -> Vec<PackageName> {
        match &distribution.requires {
            Requires::Listed(names) => names.clone(),
            Requires::Unknown => Vec::new(),
            Requires::Metadata(_) => {
                self.counting(&distribution.needs().ok().flatten().unwrap_or_default().requires)
            }
        }
    }

    /// What a distribution depends on, of these.
    fn requires_among(&self, distribution: &Distribution, names: &BTreeSet<&str>) -> Vec<PackageName> {
        let is_among = |name: &PackageName| names.contains(name.as_str());
        match &distribution.requires {
            Requires::Listed(listed) => listed.iter().filter(|name| is_among(name)).cloned().collect(),
            Requires::Unknown => Vec::new(),
            Requires::Metadata(_) => match distribution.header().ok().flatten() {
                Some(header) => {
                    let matters =
                        |text: &str| names.iter().any(|name| is_spelling(requires::name_of(text), name));
                    let texts = requires::texts(&header).filter(|text| matters(text));
                    let needs = texts.filter_map(|text| Need::of_text(&text));
                    let all = || requires::texts(&header).filter_map(|text| Need::of_text(&text));
                    needs.filter(|need| self.counts(need, all)).map(|need| need.name).collect()
                }
                None => self.requires(distribution).into_iter().filter(is_among).collect(),
            },
        }
    }

    /// Those requirements of a distribution that count.
    fn counting(&self, needs: &[Need]) -> Vec<PackageName> {
        let counts = |need: &&Need| self.counts(need, || needs.iter().cloned());
        needs.iter().filter(counts).map(|need| need.name.clone()).collect()
    }

    /// Whether a requirement, one of these, holds here. Nothing tells with which extras a distribution was asked for,
    /// so an extra counts where all that it brings is there.
    fn counts<I: Iterator<Item = Need>>(&self, need: &Need, all: impl Fn() -> I) -> bool {
        if self.holds(need, &BTreeSet::new()) {
            return true;
        }
        let Some(extra) = need.marker().and_then(extra_of) else { return false };
        let extras = BTreeSet::from([extra.to_owned()]);
        let is_there = |other: Need| {
            other.marker().and_then(extra_of) != Some(extra)
                || self.inventory.get(other.name.as_str()).is_some()
                || !self.holds(&other, &extras)
        };
        self.holds(need, &extras) && all().all(is_there)
    }

    fn holds(&self, need: &Need, extras: &BTreeSet<String>) -> bool {
        let chosen = Chosen { extras: Some(extras), ..Chosen::default() };
        self.markers.borrow_mut().hold(need.marker(), chosen).unwrap_or(false)
    }
}

/// Whether a spelling means a normalised name (PEP 503).
fn is_spelling(spelled: &str, name: &str) -> bool {
    let first = |text: &str| text.bytes().next().map(|byte| byte.to_ascii_lowercase());
    first(spelled) == first(name)
        && PackageName::of_distribution(spelled).is_ok_and(|spelled| spelled.as_str() == name)
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
    use std::fs;

    use super::*;
    use crate::{ecosystem::python::environment, settings::Env};

    /// Of these distributions (name, `Requires-Dist`) in an environment, the candidates that only OpenTelemetry needs.
    fn only(distributions: &[(&str, &[&str])], candidates: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let packages = folder.path().join("site-packages");
        for (name, requires) in distributions {
            let info = packages.join(format!("{name}-1.0.dist-info"));
            fs::create_dir_all(&info).expect("a folder");
            let requires: Vec<String> =
                requires.iter().map(|need| format!("Requires-Dist: {need}\n")).collect();
            let requires = requires.concat();
            let text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requires}\nText.\n");
            fs::write(info.join("METADATA"), text).expect("metadata");
        }
        let env = Env::default();
        let inventory = environment::located_at(&packages, &env).expect("an environment").read(|_| false);
        let candidates = candidates.iter().copied().collect();
        only_through_opentelemetry(&inventory, &candidates).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn metadata_tells_who_needs_what() {
        let exporter = ("opentelemetry_exporter_otlp_proto_http", &["requests~=2.7"][..]);
        let requests = ("requests", &["urllib3<3,>=1.21.1", "PySocks ; extra == 'socks'"][..]);
        let rest = [exporter, requests, ("urllib3", &[])];
        let both = ["requests", "urllib3"];
        let with =
            |more: (&'static str, &'static [&'static str])| only(&[&rest[..], &[more]].concat(), &both);
        assert_eq!(only(&rest, &both), both);
        assert_eq!(only(&rest, &["requests"]), ["requests"]);
        assert_eq!(only(&rest, &["flask"]), [""; 0]);
        assert_eq!(with(("boto3", &["urllib3"])), ["requests"]);
        assert_eq!(with(("boto3", &["Requests>=2"])), [""; 0]);
        assert_eq!(with(("boto3", &["requests ; python_version < '3'"])), both);
        // An extra counts where all that it brings is there.
        assert_eq!(with(("boto3", &["requests ; extra == 'http'"])), [""; 0]);
        assert_eq!(with(("boto3", &["requests ; extra == 'test'", "pytest ; extra == \"test\""])), both);
    }

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
