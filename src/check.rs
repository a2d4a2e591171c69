//! What a project lacks: the report of `--action check`.

use std::{collections::BTreeSet, fmt};

use crate::{
    finding::Verdict,
    resolution::{Requirement, Resolution},
    terminal::listed,
};

/// Everything a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The problems: doubled, then outdated, then missing; each kind in the order of the answer.
    pub problems: Vec<Problem>,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// The members concerned, sorted; empty if it is about the project as a whole.
    pub members: Vec<String>,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Something that belongs there is not there.
    Missing {
        /// The crate or distribution, or the library whose feature is off.
        name: String,
        /// The version that would be added; `None` where features are to be switched on.
        version: Option<String>,
        /// The features that would be switched on.
        features: Vec<String>,
        /// For what it is needed.
        because: Vec<String>,
    },
    /// It is there, but of another release set than the project's.
    Outdated {
        /// The crate or distribution.
        name: String,
        /// The version that is there.
        version: String,
        /// The library it is there for.
        library: String,
        /// The release that would fit, if there is one.
        fitting: Option<String>,
    },
    /// Two versions of a package of which there must be one, or data is lost without a word.
    DoubledPackage {
        /// The package.
        name: String,
        /// Each version, with what depends on it.
        copies: Vec<PackageCopy>,
    },
    /// It belongs to another release set than the rest: what it says is not understood, or it is not loaded.
    Mixed {
        /// The distribution.
        name: String,
        /// The version that is there.
        version: String,
        /// What decides the release set of the project, with its version.
        beside: String,
        /// The version that would fit.
        fitting: String,
    },
    /// It is there, but the run-time loader leaves it out without a word.
    NeverLoaded {
        /// The distribution.
        name: String,
        /// The version that is there.
        version: String,
        /// Why, as a fragment.
        why: String,
    },
    /// Two instrumentations that do the same: everything is told twice.
    DoubledPurpose {
        /// The instrumentations.
        names: Vec<String>,
        /// The library that both instrument.
        library: String,
    },
}

/// One version of a package that is there more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageCopy {
    /// The version.
    pub version: String,
    /// The packages that depend on it, sorted.
    pub through: Vec<String>,
}

impl ProblemKind {
    /// The kind in one stable word (the `kind` of the JSON form).
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Outdated { .. } => "outdated",
            Self::DoubledPackage { .. } | Self::DoubledPurpose { .. } => "doubled",
            Self::Mixed { .. } => "mixed",
            Self::NeverLoaded { .. } => "never-loaded",
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name, version, features, because } => {
                if let Some(version) = version {
                    write!(f, "`{name}` {version} is missing")?;
                } else {
                    let features = features.iter().map(|feature| format!("`{feature}`"));
                    write!(f, "`{name}` lacks its {}", listed(features))?;
                }
                if because.is_empty() { Ok(()) } else { write!(f, ", for {}", listed(because)) }
            }
            Self::Outdated { name, version, library, fitting } => {
                write!(f, "`{name}` {version}, for {library}, is of another release set than the project; ")?;
                match fitting {
                    Some(fitting) => write!(f, "{fitting} fits"),
                    None => f.write_str("none of its releases fits"),
                }
            }
            Self::DoubledPackage { name, copies } => {
                let copies = copies.iter().map(|copy| match copy.through.as_slice() {
                    [] => copy.version.clone(),
                    through => format!("{} (through {})", copy.version, listed(through)),
                });
                write!(
                    f,
                    "`{name}` in different versions, {}: they do not see each other's data",
                    listed(copies)
                )
            }
            Self::Mixed { name, version, beside, fitting } => {
                write!(f, "`{name}` {version} is of another release set than {beside}; {fitting} fits")
            }
            Self::NeverLoaded { name, version, why } => {
                write!(f, "`{name}` {version} is there and never loaded: {why}")
            }
            Self::DoubledPurpose { names, library } => {
                let names = names.iter().map(|name| format!("`{name}`"));
                write!(f, "{} both instrument `{library}`: everything is told twice", listed(names))
            }
        }
    }
}

/// Compares what is there with what should be. Goes in: the answer for the project, and what is
/// there more than once ([`crate::ecosystem`] finds that).
#[must_use]
pub fn check(resolution: &Resolution, doubled: Vec<Problem>) -> Report {
    let mut problems = doubled;
    let mut replaced = BTreeSet::new();
    for finding in &resolution.findings {
        if let Verdict::OtherSet { instrumentation, version, fitting } = &finding.verdict {
            replaced.insert(instrumentation.as_str());
            problems.push(Problem {
                kind: ProblemKind::Outdated {
                    name: instrumentation.clone(),
                    version: version.clone(),
                    library: format!("{} {}", finding.library, finding.version),
                    fitting: fitting.clone(),
                },
                members: finding.members.clone(),
            });
        }
    }
    // What is there in another release set is not missing.
    let missing = resolution.requirements.iter().filter(|r| !replaced.contains(r.name.as_str()));
    problems.extend(missing.map(|requirement| {
        let Requirement { name, version, features, members, because, .. } = requirement;
        Problem {
            kind: ProblemKind::Missing {
                name: name.to_string(),
                version: version.as_ref().map(|pin| pin.version.clone()),
                features: features.clone(),
                because: because.clone(),
            },
            members: members.clone(),
        }
    }));
    Report { problems }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn a_project_that_has_everything_passes() {
        let mut resolution = sample::resolution();
        resolution.requirements.clear();
        assert_eq!(check(&resolution, Vec::new()), Report::default());
    }

    #[test]
    fn every_requirement_is_missing_unless_it_is_there_in_another_set() {
        let mut resolution = sample::resolution();
        resolution.findings[0].verdict = Verdict::OtherSet {
            instrumentation: "axum-tracing-opentelemetry".to_owned(),
            version: "0.24.2".to_owned(),
            fitting: Some("0.42.1".to_owned()),
        };
        let report = check(&resolution, Vec::new());
        let told: Vec<String> =
            report.problems.iter().map(|p| format!("{}: {}", p.kind.word(), p.kind)).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        outdated: `axum-tracing-opentelemetry` 0.24.2, for axum 0.8.4, is of another release set than the project; 0.42.1 fits
        missing: `tracing-opentelemetry` 0.34.0 is missing, for axum-tracing-opentelemetry
        missing: `sqlx` lacks its `tracing`, for sqlx 0.8.6
        ");
    }
}
