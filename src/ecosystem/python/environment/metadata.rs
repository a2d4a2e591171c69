//! Reading the metadata of one distribution: never more than its header.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    header,
    requires::{self, Needs},
};
use crate::{
    ecosystem::python::inventory::{Distribution, DistributionVersion, Requires},
    file,
};

/// How much is read at first: most headers are shorter.
const STEP: usize = 8 << 10;
/// The longest header that is read: a license and a description may be in it.
const LONGEST_HEADER: usize = 4 << 20;
/// The largest `requires.txt` that is read.
const LARGEST_REQUIRES: u64 = 4 << 20;

impl Distribution {
    /// What it depends on, by its metadata; `None` if nothing tells, or if it is listed.
    pub fn needs(&self) -> io::Result<Option<Needs>> {
        let Requires::Metadata(path) = &self.requires else { return Ok(None) };
        let mut needs = match header_of(path, header_ends)? {
            Some(header) => requires::of_header(&header),
            None => return Ok(None),
        };
        if needs.requires.is_empty()
            && let Some(folder) = folder_of(path)
            && let Ok(text) = file::read_text(&folder.join("requires.txt"), LARGEST_REQUIRES)
        {
            needs.requires = requires::of_requires_txt(&text);
        }
        Ok(Some(needs))
    }

    /// The header of its metadata; `None` if there is none, or if its requirements are in another file, as those of an
    /// egg are.
    pub fn header(&self) -> io::Result<Option<Vec<u8>>> {
        match &self.requires {
            Requires::Metadata(path) if path.file_name().is_some_and(|name| name == "METADATA") => {
                header_of(path, header_ends)
            }
            _ => Ok(None),
        }
    }

    /// Whether somebody asked for it, in contrast to what came along: `None` where nothing tells. Only pip notes the
    /// difference in a file `REQUESTED` (PEP 376); uv writes that file for everything, poetry for nothing.
    #[must_use]
    pub fn was_asked_for(&self) -> Option<bool> {
        let Requires::Metadata(path) = &self.requires else { return None };
        let folder = folder_of(path)?;
        let installer = file::read_text(&folder.join("INSTALLER"), 256).ok()?;
        (installer.trim() == "pip").then(|| folder.join("REQUESTED").exists())
    }
}

/// The version that the metadata tells, by the path at which it is expected.
pub(super) fn version(path: &Path) -> io::Result<DistributionVersion> {
    let header = header_of(path, |text| header_ends(text) || has_version(text))?;
    Ok(match header.as_deref().and_then(|header| header::first(header, "Version")) {
        None => DistributionVersion::Missing,
        Some(text) if text.is_empty() => DistributionVersion::Missing,
        Some(text) => text.trim().parse().map_or(DistributionVersion::Invalid, DistributionVersion::Valid),
    })
}

/// The header of a distribution's metadata: that of the first of `METADATA`, `PKG-INFO` and the entry itself that
/// holds anything. `None` if there is none, as when an uninstallation was cut short.
fn header_of(path: &Path, is_enough: impl Fn(&[u8]) -> bool) -> io::Result<Option<Vec<u8>>> {
    let candidates: Vec<PathBuf> = match folder_of(path) {
        Some(folder) => vec![folder.join("METADATA"), folder.join("PKG-INFO"), folder.to_owned()],
        None => vec![path.to_owned()],
    };
    for candidate in candidates {
        match read_header(&candidate, &is_enough) {
            Ok(header) if header.is_empty() => {}
            Ok(header) => return Ok(Some(header)),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The metadata folder, if the path leads into one.
fn folder_of(path: &Path) -> Option<&Path> {
    let is_within = path.file_name().is_some_and(|name| name == "METADATA" || name == "PKG-INFO");
    path.parent().filter(|_| is_within)
}

/// Whether there is nothing to read, as opposed to something that cannot be read.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
    )
}

/// Reads a file up to where it is enough.
fn read_header(path: &Path, is_enough: &impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
    // Asked before it is opened: opening a named pipe waits for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut file = File::open(path)?;
    let mut text = Vec::new();
    let mut filled = 0;
    loop {
        text.resize(filled.max(STEP / 2) * 2, 0);
        let read = file.read(&mut text[filled..])?;
        filled += read;
        // A file that gives less than it was asked for has no more.
        if filled < text.len() || filled >= LONGEST_HEADER || is_enough(&text[..filled]) {
            text.truncate(filled);
            return Ok(text);
        }
    }
}

/// Whether the whole header was read.
fn header_ends(text: &[u8]) -> bool {
    header::end(text).is_some()
}

/// Whether the version was read, and that it does not go on.
fn has_version(text: &[u8]) -> bool {
    let whole_lines = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    let mut fields = header::fields(&text[..whole_lines]);
    fields.any(|field| field.is("Version")) && fields.next().is_some()
}

#[cfg(test)]
mod tests;
