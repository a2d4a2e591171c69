//! `/proc/N/maps`: the files that are mapped into a process.
//!
//! Source of the form: `proc_pid_maps(5)`.

use std::{borrow::Cow, collections::BTreeSet};

/// How many files are looked at.
const MOST_FILES: usize = 50_000;

/// What stands behind the path of a file that is there no more.
const DELETED: &str = " (deleted)";

/// The files, each once. What is no text, and what has no file, is left out.
#[must_use]
pub fn files(text: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut last = "";
    for line in text.split(|byte| *byte == b'\n') {
        let Some(path) = std::str::from_utf8(line).ok().and_then(path) else { continue };
        // The parts of a file follow each other.
        if path != last {
            last = path;
            found.insert(unescaped(path).into_owned());
        }
        if found.len() == MOST_FILES {
            break;
        }
    }
    found
}

/// The path at the end of a line, behind addresses, rights, offset, device and inode.
fn path(line: &str) -> Option<&str> {
    let mut rest = line;
    for _ in 0..5 {
        rest = rest.split_once(' ')?.1.trim_start_matches(' ');
    }
    let path = without_mark(rest).0;
    path.starts_with('/').then_some(path)
}

/// A path as the kernel tells it, without the mark of a file that is there no more; and whether it had it.
#[must_use]
pub fn without_mark(path: &str) -> (&str, bool) {
    path.strip_suffix(DELETED).map_or((path, false), |path| (path, true))
}

/// A path whose line ends are written as `\012`.
fn unescaped(path: &str) -> Cow<'_, str> {
    if path.contains('\\') { Cow::Owned(path.replace("\\012", "\n")) } else { Cow::Borrowed(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_once_and_what_is_none_is_left_out() {
        let text = b"55d0-55d1 r--p 00000000 fe:00 1234                       /usr/bin/python3.11\n\
            55d1-55d2 r-xp 00001000 fe:00 1234                       /usr/bin/python3.11\n\
            55d3-55d4 rw-p 00000000 00:00 0                          [heap]\n\
            7f00-7f01 rw-p 00000000 00:00 0 \n\
            7f01-7f02 r-xp 00000000 fe:00 99    /app/my venv/x.so (deleted)\n\
            7f02-7f03 rw-s 00000000 00:01 99    /memfd:x (deleted)\n\
            7f03-7f04 r-xp 00000000 fe:00 7    /a\\012b\n\
            7f04-7f05 r-xp 00000000 fe:00 7    /\xff\n\
            \n no line";
        let found: Vec<String> = files(text).into_iter().collect();
        assert_eq!(found, ["/a\nb", "/app/my venv/x.so", "/memfd:x", "/usr/bin/python3.11"]);
    }
}
