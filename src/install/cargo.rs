//! Runs cargo: no shell, nothing to read from, its words kept for when it fails.

use std::{
    fmt,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use thiserror::Error;

use super::interrupt::Interrupts;

/// How much of what cargo says is kept, in bytes from the end.
const KEPT: u64 = 16 << 10;
/// How often a running cargo is looked at.
const PULSE: Duration = Duration::from_millis(5);
/// How long cargo may take to end by itself after an interruption.
const GRACE: Duration = Duration::from_secs(2);

/// A command, as it would be typed in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// The folder it runs in.
    pub folder: PathBuf,
}

/// Why a command did not do its work.
#[derive(Debug, Error)]
pub enum CargoError {
    /// It could not be started.
    #[error("failed to start `{}`", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It could not be followed.
    #[error("failed to follow `{command}`")]
    Follow {
        /// The command.
        command: Command,
        /// Why.
        source: io::Error,
    },
    /// It failed.
    #[error("`{command}` failed ({status}){}", quoted(said))]
    Failed {
        /// The command.
        command: Command,
        /// How it ended.
        status: ExitStatus,
        /// The last of what it said.
        said: String,
    },
    /// The user interrupted it.
    #[error("`{command}` was interrupted")]
    Interrupted {
        /// The command.
        command: Command,
    },
}

impl CargoError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Start { .. } => {
                Some("the lockfile is brought up to date by cargo: install it, or name it in `CARGO`".into())
            }
            Self::Failed { said, .. } if said.contains("--offline") || said.contains("offline mode") => {
                Some("try again without `--offline`".into())
            }
            _ => None,
        }
    }
}

impl Command {
    /// Runs it on a copy of the project, the one whose root manifest is named; what it said comes back.
    pub(super) fn run_on(&self, manifest: &Path, interrupts: &Interrupts) -> Result<String, CargoError> {
        let follow = |source| CargoError::Follow { command: self.clone(), source };
        let mut said = tempfile::tempfile().map_err(follow)?;
        let mut child = std::process::Command::new(&self.program)
            .args(&self.args)
            .arg("--manifest-path")
            .arg(manifest)
            .current_dir(&self.folder)
            // Crates that need a newer Rust than the project has are the last choice, as in `cargo add`.
            .env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback")
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_PROGRESS_WHEN", "never")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said.try_clone().map_err(follow)?)
            .spawn()
            .map_err(|source| CargoError::Start { program: self.program.clone(), source })?;
        let mut deadline = None;
        let status = loop {
            if let Some(status) = child.try_wait().map_err(follow)? {
                break status;
            }
            if interrupts.noted() && *deadline.get_or_insert_with(|| Instant::now() + GRACE) <= Instant::now()
            {
                child.kill().map_err(follow)?;
            }
            thread::sleep(PULSE);
        };
        if interrupts.noted() {
            return Err(CargoError::Interrupted { command: self.clone() });
        }
        let said = tail(&mut said).map_err(follow)?;
        if status.success() {
            Ok(said)
        } else {
            Err(CargoError::Failed { command: self.clone(), status, said })
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.program.file_name().unwrap_or(self.program.as_os_str());
        f.write_str(&name.to_string_lossy())?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))
    }
}

/// The end of a file as text.
fn tail(file: &mut File) -> io::Result<String> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(KEPT)))?;
    let mut bytes = Vec::new();
    file.take(KEPT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What a program said, indented below the sentence that introduces it; control characters other than
/// line ends and tabs are shown as escapes.
fn quoted(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.trim().is_empty());
    lines.fold(String::new(), |mut text, line| {
        text.push_str("\n    ");
        for c in line.chars() {
            if c.is_control() && c != '\t' { text.extend(c.escape_default()) } else { text.push(c) }
        }
        text
    })
}
