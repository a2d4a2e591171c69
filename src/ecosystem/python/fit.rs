//! Whether the run-time loader would load an instrumentation in an environment.

use pep440_rs::{Version, VersionSpecifiers};

use super::inventory::{Distribution, DistributionVersion, Inventory, Source};
use crate::registry::python::{Instrumentation, Loader, Need, Release};

/// The library that the loader compares versions with.
const PACKAGING: &str = "packaging";

/// The first release of `packaging` that accepts a pre-release within a range that names none.
const ACCEPTING: &[u64] = &[26];

/// What the loader of a release makes of an environment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loading<'a> {
    inventory: &'a Inventory,
    /// Whether a pre-release counts where the range names none.
    accepts_prereleases: bool,
}

/// What an instrumentation finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit<'a> {
    /// It asks for nothing that is not a part of Python.
    Always,
    /// What it needs is there: these.
    Fits(Vec<&'a Distribution>),
    /// A library is there in a version that is not supported.
    OutOfRange {
        /// The library.
        library: &'a Distribution,
        /// The versions that are supported.
        supported: String,
    },
    /// Some of what it needs is there, and some is not.
    Lacks {
        /// What is there.
        present: Vec<&'a Distribution>,
        /// What is not.
        missing: Vec<String>,
    },
}

impl<'a> Loading<'a> {
    /// The loader of that release, in that environment.
    #[must_use]
    pub(super) fn new(release: &Release, inventory: &'a Inventory) -> Self {
        let packaging = inventory.get(PACKAGING).map(|packaging| &packaging.version);
        let accepts_prereleases = match (release.loader(), packaging) {
            (Loader::Packaging, Some(DistributionVersion::Valid(version))) => version.release() >= ACCEPTING,
            // Where it is not there yet, the installer brings the newest.
            (Loader::PkgResources | Loader::Packaging, _) => true,
        };
        Self { inventory, accepts_prereleases }
    }

    /// What an instrumentation finds; `None` if nothing of what it needs is there.
    #[must_use]
    pub(super) fn fit(&self, instrumentation: &Instrumentation) -> Option<Fit<'a>> {
        let Instrumentation { all, any, .. } = instrumentation;
        if all.is_empty() && any.is_empty() {
            return Some(Fit::Always);
        }
        let found = |needs: &'_ [Need]| -> Vec<&'a Distribution> {
            needs.iter().filter_map(|need| self.inventory.get(need.name.as_str())).collect()
        };
        let (of_all, of_any) = (found(all), found(any));
        if of_all.is_empty() && of_any.is_empty() {
            return None;
        }
        let unfit = |need: &&Need| {
            let library = self.inventory.get(need.name.as_str());
            library.filter(|library| !self.admits(need, library))
        };
        let out_of_range = |need: &Need, library| Fit::OutOfRange { library, supported: range(need) };
        if let Some((need, library)) = all.iter().find_map(|need| Some((need, unfit(&need)?))) {
            return Some(out_of_range(need, library));
        }
        let present = || of_all.iter().chain(&of_any).copied().collect();
        let is_missing = |need: &&Need| self.inventory.get(need.name.as_str()).is_none();
        let missing: Vec<String> = all.iter().filter(is_missing).map(|need| need.name.to_string()).collect();
        if !missing.is_empty() {
            return Some(Fit::Lacks { present: present(), missing });
        }
        if any.is_empty() {
            return Some(Fit::Fits(of_all));
        }
        if of_any.is_empty() {
            let names = any.iter().map(|need| need.name.to_string()).collect::<Vec<_>>();
            return Some(Fit::Lacks { present: of_all, missing: vec![names.join(" or ")] });
        }
        let fitting = any.iter().filter(|need| unfit(need).is_none());
        let fitting: Vec<_> = fitting.filter_map(|need| self.inventory.get(need.name.as_str())).collect();
        if fitting.is_empty() {
            return any.iter().find_map(|need| Some(out_of_range(need, unfit(&need)?)));
        }
        Some(Fit::Fits(of_all.into_iter().chain(fitting).collect()))
    }

    /// Whether a distribution is in the range.
    fn admits(&self, need: &Need, library: &Distribution) -> bool {
        match &library.version {
            DistributionVersion::Valid(version) => {
                need.specifiers.contains(version)
                    && (self.accepts_prereleases
                        || !version.any_prerelease()
                        || names_prerelease(&need.specifiers))
            }
            // Metadata without a version makes the loader give up. A lockfile that leaves the version open
            // gets the newest, which is what the ranges are made for.
            DistributionVersion::Missing => matches!(self.inventory.source, Source::Lockfile { .. }),
            DistributionVersion::Invalid => false,
        }
    }
}

/// The range, for people.
fn range(need: &Need) -> String {
    need.specifiers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Whether a range names a pre-release, which lets in the others (`packaging` before 26).
fn names_prerelease(specifiers: &VersionSpecifiers) -> bool {
    specifiers.iter().any(|specifier| Version::any_prerelease(specifier.version()))
}

#[cfg(test)]
mod tests {
    use super::{super::sample::environment, *};
    use crate::registry::Registry;

    /// What an instrumentation of a release finds.
    fn found(release: &str, instrumentation: &str, there: &[(&str, &str)]) -> String {
        let registry = Registry::builtin();
        let release = registry.python().release(&release.parse().expect("a version")).expect("a release");
        let name = format!("opentelemetry-instrumentation-{instrumentation}");
        let instrumentation = release.instrumentation(&name).expect("an instrumentation");
        let inventory = environment(there);
        let names = |found: Vec<&Distribution>| {
            found.iter().map(|distribution| distribution.name.as_str()).collect::<Vec<_>>().join(", ")
        };
        match Loading::new(release, &inventory).fit(instrumentation) {
            None => "nothing".to_owned(),
            Some(Fit::Always) => "always".to_owned(),
            Some(Fit::Fits(libraries)) => format!("fits {}", names(libraries)),
            Some(Fit::OutOfRange { library, supported }) => format!("{} not {supported}", library.name),
            Some(Fit::Lacks { present, missing }) => {
                format!("{} lacks {}", names(present), missing.join(", "))
            }
        }
    }

    #[test]
    fn what_is_there_is_held_against_all_and_any() {
        for (instrumentation, there, expected) in [
            ("flask", &[("flask", "2.3.0")][..], "fits flask"),
            ("flask", &[], "nothing"),
            ("flask", &[("flask", "0.9")], "flask not >=1.0"),
            ("urllib", &[], "always"),
            ("click", &[("click", "7.1.2")], "click not >=8.1.3,<9.0.0"),
            ("tortoiseorm", &[("pydantic", "2.1")], "pydantic lacks tortoise-orm"),
            (
                "tortoiseorm",
                &[("tortoise-orm", "0.17.0"), ("pydantic", "2.0")],
                "fits tortoise-orm, pydantic",
            ),
            ("psycopg2", &[("psycopg2-binary", "2.9")], "fits psycopg2-binary"),
            (
                "psycopg2",
                &[("psycopg2", "2.9"), ("psycopg2-binary", "2.9")],
                "fits psycopg2-binary, psycopg2",
            ),
            ("psycopg2", &[("psycopg2", "2.1"), ("psycopg2-binary", "2.9")], "fits psycopg2-binary"),
            ("psycopg2", &[("psycopg2", "2.1")], "psycopg2 not >=2.7.3.1"),
            ("flask", &[("flask", "?")], "flask not >=1.0"),
            ("flask", &[("flask", "")], "flask not >=1.0"),
        ] {
            assert_eq!(found("0.60b1", instrumentation, there), expected, "{instrumentation} {there:?}");
        }
    }

    #[test]
    fn a_prerelease_counts_as_the_loader_decides() {
        let flask = ("flask", "3.1rc1");
        for (release, there, expected) in [
            ("0.60b1", &[flask][..], "fits flask"),
            ("0.60b1", &[flask, ("packaging", "26.0")], "fits flask"),
            ("0.60b1", &[flask, ("packaging", "25.0")], "flask not >=1.0"),
            ("0.44b0", &[("flask", "2.1rc1"), ("packaging", "25.0")], "fits flask"),
        ] {
            assert_eq!(found(release, "flask", there), expected, "{release} {there:?}");
        }
        // Not a matter of who decides: `<9.0.0` excludes what leads to it.
        assert_eq!(found("0.60b1", "click", &[("click", "9.0.0rc1")]), "click not >=8.1.3,<9.0.0");
    }

    #[test]
    fn a_lockfile_may_leave_the_version_open() {
        let registry = Registry::builtin();
        let release = registry.python().release(&"0.60b1".parse().expect("a version")).expect("a release");
        let flask = release.instrumentation("opentelemetry-instrumentation-flask").expect("flask");
        let mut inventory = environment(&[("flask", "")]);
        inventory.source = Source::Lockfile {
            path: "requirements.txt".into(),
            format: super::super::inventory::LockFormat::Requirements,
        };
        assert!(matches!(Loading::new(release, &inventory).fit(flask), Some(Fit::Fits(_))));
    }
}
