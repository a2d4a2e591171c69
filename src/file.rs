//! Reading the files of a project: text only, and never more than a sane amount of it.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use thiserror::Error;

/// Why a file could not be read.
#[derive(Debug, Error)]
pub enum FileError {
    /// The operating system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is a folder, a socket, or the like.
    #[error("is not a file")]
    NoFile,
    /// It is larger than anything sensible of its kind.
    #[error("is larger than {} MiB", .limit >> 20)]
    TooLarge {
        /// How many bytes are accepted.
        limit: u64,
    },
    /// It is not text.
    #[error("is not UTF-8 text (line {line})")]
    NoText {
        /// The first line that is not.
        line: usize,
    },
}

impl FileError {
    /// Whether there is no such file.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Io(error) => {
                matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
            }
            Self::NoFile | Self::TooLarge { .. } | Self::NoText { .. } => false,
        }
    }
}

/// Reads a text file of at most `limit` bytes.
pub fn read_text(path: &Path, limit: u64) -> Result<String, FileError> {
    // Asked before it is opened: opening a named pipe waits for a writer, forever if there is none.
    if !fs::metadata(path)?.is_file() {
        return Err(FileError::NoFile);
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.len() > limit {
        return Err(FileError::TooLarge { limit });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    // The file may grow while it is read.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge { limit });
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        FileError::NoText { line: memchr::memchr_iter(b'\n', valid).count() + 1 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_up_to_the_limit_and_not_beyond() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("file");
        fs::write(&path, "12345").expect("a file");
        assert_eq!(read_text(&path, 5).expect("fits"), "12345");
        assert!(matches!(read_text(&path, 4), Err(FileError::TooLarge { limit: 4 })));
    }

    #[cfg(unix)]
    #[test]
    fn a_named_pipe_that_nobody_writes_to_is_not_waited_for() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("`mkfifo` starts");
        assert!(made.success());
        assert!(matches!(read_text(&path, 9), Err(FileError::NoFile)));
    }

    #[test]
    fn what_is_no_text_file_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("file");
        assert!(read_text(&path, 9).is_err_and(|error| error.is_missing()));
        assert!(matches!(read_text(folder.path(), 9), Err(FileError::NoFile)));
        fs::write(&path, b"a\nb\n\xff\n").expect("a file");
        assert!(matches!(read_text(&path, 9), Err(FileError::NoText { line: 3 })));
    }
}
