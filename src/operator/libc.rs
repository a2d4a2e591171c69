//! The C library that compiled packages are linked with.

use std::fmt;

/// A C library of Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Libc {
    /// That of Debian, Ubuntu, Red Hat and most others.
    Glibc,
    /// That of Alpine.
    Musl,
}

impl Libc {
    /// Its name, as the operator's annotation and `--libc` spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Glibc => "glibc",
            Self::Musl => "musl",
        }
    }
}

impl fmt::Display for Libc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
