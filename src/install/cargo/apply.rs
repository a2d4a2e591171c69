//! Writes what was proven: all files or none.

use std::{error, fs, io, path::PathBuf};

use tempfile::TempPath;
use thiserror::Error;

use super::{
    Plan, Proof, manifest,
    proof::{self, ProofError, Reader},
};
use crate::install::{
    Edit,
    files::{stage, sync_folder},
    interrupt::Interrupts,
};

/// Why nothing was written, or why it was taken back.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// Signals cannot be held back.
    #[error("failed to watch for signals")]
    Signals(#[source] io::Error),
    /// The file may not be written.
    #[error("`{}` is read-only", .0.display())]
    ReadOnly(PathBuf),
    /// The new file could not be written beside the old one.
    #[error("failed to write beside `{}`; nothing was changed", path.display())]
    Stage {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else changed the file.
    #[error("`{}` changed in the meantime; nothing was written", .0.display())]
    Changed(PathBuf),
    /// The user interrupted.
    #[error("interrupted; nothing was changed")]
    Interrupted,
    /// A file could not be replaced.
    #[error("failed to replace `{}`; all files are as they were", path.display())]
    Replace {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The changed project cannot be read.
    #[error("failed to read the changed project; all files are as they were")]
    Reread(#[source] Box<dyn error::Error + Send + Sync>),
    /// The changed project does not hold what it held on the copy.
    #[error("the changed project is not as it was on the copy; all files are as they were")]
    Unproven(#[source] ProofError),
    /// Files could not be put back as they were.
    #[error("failed to put files back; what they held lies in {}", .kept.iter()
        .map(|(path, copy)| format!("`{}` (for `{}`)", copy.display(), path.display()))
        .collect::<Vec<_>>().join(", "))]
    PutBack {
        /// The files, each with the copy of what it held.
        kept: Vec<(PathBuf, PathBuf)>,
        /// Why they had to be put back.
        source: Box<ApplyError>,
    },
}

impl ApplyError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::ReadOnly(path) => Some(format!("make it writable: `chmod u+w {}`", path.display())),
            Self::Changed(_) => Some("run the command again".to_owned()),
            Self::Unproven(error) => error.hint(),
            _ => None,
        }
    }
}

/// A file that is about to be replaced.
struct Staged<'a> {
    edit: &'a Edit,
    /// The file itself, behind any links.
    target: PathBuf,
    new: Option<TempPath>,
    old: Option<TempPath>,
}

/// Writes the manifests and the lockfile, reads the project again, and puts everything back if it is
/// not what was proven.
pub fn apply(plan: &Plan, proof: &Proof, reader: Reader<'_>) -> Result<(), ApplyError> {
    let edits: Vec<&Edit> = plan.edits.iter().chain(&proof.lockfile).collect();
    if edits.is_empty() {
        return Ok(());
    }
    let interrupts = Interrupts::hold().map_err(ApplyError::Signals)?;
    let mut staged: Vec<Staged<'_>> = edits.into_iter().map(Staged::new).collect::<Result<_, _>>()?;
    for file in &staged {
        file.check()?;
    }
    if interrupts.noted() {
        return Err(ApplyError::Interrupted);
    }
    // From here to the end of the loop the project is half-way; nothing but renaming happens.
    for at in 0..staged.len() {
        if let Err(source) = staged[at].replace() {
            let path = staged[at].edit.path.clone();
            return Err(put_back(&mut staged[..at], ApplyError::Replace { path, source }));
        }
    }
    for file in &staged {
        sync_folder(&file.target);
    }
    let verified = reader(&plan.options.path)
        .map_err(ApplyError::Reread)
        .and_then(|after| proof::promises(plan, &after).map(drop).map_err(ApplyError::Unproven));
    verified.map_err(|error| put_back(&mut staged, error))
}

impl<'a> Staged<'a> {
    /// Writes the new file beside the old one, and what it takes to put the old one back.
    fn new(edit: &'a Edit) -> Result<Self, ApplyError> {
        let failed = |source| ApplyError::Stage { path: edit.path.clone(), source };
        let target = fs::canonicalize(&edit.path).map_err(failed)?;
        let metadata = fs::metadata(&target).map_err(failed)?;
        if metadata.permissions().readonly() {
            return Err(ApplyError::ReadOnly(edit.path.clone()));
        }
        let new = stage(&target, &edit.new, &metadata).map_err(failed)?;
        let old = stage(&target, &edit.old, &metadata).map_err(failed)?;
        Ok(Self { edit, target, new: Some(new), old: Some(old) })
    }

    /// Whether the file still holds what it held when it was read.
    fn check(&self) -> Result<(), ApplyError> {
        match manifest::read_text(&self.target) {
            Ok(text) if text.as_bytes() == self.edit.old => Ok(()),
            _ => Err(ApplyError::Changed(self.edit.path.clone())),
        }
    }

    /// Puts the new file in the place of the old one.
    fn replace(&mut self) -> io::Result<()> {
        match self.new.take() {
            Some(new) => new.persist(&self.target).map_err(|error| error.error),
            None => Ok(()),
        }
    }
}

/// Puts the old files back; the error says why, and what could not be put back.
fn put_back(staged: &mut [Staged<'_>], reason: ApplyError) -> ApplyError {
    let mut kept = Vec::new();
    for file in staged {
        let Some(old) = file.old.take() else { continue };
        if let Err(error) = old.persist(&file.target)
            && let Ok(copy) = error.path.keep()
        {
            kept.push((file.edit.path.clone(), copy));
        }
    }
    if kept.is_empty() { reason } else { ApplyError::PutBack { kept, source: Box::new(reason) } }
}
