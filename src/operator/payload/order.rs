//! What a payload is to hold and what for: pure, from what the project has and what the user asks for.

use pep440_rs::Version;
use thiserror::Error;

use super::{
    propagator::Propagator,
    target::{Arch, Ground, Target},
};
use crate::{
    ecosystem::python::{
        inventory::{Inventory, Source},
        lock,
        resolve::{self, ResolveError},
    },
    finding::Verdict,
    install::python::{LineError, Pin, Wanted, held, parse_lines},
    operator::libc::Libc,
    registry::{
        Registry,
        python::{Head, Release},
    },
    resolution::Resolution,
    settings::Wishes,
};

/// The newest Python that is counted in where nobody names one.
const NEWEST: u64 = 14;
/// The exporter that is always there: the operator sets `OTEL_EXPORTER_OTLP_PROTOCOL` to `http/protobuf`.
const EXPORTER: &str = "otlp-http";
/// The values of `--exporter` that ask for no more than that.
const SAME: [&str; 2] = ["otlp", EXPORTER];

/// What the user asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The Pythons (`3.12`); those of the project if there are none.
    pub pythons: Vec<Version>,
    /// The C library; all if none is named.
    pub libc: Option<Libc>,
    /// The architectures; that of most machines if none is named.
    pub arches: Vec<Arch>,
    /// The propagators.
    pub propagators: Vec<Propagator>,
}

/// A distribution that is to be there, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// The distribution.
    pub wanted: Wanted,
    /// Why, for people.
    pub because: Vec<String>,
}

/// What a payload is to hold, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The release of the instrumentations.
    pub release: Version,
    /// The version of the API that goes with it.
    pub core: Version,
    /// What is to be there, by name.
    pub wanted: Vec<Ordered>,
    /// What the application has, at its versions.
    pub application: Vec<Pin>,
    /// What it is for: by ground, the oldest Python first.
    pub targets: Vec<Target>,
}

/// Why there is nothing to order.
#[derive(Debug, Error)]
pub enum OrderError {
    /// There is no answer for the project.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The release does not run on a Python that was named.
    #[error("release {release} of the instrumentations does not run on Python {python}")]
    Python {
        /// The release.
        release: Version,
        /// The Python.
        python: Version,
    },
    /// No Python that is known goes with the release.
    #[error("no Python up to 3.{NEWEST} that release {0} of the instrumentations runs on is known")]
    NoPython(Version),
    /// The registry has a line that cannot be installed.
    #[error("the registry has the line `{}`, which cannot be installed", line.escape_debug())]
    Line {
        /// The line.
        line: String,
        /// Why.
        source: Box<LineError>,
    },
}

impl OrderError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Resolve(error) => error.hint(),
            Self::Python { .. } => Some(
                "`--instrumentation-version` names an older release, which then counts for all Pythons"
                    .to_owned(),
            ),
            Self::NoPython(_) => {
                Some("name the Python of the application's image with `--python-version`".to_owned())
            }
            Self::Line { .. } => None,
        }
    }
}

/// What there is to order, and what was found out about the project.
pub(crate) fn order(
    inventory: &Inventory,
    registry: &Registry,
    wishes: &Wishes,
    request: &Request,
) -> Result<(Order, Resolution), OrderError> {
    let mut inventory = inventory.clone();
    // The release must run on all of them.
    if let Some(oldest) = request.pythons.iter().min() {
        inventory.python = Some(oldest.clone());
    }
    let without = Wishes { exporter: None, ..wishes.clone() };
    let resolution = resolve::resolve(&inventory, registry, &without)?;
    let chosen = resolution.set.as_ref().and_then(|set| set.chosen.parse().ok());
    let chosen: Version = chosen.expect("a resolution for Python names the release");
    let release = registry.python().release(&chosen).expect("a release that was chosen");
    let mut wanted = Vec::new();
    for (line, because) in lines(&resolution, release) {
        add(&mut wanted, &line, &because)?;
    }
    let asked = wishes.exporter.as_deref().filter(|name| !SAME.contains(name));
    for exporter in [Some(EXPORTER), asked].into_iter().flatten() {
        for (line, because) in exporter_lines(registry, release, exporter)? {
            add(&mut wanted, &line, &because)?;
        }
    }
    for propagator in &request.propagators {
        if let Some(one) = propagator.wanted(&release.head) {
            let because = vec![format!("--propagator {}", propagator.word())];
            push(&mut wanted, Ordered { wanted: one, because });
        }
    }
    wanted.sort_by(|a, b| a.wanted.name.cmp(&b.wanted.name));
    let names: Vec<Wanted> = wanted.iter().map(|ordered| ordered.wanted.clone()).collect();
    let targets = targets(&inventory, &release.head, request)?;
    let Head { version, core, .. } = release.head.clone();
    let order = Order { release: version, core, wanted, application: held(&inventory, &names), targets };
    Ok((order, resolution))
}

/// The instrumentations that the project should have, whether they are there or not: what is injected comes before
/// what is there, so it must be whole.
fn lines(resolution: &Resolution, release: &Release) -> Vec<(String, Vec<String>)> {
    let line = |name: &str| release.instrumentation(name).map(|one| one.line.clone());
    let missing = resolution.requirements.iter();
    let missing = missing.filter_map(|one| Some((line(one.name.as_str())?, one.because.clone())));
    let there = resolution.findings.iter().filter_map(|finding| match &finding.verdict {
        Verdict::AlreadyInstalled { instrumentation, .. } | Verdict::OtherSet { instrumentation, .. } => {
            Some((line(instrumentation)?, vec![format!("{} {}", finding.library, finding.version)]))
        }
        _ => None,
    });
    missing.chain(there).collect()
}

/// What an exporter needs.
fn exporter_lines(
    registry: &Registry,
    release: &Release,
    exporter: &str,
) -> Result<Vec<(String, Vec<String>)>, OrderError> {
    let python = registry.python();
    let needed = python.exporter(exporter, release).ok_or_else(|| ResolveError::UnknownExporter {
        name: exporter.to_owned(),
        known: python.exporter_names().map(str::to_owned).collect(),
    })?;
    let lines = needed.into_iter().map(|support| {
        if support.installable {
            return Ok((support.line, vec![format!("--exporter {exporter}")]));
        }
        Err(ResolveError::ExporterNotInRelease {
            exporter: exporter.to_owned(),
            distribution: support.name.to_string(),
            release: release.head.version.to_string(),
        }
        .into())
    });
    lines.collect()
}

fn add(all: &mut Vec<Ordered>, line: &str, because: &[String]) -> Result<(), OrderError> {
    let wanted = parse_lines(line).map_err(|mut errors| {
        let source = Box::new(errors.swap_remove(0));
        OrderError::Line { line: line.to_owned(), source }
    })?;
    for wanted in wanted {
        push(all, Ordered { wanted, because: because.to_vec() });
    }
    Ok(())
}

fn push(all: &mut Vec<Ordered>, one: Ordered) {
    match all.iter_mut().find(|known| known.wanted.name == one.wanted.name) {
        None => all.push(one),
        Some(known) => {
            let new = one.because.into_iter().filter(|reason| !known.because.contains(reason));
            let new: Vec<String> = new.collect();
            known.because.extend(new);
        }
    }
}

/// What the payload is for.
fn targets(inventory: &Inventory, head: &Head, request: &Request) -> Result<Vec<Target>, OrderError> {
    let mut pythons = request.pythons.clone();
    if pythons.is_empty() {
        pythons = admitted(inventory, head);
    }
    pythons.sort();
    pythons.dedup();
    if pythons.is_empty() {
        return Err(OrderError::NoPython(head.version.clone()));
    }
    if let Some(python) = pythons.iter().find(|python| !runs_on(head, python)) {
        return Err(OrderError::Python { release: head.version.clone(), python: python.clone() });
    }
    let libcs = request.libc.map_or_else(|| vec![Libc::Glibc, Libc::Musl], |libc| vec![libc]);
    let mut arches = request.arches.clone();
    if arches.is_empty() {
        arches.push(Arch::X86_64);
    }
    arches.sort();
    arches.dedup();
    let grounds = arches.iter().flat_map(|&arch| libcs.iter().map(move |&libc| Ground { libc, arch }));
    let targets = grounds
        .flat_map(|ground| pythons.iter().map(move |python| Target { python: python.clone(), ground }));
    Ok(targets.collect())
}

/// The Python of an environment; of a lockfile, which tells only the newest that it admits, those up to that one.
fn admitted(inventory: &Inventory, head: &Head) -> Vec<Version> {
    let known = inventory.python.as_ref().map(|python| python.release().get(1).copied().unwrap_or(0));
    let minors = match (&inventory.source, known) {
        (Source::Environment(_), Some(minor)) => minor..=minor,
        (_, newest) => 0..=newest.unwrap_or(NEWEST),
    };
    minors.map(|minor| Version::new([3, minor])).filter(|python| runs_on(head, python)).collect()
}

fn runs_on(head: &Head, python: &Version) -> bool {
    head.requires_python.contains(&lock::full(python))
}

#[cfg(test)]
mod tests;
