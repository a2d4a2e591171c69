//! Everything that a doctor finds out about a project.

use super::{check::Severity, ignore::Ignored, symptom::Symptom, tree::Skips};

/// Everything that was found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// What was found, the gravest first, then by place.
    pub symptoms: Vec<Symptom>,
    /// What was found and is not to be told.
    pub ignored: Vec<Ignored>,
    /// Whether anything of OpenTelemetry is there at all; without it nothing is looked for.
    pub is_set_up: bool,
    /// How many files were read.
    pub files: usize,
    /// Which were not, and why.
    pub skips: Skips,
}

impl Diagnosis {
    /// Whether something is at least as grave.
    #[must_use]
    pub fn reaches(&self, severity: Severity) -> bool {
        self.symptoms.iter().any(|symptom| symptom.check.severity >= severity)
    }

    /// How many are as grave as that.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.symptoms.iter().filter(|symptom| symptom.check.severity == severity).count()
    }
}
