//! Files that take the place of others: all of them, or none.

use std::{error, fs, io, path::PathBuf};

use tempfile::TempPath;
use thiserror::Error;

use super::{
    Edit,
    files::{stage, sync_folder},
    interrupt::Interrupts,
};
use crate::{ecosystem::cargo::lockfile, file};

/// Why nothing was written.
#[derive(Debug, Error)]
pub enum SwapError {
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
    /// Files could not be put back.
    #[error(transparent)]
    Kept(#[from] NotPutBack),
}

/// Files could not be put back as they were.
#[derive(Debug, Error)]
#[error("failed to put files back; what they held lies in {}", kept.iter()
    .map(|(path, copy)| format!("`{}` (for `{}`)", copy.display(), path.display()))
    .collect::<Vec<_>>().join(", "))]
pub struct NotPutBack {
    /// The files, each with the copy of what it held.
    pub kept: Vec<(PathBuf, PathBuf)>,
    /// Why they had to be put back.
    pub source: Box<dyn error::Error + Send + Sync>,
}

impl SwapError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::ReadOnly(path) => Some(format!("make it writable: `chmod u+w {}`", path.display())),
            Self::Changed(_) => Some("run the command again".to_owned()),
            _ => None,
        }
    }
}

/// Files that were replaced, and can be put back while this lives. Signals are held back as long.
pub(crate) struct Swap<'a> {
    staged: Vec<Staged<'a>>,
    _interrupts: Interrupts,
}

/// A file that is about to be replaced.
struct Staged<'a> {
    edit: &'a Edit,
    /// The file itself, behind any links.
    target: PathBuf,
    new: Option<TempPath>,
    old: Option<TempPath>,
}

impl<'a> Swap<'a> {
    /// Replaces the files. Before that everything is written beside them, and they are seen to hold what they held when
    /// they were read.
    pub(crate) fn make(edits: impl IntoIterator<Item = &'a Edit>) -> Result<Self, SwapError> {
        let interrupts = Interrupts::hold().map_err(SwapError::Signals)?;
        let mut staged: Vec<Staged<'_>> =
            edits.into_iter().map(Staged::new).collect::<Result<_, SwapError>>()?;
        for file in &staged {
            file.check()?;
        }
        if interrupts.noted() {
            return Err(SwapError::Interrupted);
        }
        // From here to the end of the loop the project is half-way; nothing but renaming happens.
        for at in 0..staged.len() {
            if let Err(source) = staged[at].replace() {
                let path = staged[at].edit.path.clone();
                return Err(put_back(&mut staged[..at], SwapError::Replace { path, source }));
            }
        }
        for file in &staged {
            sync_folder(&file.target);
        }
        Ok(Self { staged, _interrupts: interrupts })
    }

    /// Puts everything back; the error says why, or what could not be put back.
    pub(crate) fn undo<E: error::Error + From<NotPutBack> + Send + Sync + 'static>(mut self, reason: E) -> E {
        put_back(&mut self.staged, reason)
    }
}

impl<'a> Staged<'a> {
    /// Writes the new file beside the old one, and what it takes to put the old one back.
    fn new(edit: &'a Edit) -> Result<Self, SwapError> {
        let failed = |source| SwapError::Stage { path: edit.path.clone(), source };
        let target = fs::canonicalize(&edit.path).map_err(failed)?;
        let metadata = fs::metadata(&target).map_err(failed)?;
        if metadata.permissions().readonly() {
            return Err(SwapError::ReadOnly(edit.path.clone()));
        }
        let new = stage(&target, &edit.new, &metadata).map_err(failed)?;
        let old = stage(&target, &edit.old, &metadata).map_err(failed)?;
        Ok(Self { edit, target, new: Some(new), old: Some(old) })
    }

    /// Whether the file still holds what it held when it was read.
    fn check(&self) -> Result<(), SwapError> {
        match file::read_text(&self.target, lockfile::LARGEST) {
            Ok(text) if text.as_bytes() == self.edit.old => Ok(()),
            _ => Err(SwapError::Changed(self.edit.path.clone())),
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

/// Puts the old files back.
fn put_back<E: error::Error + From<NotPutBack> + Send + Sync + 'static>(
    staged: &mut [Staged<'_>],
    reason: E,
) -> E {
    let mut kept = Vec::new();
    for file in staged {
        let Some(old) = file.old.take() else { continue };
        if let Err(error) = old.persist(&file.target)
            && let Ok(copy) = error.path.keep()
        {
            kept.push((file.edit.path.clone(), copy));
        }
    }
    if kept.is_empty() { reason } else { E::from(NotPutBack { kept, source: Box::new(reason) }) }
}
