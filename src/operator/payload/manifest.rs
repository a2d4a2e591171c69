//! `payload.json`: what a payload holds, for programs.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    order::Order,
    target::{Ground, Target},
    tree::Tree,
    verify::Packed,
};
use crate::install::python::{Locked, Pin};

/// The name of the file.
pub(super) const MANIFEST: &str = "payload.json";

/// The version of the form. It grows when a field changes its meaning or goes.
const SCHEMA: u32 = 1;

/// A payload.
#[derive(Debug, Serialize)]
pub(super) struct Manifest {
    /// The version of the form.
    pub(super) schema: u32,
    /// The program that made it.
    pub(super) made_by: &'static str,
    /// The release of the instrumentations.
    release: String,
    /// The version of the API that goes with it.
    api: String,
    /// The Pythons that it is for.
    pythons: Vec<String>,
    /// What lies at the top of the folder.
    pub(super) entries: Vec<String>,
    /// Versions of the application that are not kept to.
    not_kept: Vec<NotKept>,
    /// The folders that the operator copies.
    trees: Vec<TreeEntry>,
}

/// A version of the application that is not kept to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotKept {
    /// The distribution.
    pub name: String,
    /// The application's version.
    pub application: String,
    /// The payload's version.
    pub payload: String,
    /// Why, as a fragment.
    pub reason: String,
}

/// A folder that the operator copies.
#[derive(Debug, Serialize)]
struct TreeEntry {
    path: String,
    libc: &'static str,
    arch: &'static str,
    bytes: u64,
    packages: Vec<PackageEntry>,
    files: Vec<FileEntry>,
}

#[derive(Debug, Serialize)]
struct PackageEntry {
    name: String,
    version: String,
    /// Why it is there; empty where others need it.
    because: Vec<String>,
    /// The tags of its wheels.
    tags: Vec<String>,
    wheels: Vec<WheelEntry>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct WheelEntry {
    file: String,
    sha256: String,
}

#[derive(Debug, Serialize)]
struct FileEntry {
    path: String,
    size: u64,
    sha256: String,
}

/// A folder that was put together, with all that is known about it.
pub(super) struct Built {
    /// What it is for.
    pub(super) ground: Ground,
    /// Where it lies in the payload, with `/`.
    pub(super) path: String,
    /// What it holds.
    pub(super) tree: Tree,
    /// The distributions in it, by name.
    pub(super) packed: Vec<Packed>,
    /// The wheels that were installed, for each Python.
    pub(super) locked: Vec<(Target, Vec<Locked>)>,
}

impl Manifest {
    /// The manifest of these folders, without the entries of the top.
    pub(super) fn of(order: &Order, built: &[Built], not_kept: Vec<NotKept>) -> Self {
        let pythons: BTreeSet<_> = order.targets.iter().map(|target| &target.python).collect();
        Self {
            schema: SCHEMA,
            made_by: crate::USER_AGENT,
            release: order.release.to_string(),
            api: order.core.to_string(),
            pythons: pythons.into_iter().map(ToString::to_string).collect(),
            entries: Vec::new(),
            not_kept,
            trees: built.iter().map(|one| one.entry(order)).collect(),
        }
    }
}

impl Built {
    fn entry(&self, order: &Order) -> TreeEntry {
        let packages = self.packed.iter().map(|packed| {
            let Pin { name, version } = &packed.pin;
            let ordered = order.wanted.iter().find(|ordered| ordered.wanted.name == *name);
            let wheels = self.locked.iter().flat_map(|(_, locked)| locked);
            let wheels = wheels.filter(|locked| locked.pin.name == *name).flat_map(|locked| &locked.wheels);
            let wheels: BTreeSet<WheelEntry> = wheels
                .map(|wheel| WheelEntry { file: wheel.file.clone(), sha256: wheel.sha256.clone() })
                .collect();
            let tags = self.tree.tags.get(&packed.folder);
            PackageEntry {
                name: name.to_string(),
                version: version.to_string(),
                because: ordered.map(|ordered| ordered.because.clone()).unwrap_or_default(),
                tags: tags.into_iter().flatten().map(ToString::to_string).collect(),
                wheels: wheels.into_iter().collect(),
            }
        });
        let files = self.tree.files.iter().map(|(path, content)| FileEntry {
            path: path.clone(),
            size: content.size,
            sha256: hexadecimal(&content.sha256),
        });
        TreeEntry {
            path: self.path.clone(),
            libc: self.ground.libc.word(),
            arch: self.ground.arch.word(),
            bytes: self.tree.bytes(),
            packages: packages.collect(),
            files: files.collect(),
        }
    }

    /// The distributions that bring compiled modules.
    pub(super) fn compiled(&self) -> BTreeSet<&str> {
        let is_for_any = |packed: &Packed| {
            self.tree
                .tags
                .get(&packed.folder)
                .is_some_and(|tags| tags.iter().all(|tag| tag.platform == "any"))
        };
        self.packed
            .iter()
            .filter(|packed| !is_for_any(packed))
            .map(|packed| packed.pin.name.as_str())
            .collect()
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What an earlier manifest says lies at the top of its folder; `None` if it is none of this program.
pub(super) fn entries(text: &str) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Earlier {
        schema: u32,
        made_by: String,
        entries: Vec<String>,
    }
    let earlier: Earlier = serde_json::from_str(text).ok()?;
    (earlier.schema >= SCHEMA && !earlier.made_by.is_empty()).then_some(earlier.entries)
}
