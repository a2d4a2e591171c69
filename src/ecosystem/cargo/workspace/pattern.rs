//! The folders that the paths and globs of a root's manifest mean.
//!
//! The crate `glob` says what matches, as in cargo. The walk is our own, because that of the crate
//! follows links in a circle until the end of days.

use std::{
    ffi::OsStr,
    fs,
    path::{Component, Path, PathBuf},
};

use glob::Pattern;

use super::{WorkspaceError, folder};

/// How many folders are looked into for one pattern.
const MOST_FOLDERS: usize = 10_000;

/// Expands all patterns.
///
/// A path that is no glob, or matches nothing, is kept, so that its absence is noticed; files are
/// left out, because systems put theirs anywhere.
pub(super) fn expand(patterns: &[String], root: &Path) -> Result<Vec<PathBuf>, WorkspaceError> {
    let mut folders = Vec::new();
    for pattern in patterns {
        let path = folder(root).join(pattern);
        if pattern.contains(['*', '?', '[']) {
            let parts = Part::all(pattern).map_err(|source| WorkspaceError::Pattern {
                pattern: pattern.clone(),
                root: root.to_owned(),
                source,
            })?;
            let mut walk = Walk { folders: &mut folders, found: false, left: MOST_FOLDERS };
            walk.follow(folder(root), &parts);
            if walk.left == 0 {
                return Err(WorkspaceError::Endless { pattern: pattern.clone(), root: root.to_owned() });
            }
            if walk.found {
                continue;
            }
        }
        if fs::metadata(&path).map_or(true, |metadata| metadata.is_dir()) {
            folders.push(path);
        }
    }
    Ok(folders)
}

/// A part of a pattern between slashes.
enum Part<'a> {
    /// A name, `..`, or the root of the file system.
    Plain(&'a OsStr),
    /// A glob for names.
    Glob(Pattern),
    /// `**`: any number of folders.
    Recursive,
}

impl<'a> Part<'a> {
    /// Takes a pattern apart.
    fn all(pattern: &'a str) -> Result<Vec<Self>, glob::PatternError> {
        // Some mistakes show only in the whole.
        Pattern::new(pattern)?;
        let components = Path::new(pattern).components().filter(|part| *part != Component::CurDir);
        let read = |component: Component<'a>| {
            let name = component.as_os_str();
            Ok(match name.to_str() {
                Some("**") => Self::Recursive,
                Some(text) if text.contains(['*', '?', '[']) => Self::Glob(Pattern::new(text)?),
                _ => Self::Plain(name),
            })
        };
        components.map(read).collect()
    }
}

/// A walk along a pattern.
struct Walk<'a> {
    /// The folders that match.
    folders: &'a mut Vec<PathBuf>,
    /// Whether anything matches, be it a folder or not.
    found: bool,
    /// How many more folders may be looked into.
    left: usize,
}

impl Walk<'_> {
    /// Follows the rest of a pattern from a folder.
    fn follow(&mut self, from: &Path, parts: &[Part<'_>]) {
        let Some((part, rest)) = parts.split_first() else {
            self.found = true;
            return self.folders.push(from.to_owned());
        };
        match part {
            Part::Plain(name) => {
                if let Ok(metadata) = fs::metadata(from.join(name)) {
                    self.step(&from.join(name), metadata.is_dir(), rest);
                }
            }
            Part::Glob(pattern) => {
                for (path, kind) in self.list(from) {
                    let name = path.file_name().and_then(|name| name.to_str());
                    if name.is_some_and(|name| pattern.matches(name)) {
                        let is_folder = kind.is_dir() || (kind.is_symlink() && path.is_dir());
                        self.step(&path, is_folder, rest);
                    }
                }
            }
            Part::Recursive => {
                if !rest.is_empty() {
                    self.follow(from, rest);
                }
                for (path, kind) in self.list(from) {
                    if kind.is_dir() {
                        if rest.is_empty() {
                            self.step(&path, true, rest);
                        }
                        self.follow(&path, parts);
                    }
                }
            }
        }
    }

    /// Goes on from a match: through a folder, or to the end of the pattern.
    fn step(&mut self, path: &Path, is_folder: bool, rest: &[Part<'_>]) {
        if is_folder {
            self.follow(path, rest);
        } else {
            self.found |= rest.is_empty();
        }
    }

    /// What is in a folder, sorted.
    fn list(&mut self, folder: &Path) -> Vec<(PathBuf, fs::FileType)> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return Vec::new();
        }
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let mut entries: Vec<_> =
            entries.filter_map(|entry| Some((entry.path(), entry.file_type().ok()?))).collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files in it.
    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary folder");
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, "").expect("a file");
        }
        root
    }

    /// The folders that a pattern means, relative and sorted.
    fn show(root: &tempfile::TempDir, pattern: &str) -> String {
        let folders = match expand(&[pattern.to_owned()], &root.path().join("Cargo.toml")) {
            Ok(folders) => folders,
            Err(error) => return error.to_string().replace(&root.path().display().to_string(), "ROOT"),
        };
        let relative = |path: PathBuf| path.strip_prefix(root.path()).map(|path| path.display().to_string());
        let mut shown: Vec<_> = folders.into_iter().filter_map(|path| relative(path).ok()).collect();
        shown.sort();
        shown.join(" ")
    }

    #[test]
    fn folders_are_found_as_the_pattern_says() {
        let root = tree(&["crates/a/x", "crates/b/x", "crates/c/d/x", "crates/file", "tool-1/x", "tool-2/x"]);
        for (pattern, folders) in [
            ("crates/a", "crates/a"),
            ("crates/gone", "crates/gone"),
            ("crates/file", ""),
            ("crates/*", "crates/a crates/b crates/c"),
            ("./crates/[ab]", "crates/a crates/b"),
            ("tool-?", "tool-1 tool-2"),
            ("*/a", "crates/a"),
            ("crates/*/d", "crates/c/d"),
            ("crates/f*", ""),
            ("nothing/*", "nothing/*"),
            ("crates/**", "crates/a crates/b crates/c crates/c/d"),
            ("**/d", "crates/c/d"),
            ("crates/../tool-*", "crates/../tool-1 crates/../tool-2"),
            ("crates/a**", "`crates/a**` in `workspace.members` of `ROOT/Cargo.toml` is not a valid pattern"),
        ] {
            assert_eq!(show(&root, pattern), folders, "{pattern}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_are_an_error_or_no_matter() {
        use std::os::unix::fs::symlink;

        let root = tree(&["app/x"]);
        symlink(".", root.path().join("one")).expect("a link");
        symlink(".", root.path().join("two")).expect("a link");
        assert_eq!(show(&root, "**/app"), "app");
        assert_eq!(show(&root, "*"), "app one two");
        let endless = vec!["*"; 30].join("/");
        let reason = format!("`{endless}` in `ROOT/Cargo.toml` leads through too many folders");
        assert_eq!(show(&root, &endless), reason);
    }
}
