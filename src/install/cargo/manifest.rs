//! A manifest on the desk: where its dependency entries are, and how one is put in.

use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, TableLike};

use super::{PlanError, entry};
use crate::{ecosystem::cargo::lockfile, file, install::text};

/// A manifest that is being edited.
pub(super) struct Manifest {
    /// Its path as the project names it.
    pub(super) path: PathBuf,
    /// What the file held when it was read.
    pub(super) raw: String,
    /// What it is to hold.
    document: DocumentMut,
}

/// Where an entry stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The keys that lead to the table.
    pub(super) table: Vec<String>,
    /// The key of the entry.
    pub(super) key: String,
}

/// How a member takes its dependencies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Habit {
    /// Entries that take what the workspace says.
    pub(super) inherited: usize,
    /// Those of them that are written `name.workspace = true`.
    dotted: usize,
    /// Those of them that are written `name = { workspace = true }`.
    inline: usize,
    /// Entries that state a source of their own and name no folder.
    pub(super) own: usize,
}

impl Habit {
    /// Whether inheriting is what this member does.
    pub(super) fn inherits(self) -> bool {
        self.inherited > 0 && self.inherited >= self.own
    }

    /// Whether the short form is the one in use (cargo's, where none is).
    pub(super) fn is_dotted(self) -> bool {
        self.dotted >= self.inline
    }
}

impl Manifest {
    /// Reads and parses the file.
    pub(super) fn read(path: &Path) -> Result<Self, PlanError> {
        let raw = read_text(path)?;
        let document = text::plain(&raw)
            .parse()
            .map_err(|source| PlanError::Syntax { path: path.to_owned(), source: Box::new(source) })?;
        Ok(Self { path: path.to_owned(), raw, document })
    }

    /// What the file is to hold.
    pub(super) fn render(&self) -> String {
        text::graft(&self.raw, &self.document.to_string())
    }

    /// The entries for a package among the normal dependencies; those for one target only where there
    /// are no others. What a key that is inherited stands for, `workspace` says.
    pub(super) fn find(&self, package: &str, workspace: &Self) -> Vec<Place> {
        let stands_for = |key: &str, item: &Item| {
            let inherited = entry::is_inherited(item).then(|| workspace.inherited(key)).flatten();
            entry::package(key, inherited.unwrap_or(item)) == package
        };
        let in_table = |keys: &[&str]| -> Vec<Place> {
            let table = self.table(keys).into_iter().flat_map(TableLike::iter);
            table.filter(|(key, item)| stands_for(key, item)).map(|(key, _)| Place::new(keys, key)).collect()
        };
        let everywhere = in_table(&["dependencies"]);
        if !everywhere.is_empty() {
            return everywhere;
        }
        let targets = self.table(&["target"]).into_iter().flat_map(TableLike::iter);
        targets.flat_map(|(target, _)| in_table(&["target", target, "dependencies"])).collect()
    }

    /// The entry for a package that members can inherit.
    pub(super) fn find_inheritable(&self, package: &str) -> Option<Place> {
        let keys = ["workspace", "dependencies"];
        let mut entries = self.table(&keys)?.iter();
        entries
            .find(|(key, item)| entry::package(key, item) == package)
            .map(|(key, _)| Place::new(&keys, key))
    }

    /// The entry that members inherit under that key.
    pub(super) fn inherited(&self, key: &str) -> Option<&Item> {
        self.table(&["workspace", "dependencies"])?.get(key)
    }

    /// Whether members can inherit anything.
    pub(super) fn has_inheritable(&self) -> bool {
        self.table(&["workspace", "dependencies"]).is_some_and(|table| !table.is_empty())
    }

    /// Whether any dependency, of whatever kind and for whatever target, is inherited under that key.
    pub(super) fn takes_from_workspace(&self, key: &str) -> bool {
        let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
        let takes = |table: &dyn TableLike| {
            kinds.iter().any(|kind| {
                let entries = table.get(kind).and_then(Item::as_table_like);
                entries.and_then(|entries| entries.get(key)).is_some_and(entry::is_inherited)
            })
        };
        let mut targets = self.table(&["target"]).into_iter().flat_map(TableLike::iter);
        takes(self.document.as_table()) || targets.any(|(_, t)| t.as_table_like().is_some_and(takes))
    }

    /// How the normal dependencies are taken.
    pub(super) fn habit(&self) -> Habit {
        let mut habit = Habit::default();
        for (_, item) in self.table(&["dependencies"]).into_iter().flat_map(TableLike::iter) {
            if entry::is_inherited(item) {
                habit.inherited += 1;
                habit.dotted += usize::from(entry::is_dotted(item));
                habit.inline += usize::from(item.is_inline_table() && !entry::is_dotted(item));
            } else if !entry::is_path(item) {
                habit.own += 1;
            }
        }
        habit
    }

    /// The entry at a place.
    pub(super) fn item(&self, place: &Place) -> Option<&Item> {
        let keys: Vec<&str> = place.table.iter().map(String::as_str).collect();
        self.table(&keys)?.get(&place.key)
    }

    /// The entry at a place, to be changed.
    pub(super) fn item_mut(&mut self, place: &Place) -> Option<&mut Item> {
        let mut item = self.document.as_item_mut();
        for key in &place.table {
            item = item.as_table_like_mut()?.get_mut(key)?;
        }
        item.as_table_like_mut()?.get_mut(&place.key)
    }

    /// Adds an entry: in its place where the table is sorted, else behind the last one. A table that is
    /// missing is made. `Err` holds the place that cannot hold an entry.
    pub(super) fn insert(&mut self, place: &Place, item: Item) -> Result<(), PlanError> {
        let Self { path, document, .. } = self;
        let odd = |key: &str| PlanError::Table { path: path.clone(), key: key.to_owned() };
        let mut parent = document.as_item_mut();
        for key in &place.table {
            let table = parent.as_table_like_mut().ok_or_else(|| odd(key))?;
            parent = table.entry(key).or_insert_with(|| {
                let mut made = Table::new();
                made.set_implicit(true);
                Item::Table(made)
            });
        }
        let table = parent.as_table_like_mut().ok_or_else(|| odd(&place.table.join(".")))?;
        let sorted = table.get_values().iter().filter_map(|(keys, _)| keys.first()).is_sorted();
        table.insert(&place.key, item);
        if sorted {
            table.sort_values();
        }
        Ok(())
    }

    /// The table that the keys lead to.
    fn table(&self, keys: &[&str]) -> Option<&dyn TableLike> {
        let mut item = self.document.as_item();
        for key in keys {
            item = item.get(key)?;
        }
        item.as_table_like()
    }
}

impl Place {
    /// The place of a key in a table.
    pub(super) fn new(table: &[&str], key: &str) -> Self {
        Self { table: table.iter().map(|&key| key.to_owned()).collect(), key: key.to_owned() }
    }
}

/// A file's text, if it is not larger than a manifest or lockfile can be.
pub(super) fn read_text(path: &Path) -> Result<String, PlanError> {
    file::read_text(path, lockfile::LARGEST)
        .map_err(|source| PlanError::Read { path: path.to_owned(), source })
}
