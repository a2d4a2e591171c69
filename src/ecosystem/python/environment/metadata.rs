//! Reading the metadata of one distribution: never more than its header.

use std::{
    borrow::Cow,
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use super::{
    header,
    requires::{self, Needs},
};
use crate::{
    ecosystem::python::inventory::{Distribution, DistributionVersion, Requires},
    file,
};

/// Where the metadata of a wheel lies in its folder.
const METADATA: &str = "METADATA";
/// Where that of an `.egg-info` does.
const EGG_METADATA: &str = "PKG-INFO";

/// How much is read at first: most headers are shorter.
const STEP: usize = 8 << 10;
/// The longest header that is read: a license and a description may be in it.
const LONGEST_HEADER: usize = 4 << 20;
/// The largest `requires.txt` that is read.
const LARGEST_REQUIRES: u64 = 4 << 20;

/// The header that was read last; its memory serves for the next one.
#[derive(Default)]
pub struct Header {
    bytes: Vec<u8>,
    /// How many of the bytes are it.
    filled: usize,
}

impl Header {
    /// What was read.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

impl Distribution {
    /// What it depends on, by its metadata; `None` if nothing tells, or if it is listed.
    pub fn needs(&self) -> io::Result<Option<Needs>> {
        let Requires::Metadata(path) = &self.requires else { return Ok(None) };
        let mut header = Header::default();
        if !read_header_of(path, &mut header, header_ends)? {
            return Ok(None);
        }
        let mut needs = requires::of_header(header.text());
        if needs.requires.is_empty()
            && let Some(folder) = folder_of(path)
            && let Ok(text) = file::read_text(&folder.join("requires.txt"), LARGEST_REQUIRES)
        {
            needs.requires = requires::of_requires_txt(&text);
        }
        Ok(Some(needs))
    }

    /// Reads the header of its metadata in place of the one that was read last; `false` if there is none, or if its
    /// requirements are in another file, as those of an egg are.
    pub fn read_header(&self, header: &mut Header) -> io::Result<bool> {
        match &self.requires {
            Requires::Metadata(path) if path.file_name().is_some_and(|name| name == METADATA) => {
                read_header_of(path, header, header_ends)
            }
            _ => Ok(false),
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
    let mut header = Header::default();
    read_header_of(path, &mut header, |text| header_ends(text) || has_version(text))?;
    Ok(match header::first(header.text(), "Version") {
        None => DistributionVersion::Missing,
        Some(text) if text.is_empty() => DistributionVersion::Missing,
        Some(text) => text.trim().parse().map_or(DistributionVersion::Invalid, DistributionVersion::Valid),
    })
}

/// Reads the header of a distribution's metadata in place of the one that was read last: that of the first of `METADATA`,
/// `PKG-INFO` and the entry itself that holds anything. `false` if there is none, as when an uninstallation was cut
/// short.
fn read_header_of(path: &Path, header: &mut Header, is_enough: impl Fn(&[u8]) -> bool) -> io::Result<bool> {
    let folder = folder_of(path);
    for name in folder.iter().flat_map(|_| [METADATA, EGG_METADATA]).map(Some).chain([None]) {
        let entry = folder.unwrap_or(path);
        let candidate = name.map_or(Cow::Borrowed(entry), |name| Cow::Owned(entry.join(name)));
        match fill(&candidate, header, &is_enough) {
            Ok(()) if header.filled == 0 => {}
            Ok(()) => return Ok(true),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(error),
        }
    }
    header.filled = 0;
    Ok(false)
}

/// The metadata folder, if the path leads into one.
fn folder_of(path: &Path) -> Option<&Path> {
    let is_within = path.file_name().is_some_and(|name| name == METADATA || name == EGG_METADATA);
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
fn fill(path: &Path, header: &mut Header, is_enough: &impl Fn(&[u8]) -> bool) -> io::Result<()> {
    // Asked before it is opened: opening a named pipe waits for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut file = File::open(path)?;
    header.filled = 0;
    loop {
        let room = (header.filled * 2).max(STEP);
        if header.bytes.len() < room {
            header.bytes.resize(room, 0);
        }
        header.filled += file.read(&mut header.bytes[header.filled..room])?;
        // A file that gives less than it was asked for has no more.
        if header.filled < room || header.filled >= LONGEST_HEADER || is_enough(header.text()) {
            return Ok(());
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
