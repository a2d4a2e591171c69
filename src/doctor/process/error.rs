//! Why nothing can be said of a process.

use std::io;

use thiserror::Error;

/// Why nothing can be said of a process.
#[derive(Debug, Error)]
pub enum ProcessError {
    /// There is nothing that tells of processes.
    #[error("there is no `/proc` that tells of processes")]
    NoProc,
    /// There is no such process.
    #[error("there is no process {pid}")]
    Missing {
        /// Its number.
        pid: u32,
    },
    /// The number is that of a thread.
    #[error("{pid} is a thread of process {of}")]
    Thread {
        /// The number.
        pid: u32,
        /// The process.
        of: u32,
    },
    /// It runs nothing of the user's.
    #[error("process {pid} is a thread of the kernel")]
    Kernel {
        /// Its number.
        pid: u32,
    },
    /// It has ended already.
    #[error("process {pid} has ended, and waits for process {parent} to take note of it")]
    Ended {
        /// Its number.
        pid: u32,
        /// The process that started it.
        parent: u32,
    },
    /// It has ended meanwhile.
    #[error("process {pid} ended while it was looked at")]
    Gone {
        /// Its number.
        pid: u32,
    },
    /// It has started another program meanwhile.
    #[error("process {pid} started another program while it was looked at")]
    Changed {
        /// Its number.
        pid: u32,
    },
    /// It belongs to somebody else.
    #[error("process {pid} may not be looked at")]
    Denied {
        /// Its number.
        pid: u32,
        /// The reason.
        source: io::Error,
    },
    /// A file about it cannot be read.
    #[error("failed to read `{file}` of process {pid}")]
    Read {
        /// Its number.
        pid: u32,
        /// The file.
        file: &'static str,
        /// The reason.
        source: io::Error,
    },
}

impl ProcessError {
    /// What a failure to read a file about a process means.
    pub(super) fn of(pid: u32, file: &'static str, source: io::Error) -> Self {
        // A process without memory has no such file any more: `ESRCH`.
        const NO_SUCH_PROCESS: i32 = 3;
        match source.kind() {
            io::ErrorKind::PermissionDenied => Self::Denied { pid, source },
            io::ErrorKind::NotFound => Self::Gone { pid },
            _ if source.raw_os_error() == Some(NO_SUCH_PROCESS) => Self::Gone { pid },
            _ => Self::Read { pid, file, source },
        }
    }

    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoProc if cfg!(target_os = "linux") => "mount it: `mount -t proc proc /proc`".to_owned(),
            Self::NoProc => {
                "`--pid` works on Linux; without it the files of a project are looked at".to_owned()
            }
            Self::Missing { .. } => {
                "`ps -e` lists what runs; what runs in a container has another number in there than \
                                     outside, and only its own user may see it where `/proc` hides processes"
                    .to_owned()
            }
            Self::Thread { of, .. } => format!("look at the process: `--pid {of}`"),
            Self::Kernel { .. } => "it belongs to the operating system, and runs no program".to_owned(),
            Self::Ended { parent, .. } => format!("look at who started it: `--pid {parent}`"),
            Self::Gone { .. } => {
                "it ends early, or its number was given to another one: look for it again".to_owned()
            }
            Self::Changed { .. } => "it has only begun: look again".to_owned(),
            Self::Denied { .. } => "run this as the user of the process, or as root".to_owned(),
            Self::Read { .. } => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_tells_what_has_become_of_the_process() {
        let told = |error: io::Error| ProcessError::of(7, "maps", error).to_string();
        assert_eq!(told(io::ErrorKind::PermissionDenied.into()), "process 7 may not be looked at");
        assert_eq!(told(io::ErrorKind::NotFound.into()), "process 7 ended while it was looked at");
        assert_eq!(told(io::Error::from_raw_os_error(3)), "process 7 ended while it was looked at");
        assert_eq!(told(io::Error::other("x")), "failed to read `maps` of process 7");
    }
}
