//! The files of a project that may say something, found without following links.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::kind::{Kind, kind_of};

/// The largest file that is read, in bytes.
pub const LARGEST: u64 = 1 << 20;

/// How many entries of folders are looked at.
const MOST_ENTRIES: usize = 200_000;

/// How deep folders may lie in each other.
const DEEPEST: usize = 40;

/// Folders with what others have written, or what programs have made.
const FOREIGN: [&str; 10] = [
    "__pycache__",
    "__pypackages__",
    "bower_components",
    "conda-meta",
    "dist-packages",
    "node_modules",
    "site-packages",
    "target",
    "vendor",
    "wheels",
];

/// Folders with what is not a part of what runs in production.
const ASIDE: [&str; 13] = [
    "bench",
    "benches",
    "benchmarks",
    "ci",
    "doc",
    "docs",
    "example",
    "examples",
    "fixtures",
    "test",
    "testdata",
    "testing",
    "tests",
];

/// A file that may say something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// Its path from the root of the project, with `/` on every system.
    pub relative: String,
    /// What it is.
    pub kind: Kind,
}

/// Why something was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// It is larger than [`LARGEST`].
    TooLarge,
    /// It is not UTF-8.
    NotText,
    /// The operating system refuses.
    Unreadable,
    /// It does not follow the grammar: a template, another version of the language, an error.
    Unparsed,
    /// A folder that lies deeper than `DEEPEST`, or beyond `MOST_ENTRIES`.
    TooMany,
}

impl Skip {
    /// Which files, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::TooLarge => "larger than 1 MiB",
            Self::NotText => "not text",
            Self::Unreadable => "not readable",
            Self::Unparsed => "not parsable",
            Self::TooMany => "beyond what is looked at",
        }
    }
}

/// What was not read, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skips(BTreeMap<Skip, Vec<String>>);

impl Skips {
    /// Notes that a file was not read.
    pub fn add(&mut self, skip: Skip, relative: &str) {
        self.0.entry(skip).or_default().push(relative.to_owned());
    }

    /// Adds what others have noted.
    pub fn extend(&mut self, other: Self) {
        for (skip, files) in other.0 {
            self.0.entry(skip).or_default().extend(files);
        }
    }

    /// Each reason, with the files.
    pub fn iter(&self) -> impl Iterator<Item = (Skip, &[String])> {
        self.0.iter().map(|(skip, files)| (*skip, files.as_slice()))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }
}

/// The files below a folder that may say something, sorted by path; what is known to be foreign, or aside, is
/// left out.
#[must_use]
pub fn walk(root: &Path) -> (Vec<File>, Skips) {
    let (mut files, mut skips) = (Vec::new(), Skips::default());
    let mut open = vec![(root.to_owned(), String::new(), 0)];
    let mut entries_seen = 0;
    while let Some((folder, prefix, depth)) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            skips.add(Skip::Unreadable, &prefix);
            continue;
        };
        for entry in entries.flatten() {
            entries_seen += 1;
            let name = entry.file_name();
            let (Some(name), Ok(kind)) = (name.to_str(), entry.file_type()) else { continue };
            let relative = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            if kind.is_dir() {
                if is_left_out(name) || entry.path().join("pyvenv.cfg").is_file() {
                    continue;
                }
                if depth == DEEPEST || entries_seen > MOST_ENTRIES {
                    skips.add(Skip::TooMany, &relative);
                } else {
                    open.push((entry.path(), relative, depth + 1));
                }
            } else if kind.is_file()
                && let Some(kind) = kind_of(name)
            {
                files.push(File { path: entry.path(), relative, kind });
            }
        }
    }
    files.sort_by(|one, other| one.relative.cmp(&other.relative));
    (files, skips)
}

fn is_left_out(folder: &str) -> bool {
    let is = |list: &[&str]| list.contains(&folder);
    folder.starts_with('.') || is(&FOREIGN) || is(&ASIDE) || folder.ends_with(".egg-info")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, "").expect("a file");
    }

    #[test]
    fn what_is_written_by_others_and_what_is_aside_is_left_out() {
        assert!(FOREIGN.is_sorted() && ASIDE.is_sorted());
        let root = tempfile::tempdir().expect("a temporary folder");
        for path in [
            "app.py",
            "src/shop/views.py",
            "src/shop/test_views.py",
            "README.md",
            "tests/a.py",
            ".git/hooks/x.sh",
            "node_modules/x/a.py",
            "env/pyvenv.cfg",
            "env/lib/a.py",
            "deploy/Procfile",
        ] {
            write(root.path(), path);
        }
        let (files, skips) = walk(root.path());
        let found: Vec<&str> = files.iter().map(|file| file.relative.as_str()).collect();
        assert_eq!(found, ["app.py", "deploy/Procfile", "src/shop/views.py"]);
        assert_eq!(skips.count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let root = tempfile::tempdir().expect("a temporary folder");
        write(root.path(), "a/app.py");
        std::os::unix::fs::symlink(root.path(), root.path().join("a/loop")).expect("a link");
        std::os::unix::fs::symlink(root.path().join("a/app.py"), root.path().join("b.py")).expect("a link");
        let (files, _) = walk(root.path());
        assert_eq!(files.len(), 1);
    }

    #[test]
    fn what_lies_too_deep_is_counted() {
        let root = tempfile::tempdir().expect("a temporary folder");
        write(root.path(), &format!("{}app.py", "d/".repeat(DEEPEST + 2)));
        let (files, skips) = walk(root.path());
        assert_eq!((files.len(), skips.count()), (0, 1));
    }
}
