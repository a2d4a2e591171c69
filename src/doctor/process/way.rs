//! How the instrumentation was to get into a process.

use std::path::Path;

use serde::Serialize;

use super::environ::Environ;
use crate::{doctor::launch::is_injection, root::Root};

/// Where the operator of Kubernetes puts its packages.
///
/// Source: `internal/instrumentation/python.go` of the operator.
const OPERATOR: &str = "/otel-auto-instrumentation-python";

/// How the instrumentation was to get into a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// `opentelemetry-instrument` started it.
    Instrument,
    /// The operator of Kubernetes injected it.
    Operator,
    /// One of the two was meant to, from a folder that is not there.
    Gone,
    /// None of them.
    Plain,
    /// Nobody knows: the variables are overwritten.
    Unknown,
}

impl Way {
    /// What the variables of a process tell. Without a root it is not asked whether the folder is there.
    #[must_use]
    pub fn of(environ: &Environ, root: Option<(&Root, &Path)>) -> Self {
        if *environ == Environ::Overwritten {
            return Self::Unknown;
        }
        let path = environ.get("PYTHONPATH").unwrap_or_default();
        let Some(folder) = path.split(':').find(|entry| is_injection(entry)) else {
            return Self::Plain;
        };
        if root.is_some_and(|(root, own)| !root.is_file(&own.join(folder).join("sitecustomize.py"))) {
            Self::Gone
        } else if folder.starts_with(OPERATOR) {
            Self::Operator
        } else {
            Self::Instrument
        }
    }

    /// Whether it was meant to be loaded from outside of the program.
    #[must_use]
    pub fn is_automatic(self) -> bool {
        matches!(self, Self::Instrument | Self::Operator | Self::Gone)
    }

    /// What there is to say of it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Instrument => "under `opentelemetry-instrument`",
            Self::Operator => "with the instrumentation that the operator injects",
            Self::Gone => "for an instrumentation that is not there",
            Self::Plain => "without `opentelemetry-instrument`",
            Self::Unknown => "nobody knows how: its variables are overwritten",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: &str = "opentelemetry/instrumentation/auto_instrumentation";

    #[test]
    fn the_path_of_python_tells() {
        let way = |path: &str| Way::of(&Environ::parse(format!("PYTHONPATH={path}").as_bytes()), None);
        let folder = "/otel-auto-instrumentation-python/opentelemetry/instrumentation/auto_instrumentation";
        assert_eq!(way(&format!("{folder}:/otel-auto-instrumentation-python")), Way::Operator);
        assert_eq!(way(&format!("/v/lib/python3.12/site-packages/{FOLDER}/:/app")), Way::Instrument);
        assert_eq!(way("/app"), Way::Plain);
        assert_eq!(Way::of(&Environ::parse(b""), None), Way::Plain);
        assert_eq!(Way::of(&Environ::Overwritten, None), Way::Unknown);
        let nothing = Environ::parse(format!("PYTHONPATH={folder}").as_bytes());
        assert_eq!(Way::of(&nothing, Some((&Root::at("/nowhere"), Path::new("/")))), Way::Gone);
    }
}
