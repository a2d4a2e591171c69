//! Runs other programs: no shell, nothing to read from, their words kept for when they fail.

use std::{
    ffi::OsStr,
    fmt,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::PathBuf,
    process::{ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::NamedTempFile;
use thiserror::Error;

use super::interrupt::Interrupts;

/// How much of what a program says is kept, in bytes from the end.
const KEPT: u64 = 16 << 10;
/// How often a running program is looked at.
const PULSE: Duration = Duration::from_millis(5);

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
pub enum ProgramError {
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

/// How a command is run.
pub(super) struct Manner<'a> {
    /// Arguments that are nobody's business, after those of the command.
    pub(super) more: &'a [&'a OsStr],
    /// Variables to set besides those that are inherited.
    pub(super) variables: &'a [(&'a str, &'a OsStr)],
    /// How long it may take to end by itself after an interruption.
    pub(super) grace: Duration,
    /// Is handed every line it says as soon as it is complete.
    pub(super) hear: &'a mut dyn FnMut(&str),
}

impl Command {
    /// Runs it; the last of what it said, on either stream, comes back. Without `interrupts` nothing stops it.
    pub(super) fn run(
        &self,
        manner: &mut Manner<'_>,
        interrupts: Option<&Interrupts>,
    ) -> Result<String, ProgramError> {
        let follow = |source| ProgramError::Follow { command: self.clone(), source };
        let file = NamedTempFile::new().map_err(follow)?;
        // A second look at the file, with a position of its own.
        let mut said = file.reopen().map_err(follow)?;
        let mut child = std::process::Command::new(&self.program)
            .args(&self.args)
            .args(manner.more)
            .envs(manner.variables.iter().copied())
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(file.as_file().try_clone().map_err(follow)?)
            .stderr(file.as_file().try_clone().map_err(follow)?)
            .spawn()
            .map_err(|source| ProgramError::Start { program: self.program.clone(), source })?;
        let is_noted = || interrupts.is_some_and(Interrupts::noted);
        let mut lines = Lines::default();
        let mut deadline = None;
        let status = loop {
            let ended = child.try_wait().map_err(follow)?;
            lines.take(&mut said, manner.hear).map_err(follow)?;
            if let Some(status) = ended {
                break status;
            }
            let now = Instant::now();
            if is_noted() && *deadline.get_or_insert_with(|| now + manner.grace) <= now {
                child.kill().map_err(follow)?;
            }
            thread::sleep(PULSE);
        };
        if is_noted() {
            return Err(ProgramError::Interrupted { command: self.clone() });
        }
        let said = tail(&mut said).map_err(follow)?;
        if status.success() {
            Ok(said)
        } else {
            Err(ProgramError::Failed { command: self.clone(), status, said })
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

/// Cuts what is said into lines.
#[derive(Default)]
struct Lines {
    /// What was said since the last end of a line.
    begun: Vec<u8>,
}

impl Lines {
    /// Hands on the lines that were completed since the last time.
    fn take(&mut self, said: &mut File, hear: &mut dyn FnMut(&str)) -> io::Result<()> {
        // A program that says a lot in a line of its own is not waited for.
        said.take(KEPT).read_to_end(&mut self.begun)?;
        while let Some(end) = self.begun.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.begun.drain(..=end).collect();
            hear(String::from_utf8_lossy(&line).trim_end());
        }
        if self.begun.len() as u64 > KEPT {
            self.begun.clear();
        }
        Ok(())
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
pub(super) fn quoted(said: &str) -> String {
    let lines = said.lines().filter(|line| !line.trim().is_empty());
    lines.fold(String::new(), |mut text, line| {
        text.push_str("\n    ");
        for c in line.chars() {
            if c.is_control() && c != '\t' { text.extend(c.escape_default()) } else { text.push(c) }
        }
        text
    })
}
