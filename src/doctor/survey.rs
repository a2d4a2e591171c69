//! Everything that the files of a project say, read once.

use std::{
    num::NonZero,
    path::Path,
    thread::{self, available_parallelism},
};

use memchr::memmem;

use super::{
    cargo::source::{self as rust, Source},
    kind::Kind,
    launch::{Launch, Variable},
    python::source::{self, Module},
    read::{self, image::Stage},
    symptom::Place,
    tree::{self, File, LARGEST, Skip, Skips},
};
use crate::{
    ecosystem::Ecosystem,
    file::{self, FileError},
};

/// A Python source without any of these says nothing that matters.
const PYTHON_NEEDLES: [&str; 11] = [
    "opentelemetry",
    "OTEL_",
    "otel_",
    "DJANGO_SETTINGS_MODULE",
    "get_asgi_application",
    ".run(",
    "gunicorn",
    "max_tasks_per_child",
    "MAX_TASKS_PER_CHILD",
    "worker_process_shutdown",
    "patch_all",
];

/// How many files a thread is worth.
const LEAST_SHARE: usize = 100;

/// How many ways to start something are looked at in all.
const MOST_LAUNCHES: usize = 5000;

/// What the files of a project say.
#[derive(Debug, Default)]
pub struct Survey {
    /// How programs are started.
    pub launches: Vec<Sited<Launch>>,
    /// The Python sources that may matter.
    pub modules: Vec<Sited<Module>>,
    /// The Rust sources that may matter.
    pub sources: Vec<Sited<Source>>,
    /// The stages of images.
    pub images: Vec<Sited<Vec<Stage>>>,
    /// How many files were read.
    pub files: usize,
    /// Which were not, and why.
    pub skips: Skips,
}

/// Something, and the file that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sited<T> {
    /// The file, as somebody would name it who stands where the user is.
    pub path: String,
    /// What it says.
    pub what: T,
}

impl<T> Sited<T> {
    /// A line of the file.
    #[must_use]
    pub fn at(&self, line: usize) -> Place {
        Place::at(self.path.clone(), line)
    }
}

impl Survey {
    /// Reads the files below a folder, in as many threads as there is work for. `shown` gives the path for people.
    ///
    /// # Panics
    ///
    /// Never: where a thread could, the program has ended.
    #[must_use]
    pub fn of(root: &Path, ecosystem: Ecosystem, shown: impl Fn(&Path) -> String) -> Self {
        let (files, skips) = tree::walk(root);
        let is_foreign = |kind| match kind {
            Kind::Python => ecosystem != Ecosystem::Python,
            Kind::Rust => ecosystem != Ecosystem::Cargo,
            _ => false,
        };
        let meant = files.into_iter().filter(|file| !is_foreign(file.kind));
        let files: Vec<(File, String)> = meant
            .map(|file| {
                let shown = shown(&file.path);
                (file, shown)
            })
            .collect();
        let share = files.len().div_ceil(available_parallelism().map_or(1, NonZero::get)).max(LEAST_SHARE);
        let (own, others) = files.split_at(share.min(files.len()));
        let mut survey = Self { skips, ..Self::default() };
        thread::scope(|scope| {
            let read = |files| {
                let mut survey = Self::default();
                survey.read_all(files);
                survey
            };
            let others: Vec<_> = others.chunks(share).map(|files| scope.spawn(move || read(files))).collect();
            survey.read_all(own);
            for other in others {
                survey.extend(other.join().expect("a panic ends the program"));
            }
        });
        survey
    }

    /// Adds what files say; beside each is its path for people.
    fn read_all(&mut self, files: &[(File, String)]) {
        for (file, shown) in files {
            self.read(file, shown);
        }
    }

    /// Adds what the files after these say.
    fn extend(&mut self, other: Self) {
        let room = MOST_LAUNCHES.saturating_sub(self.launches.len());
        self.launches.extend(other.launches.into_iter().take(room));
        self.modules.extend(other.modules);
        self.sources.extend(other.sources);
        self.images.extend(other.images);
        self.files += other.files;
        self.skips.extend(other.skips);
    }

    /// Reads a file; what cannot be read is counted.
    fn read(&mut self, file: &File, path: &str) {
        let text = match file::read_text(&file.path, LARGEST) {
            Ok(text) => text,
            Err(error) => return self.skips.add(reason(&error), path),
        };
        self.files += 1;
        if self.take(file.kind, &text, path).is_err() {
            self.skips.add(Skip::Unparsed, path);
        }
    }

    /// Adds what a text says.
    fn take(&mut self, kind: Kind, text: &str, path: &str) -> Result<(), read::Unparsed> {
        let sited = |what| Sited { path: path.to_owned(), what };
        if kind == Kind::Python {
            if PYTHON_NEEDLES.iter().any(|needle| memmem::find(text.as_bytes(), needle.as_bytes()).is_some())
                || is_gunicorn(path)
            {
                self.modules.push(Sited { path: path.to_owned(), what: source::parse(text)? });
            }
            return Ok(());
        }
        if kind == Kind::Rust {
            self.sources.push(Sited { path: path.to_owned(), what: rust::parse(text)? });
            return Ok(());
        }
        if kind == Kind::Dockerfile {
            self.images.push(Sited { path: path.to_owned(), what: read::image::stages(text) });
        }
        let room = MOST_LAUNCHES.saturating_sub(self.launches.len());
        self.launches.extend(read::launches(kind, text)?.into_iter().take(room).map(sited));
        Ok(())
    }

    /// All variables that any file sets, for whatever it starts.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &Variable)> {
        let launched = self.launches.iter().flat_map(|launch| {
            launch.what.environment.iter().map(|variable| (launch.path.as_str(), variable))
        });
        let set = self.modules.iter().flat_map(|module| {
            module.what.environment.iter().map(|variable| (module.path.as_str(), variable))
        });
        launched.chain(set)
    }
}

/// Whether a source is the configuration of Gunicorn.
#[must_use]
pub fn is_gunicorn(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains("gunicorn"))
}

fn reason(error: &FileError) -> Skip {
    match error {
        FileError::TooLarge { .. } => Skip::TooLarge,
        FileError::NoText { .. } => Skip::NotText,
        FileError::Io(_) | FileError::NoFile => Skip::Unreadable,
    }
}
