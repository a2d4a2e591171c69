//! Who depends on whom, as far as somebody asks: metadata is read of those distributions only that the question
//! is about.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use pep440_rs::VersionSpecifiers;

use self::{reader::Reader, wanted::Wanted};
use super::{
    family::is_opentelemetry,
    inventory::{Distribution, Inventory},
    origin::Origins,
};
use crate::package::PackageName;

mod reader;
mod wanted;

/// How many distributions are read before it is known whether to share the work.
const SAMPLE: u32 = 32;

/// Reading takes a few microseconds of a file in memory, and a hundred or more of one that is not. Only then threads
/// are worth it: until one runs, all that is in memory is read.
const SLOW: Duration = Duration::from_micros(25);

/// How many threads wait for files that are not in memory.
const THREADS: usize = 4;

/// How many dependents are named.
const DEPENDENTS_NAMED: usize = 3;

/// What OpenTelemetry's own packages lead to: each distribution with what it depends on. Extras do not count: that of
/// an instrumentation is the library that it is for, which the application brings.
type Below<'a> = BTreeMap<&'a str, Vec<PackageName>>;

/// What distributions ask of others by their metadata: who asks, for what, in which versions. A lockfile names no
/// versions, so nothing comes of one.
#[must_use]
pub(crate) fn demands(inventory: &Inventory) -> Vec<(&PackageName, PackageName, VersionSpecifiers)> {
    let reader = Reader::new(inventory);
    let of = |distribution| {
        let needs = reader.needs(distribution).into_iter();
        needs.filter_map(|need| Some((&distribution.name, need.specifiers()?, need.name)))
    };
    let all = inventory.distributions.iter().flat_map(of);
    all.map(|(who, versions, name)| (who, name, versions)).collect()
}

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
    let mut below = Below::new();
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
    let wanted = Wanted::leading(leading);
    if wanted.is_empty() {
        return BTreeSet::new();
    }
    let is_direct =
        |name: &PackageName| inventory.direct.as_ref().is_some_and(|direct| direct.contains(name));
    let mut origins = Origins::default();
    for (name, requires) in &below {
        if let Some(distribution) = inventory.get(name) {
            let leads = || wanted.is_spelled(name.as_bytes());
            let is_asked =
                is_direct(&distribution.name) || leads() && distribution.was_asked_for() == Some(true);
            if is_asked {
                wanted.found(name);
            }
            origins.insert(&distribution.name, requires.clone(), is_asked);
        }
    }
    let outside: Vec<&Distribution> =
        all.iter().filter(|distribution| !below.contains_key(distribution.name.as_str())).collect();
    let given: BTreeSet<&str> = below.keys().copied().collect();
    // Of the others those count that lead to something.
    for (distribution, requires) in read_all(inventory, &outside, &wanted, &given) {
        origins.insert(&distribution.name, requires, is_direct(&distribution.name));
    }
    let only = origins.only_through_opentelemetry();
    only.into_iter().filter(|name| candidates.contains(name)).collect()
}

/// What each of these depends on, of the names that are wanted, if on any. Once these are settled, whoever else needs them changes
/// nothing, and is not read. An extra that brings only what is given counts for nothing.
fn read_all<'a>(
    inventory: &'a Inventory,
    these: &[&'a Distribution],
    wanted: &Wanted<'_>,
    given: &BTreeSet<&str>,
) -> Vec<(&'a Distribution, Vec<PackageName>)> {
    let (sample, rest) = these.split_at(these.len().min(SAMPLE as usize));
    let start = Instant::now();
    let mut all = read_by(1, inventory, sample, wanted, given);
    let threads = if start.elapsed() > SLOW * SAMPLE { THREADS } else { 1 };
    all.extend(read_by(threads, inventory, rest, wanted, given));
    all
}

/// The same by several threads, this one among them; each takes the next.
fn read_by<'a>(
    threads: usize,
    inventory: &'a Inventory,
    these: &[&'a Distribution],
    wanted: &Wanted<'_>,
    given: &BTreeSet<&str>,
) -> Vec<(&'a Distribution, Vec<PackageName>)> {
    let next = AtomicUsize::new(0);
    let read = || {
        let reader = Reader::beside(inventory, given);
        let mut all = Vec::new();
        while let Some(one) = these.get(next.fetch_add(1, Ordering::Relaxed)) {
            let requires = if wanted.is_settled() { Vec::new() } else { reader.requires_of(one, wanted) };
            for name in &requires {
                wanted.found(name.as_str());
            }
            if !requires.is_empty() {
                all.push((*one, requires));
            }
        }
        all
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(read)).collect();
        let mut all = read();
        // A thread that cannot be joined has panicked, which ends the program before.
        all.extend(others.into_iter().flat_map(|other| other.join().unwrap_or_default()));
        all
    })
}

/// The distributions below OpenTelemetry, other than its own, that lead to some of these, themselves included, each
/// with those that it leads to.
fn leading_to<'a>(these: &BTreeSet<&str>, below: &Below<'a>) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let foreign = || below.iter().filter(|(name, _)| !is_opentelemetry(name));
    let itself = |name: &'a str| (name, BTreeSet::from([name]));
    let mut leading: BTreeMap<&str, BTreeSet<&str>> =
        foreign().map(|(name, _)| *name).filter(|name| these.contains(name)).map(itself).collect();
    loop {
        let mut has_grown = false;
        for (name, requires) in foreign() {
            let through = requires.iter().filter_map(|next| leading.get(next.as_str()));
            let goals: BTreeSet<&str> = through.flatten().copied().collect();
            if !goals.is_empty() {
                let known = leading.entry(name).or_default();
                let before = known.len();
                known.extend(goals);
                has_grown |= known.len() > before;
            }
        }
        if !has_grown {
            return leading;
        }
    }
}

/// Distributions that depend on one of these, by name; a few of them.
#[must_use]
pub(super) fn dependents(inventory: &Inventory, of: &[&Distribution]) -> Vec<String> {
    let reader = Reader::new(inventory);
    let wanted = Wanted::each(of.iter().map(|distribution| distribution.name.as_str()));
    let depends = |distribution: &&Distribution| !reader.requires_of(distribution, &wanted).is_empty();
    let all = inventory.distributions.iter().filter(depends);
    all.take(DEPENDENTS_NAMED).map(|distribution| distribution.name.to_string()).collect()
}

/// OpenTelemetry's own distributions that no other distribution brings.
#[must_use]
pub(crate) fn own_roots(inventory: &Inventory) -> Vec<&Distribution> {
    let all = &inventory.distributions;
    let own: Vec<&Distribution> =
        all.iter().filter(|distribution| is_opentelemetry(distribution.name.as_str())).collect();
    let wanted = Wanted::each(own.iter().map(|distribution| distribution.name.as_str()));
    let others: Vec<&Distribution> = all.iter().collect();
    let read = read_all(inventory, &others, &wanted, &BTreeSet::new());
    let required: BTreeSet<PackageName> = read.into_iter().flat_map(|(_, requires)| requires).collect();
    own.into_iter().filter(|distribution| !required.contains(&distribution.name)).collect()
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
        // An extra counts where all that it brings is there, and some of it for no other reason.
        let http = ["requests ; extra == 'http'", "boto3 ; extra == 'http'"];
        assert_eq!(only(&[&rest[..], &[("x", &http), ("boto3", &[])]].concat(), &both), [""; 0]);
        assert_eq!(with(("x", &["requests ; extra == 'http'"])), both);
        assert_eq!(with(("boto3", &["requests ; extra == 'test'", "pytest ; extra == \"test\""])), both);
    }

    #[test]
    fn the_library_that_an_instrumentation_is_for_is_the_applications() {
        let flask = ("flask", &["jinja2"][..]);
        let instrumentation =
            ("opentelemetry_instrumentation_flask", &["flask >=1.0 ; extra == 'instruments'"][..]);
        assert_eq!(only(&[flask, ("jinja2", &[]), instrumentation], &["flask", "jinja2"]), [""; 0]);
    }
}
