//! Why no span arrived.

use thiserror::Error;

use super::{
    step::StepError,
    target::{Target, TargetError},
};

/// Why no span arrived.
#[derive(Debug, Error)]
pub enum SendError {
    /// It is not known where spans go.
    #[error("no span was sent")]
    Target(#[source] TargetError),
    /// A step on the way failed.
    #[error("no span arrived: the step `{step}` failed")]
    Step {
        /// Which.
        step: &'static str,
        /// Why.
        source: Box<StepError>,
        /// What to do about it.
        hint: Option<String>,
    },
}

impl SendError {
    /// A step on the way to the target failed.
    #[must_use]
    pub fn step(step: &'static str, error: StepError, target: &Target) -> Self {
        Self::Step { step, hint: error.hint(target), source: Box::new(error) }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Target(error) => error.hint(),
            Self::Step { hint, .. } => hint.clone(),
        }
    }
}
