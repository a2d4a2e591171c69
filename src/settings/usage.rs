//! Options that make no sense together.

use thiserror::Error;

/// Options that make no sense together, beyond what the parser sees.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UsageError {
    /// The format cannot say what the action finds out.
    #[error("`--format {format}` does not go with `--action {action}`")]
    Format {
        /// The value of `--format`.
        format: &'static str,
        /// The value of `--action`.
        action: &'static str,
    },
    /// Lines to install were given to an action that installs nothing.
    #[error("`--requirement` goes with `--action install` only")]
    RequirementWithoutInstall,
    /// Lines to install were given together with what decides about a scan.
    #[error("`{option}` has no meaning beside `--requirement`, which takes its lines as they are")]
    RequirementBeside {
        /// The option.
        option: &'static str,
    },
    /// An option that means nothing in this kind of project.
    #[error("`{option}` has no meaning for a {ecosystem} project")]
    Ecosystem {
        /// The option.
        option: &'static str,
        /// The ecosystem.
        ecosystem: &'static str,
    },
    /// Another action than the one that Python's own tool is imitated in.
    #[error("`--compat` goes with `--action requirements` only")]
    CompatWithoutRequirements,
    /// An option that Python's own tool does not have.
    #[error("`{option}` has no meaning beside `--compat`, which prints what `opentelemetry-bootstrap` would")]
    CompatBeside {
        /// The option.
        option: &'static str,
    },
    /// An option that means something to other actions alone.
    #[error("`{option}` goes with {actions} only")]
    Misplaced {
        /// The option.
        option: &'static str,
        /// The actions, as they are typed.
        actions: &'static str,
    },
    /// There is nothing to make manifests of.
    #[error("`--workload` is missing: the workloads that are meant")]
    WithoutWorkload,
    /// An `Instrumentation` that exports to nowhere.
    #[error("`--endpoint` is missing: the address of the collector")]
    WithoutEndpoint,
    /// Manifests that do not go together.
    #[error("`--write` goes without `--manifest workload`, and `--manifest kustomize` goes alone")]
    ManifestsTogether,
    /// A value that the operator does not take.
    #[error("`{option}` takes {takes}")]
    OperatorValue {
        /// The option.
        option: &'static str,
        /// What it takes.
        takes: &'static str,
    },
    /// It is not known where the user keeps caches.
    #[error("there is no cache folder to keep the release data in")]
    NoCache,
}

impl UsageError {
    /// What would do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Format { action: "doctor --send", .. } => Some("use `table` or `json`".to_owned()),
            Self::Format { action: "doctor --fix", .. } => {
                Some("`json` and `sarif` hold the fixes without `--fix`".to_owned())
            }
            Self::Format { action: "check", .. } => Some("use `table`, `json` or `github`".to_owned()),
            Self::Format { action: "doctor" | "operator", .. } => {
                Some("use `table`, `json`, `github` or `sarif`".to_owned())
            }
            Self::Format { action: "operator --payload", .. } => {
                Some("`payload.json` in the folder is for programs".to_owned())
            }
            Self::Format { action: "install", .. } => {
                Some("`--dry-run` shows what would be installed".to_owned())
            }
            Self::Format { .. } => Some("use `requirements`, `json`, `table` or `toml`".to_owned()),
            Self::WithoutWorkload => {
                Some("give a manifest of Kubernetes: `--workload deploy.yaml`".to_owned())
            }
            Self::WithoutEndpoint => {
                Some("give the service of the collector: `--endpoint http://otel-collector:4318`".to_owned())
            }
            Self::NoCache => Some("set `XDG_CACHE_HOME`, or name a folder with `--output`".to_owned()),
            Self::Ecosystem { .. } => {
                Some("`--ecosystem` says which kind of project is meant, if this is the wrong one".to_owned())
            }
            Self::RequirementWithoutInstall
            | Self::RequirementBeside { .. }
            | Self::CompatWithoutRequirements
            | Self::Misplaced { .. }
            | Self::ManifestsTogether
            | Self::OperatorValue { .. }
            | Self::CompatBeside { .. } => None,
        }
    }
}
