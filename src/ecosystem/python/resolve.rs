//! Which instrumentations, of which release: the pure heart of the program for Python.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{
    advice,
    choice::{Choice, choose},
    family::{Kin, is_opentelemetry, kin, public},
    fit::{Fit, Loading},
    graph,
    inventory::{Distribution, DistributionVersion, Inventory},
    naming,
};
use crate::{
    finding::{Finding, Verdict},
    package::PackageName,
    registry::{
        Registry,
        python::{Instrumentation, LibraryRule, Means, Place, PythonRegistry, Release, Way},
    },
    resolution::{Requirement, Resolution, SetReason, VersionPin},
    settings::{Filter, Wishes},
};

/// Why there is no answer.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ResolveError {
    /// A name given to `--exclude` or `--only` that means nothing.
    #[error("`{option}` names `{}`, which the registry does not know", .name.escape_debug())]
    UnknownName {
        /// The option.
        option: &'static str,
        /// The name.
        name: String,
        /// A known name that is spelled alike.
        nearest: Option<String>,
    },
    /// An exporter that does not exist.
    #[error("there is no exporter `{}`", .name.escape_debug())]
    UnknownExporter {
        /// The name.
        name: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// A release that the registry does not have.
    #[error("there is no release {asked} of the instrumentations")]
    UnknownRelease {
        /// What was asked for.
        asked: String,
        /// The releases that exist, newest first.
        known: Vec<String>,
    },
    /// Two options that ask for different releases.
    #[error(
        "`--instrumentation-version {release}` goes with the API {api}, not with `--otel-version {asked}`"
    )]
    DifferentSets {
        /// The release that was asked for.
        release: String,
        /// The version of the API that it was published with.
        api: String,
        /// The version of the API that was asked for.
        asked: String,
    },
    /// The project holds a release that the registry does not have.
    #[error("the registry does not know `{name}` {found}; its newest is {newest}")]
    UnlistedRelease {
        /// The distribution.
        name: &'static str,
        /// Its version.
        found: String,
        /// The newest release that is known.
        newest: String,
    },
    /// The project holds a version of the API from before the first release.
    #[error("`opentelemetry-api` {found} is older than the first instrumentations, which go with {oldest}")]
    OldApi {
        /// Its version.
        found: String,
        /// The first version of the API that instrumentations exist for.
        oldest: String,
    },
    /// No release admits the Python.
    #[error("no release of the instrumentations admits Python {python}")]
    NoRelease {
        /// The version of Python.
        python: String,
    },
    /// A release was published without what an exporter needs.
    #[error("`--exporter {exporter}` needs `{distribution}`, which release {release} does not have")]
    ExporterNotInRelease {
        /// The exporter.
        exporter: String,
        /// The distribution.
        distribution: String,
        /// The release.
        release: String,
    },
}

impl ResolveError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownName { nearest: None, .. } => {
                Some("`otel-bootstrap registry list` shows every library and instrumentation".to_owned())
            }
            Self::UnknownName { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::UnknownExporter { known, .. } => Some(format!("known: {}", known.join(", "))),
            Self::UnknownRelease { known, .. } => {
                let newest = known.iter().take(6).cloned().collect::<Vec<_>>().join(", ");
                let oldest = known.iter().skip(6).next_back();
                let rest = oldest.map(|oldest| format!(" and older ones down to {oldest}"));
                Some(format!("known: {newest}{}", rest.unwrap_or_default()))
            }
            Self::DifferentSets { .. } => Some("one of the two options is enough".to_owned()),
            Self::UnlistedRelease { .. } => Some(
                "`otel-bootstrap registry update` fetches newer ones; `--instrumentation-version` takes a known one"
                    .to_owned(),
            ),
            Self::OldApi { .. } => {
                Some("`--instrumentation-version` names the release to move to".to_owned())
            }
            Self::NoRelease { .. } => Some("the oldest ones need Python 3.6".to_owned()),
            Self::ExporterNotInRelease { .. } => {
                Some("`--instrumentation-version` takes another release".to_owned())
            }
        }
    }

    /// Whether an option is what is wrong.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        matches!(
            self,
            Self::UnknownName { .. }
                | Self::UnknownExporter { .. }
                | Self::UnknownRelease { .. }
                | Self::DifferentSets { .. }
        )
    }
}

/// What the project should have, and why.
pub fn resolve(
    inventory: &Inventory,
    registry: &Registry,
    wishes: &Wishes,
) -> Result<Resolution, ResolveError> {
    let Choice { release, set } = choose(inventory, registry.python(), wishes)?;
    naming::check(&wishes.filter, release)?;
    let loading = Loading::new(release, inventory);
    let is_wanted =
        |one: &&Instrumentation| one.place != Place::OnRequest || naming::is_asked_for(&wishes.filter, one);
    let wanted = release.instrumentations.iter().filter(is_wanted);
    let considered: Vec<(&Instrumentation, Fit<'_>)> =
        wanted.filter_map(|one| Some((one, loading.fit(one)?))).collect();
    let mut answer = Answer::new(inventory, release, loading, &wishes.filter, &considered);
    for (instrumentation, fit) in &considered {
        answer.consider(instrumentation, fit);
    }
    answer.complete(registry.python());
    answer.look_elsewhere(registry.python());
    if set.reason == SetReason::Asked {
        answer.bring_along();
    }
    if let Some(exporter) = &wishes.exporter {
        answer.export(registry, exporter)?;
    }
    let Answer { requirements, mut findings, .. } = answer;
    findings.sort_by(|a, b| (&a.library, &a.version).cmp(&(&b.library, &b.version)));
    let mut resolution = Resolution { set: Some(set), requirements, findings, ..Resolution::default() };
    resolution.warnings = advice::warnings(inventory, release, &resolution, wishes);
    Ok(resolution)
}

/// An answer that is being worked out.
struct Answer<'a> {
    inventory: &'a Inventory,
    release: &'a Release,
    filter: &'a Filter,
    loading: Loading<'a>,
    /// Libraries that only OpenTelemetry needs.
    brought: BTreeSet<&'a str>,
    requirements: Vec<Requirement>,
    findings: Vec<Finding>,
}

impl<'a> Answer<'a> {
    fn new(
        inventory: &'a Inventory,
        release: &'a Release,
        loading: Loading<'a>,
        filter: &'a Filter,
        considered: &[(&Instrumentation, Fit<'a>)],
    ) -> Self {
        let served = considered.iter().filter_map(|(one, fit)| match fit {
            Fit::Fits(libraries) if inventory.get(one.name.as_str()).is_none() => Some(libraries),
            _ => None,
        });
        let candidates = served.flatten().map(|library| library.name.as_str()).collect();
        let brought = graph::only_through_opentelemetry(inventory, &candidates);
        let (requirements, findings) = (Vec::new(), Vec::new());
        Self { inventory, release, filter, loading, brought, requirements, findings }
    }

    /// Takes an instrumentation in, or finds out why not.
    fn consider(&mut self, instrumentation: &Instrumentation, fit: &Fit<'a>) {
        let libraries = match fit {
            Fit::Always => Vec::new(),
            Fit::Fits(libraries) => libraries.clone(),
            Fit::OutOfRange { library, .. } => vec![*library],
            Fit::Lacks { present, .. } => present.clone(),
        };
        let verdict = self.verdict(instrumentation, fit, &libraries);
        if adds(&verdict) {
            let because = match libraries.as_slice() {
                [] => vec![format!("Python's own {}", naming::short(instrumentation))],
                libraries => libraries.iter().map(|library| told(library)).collect(),
            };
            self.require(&instrumentation.name, pin(instrumentation), because);
        }
        if libraries.is_empty() {
            let module = PackageName::of_distribution(naming::short(instrumentation));
            let library = module.unwrap_or_else(|_| instrumentation.name.clone());
            let version = self.inventory.python.as_ref().map(ToString::to_string).unwrap_or_default();
            self.findings.push(finding(library, version, verdict));
            return;
        }
        for library in libraries {
            self.findings.push(finding(library.name.clone(), version(library), verdict.clone()));
        }
    }

    /// What becomes of an instrumentation.
    fn verdict(
        &self,
        instrumentation: &Instrumentation,
        fit: &Fit<'a>,
        libraries: &[&Distribution],
    ) -> Verdict {
        if let Some(by) = naming::exclusion(self.filter, instrumentation) {
            return Verdict::Excluded { by };
        }
        match fit {
            Fit::OutOfRange { supported, .. } => {
                return Verdict::OutOfRange { supported: supported.clone() };
            }
            Fit::Lacks { missing, .. } => return Verdict::Needs { missing: missing.clone() },
            Fit::Always | Fit::Fits(_) => {}
        }
        let name = instrumentation.name.to_string();
        if let Some(there) = self.inventory.get(&name) {
            return installed(instrumentation, there);
        }
        if !instrumentation.installable {
            let sets = Vec::new();
            return Verdict::NoRelease { instrumentation: name, sets, needs_rust: None };
        }
        let is_named = naming::is_asked_for(self.filter, instrumentation);
        if !libraries.is_empty()
            && !is_named
            && libraries.iter().all(|library| self.brought.contains(library.name.as_str()))
        {
            return Verdict::OnlyThroughOpenTelemetry;
        }
        if let Some(direct) = self.inventory.direct.as_ref().filter(|_| self.filter.direct)
            && !libraries.is_empty()
            && !libraries.iter().any(|library| direct.contains(&library.name))
        {
            let through = graph::dependents(self.inventory, libraries);
            return Verdict::Indirect { through };
        }
        Verdict::Applies { instrumentation: name, version: pinned(instrumentation), instead_of: None }
    }

    /// Adds instrumentations without which others miss a part of their library, where they would be loaded.
    fn complete(&mut self, registry: &PythonRegistry) {
        let taken: Vec<PackageName> = self.requirements.iter().map(|taken| taken.name.clone()).collect();
        for taken in taken {
            let with = registry.instrumentation(taken.as_str()).map(|rule| rule.with.as_slice());
            for instrumentation in with.into_iter().flatten() {
                let Some(instrumentation) = self.release.instrumentation(instrumentation.as_str()) else {
                    continue;
                };
                let is_there = self.inventory.get(instrumentation.name.as_str()).is_some();
                let would_load =
                    matches!(self.loading.fit(instrumentation), Some(Fit::Always | Fit::Fits(_)));
                let is_unwanted = naming::is_excluded(self.filter, instrumentation);
                if !is_there && would_load && !is_unwanted && instrumentation.installable {
                    let because = vec![taken.to_string()];
                    self.require(&instrumentation.name, pin(instrumentation), because);
                }
            }
        }
    }

    /// Tells of libraries that no instrumentation of the release is for, or none fits, what is known besides.
    fn look_elsewhere(&mut self, registry: &PythonRegistry) {
        for library in &self.inventory.distributions {
            let of_library = |finding: &&mut Finding| finding.library == library.name;
            let unserved = |finding: &Finding| matches!(finding.verdict, Verdict::OutOfRange { .. });
            let found: Vec<&mut Finding> = self.findings.iter_mut().filter(of_library).collect();
            if !found.iter().all(|finding| unserved(finding)) || is_opentelemetry(library.name.as_str()) {
                continue;
            }
            let Some(way) = registry.library(library.name.as_str()).and_then(|rule| way(rule, library))
            else {
                continue;
            };
            let (verdict, alternatives) = match &way.means {
                Means::Native(how) => (Verdict::Native { how: how.clone() }, Vec::new()),
                Means::Nothing(advice) => (Verdict::Nothing { advice: advice.clone() }, Vec::new()),
                Means::Other(name) => {
                    if let Some(there) = self.inventory.get(name.as_str()) {
                        let (instrumentation, version) = (name.to_string(), version(there));
                        (Verdict::AlreadyInstalled { instrumentation, version }, Vec::new())
                    } else {
                        let advice = format!("`{name}`, which is not OpenTelemetry's own");
                        (Verdict::Nothing { advice }, vec![name.to_string()])
                    }
                }
            };
            let told = Finding { alternatives, ..finding(library.name.clone(), version(library), verdict) };
            match found.into_iter().next() {
                Some(finding) => *finding = told,
                None => self.findings.push(told),
            }
        }
    }

    /// Requires of everything that is released together and is there in another version that it be of this
    /// release: a part of a newer release cannot be installed over an older one.
    fn bring_along(&mut self) {
        let head = &self.release.head;
        for there in &self.inventory.distributions {
            let wanted = match kin(there.name.as_str()) {
                Some(Kin::Stable) => &head.core,
                Some(Kin::Train) => &head.version,
                None => continue,
            };
            let DistributionVersion::Valid(found) = &there.version else { continue };
            if public(found) != *wanted {
                let because = vec![format!("{}, of another release set", told(there))];
                let pin = VersionPin { version: wanted.to_string(), exact: true };
                self.require(&there.name, Some(pin), because);
            }
        }
    }

    /// Requires what an application needs to export at all, as far as it is not there.
    fn export(&mut self, registry: &Registry, exporter: &str) -> Result<(), ResolveError> {
        let python = registry.python();
        let needed = python.exporter(exporter, self.release);
        let needed = needed.ok_or_else(|| ResolveError::UnknownExporter {
            name: exporter.to_owned(),
            known: python.exporter_names().map(str::to_owned).collect(),
        })?;
        for support in needed {
            if self.inventory.get(support.name.as_str()).is_some() {
                continue;
            }
            if !support.installable {
                return Err(ResolveError::ExporterNotInRelease {
                    exporter: exporter.to_owned(),
                    distribution: support.name.to_string(),
                    release: self.release.head.version.to_string(),
                });
            }
            let because = vec![format!("--exporter {exporter}")];
            self.require(&support.name, pin_of(&support.line, &support.name), because);
        }
        Ok(())
    }

    fn require(&mut self, name: &PackageName, version: Option<VersionPin>, because: Vec<String>) {
        if let Some(known) = self.requirements.iter_mut().find(|known| known.name == *name) {
            known.because.extend(because);
            return;
        }
        self.requirements.push(Requirement {
            name: name.clone(),
            version,
            since: None,
            present: Vec::new(),
            features: Vec::new(),
            members: Vec::new(),
            because,
            wiring: Vec::new(),
            switches: Vec::new(),
            directives: Vec::new(),
        });
    }
}

/// What becomes of an instrumentation that is there.
fn installed(instrumentation: &Instrumentation, there: &Distribution) -> Verdict {
    let name = instrumentation.name.to_string();
    let found = version(there);
    let fits = match (&there.version, pin(instrumentation)) {
        (DistributionVersion::Valid(version), Some(VersionPin { version: wanted, exact: true })) => {
            public(version).to_string() == wanted
        }
        _ => true,
    };
    if fits {
        Verdict::AlreadyInstalled { instrumentation: name, version: found }
    } else {
        Verdict::OtherSet { instrumentation: name, version: found, fitting: pinned(instrumentation) }
    }
}

/// What holds for a library in the version that is there.
fn way<'r>(rule: &'r LibraryRule, library: &Distribution) -> Option<&'r Way> {
    rule.by.iter().find(|way| match (&way.versions, &library.version) {
        (None, _) => true,
        (Some(versions), DistributionVersion::Valid(version)) => versions.contains(version),
        (Some(_), DistributionVersion::Invalid | DistributionVersion::Missing) => false,
    })
}

/// Whether a verdict means that there is something to install.
fn adds(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Applies { .. } | Verdict::OtherSet { .. })
}

/// The version that the line of an instrumentation asks for.
fn pin(instrumentation: &Instrumentation) -> Option<VersionPin> {
    pin_of(&instrumentation.line, &instrumentation.name)
}

/// The version that a line asks for: `NAME==V`, `NAME>=V`, or none.
fn pin_of(line: &str, name: &PackageName) -> Option<VersionPin> {
    let rest = line.strip_prefix(name.as_str())?.trim();
    let pinned = |operator: &str, exact| {
        let version = rest.strip_prefix(operator)?.trim().to_owned();
        Some(VersionPin { version, exact })
    };
    pinned("==", true).or_else(|| pinned(">=", false))
}

fn pinned(instrumentation: &Instrumentation) -> Option<String> {
    pin(instrumentation).map(|pin| pin.version)
}

fn version(distribution: &Distribution) -> String {
    match &distribution.version {
        DistributionVersion::Valid(version) => version.to_string(),
        DistributionVersion::Invalid => "no valid version".to_owned(),
        DistributionVersion::Missing => "no version".to_owned(),
    }
}

fn told(library: &Distribution) -> String {
    format!("{} {}", library.name, version(library))
}

fn finding(library: PackageName, version: String, verdict: Verdict) -> Finding {
    Finding {
        library,
        version,
        members: Vec::new(),
        verdict,
        alternatives: Vec::new(),
        switches: Vec::new(),
        directives: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
