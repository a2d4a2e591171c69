//! One folder out of what was installed for several Pythons: the same bytes for the same wheels, whoever
//! installed them, and when.
//!
//! Compiled modules carry the Python they are for in their names (PEP 3149), so those of several Pythons lie side by
//! side; everything else of a wheel is the same for all. What an installer adds is left out: programs, whose first
//! line names the Python of the machine, compiled sources, and notes on who installed what. `RECORD` is written anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::{record, tag::Tag};
use crate::file;

/// The most that is read of a file of a wheel.
const LARGEST_FILE: u64 = 512 << 20;
/// The most folders that lie within each other.
const DEEPEST: usize = 40;
/// What installers put beside packages at the top.
const TOP: [&str; 3] = [".lock", "bin", "__pycache__"];
/// What installers put into the folder of a distribution's metadata.
const NOTES: [&str; 6] =
    ["INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"];

/// A folder that was put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The files by their path, with `/`.
    pub files: BTreeMap<String, Content>,
    /// The tags of the wheels that were installed, by the name of the folder of their metadata.
    pub tags: BTreeMap<String, BTreeSet<Tag>>,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// How many bytes.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

impl Content {
    fn of(bytes: &[u8]) -> Self {
        Self { size: bytes.len() as u64, sha256: Sha256::digest(bytes).into() }
    }
}

/// Why a folder was not put together.
#[derive(Debug, Error)]
pub enum TreeError {
    /// A file or a folder cannot be read.
    #[error("failed to read `{}`", path.display())]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is too large, or no text.
    #[error("failed to read `{}`", path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: file::FileError,
    },
    /// A file or a folder cannot be written.
    #[error("failed to write `{}`", path.display())]
    Write {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something that no wheel brings.
    #[error("`{}` is neither a file nor a folder, or has no name that can be written down", .0.display())]
    Odd(PathBuf),
    /// A file is not the same for all Pythons.
    #[error("`{}` is not the same for {first} and for {second}, so one folder cannot serve both", path.escape_debug())]
    Differs {
        /// The file.
        path: String,
        /// A Python.
        first: String,
        /// Another one.
        second: String,
    },
    /// Two distributions bring the same file, not with the same bytes.
    #[error("`{}` is brought by both `{}` and `{}`", path.escape_debug(), owner.escape_debug(), other.escape_debug())]
    Claimed {
        /// The file.
        path: String,
        /// The folder of a distribution's metadata.
        owner: String,
        /// That of another one.
        other: String,
    },
    /// A file is not what the distribution says it is.
    #[error("`{}` is not what `{}` says it is", path.escape_debug(), owner.escape_debug())]
    Damaged {
        /// The file.
        path: String,
        /// The folder of the distribution's metadata.
        owner: String,
    },
    /// The metadata of a distribution names no tags.
    #[error("`{}` names no tag of a wheel", .0.escape_debug())]
    Untagged(String),
}

impl TreeError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Differs { .. } => {
                Some("name the one Python of the application's image with `--python-version`".to_owned())
            }
            Self::Claimed { .. } => {
                Some("leave one of the two out with `--exclude`, if it is an instrumentation".to_owned())
            }
            Self::Damaged { .. } => Some(
                "the installer's cache is damaged, as by an edit of a file that is linked to it: clear it (`uv cache \
                 clean`, `pip cache purge`)"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// What was installed for one Python.
#[derive(Clone, Debug)]
pub(super) struct Installed {
    /// The Python, for messages.
    pub(super) python: String,
    /// The folder.
    pub(super) folder: PathBuf,
}

/// Puts together what was installed for several Pythons, the oldest first, in a folder that does not exist yet.
///
/// Besides the tree, the tags of the wheels that were installed for each of them come back, by the folders of their
/// metadata.
pub(super) fn merge(installed: &[Installed], into: &Path) -> Result<(Tree, Vec<Wheels>), TreeError> {
    let mut draft = Draft::default();
    let wheels = installed.iter().map(|one| draft.add(one)).collect::<Result<Vec<_>, _>>()?;
    Ok((draft.write(into, &wheels)?, wheels))
}

/// The tags of wheels, by the folders of their metadata.
pub(super) type Wheels = BTreeMap<String, BTreeSet<Tag>>;

/// A file that is taken over.
struct Taken {
    python: String,
    from: PathBuf,
    content: Content,
}

/// A folder as it will be.
#[derive(Default)]
struct Draft {
    files: BTreeMap<String, Taken>,
    /// Which distribution brings a file.
    owners: BTreeMap<String, String>,
}

impl Draft {
    fn add(&mut self, Installed { python, folder }: &Installed) -> Result<Wheels, TreeError> {
        let mut paths = Vec::new();
        walk(folder, "", DEEPEST, &mut paths)?;
        let mut here = BTreeMap::new();
        for path in paths {
            let from = folder.join(&path);
            let bytes = read(&from)?;
            here.insert(path, (from, Content::of(&bytes)));
        }
        let metadata: BTreeSet<String> =
            here.keys().filter_map(|path| metadata_of(path)).map(str::to_owned).collect();
        let mut wheels = Wheels::new();
        for owner in metadata {
            let tags = self.describe(folder, &owner, &here)?;
            wheels.insert(owner, tags);
        }
        for (path, (from, content)) in here {
            // What differs there is about the wheel: that of the newest Python is as good as any.
            if let Some(known) = self.files.get(&path)
                && known.content != content
                && metadata_of(&path).is_none()
            {
                let (first, second) = (known.python.clone(), python.clone());
                return Err(TreeError::Differs { path, first, second });
            }
            self.files.insert(path, Taken { python: python.clone(), from, content });
        }
        Ok(wheels)
    }

    /// Reads which files a distribution brings, and the tags of its wheel.
    fn describe(
        &mut self,
        folder: &Path,
        owner: &str,
        here: &BTreeMap<String, (PathBuf, Content)>,
    ) -> Result<BTreeSet<Tag>, TreeError> {
        let text = |name: &str| {
            let path = folder.join(owner).join(name);
            file::read_text(&path, LARGEST_FILE).map_err(|source| TreeError::File { path, source })
        };
        let tags: BTreeSet<Tag> = tags(&text("WHEEL")?).collect();
        if tags.is_empty() {
            return Err(TreeError::Untagged(owner.to_owned()));
        }
        for row in record::rows(&text("RECORD")?) {
            let Some((_, content)) = here.get(&row.path) else { continue };
            if row.sha256.is_some_and(|told| told != record::hash(&content.sha256)) {
                return Err(disputed(folder, owner, row.path, here));
            }
            self.owners.insert(row.path, owner.to_owned());
        }
        Ok(tags)
    }

    fn write(self, into: &Path, wheels: &[Wheels]) -> Result<Tree, TreeError> {
        let mut tree = Tree::default();
        for (owner, tags) in wheels.iter().flatten() {
            tree.tags.entry(owner.clone()).or_default().extend(tags.iter().cloned());
        }
        for (path, taken) in &self.files {
            let bytes = read(&taken.from)?;
            match metadata_of(path) {
                Some(owner) if path.ends_with("/WHEEL") => {
                    let bytes = with_tags(&bytes, &tree.tags[owner]);
                    tree.put(into, path, &bytes, Content::of(&bytes))?;
                }
                _ => tree.put(into, path, &bytes, taken.content.clone())?,
            }
        }
        for owner in tree.tags.keys().cloned().collect::<Vec<_>>() {
            let own = tree.files.iter().filter(|(path, _)| self.owners.get(*path) == Some(&owner));
            let text = record::write(own, &owner);
            tree.put(into, &format!("{owner}/RECORD"), text.as_bytes(), Content::of(text.as_bytes()))?;
        }
        Ok(tree)
    }
}

impl Tree {
    fn put(&mut self, into: &Path, path: &str, bytes: &[u8], content: Content) -> Result<(), TreeError> {
        let target = into.join(path);
        let write = || {
            target.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(&target, bytes)
        };
        write().map_err(|source| TreeError::Write { path: target.clone(), source })?;
        self.files.insert(path.to_owned(), content);
        Ok(())
    }

    /// How many bytes the files hold.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|content| content.size).sum()
    }
}

/// Why a file is not what its distribution says it is.
fn disputed(
    folder: &Path,
    owner: &str,
    path: String,
    here: &BTreeMap<String, (PathBuf, Content)>,
) -> TreeError {
    let owner = owner.to_owned();
    let mut others = here.keys().filter_map(|path| metadata_of(path)).filter(|other| *other != owner);
    let brings = |other: &&str| {
        let record = file::read_text(&folder.join(other).join("RECORD"), LARGEST_FILE);
        record.is_ok_and(|text| record::rows(&text).any(|row| row.path == path))
    };
    match others.find(brings).map(str::to_owned) {
        Some(other) => TreeError::Claimed { path, owner, other },
        None => TreeError::Damaged { path, owner },
    }
}

/// The folder of metadata that a file lies in.
fn metadata_of(path: &str) -> Option<&str> {
    path.split_once('/').map(|(top, _)| top).filter(|top| top.ends_with(".dist-info"))
}

/// The tags that a `WHEEL` file names.
fn tags(text: &str) -> impl Iterator<Item = Tag> {
    let values = text.lines().filter_map(|line| line.strip_prefix("Tag:"));
    // A tag may stand for several, as in the name of a file.
    values.flat_map(|value| super::tag::of_file(&format!("x-0-{}.whl", value.trim())))
}

/// A `WHEEL` file with the tags of the wheels for all Pythons.
fn with_tags(bytes: &[u8], tags: &BTreeSet<Tag>) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let others = text.lines().filter(|line| !line.starts_with("Tag:") && !line.trim().is_empty());
    let lines = others.map(str::to_owned).chain(tags.iter().map(|tag| format!("Tag: {tag}")));
    lines.fold(String::new(), |text, line| text + &line + "\n").into_bytes()
}

fn read(path: &Path) -> Result<Vec<u8>, TreeError> {
    fs::read(path).map_err(|source| TreeError::Read { path: path.to_owned(), source })
}

/// The files below a folder that belong into the payload, by their paths.
fn walk(root: &Path, below: &str, depth: usize, found: &mut Vec<String>) -> Result<(), TreeError> {
    let folder = root.join(below);
    let failed = |source| TreeError::Read { path: folder.clone(), source };
    if depth == 0 {
        return Err(TreeError::Odd(folder));
    }
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let odd = || TreeError::Odd(entry.path());
        let name = entry.file_name().into_string().map_err(|_| odd())?;
        if name.chars().any(char::is_control) {
            return Err(odd());
        }
        if is_of_installer(below, &name) {
            continue;
        }
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            walk(root, &path, depth - 1, found)?;
        } else if kind.is_file() {
            found.push(path);
        } else {
            return Err(odd());
        }
    }
    Ok(())
}

/// Whether an entry of a folder is the installer's and not a wheel's.
fn is_of_installer(below: &str, name: &str) -> bool {
    name == "__pycache__"
        || Path::new(name).extension().is_some_and(|extension| extension == "pyc")
        || (below.is_empty() && TOP.contains(&name))
        || (below.ends_with(".dist-info") && !below.contains('/') && NOTES.contains(&name))
}

#[cfg(test)]
mod tests;
