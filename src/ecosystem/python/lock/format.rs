//! What kind of lockfile a file is, and which one a project folder has.

use std::path::{Path, PathBuf};

use super::super::inventory::LockFormat;

/// The names of lockfiles, those of the tools that know most about a project first.
const NAMES: [(&str, LockFormat); 6] = [
    ("uv.lock", LockFormat::Uv),
    ("poetry.lock", LockFormat::Poetry),
    ("pdm.lock", LockFormat::Pdm),
    ("Pipfile.lock", LockFormat::Pipfile),
    ("pylock.toml", LockFormat::Pylock),
    ("requirements.txt", LockFormat::Requirements),
];

/// The lockfiles of a project folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The one that counts.
    pub path: PathBuf,
    /// What kind it is.
    pub format: LockFormat,
    /// The others that are there; the user should know that they are not read.
    pub others: Vec<PathBuf>,
}

/// The lockfile of a project folder: of several the first of `uv.lock`, `poetry.lock`, `pdm.lock`, `Pipfile.lock`,
/// `pylock.toml`, `requirements.txt`.
#[must_use]
pub fn find(folder: &Path) -> Option<Found> {
    let files = NAMES.iter().map(|(name, format)| (folder.join(name), *format));
    let mut files = files.filter(|(path, _)| path.is_file());
    let (path, format) = files.next()?;
    Some(Found { path, format, others: files.map(|(path, _)| path).collect() })
}

impl LockFormat {
    /// What kind of lockfile has that file name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
        let is_lock =
            || name.strip_prefix("pylock.").is_some_and(|rest| rest.split('.').next_back() == Some("toml"));
        let is_list = || {
            let path = Path::new(name);
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let ends = path.extension().is_some_and(|end| end == "txt" || end == "in");
            ends && (stem.contains("requirements") || stem.contains("constraints"))
        };
        known
            .or_else(|| is_lock().then_some(Self::Pylock))
            .or_else(|| is_list().then_some(Self::Requirements))
    }

    /// What kind of lockfile has that text, if it is one under a strange name.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let has = |part: &str| memchr::memmem::find(text.as_bytes(), part.as_bytes()).is_some();
        let starts = |part: &str| text.starts_with(part) || has(&format!("\n{part}"));
        if text.starts_with('{') {
            return has("\"_meta\"").then_some(Self::Pipfile);
        }
        if starts("[[packages]]") || starts("lock-version = ") && starts("created-by = ") {
            return Some(Self::Pylock);
        }
        if starts("[[package]]") || starts("[metadata]") {
            return if starts("content-hash = ") && has("\npython-versions = ") {
                Some(Self::Poetry)
            } else if has("\nlock_version = ") {
                Some(Self::Pdm)
            } else {
                (starts("version = 1") && starts("requires-python = ")).then_some(Self::Uv)
            };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_format() {
        for (name, format) in [
            ("uv.lock", Some(LockFormat::Uv)),
            ("Pipfile.lock", Some(LockFormat::Pipfile)),
            ("pylock.toml", Some(LockFormat::Pylock)),
            ("pylock.prod.toml", Some(LockFormat::Pylock)),
            ("requirements.txt", Some(LockFormat::Requirements)),
            ("requirements-dev.in", Some(LockFormat::Requirements)),
            ("upper-constraints.txt", Some(LockFormat::Requirements)),
            ("Cargo.lock", None),
            ("pyproject.toml", None),
            ("notes.txt", None),
        ] {
            assert_eq!(LockFormat::of_name(name), format, "{name}");
        }
    }

    #[test]
    fn texts_tell_the_format() {
        for (text, format) in [
            ("version = 1\nrevision = 2\nrequires-python = \">=3.9\"\n\n[[package]]\n", Some(LockFormat::Uv)),
            (
                "[[package]]\nname = \"a\"\n\n[metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\ncontent-hash = \"\"\n",
                Some(LockFormat::Poetry),
            ),
            ("# x\n[metadata]\ngroups = [\"default\"]\nlock_version = \"4.5.0\"\n", Some(LockFormat::Pdm)),
            ("{\"_meta\": {}}", Some(LockFormat::Pipfile)),
            ("lock-version = \"1.0\"\ncreated-by = \"pip\"\n", Some(LockFormat::Pylock)),
            ("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n", None),
            ("{}", None),
            ("", None),
        ] {
            assert_eq!(LockFormat::of_text(text), format, "{text}");
        }
    }

    #[test]
    fn of_several_lockfiles_one_counts_and_the_others_are_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(find(folder.path()), None);
        for name in ["requirements.txt", "poetry.lock", "pylock.toml"] {
            std::fs::write(folder.path().join(name), "").expect("a file");
        }
        let found = find(folder.path()).expect("a lockfile");
        assert_eq!((found.path, found.format), (folder.path().join("poetry.lock"), LockFormat::Poetry));
        let others = ["pylock.toml", "requirements.txt"].map(|name| folder.path().join(name));
        assert_eq!(found.others, others);
    }
}
