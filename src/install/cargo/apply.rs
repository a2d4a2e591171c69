//! Writes what was proven: all files or none.

use std::error;

use thiserror::Error;

use super::{
    Plan, Proof,
    proof::{self, ProofError, Reader},
};
use crate::install::{
    Edit,
    swap::{NotPutBack, Swap, SwapError},
};

/// Why nothing was written, or why it was taken back.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The files could not be replaced.
    #[error(transparent)]
    Swap(#[from] SwapError),
    /// The changed project cannot be read.
    #[error("failed to read the changed project; all files are as they were")]
    Reread(#[source] Box<dyn error::Error + Send + Sync>),
    /// The changed project does not hold what it held on the copy.
    #[error("the changed project is not as it was on the copy; all files are as they were")]
    Unproven(#[source] ProofError),
    /// Files could not be put back as they were.
    #[error(transparent)]
    Kept(#[from] NotPutBack),
}

impl ApplyError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Swap(error) => error.hint(),
            Self::Unproven(error) => error.hint(),
            Self::Reread(_) | Self::Kept(_) => None,
        }
    }
}

/// Writes the manifests and the lockfile, reads the project again, and puts everything back if it is
/// not what was proven.
pub fn apply(plan: &Plan, proof: &Proof, reader: Reader<'_>) -> Result<(), ApplyError> {
    let edits: Vec<&Edit> = plan.edits.iter().chain(&proof.lockfile).collect();
    if edits.is_empty() {
        return Ok(());
    }
    let swap = Swap::make(edits)?;
    let verified = reader(&plan.options.path)
        .map_err(ApplyError::Reread)
        .and_then(|after| proof::promises(plan, &after).map(drop).map_err(ApplyError::Unproven));
    verified.map_err(|error| swap.undo(error))
}
