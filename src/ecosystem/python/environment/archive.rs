//! Archives on `sys.path`: zipped eggs, wheels. Their table of contents tells which distributions they hold.
//!
//! Source of the rules: the ZIP application note, 4.3.12 and 4.3.16, and `zipfile`. Nothing is unpacked.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// The size of the record at the end, without its comment.
const END_SIZE: usize = 22;
/// The longest comment behind it.
const LONGEST_COMMENT: usize = u16::MAX as usize;
/// The largest table of contents that is read.
const LARGEST_TABLE: u64 = 16 << 20;
/// The size of an entry of the table, without its names.
const ENTRY_SIZE: usize = 46;

/// The names at the root of an archive, in the order of its table; none if the file is no archive.
pub(super) fn roots(path: &Path) -> io::Result<Vec<String>> {
    // Asked before it is opened: opening a named pipe waits for a writer.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Ok(Vec::new());
    }
    let mut file = File::open(path)?;
    let tail_at = metadata.len().saturating_sub((END_SIZE + LONGEST_COMMENT) as u64);
    file.seek(SeekFrom::Start(tail_at))?;
    let mut tail = Vec::new();
    (&mut file).take((END_SIZE + LONGEST_COMMENT) as u64).read_to_end(&mut tail)?;
    let Some((at, size)) = table(&tail, tail_at) else { return Ok(Vec::new()) };
    file.seek(SeekFrom::Start(at))?;
    let mut table = Vec::new();
    file.take(size).read_to_end(&mut table)?;
    Ok(names(&table))
}

/// Where the table of contents lies, and its size, by the end of an archive, which starts at an offset.
fn table(tail: &[u8], tail_at: u64) -> Option<(u64, u64)> {
    let end = memchr::memmem::rfind(tail, b"PK\x05\x06")?;
    if tail.len() - end < END_SIZE {
        return None;
    }
    let size = u64::from(number(tail, end + 12)?);
    // Archives with something in front of them count from their own start.
    let at = (tail_at + end as u64).checked_sub(size)?;
    (size <= LARGEST_TABLE).then_some((at, size))
}

/// The first parts of the names in a table of contents, each once.
fn names(table: &[u8]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    let mut rest = table;
    while rest.starts_with(b"PK\x01\x02") {
        let length = |at| rest.get(at..at + 2).map(|b| usize::from(u16::from_le_bytes([b[0], b[1]])));
        let (Some(name), Some(extra), Some(comment)) = (length(28), length(30), length(32)) else { break };
        let Some(text) = rest.get(ENTRY_SIZE..ENTRY_SIZE + name) else { break };
        let root = text.split(|&b| b == b'/').next().and_then(|root| std::str::from_utf8(root).ok());
        if let Some(root) = root.filter(|root| !root.is_empty() && seen.insert(root.to_owned())) {
            names.push(root.to_owned());
        }
        rest = rest.get(ENTRY_SIZE + name + extra + comment..).unwrap_or_default();
    }
    names
}

/// A number of four bytes.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive's table of contents and end for files of these names, behind some other bytes.
    fn archive(names: &[&str]) -> Vec<u8> {
        let mut bytes = b"#!/usr/bin/env python3\n".to_vec();
        let start = bytes.len();
        for name in names {
            let mut entry = [0; ENTRY_SIZE];
            entry[..4].copy_from_slice(b"PK\x01\x02");
            entry[28..30].copy_from_slice(&u16::try_from(name.len()).expect("short").to_le_bytes());
            bytes.extend(entry);
            bytes.extend(name.as_bytes());
        }
        let size = u32::try_from(bytes.len() - start).expect("short");
        let mut end = [0; END_SIZE];
        end[..4].copy_from_slice(b"PK\x05\x06");
        end[12..16].copy_from_slice(&size.to_le_bytes());
        bytes.extend(end);
        bytes
    }

    fn read(bytes: &[u8]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.egg");
        fs::write(&path, bytes).expect("a file");
        roots(&path).expect("readable")
    }

    #[test]
    fn the_table_of_contents_tells_the_names() {
        let bytes = archive(&["EGG-INFO/PKG-INFO", "EGG-INFO/top_level.txt", "x/__init__.py", "y.py"]);
        assert_eq!(read(&bytes), ["EGG-INFO", "x", "y.py"]);
    }

    #[test]
    fn what_is_no_archive_has_no_names() {
        let whole = archive(&["EGG-INFO/PKG-INFO"]);
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_empty(), "cut at {end}");
        }
        assert!(roots(Path::new("/")).expect("a folder").is_empty());
    }
}
