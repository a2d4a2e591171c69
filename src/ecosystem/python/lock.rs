//! Lockfiles: what a production install for some interpreter and platform would have.
//!
//! Every format has a parser over its text, in a module of its own; this one reads the file and what stands
//! beside it.

mod error;
mod files;
mod format;
mod lean;
mod marker;
mod parts;
pub mod pdm;
pub mod pipfile;
mod platform;
pub mod poetry;
mod project;
pub mod pylock;
mod range;
mod request;
pub mod requirements;
mod target;
#[cfg(test)]
mod testing;
mod tree;
pub mod uv;
mod walk;

use std::path::Path;

pub use error::{LockError, ParseError};
pub use files::{Files, files};
pub use format::{Found, find};
pub use marker::InvalidMarker;
pub(super) use marker::{Chosen, Markers};
pub use parts::{Part, Parts, UnknownPart};
pub use platform::{Platform, UnknownPlatform};
pub use request::{Parsed, Request};
pub use target::Target;
pub(crate) use target::full;

use super::inventory::{Inventory, LockFormat, Skipped, Source};
use crate::{document, file};

/// The largest lockfile that is read, in bytes: one of a thousand packages takes three million.
pub const LARGEST: u64 = 32 << 20;

/// The file that describes a project.
const PROJECT: &str = "pyproject.toml";

/// Reads a lockfile of that format: what a production install for the target would have, and the parts that are
/// asked for.
///
/// A `pyproject.toml` beside it is read too, for what a format does not tell: the default groups, what the project
/// itself depends on.
pub fn read(path: &Path, format: LockFormat, target: &Target, parts: &Parts) -> Result<Inventory, LockError> {
    let text =
        file::read_text(path, LARGEST).map_err(|source| LockError::File { path: path.to_owned(), source })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let manifest = folder.join(PROJECT);
    let manifest_text = match file::read_text(&manifest, LARGEST) {
        Ok(text) => Some(text),
        Err(error) if error.is_missing() => None,
        Err(source) => return Err(LockError::File { path: manifest, source }),
    };
    let project = match manifest_text.as_deref().map(document::parse).transpose() {
        Ok(project) => project,
        Err(error) => return Err(LockError::Parse { path: manifest, source: error.into() }),
    };
    let beside = |name: &str| file::read_text(&folder.join(name), LARGEST).ok();
    let request = Request { target, parts, project: project.as_ref(), beside: &beside };
    let refuse = |source| match source {
        ParseError::Part(source) => LockError::Part { path: path.to_owned(), source },
        source => LockError::Parse { path: path.to_owned(), source },
    };
    let mut skipped = Vec::new();
    let parsed = match format {
        LockFormat::Uv => uv::parse(&text, &request).map_err(refuse)?,
        LockFormat::Poetry => poetry::parse(&text, &request).map_err(refuse)?,
        LockFormat::Pdm => pdm::parse(&text, &request).map_err(refuse)?,
        LockFormat::Pipfile => pipfile::parse(&text, &request).map_err(refuse)?,
        LockFormat::Pylock => pylock::parse(&text, &request).map_err(refuse)?,
        LockFormat::Requirements => {
            let (parsed, left_out) = requirements::read(path, &text, &request)?;
            skipped = left_out;
            parsed
        }
    };
    let noted = |reason| Skipped { path: path.to_owned(), reason };
    skipped.extend(parsed.notes.into_iter().map(noted));
    Ok(Inventory {
        source: Source::Lockfile { path: path.to_owned(), format },
        distributions: parsed.distributions,
        python: Some(parsed.python),
        direct: parsed.direct,
        skipped,
    })
}
