//! Reading the metadata of one distribution: never more than its header.

use std::{
    borrow::Cow,
    io::{self, Read},
    path::Path,
};

use super::{
    folder::Folder,
    header,
    requires::{self, Needs},
};
use crate::{
    ecosystem::python::inventory::{Distribution, DistributionVersion, Requires},
    file,
};

/// Where the metadata of a wheel lies in its folder.
pub(super) const METADATA: &str = "METADATA";
/// Where that of an `.egg-info` does, and of an egg.
pub(super) const EGG_METADATA: &str = "PKG-INFO";

/// How much is read at first: most headers are shorter.
const STEP: usize = 4 << 10;
/// The longest header that is kept for another look.
const LONGEST_KEPT: usize = 16 << 10;
/// The longest header that is read: a license and a description may be in it.
const LONGEST_HEADER: usize = 4 << 20;
/// The largest `requires.txt` that is read.
const LARGEST_REQUIRES: u64 = 4 << 20;

/// The header that was read last; its memory serves for the next one.
#[derive(Default)]
pub struct Header {
    folder: Folder,
    bytes: Vec<u8>,
    /// How many bytes were read.
    filled: usize,
    /// How many of them are the header.
    length: usize,
}

impl Header {
    /// Reads the header of a distribution's metadata in place of the one that was read last, by the path at which that
    /// is expected. None, as when an uninstallation was cut short, is an empty one.
    pub(super) fn read(&mut self, path: &Path) -> io::Result<()> {
        read_header_of(path, self, |_| false)
    }

    /// The version that it tells.
    pub(super) fn version(&self) -> DistributionVersion {
        match header::first(self.text(), "Version") {
            None => DistributionVersion::Missing,
            Some(text) if text.is_empty() => DistributionVersion::Missing,
            Some(text) => {
                text.trim().parse().map_or(DistributionVersion::Invalid, DistributionVersion::Valid)
            }
        }
    }

    /// Takes out what was read, if it is not so long that it is better read again.
    pub(super) fn take(&mut self) -> Option<Box<[u8]>> {
        let kept = (1..=LONGEST_KEPT).contains(&self.length).then(|| self.text().into());
        self.clear();
        kept
    }

    /// What was read.
    fn text(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn clear(&mut self) {
        (self.filled, self.length) = (0, 0);
    }
}

impl Distribution {
    /// What it depends on, by its metadata; `None` if nothing tells, or if it is listed.
    pub fn needs(&self) -> io::Result<Option<Needs>> {
        let Requires::Metadata { path, header } = &self.requires else { return Ok(None) };
        let mut buffer = Header::default();
        let text = if let Some(header) = header {
            header
        } else {
            buffer.read(path)?;
            buffer.text()
        };
        if text.is_empty() {
            return Ok(None);
        }
        let mut needs = requires::of_header(text);
        if needs.requires.is_empty()
            && let Some(folder) = folder_of(path)
            && let Ok(text) = file::read_text(&folder.join("requires.txt"), LARGEST_REQUIRES)
        {
            needs.requires = requires::of_requires_txt(&text);
        }
        Ok(Some(needs))
    }

    /// The header of its metadata, read into a buffer if it was not read before; `None` if there is none, or if its
    /// requirements are in another file, as those of an egg are.
    pub fn header<'a>(&'a self, buffer: &'a mut Header) -> io::Result<Option<&'a [u8]>> {
        match &self.requires {
            Requires::Metadata { path, header } if is_of_wheel(path) => {
                if let Some(header) = header {
                    return Ok(Some(header));
                }
                buffer.read(path)?;
                Ok(Some(buffer.text()).filter(|text| !text.is_empty()))
            }
            _ => Ok(None),
        }
    }

    /// Whether somebody asked for it, in contrast to what came along: `None` where nothing tells. Only pip notes the
    /// difference in a file `REQUESTED` (PEP 376); uv writes that file for everything, poetry for nothing.
    #[must_use]
    pub fn was_asked_for(&self) -> Option<bool> {
        let Requires::Metadata { path, .. } = &self.requires else { return None };
        let folder = folder_of(path)?;
        let installer = file::read_text(&folder.join("INSTALLER"), 256).ok()?;
        (installer.trim() == "pip").then(|| folder.join("REQUESTED").exists())
    }
}

/// The version that the metadata tells, by the path at which it is expected.
pub(super) fn version(path: &Path) -> io::Result<DistributionVersion> {
    let mut header = Header::default();
    read_header_of(path, &mut header, has_version)?;
    Ok(header.version())
}

/// Reads the header of the first of `METADATA`, `PKG-INFO` and the entry itself that holds anything; an empty one if
/// none does.
fn read_header_of(path: &Path, header: &mut Header, is_enough: impl Fn(&[u8]) -> bool) -> io::Result<()> {
    let folder = folder_of(path);
    for name in folder.iter().flat_map(|_| [METADATA, EGG_METADATA]).map(Some).chain([None]) {
        let entry = folder.unwrap_or(path);
        let candidate = match name {
            Some(METADATA) if is_of_wheel(path) => Cow::Borrowed(path),
            Some(name) => Cow::Owned(entry.join(name)),
            None => Cow::Borrowed(entry),
        };
        match fill(&candidate, header, &is_enough) {
            Ok(()) if header.filled == 0 => {}
            Ok(()) => return Ok(()),
            Err(error) if is_absent(&error) => {}
            Err(error) => {
                header.clear();
                return Err(error);
            }
        }
    }
    header.clear();
    Ok(())
}

/// Whether it is the metadata of a wheel that a path leads to.
fn is_of_wheel(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(METADATA.as_bytes())
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

/// Reads a file up to the end of its header, or to where it is enough.
fn fill(path: &Path, header: &mut Header, is_enough: &impl Fn(&[u8]) -> bool) -> io::Result<()> {
    let mut file = header.folder.open(path)?;
    header.clear();
    loop {
        let room = (header.filled * 2).max(STEP);
        if header.bytes.len() < room {
            header.bytes.resize(room, 0);
        }
        header.filled += file.read(&mut header.bytes[header.filled..room])?;
        let end = header::end(&header.bytes[..header.filled]);
        header.length = end.unwrap_or(header.filled);
        // A file that gives less than it was asked for has no more.
        let is_all = header.filled < room || header.filled >= LONGEST_HEADER;
        if is_all || end.is_some() || is_enough(header.text()) {
            return Ok(());
        }
    }
}

/// Whether the version was read, and that it does not go on.
fn has_version(text: &[u8]) -> bool {
    let whole_lines = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    let mut fields = header::fields(&text[..whole_lines]);
    fields.any(|field| field.is("Version")) && fields.next().is_some()
}

#[cfg(test)]
mod tests;
