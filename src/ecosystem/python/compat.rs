//! What Python's own `opentelemetry-bootstrap -a requirements` prints, byte for byte.
//!
//! Source: `bootstrap.py` of every release from 0.22b0 on. Up to 0.47b0 the last line has no end. From 0.49b0 on
//! the check of the version never rejects: it asks whether a generator is true.

use super::{
    choice::{Choice, choose},
    inventory::{Distribution, DistributionVersion, Inventory},
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
    let mut lines: Vec<&str> = release.default_lines().collect();
    for (row, line) in release.rows() {
        let need: Option<Need> = row.parse().ok();
        let library = need.as_ref().and_then(|need| Some((need, inventory.get(need.name.as_str())?)));
        if library.is_some_and(|(need, library)| is_listed(release, need, library)) {
            lines.push(line);
        }
    }
    let mut text = lines.join("\n");
    if release.head.version.release() >= ENDING {
        text.push('\n');
    }
    Ok(text)
}

/// Whether a library that is there gets its line.
fn is_listed(release: &Release, need: &Need, library: &Distribution) -> bool {
    match (release.loader(), &library.version) {
        (Loader::Packaging, _) => true,
        (Loader::PkgResources, DistributionVersion::Valid(version)) => need.specifiers.contains(version),
        (Loader::PkgResources, DistributionVersion::Invalid | DistributionVersion::Missing) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample::environment, *};

    fn listed(release: &str, there: &[(&str, &str)]) -> String {
        let there: Vec<_> = [&[("opentelemetry-instrumentation", release)], there].concat();
        lines(&environment(&there), &Registry::builtin(), &Wishes::default()).expect("lines")
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
