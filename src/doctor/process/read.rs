//! Everything that is read about a process: never more than a sane amount, and nothing is asked of the process itself.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    environ::Environ,
    error::ProcessError,
    maps,
    relative::{self, Family},
    stat::{self, Stat},
};
use crate::root::Root;

/// The most bytes that are read of each file.
const MOST: [(&str, u64); 6] = [
    ("cmdline", 2 << 20),
    ("environ", 4 << 20),
    ("maps", 32 << 20),
    ("stat", 4 << 10),
    ("status", 64 << 10),
    ("uptime", 4 << 10),
];

/// How many ticks there are in a second: fixed for all that a program gets to see.
const TICKS: u64 = 100;

/// What runs for less than so many seconds may not have loaded everything yet.
const YOUTH: u64 = 10;

/// What there is to read about a process. Paths are as they are called within its root.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The number that it has in its own container, if that is another.
    pub inner_pid: Option<u32>,
    /// What it is, and whose child.
    pub stat: Stat,
    /// Whether it was started a moment ago, and may not have loaded everything yet.
    pub is_young: bool,
    /// Its command line, or the title that it has given itself.
    pub words: Vec<String>,
    /// The variables that it was started with.
    pub environ: Environ,
    /// The files that are mapped into it.
    pub files: BTreeSet<String>,
    /// The file of its program.
    pub exe: Option<String>,
    /// Whether that file is no longer there, as after an upgrade.
    pub is_replaced: bool,
    /// The folder that it is in.
    pub folder: PathBuf,
    /// Its root.
    pub root: Root,
    /// Whether that is another one than that of this program.
    pub is_contained: bool,
    /// Its parent and its children.
    pub family: Family,
}

impl Process {
    /// Reads it. `proc` is where the kernel tells of processes: `/proc`.
    pub fn read(proc: &Path, pid: u32) -> Result<Self, ProcessError> {
        let folder = proc.join(pid.to_string());
        if fs::symlink_metadata(&folder).is_err() {
            let tells = fs::symlink_metadata(proc.join("self")).is_ok();
            return Err(if tells { ProcessError::Missing { pid } } else { ProcessError::NoProc });
        }
        let stat = stat_of(proc, pid)?;
        let inner_pid = not_alone(&folder, pid)?;
        if stat.is_of_kernel {
            return Err(ProcessError::Kernel { pid });
        }
        if stat.is_ended {
            return Err(ProcessError::Ended { pid, parent: stat.parent });
        }
        let link = |file| link(&folder, pid, file);
        let root = link("root")?;
        let inner = |path: &str| within(&root, path).to_owned();
        let environ = Environ::parse(&bytes(&folder, pid, "environ")?);
        let files = maps::files(&bytes(&folder, pid, "maps")?);
        let exe = link("exe").ok();
        let (exe, is_replaced) = match exe.as_deref().map(maps::without_mark) {
            Some((path, is_replaced)) => (Some(inner(path)), is_replaced),
            None => (None, false),
        };
        let words = words(&bytes(&folder, pid, "cmdline")?);
        let family = relative::family(proc, pid, &stat, &words);
        let uptime = text(proc, "uptime").ok().and_then(|text| text.split('.').next()?.parse::<u64>().ok());
        let process = Self {
            pid,
            inner_pid,
            is_young: uptime.is_some_and(|seconds| seconds < stat.started / TICKS + YOUTH),
            files: files.iter().map(|path| inner(path)).collect(),
            folder: inner(maps::without_mark(&link("cwd")?).0).into(),
            is_contained: root != "/" || is_apart(proc, &folder),
            root: Root::at(folder.join("root")),
            words,
            environ,
            exe,
            is_replaced,
            family,
            stat,
        };
        process.still_runs(proc)?;
        // What starts another program keeps its number and the time of its start.
        let is_same = environ_of(proc, pid).as_ref() == Some(&process.environ)
            && exe_of(proc, pid).map(|exe| inner(&exe)) == process.exe;
        if is_same { Ok(process) } else { Err(ProcessError::Changed { pid }) }
    }

    /// Fails if the process has ended, even if another one has got its number.
    pub fn still_runs(&self, proc: &Path) -> Result<(), ProcessError> {
        let gone = || ProcessError::Gone { pid: self.pid };
        let stat = stat_of(proc, self.pid).map_err(|_| gone())?;
        if stat.started == self.stat.started && !stat.is_ended { Ok(()) } else { Err(gone()) }
    }
}

/// What `stat` says of a process.
pub(super) fn stat_of(proc: &Path, pid: u32) -> Result<Stat, ProcessError> {
    let text =
        text(&proc.join(pid.to_string()), "stat").map_err(|source| ProcessError::of(pid, "stat", source))?;
    stat::parse(&text).ok_or_else(|| ProcessError::Read {
        pid,
        file: "stat",
        source: io::Error::other("it is of a form that is not known"),
    })
}

/// The words of a command line, as they were handed over.
pub(super) fn words_of(proc: &Path, pid: u32) -> Option<Vec<String>> {
    read(&proc.join(pid.to_string()), "cmdline").ok().map(|bytes| words(&bytes))
}

/// The variables of a process, if they may be read.
pub(super) fn environ_of(proc: &Path, pid: u32) -> Option<Environ> {
    read(&proc.join(pid.to_string()), "environ").ok().map(|bytes| Environ::parse(&bytes))
}

/// The file of the program of a process, if it may be known.
pub(super) fn exe_of(proc: &Path, pid: u32) -> Option<String> {
    let link = link(&proc.join(pid.to_string()), pid, "exe").ok()?;
    Some(maps::without_mark(&link).0.to_owned())
}

/// That it is a process and no thread; its number in its own container, if that is another.
fn not_alone(folder: &Path, pid: u32) -> Result<Option<u32>, ProcessError> {
    let status = text(folder, "status").map_err(|source| ProcessError::of(pid, "status", source))?;
    let numbers = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        line.unwrap_or_default().split_ascii_whitespace().filter_map(|number| number.parse::<u32>().ok())
    };
    match numbers("Tgid").next() {
        Some(of) if of != pid => Err(ProcessError::Thread { pid, of }),
        _ => Ok(numbers("NSpid").next_back().filter(|inner| *inner != pid)),
    }
}

/// Whether a process sees other file systems than this program.
fn is_apart(proc: &Path, folder: &Path) -> bool {
    let of = |folder: &Path| fs::read_link(folder.join("ns/mnt")).ok();
    matches!((of(folder), of(&proc.join("self"))), (Some(its), Some(own)) if its != own)
}

/// A path as it is called within a root: what the kernel tells begins at the root of this program.
fn within<'p>(root: &str, path: &'p str) -> &'p str {
    match path.strip_prefix(root) {
        Some("") => "/",
        Some(below) if below.starts_with('/') => below,
        _ => path,
    }
}

fn words(bytes: &[u8]) -> Vec<String> {
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    if bytes.is_empty() {
        return Vec::new();
    }
    bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

fn link(folder: &Path, pid: u32, file: &'static str) -> Result<String, ProcessError> {
    let read = fs::read_link(folder.join(file)).map_err(|source| ProcessError::of(pid, file, source))?;
    let other = || ProcessError::Read { pid, file, source: io::Error::other("it is no UTF-8 text") };
    read.into_os_string().into_string().map_err(|_| other())
}

fn bytes(folder: &Path, pid: u32, file: &'static str) -> Result<Vec<u8>, ProcessError> {
    read(folder, file).map_err(|source| ProcessError::of(pid, file, source))
}

fn text(folder: &Path, file: &'static str) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&read(folder, file)?).into_owned())
}

/// The beginning of a file, as much of it as is ever read.
fn read(folder: &Path, file: &'static str) -> io::Result<Vec<u8>> {
    let path = folder.join(file);
    if !fs::metadata(&path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let most = MOST.iter().find(|(name, _)| *name == file).map_or(0, |(_, most)| *most);
    let mut bytes = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_as_they_are_called_within_the_root() {
        assert_eq!(within("/", "/usr/bin/x"), "/usr/bin/x");
        assert_eq!(within("/srv/box", "/srv/box/usr/bin/x"), "/usr/bin/x");
        assert_eq!(within("/srv/box", "/srv/box"), "/");
        assert_eq!(within("/srv/box", "/srv/boxes/x"), "/srv/boxes/x");
    }

    #[test]
    fn empty_words_are_words() {
        assert_eq!(words(b"a\0\0b\0"), ["a", "", "b"]);
        assert_eq!(words(b"\0"), [""; 0]);
        assert_eq!(words(b""), [""; 0]);
        assert_eq!(words(b"gunicorn: master [x]\0\0\0"), ["gunicorn: master [x]", "", ""]);
    }
}
