//! Variables that switch parts of the injected instrumentation on and off, by the release that is injected.

use pep440_rs::Version;
use thiserror::Error;

use crate::{
    doctor::python::{disabled::meant, is_before},
    ecosystem::python::naming::DISABLED,
    nearest::nearest,
    registry::python::Release,
};

/// From this release of the SDK on, what Python logs is exported unless that is switched off.
const LOGS_SINCE: [u64; 2] = [1, 40];

/// The switch for logs from that release on, and before it.
const LOGS: [&str; 2] =
    ["OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION", "OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED"];

/// An instrumentation that the release does not have.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("release {release} has no instrumentation `{}`", name.escape_debug())]
pub struct UnknownInstrumentation {
    /// The name.
    pub name: String,
    /// The release.
    pub release: Version,
    /// The name most like it.
    pub nearest: Option<String>,
}

impl UnknownInstrumentation {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.nearest.as_ref().map(|name| format!("`{name}` is one"))
    }
}

/// The variable that keeps instrumentations from being loaded; `None` if there is none to keep.
///
/// The names may be those of instrumentations, of libraries or of entry points; entry points are what the variable
/// takes.
pub fn disabled(
    release: &Release,
    exclude: &[String],
) -> Result<Option<(String, String)>, Vec<UnknownInstrumentation>> {
    let entries =
        || release.instrumentations.iter().flat_map(|instrumentation| &instrumentation.entry_points);
    let (mut found, mut unknown) = (Vec::<&str>::new(), Vec::new());
    for name in exclude {
        if name == "*" || entries().any(|entry| entry == name) {
            found.push(name);
        } else if let Some(meant) = meant(name, release) {
            found.extend(meant.iter().map(String::as_str));
        } else {
            unknown.push(UnknownInstrumentation {
                name: name.clone(),
                release: release.head.version.clone(),
                nearest: nearest(name, entries().map(String::as_str)).map(str::to_owned),
            });
        }
    }
    if !unknown.is_empty() {
        return Err(unknown);
    }
    found.sort_unstable();
    found.dedup();
    Ok((!found.is_empty()).then(|| (DISABLED.to_owned(), found.join(","))))
}

/// The variable that switches the export of logs on or off.
#[must_use]
pub fn logs(release: &Release, is_on: bool) -> (String, String) {
    let name = LOGS[usize::from(is_before(&release.head.core, LOGS_SINCE))];
    (name.to_owned(), is_on.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{registry::Registry, settings::RegistrySources};

    #[test]
    fn names_become_entry_points_and_the_switch_depends_on_the_release() {
        let registry = Registry::load(&RegistrySources::default()).expect("the registry");
        let of =
            |text: &str| registry.python().release_or_newest(text.parse().ok().as_ref()).expect("a release");
        let exclude = |names: &[&str]| {
            disabled(of("0.60b1"), &names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>())
        };
        let value = |names| exclude(names).map(|found| found.map(|(_, value)| value));
        assert_eq!(
            value(&["urllib3", "opentelemetry-instrumentation-flask"]),
            Ok(Some("flask,urllib3".to_owned()))
        );
        assert_eq!(value(&[]), Ok(None));
        let unknown = value(&["flsk"]).expect_err("a slip");
        assert_eq!(unknown[0].to_string(), "release 0.60b1 has no instrumentation `flsk`");
        assert_eq!(unknown[0].hint().as_deref(), Some("`flask` is one"));
        assert_eq!(logs(of("0.60b1"), true).0, "OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED");
        assert_eq!(
            logs(of("0.64b0"), false),
            ("OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION".to_owned(), "false".to_owned())
        );
    }
}
