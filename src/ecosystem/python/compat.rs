//! What Python's own `opentelemetry-bootstrap -a requirements` prints, byte for byte.
//!
//! Source: `bootstrap.py` of every release from 0.22b0 on. Up to 0.47b0 the last line has no end. From 0.49b0 on
//! the check of the version never rejects: it asks whether a generator is true. Before, `pkg_resources` told what is
//! installed.

use super::{
    choice::{Choice, choose},
    environment::WorkingSet,
    inventory::{DistributionVersion, Inventory, Source},
    resolve::ResolveError,
};
use crate::{
    registry::{
        Registry,
        python::{Loader, Need, Release},
    },
    settings::Wishes,
};

/// The first release whose last line ends.
const ENDING: &[u64] = &[0, 48];

/// The lines, with everything that goes with them.
pub fn lines(inventory: &Inventory, registry: &Registry, wishes: &Wishes) -> Result<String, ResolveError> {
    let Choice { release, .. } = choose(inventory, registry.python(), wishes)?;
    let seen = Seen::of(inventory, release);
    let mut lines: Vec<&str> = release.default_lines().collect();
    for (row, line) in release.rows() {
        if row.parse().is_ok_and(|need: Need| seen.lists(&need)) {
            lines.push(line);
        }
    }
    let mut text = lines.join("\n");
    if release.head.version.release() >= ENDING {
        text.push('\n');
    }
    Ok(text)
}

/// What a release sees of an inventory.
enum Seen<'i> {
    /// Names alone: any version will do.
    Names(&'i Inventory),
    /// The versions that are locked.
    Locked(&'i Inventory),
    /// The versions that `pkg_resources` reads.
    Installed(WorkingSet),
}

impl<'i> Seen<'i> {
    fn of(inventory: &'i Inventory, release: &Release) -> Self {
        match (release.loader(), &inventory.source) {
            (Loader::Packaging, _) => Self::Names(inventory),
            (Loader::PkgResources, Source::Lockfile { .. }) => Self::Locked(inventory),
            (Loader::PkgResources, Source::Environment(environment)) => {
                Self::Installed(environment.working_set())
            }
        }
    }

    /// Whether a library gets its line.
    fn lists(&self, need: &Need) -> bool {
        let version = match self {
            Self::Names(inventory) => return inventory.get(need.name.as_str()).is_some(),
            Self::Locked(inventory) => inventory.get(need.name.as_str()).map(|library| &library.version),
            Self::Installed(set) => set.version(&need.name),
        };
        matches!(version, Some(DistributionVersion::Valid(version)) if need.specifiers.contains(version))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{inventory::LockFormat, sample::environment},
        *,
    };

    fn listed(release: &str, there: &[(&str, &str)]) -> String {
        let there: Vec<_> = [&[("opentelemetry-instrumentation", release)], there].concat();
        let source = Source::Lockfile { path: "uv.lock".into(), format: LockFormat::Uv };
        let locked = Inventory { source, ..environment(&there) };
        lines(&locked, &Registry::builtin(), &Wishes::default()).expect("lines")
    }

    #[test]
    fn the_last_line_ends_since_a_certain_release() {
        assert!(!listed("0.47b0", &[]).ends_with('\n'));
        assert!(listed("0.48b0", &[]).ends_with("==0.48b0\n"));
    }

    #[test]
    fn versions_were_compared_until_a_certain_release() {
        let old = [("click", "7.1.2"), ("flask", "0.9")];
        let has_flask = |text: &str| text.contains("instrumentation-flask");
        assert!(!has_flask(&listed("0.44b0", &old)));
        assert!(has_flask(&listed("0.50b0", &old)));
        assert!(has_flask(&listed("0.44b0", &[("flask", "2.0.0")])));
    }

    #[test]
    fn a_line_is_printed_for_every_library_that_asks_for_it() {
        let both = listed("0.60b1", &[("psycopg2", "2.9"), ("psycopg2-binary", "2.9")]);
        let line = "opentelemetry-instrumentation-psycopg2==0.60b1";
        assert_eq!(both.lines().filter(|other| *other == line).count(), 2);
    }
}
