//! What the process was started in: the only place that reads it.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io::IsTerminal,
    path::{Path, PathBuf},
};

use crate::root::Root;

/// The folder below the user's cache that belongs to this program.
const CACHE_FOLDER: &str = "otel-bootstrap";

/// What the process was started in: variables and streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Env {
    /// The environment variables.
    pub variables: BTreeMap<OsString, OsString>,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether stderr is a terminal.
    pub stderr_is_terminal: bool,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
    /// The root that absolute paths begin at.
    pub root: Root,
    /// How many columns the terminal has, if there is one.
    pub columns: Option<usize>,
}

impl Env {
    /// Reads it from the process.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            folder: std::env::current_dir().unwrap_or_default(),
            root: Root::default(),
            columns: terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
        }
    }

    /// A variable; an empty one counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// The user's cache folder of this program: `XDG_CACHE_HOME` where it is absolute, as its
    /// specification demands, else what is usual on the system.
    #[must_use]
    pub fn cache_folder(&self) -> Option<PathBuf> {
        let absolute = |name: &str| self.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let usual = || {
            if cfg!(windows) {
                absolute("LOCALAPPDATA")
            } else if cfg!(target_os = "macos") {
                absolute("HOME").map(|home| home.join("Library/Caches"))
            } else {
                absolute("HOME").map(|home| home.join(".cache"))
            }
        };
        absolute("XDG_CACHE_HOME").or_else(usual).map(|caches| caches.join(CACHE_FOLDER))
    }

    /// Cargo's home folder (the cargo book, "Cargo Home").
    #[must_use]
    pub fn cargo_home(&self) -> Option<PathBuf> {
        let home = || self.get(if cfg!(windows) { "USERPROFILE" } else { "HOME" });
        let usual = || home().map(|home| Path::new(home).join(".cargo"));
        self.get("CARGO_HOME").map(|path| self.folder.join(path)).or_else(usual)
    }
}
