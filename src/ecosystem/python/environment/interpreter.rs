//! Asking an interpreter for its `sys.path`: only where no file tells it.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read, Seek},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use pep440_rs::Version;
use thiserror::Error;

use super::python;
use crate::settings::Env;

/// What stands around the answer, so that whatever a `sitecustomize` prints is no part of it.
const MARK: &[u8] = b"\0\0otel-bootstrap\0\0";
/// What is asked. Only modules that every start loads are imported, so that nothing in the current folder can take
/// their place; that folder, which `-c` puts first, is left out as for any installed program.
const QUESTION: &str = r"
import sys, os
path = [os.fsencode(p) for p in sys.path if isinstance(p, str)]
if path and not path[0]: del path[0]
version = '.'.join(map(str, sys.version_info[:3])).encode()
mark = b'\0\0otel-bootstrap\0\0'
fields = [version, os.fsencode(sys.prefix)] + path
sys.stdout.flush()
os.write(1, mark + b'\0'.join(fields) + mark)
";
/// How long an interpreter may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked after.
const PULSE: Duration = Duration::from_millis(2);
/// The longest answer.
const LONGEST_ANSWER: u64 = 1 << 20;

/// What an interpreter says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// Its version.
    pub(super) python: Version,
    /// Its `sys.prefix`.
    pub(super) prefix: PathBuf,
    /// Its `sys.path`, `.pth` files and all.
    pub(super) path: Vec<PathBuf>,
}

/// Why an interpreter gave no answer.
#[derive(Debug, Error)]
pub enum AskError {
    /// It cannot be started.
    #[error(transparent)]
    Start(#[from] io::Error),
    /// It does not end.
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    TooSlow,
    /// It fails: a broken installation, Python 2, or no Python at all.
    #[error("it ended with {0}")]
    Failed(ExitStatus),
    /// It says something else.
    #[error("its answer is no list of folders")]
    Unreadable,
}

/// Asks an interpreter, in the environment and the folder that the user would start it in.
pub(super) fn ask(interpreter: &Path, env: &Env) -> Result<Answer, AskError> {
    let mut command = Command::new(interpreter);
    // Nothing is to be written, not even what Python compiles.
    command.args(["-B", "-c", QUESTION]);
    parse(&said(&mut command, env)?).ok_or(AskError::Unreadable)
}

/// What a program says on stdout, in the environment and the folder that the user would start it in: neither long nor
/// for long, or not at all.
pub(crate) fn said(command: &mut Command, env: &Env) -> Result<Vec<u8>, AskError> {
    let mut said = tempfile::tempfile()?;
    let mut child = command
        .env_clear()
        .envs(&env.variables)
        // These would change what is said, or wait for somebody.
        .env_remove("PYTHONINSPECT")
        .env_remove("PYTHONVERBOSE")
        .current_dir(&env.folder)
        .stdin(Stdio::null())
        .stdout(said.try_clone()?)
        .stderr(Stdio::null())
        .spawn()?;
    let status = wait(&mut child, &said)?;
    if !status.success() {
        return Err(AskError::Failed(status));
    }
    said.rewind()?;
    let mut bytes = Vec::new();
    said.take(LONGEST_ANSWER).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Waits for the end, but not forever, nor for endless talk.
fn wait(child: &mut Child, said: &File) -> Result<ExitStatus, AskError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let error = if said.metadata()?.len() > LONGEST_ANSWER {
            AskError::Unreadable
        } else if Instant::now() > deadline {
            AskError::TooSlow
        } else {
            thread::sleep(PULSE);
            continue;
        };
        child.kill()?;
        child.wait()?;
        return Err(error);
    }
}

/// Finds and parses the answer in what was said.
fn parse(said: &[u8]) -> Option<Answer> {
    let start = memchr::memmem::find(said, MARK)? + MARK.len();
    let end = memchr::memmem::find(&said[start..], MARK)?;
    let mut fields = said[start..start + end].split(|&b| b == 0);
    let python = python::version(std::str::from_utf8(fields.next()?).ok()?)?;
    let prefix = path(fields.next()?)?;
    let path = fields.map(path).collect::<Option<_>>()?;
    Some(Answer { python, prefix, path })
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere paths are text")]
fn path(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(OsStr::from_bytes(bytes).into())
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> Option<PathBuf> {
    Some(OsStr::new(std::str::from_utf8(bytes).ok()?).into())
}

#[cfg(test)]
mod tests;
