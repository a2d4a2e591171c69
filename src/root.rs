//! The root folder that paths begin at: this program's own, or the one of a process in a container.
//!
//! Within another root no link is followed by the operating system, which would take an absolute one to the root of this
//! program: each is read, and what it says begins at that root again. A process that swaps a folder for a link between the
//! look and the reading can still lead astray; nothing that is read there is shown but names and versions of distributions.

use std::{
    borrow::Cow,
    ffi::OsString,
    fs, io,
    path::{Component, Path, PathBuf},
};

/// Folders below another root that are the kernel's: what is in there is not of that root alone.
const OF_KERNEL: [&str; 3] = ["dev", "proc", "sys"];

/// How many links are followed for one path, as on Linux.
const MOST_LINKS: usize = 40;

/// A name that no path can have.
const NOWHERE: &str = "\0";

/// A root folder; by default this program's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Root(Option<PathBuf>);

impl Root {
    /// The root that lies at a folder of this program's.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(Some(folder.into()))
    }

    /// Where a path is for this program. A path that leads nowhere leads nowhere.
    #[must_use]
    pub fn place<'p>(&self, path: &'p Path) -> Cow<'p, Path> {
        match &self.0 {
            None => Cow::Borrowed(path),
            Some(root) => Cow::Owned(resolved(root, path)),
        }
    }

    /// The path of something as it is called within the root.
    #[must_use]
    pub fn inner<'p>(&self, place: &'p Path) -> Cow<'p, Path> {
        let below = self.0.as_ref().and_then(|root| place.strip_prefix(root).ok());
        below.map_or(Cow::Borrowed(place), |below| Cow::Owned(Path::new("/").join(below)))
    }

    /// The path of something without links, as it is called within the root.
    #[must_use]
    pub fn canonical(&self, path: &Path) -> Option<PathBuf> {
        if self.0.is_none() {
            return path.canonicalize().ok();
        }
        let place = self.place(path);
        fs::symlink_metadata(&place).ok()?;
        Some(self.inner(&place).into_owned())
    }

    /// A path of this program's below the root, without the links in it that would lead out.
    #[must_use]
    pub fn settled(&self, place: PathBuf) -> PathBuf {
        if self.0.is_none() { place } else { self.place(&self.inner(&place)).into_owned() }
    }

    /// Whether one of these files in a folder of this program's is a link that would lead out.
    #[must_use]
    pub fn leads_out(&self, folder: &Path, names: &[&str]) -> bool {
        let is_link = |name: &&str| fs::symlink_metadata(folder.join(name)).is_ok_and(|m| m.is_symlink());
        self.0.is_some() && names.iter().any(is_link)
    }

    /// Whether a file is there.
    #[must_use]
    pub fn is_file(&self, path: &Path) -> bool {
        self.place(path).is_file()
    }

    /// Whether a folder is there.
    #[must_use]
    pub fn is_dir(&self, path: &Path) -> bool {
        self.place(path).is_dir()
    }

    /// Whether a folder is there, and no link to one.
    #[must_use]
    pub fn is_real_dir(&self, path: &Path) -> bool {
        let (Some(above), Some(name)) = (path.parent(), path.file_name()) else { return self.is_dir(path) };
        fs::symlink_metadata(self.place(above).join(name)).is_ok_and(|metadata| metadata.is_dir())
    }

    /// What is in a folder.
    pub fn read_dir(&self, path: &Path) -> io::Result<fs::ReadDir> {
        fs::read_dir(self.place(path))
    }
}

/// Where a path is, links and all, if the root is that folder.
fn resolved(root: &Path, path: &Path) -> PathBuf {
    let (mut place, mut depth, mut links) = (root.to_owned(), 0_usize, 0);
    let mut open = parts(path);
    while let Some(part) = open.pop() {
        if part == ".." {
            // Above the root there is the root.
            if depth > 0 {
                place.pop();
                depth -= 1;
            }
            continue;
        }
        place.push(part);
        let Ok(target) = fs::read_link(&place) else {
            depth += 1;
            if depth == 1 && OF_KERNEL.iter().any(|name| place.ends_with(name)) {
                return root.join(NOWHERE);
            }
            continue;
        };
        place.pop();
        links += 1;
        if links > MOST_LINKS {
            return root.join(NOWHERE);
        }
        if target.is_absolute() {
            root.clone_into(&mut place);
            depth = 0;
        }
        open.extend(parts(&target));
    }
    place
}

/// The parts of a path, the first at the end.
fn parts(path: &Path) -> Vec<OsString> {
    let named = path.components().filter_map(|component| match component {
        Component::Normal(part) => Some(part.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    });
    let mut parts: Vec<OsString> = named.collect();
    parts.reverse();
    parts
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A root in a temporary folder with these links (from, to), and a file `/app/file`.
    fn rooted(links: &[(&str, &str)]) -> (tempfile::TempDir, Root) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(folder.path().join("root/app")).expect("folders");
        fs::write(folder.path().join("root/app/file"), "within").expect("a file");
        fs::write(folder.path().join("outside"), "outside").expect("a file");
        fs::create_dir_all(folder.path().join("root/proc/self")).expect("folders");
        fs::write(folder.path().join("root/proc/self/x"), "of the kernel").expect("a file");
        for (from, to) in links {
            symlink(to, folder.path().join("root").join(from)).expect("a link");
        }
        let root = Root::at(folder.path().join("root"));
        (folder, root)
    }

    #[test]
    fn links_stay_within_the_root() {
        let (folder, root) = rooted(&[
            ("absolute", "/app/file"),
            ("app/up", "../../../../app/file"),
            ("app/out", "../../outside"),
            ("folder", "app"),
            ("twice", "/folder/../folder/file"),
            ("kernel", "/proc/self"),
            ("one", "two"),
            ("two", "one"),
        ]);
        let told = |path: &str| fs::read_to_string(root.place(Path::new(path))).ok();
        for path in
            ["/app/file", "/absolute", "/app/up", "/folder/file", "/twice", "/../app/./file", "app/file"]
        {
            assert_eq!(told(path).as_deref(), Some("within"), "{path}");
        }
        for path in
            ["/app/out", "/../outside", "/one", "/one/file", "/gone/file", "/kernel/x", "/proc/self/x"]
        {
            assert_eq!(told(path), None, "{path}");
        }
        let host = folder.path().join("root/absolute");
        assert_eq!(root.canonical(Path::new("/absolute")), Some("/app/file".into()));
        assert_eq!(root.canonical(Path::new("/gone")), None);
        assert_eq!(root.settled(host), folder.path().join("root/app/file"));
        assert!(root.leads_out(&folder.path().join("root"), &["absolute"]));
        assert!(root.is_dir(Path::new("/folder")) && !root.is_real_dir(Path::new("/folder")));
        assert!(root.is_real_dir(Path::new("/app")) && root.is_file(Path::new("/absolute")));
    }

    #[test]
    fn ones_own_root_changes_nothing() {
        let (folder, _) = rooted(&[("absolute", "/app/file")]);
        let root = Root::default();
        let path = folder.path().join("root/absolute");
        assert_eq!(root.place(&path), path);
        assert_eq!(root.inner(&path), path);
        assert_eq!(root.settled(path.clone()), path);
        assert!(!root.leads_out(&folder.path().join("root"), &["absolute"]));
    }
}
