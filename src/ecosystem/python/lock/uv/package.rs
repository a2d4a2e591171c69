//! The packages of a `uv.lock`, and which of them a dependency means.

use std::collections::HashMap;

use super::super::{ParseError, tree, walk::MOST_FORKS};
use crate::{document::Table, package::PackageName};

/// A package as it is written.
#[derive(Debug)]
pub(super) struct Entry<'d, 't> {
    /// Its name.
    pub(super) name: PackageName,
    /// Everything about it.
    pub(super) table: &'d Table<'t>,
}

/// All packages.
#[derive(Debug)]
pub(super) struct Entries<'d, 't> {
    /// In the order of the file.
    pub(super) packages: Vec<Entry<'d, 't>>,
    /// Where those of each name stand, as it is written.
    names: HashMap<&'d str, Vec<usize>>,
}

impl<'d, 't> Entries<'d, 't> {
    /// Collects the packages of a document.
    pub(super) fn new(document: &'d Table<'t>) -> Result<Self, ParseError> {
        let (mut packages, mut names) = (Vec::new(), HashMap::new());
        for (index, table) in tree::tables(document, "package").enumerate() {
            let text = tree::text(table, "name").unwrap_or_default();
            let name = PackageName::of_distribution(text);
            let name = name.map_err(|error| ParseError::Name { number: index + 1, source: Some(error) })?;
            let forks: &mut Vec<usize> = names.entry(text).or_default();
            if forks.len() == MOST_FORKS {
                return Err(ParseError::Often { name, most: MOST_FORKS });
            }
            forks.push(index);
            packages.push(Entry { name, table });
        }
        Ok(Self { packages, names })
    }

    /// The package that a dependency means: the one of that name, or where there are several, the one of that
    /// version and source.
    pub(super) fn find(&self, dependency: &Table<'_>) -> Option<usize> {
        let named = self.names.get(tree::text(dependency, "name")?)?;
        if let [index] = **named {
            return Some(index);
        }
        let (version, source) = (dependency.get("version"), dependency.get("source"));
        let mut found = named.iter().filter(|index| {
            let table = self.packages[**index].table;
            version.is_none_or(|version| table.get("version") == Some(version))
                && source.is_none_or(|source| table.get("source") == Some(source))
        });
        let index = found.next()?;
        found.next().is_none().then_some(*index)
    }

    /// All packages of a name.
    pub(super) fn named(&self, name: &str) -> &[usize] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }
}

/// The folder of a local package that is installed as it lies there, or not at all.
pub(super) fn folder<'a>(package: &'a Table<'_>) -> Option<&'a str> {
    let source = package.table(&["source"])?;
    tree::text(source, "editable").or_else(|| tree::text(source, "virtual"))
}

/// Whether it is the package at the root of the project.
pub(super) fn is_root(package: &Table<'_>) -> bool {
    folder(package) == Some(".")
}

/// Whether it is never installed, only its dependencies are.
pub(super) fn is_virtual(package: &Table<'_>) -> bool {
    package.table(&["source"]).is_some_and(|source| source.get("virtual").is_some())
}
