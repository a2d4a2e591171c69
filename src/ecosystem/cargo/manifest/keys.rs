//! Typed access to the keys of a table, with errors that tell the path of the key.

use semver::Version;

use super::{super::rust_version, ManifestError};
use crate::{
    document::{Table, Value},
    package::PackageName,
};

/// A table and where it stands.
pub(super) struct Keys<'a, 't> {
    /// The table.
    table: &'a Table<'t>,
    /// The table it stands in, and its key there.
    parent: Option<(&'a Keys<'a, 't>, &'a str)>,
}

impl<'a, 't> Keys<'a, 't> {
    /// The whole document.
    pub(super) fn top(table: &'a Table<'t>) -> Self {
        Self { table, parent: None }
    }

    /// The path of a key, for people.
    pub(super) fn path(&self, key: &str) -> String {
        let key = key.escape_debug();
        self.parent.map_or_else(|| key.to_string(), |(parent, own)| format!("{}.{key}", parent.path(own)))
    }

    /// All keys.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.table.iter().map(|(key, _)| key)
    }

    /// Whether the key holds a table.
    pub(super) fn is_table(&self, key: &str) -> bool {
        matches!(self.table.get(key), Some(Value::Table(_)))
    }

    /// The table under a key.
    pub(super) fn table(&'a self, key: &'a str) -> Result<Option<Keys<'a, 't>>, ManifestError> {
        let table = self.typed(key, "a table", Value::as_table)?;
        Ok(table.map(|table| Self { table, parent: Some((self, key)) }))
    }

    /// The text under a key.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, ManifestError> {
        self.typed(key, "a string", Value::as_str)
    }

    /// The text under a key, owned.
    pub(super) fn string(&self, key: &str) -> Result<Option<String>, ManifestError> {
        Ok(self.text(key)?.map(str::to_owned))
    }

    /// The boolean under a key.
    pub(super) fn boolean(&self, key: &str) -> Result<Option<bool>, ManifestError> {
        self.typed(key, "a boolean", Value::as_bool)
    }

    /// The array of strings under a key.
    pub(super) fn strings(&self, key: &str) -> Result<Option<Vec<String>>, ManifestError> {
        let expected = "an array of strings";
        let Some(values) = self.typed(key, expected, Value::as_array)? else { return Ok(None) };
        let strings = values.iter().map(|value| value.as_str().map(str::to_owned));
        strings.collect::<Option<_>>().map(Some).ok_or_else(|| self.wrong(key, expected))
    }

    /// The package name under a key.
    pub(super) fn name(&self, key: &str) -> Result<Option<PackageName>, ManifestError> {
        self.text(key)?.map(|text| self.as_name(key, text)).transpose()
    }

    /// A text that belongs to a key, as a package name.
    pub(super) fn as_name(&self, key: &str, text: &str) -> Result<PackageName, ManifestError> {
        text.parse().map_err(|source| ManifestError::Name { key: self.path(key), source })
    }

    /// The version under a key.
    pub(super) fn version(&self, key: &str) -> Result<Option<Version>, ManifestError> {
        let parse = |text: &str| {
            // Cargo trims it, and so do old manifests need it.
            Version::parse(text.trim())
                .map_err(|source| ManifestError::Version { key: self.path(key), source })
        };
        self.text(key)?.map(parse).transpose()
    }

    /// The Rust version under a key, completed to three parts.
    pub(super) fn rust_version(&self, key: &str) -> Result<Option<Version>, ManifestError> {
        let parse = |text| rust_version::complete(text).ok_or_else(|| self.wrong(key, "a Rust version"));
        self.text(key)?.map(parse).transpose()
    }

    /// An error about the type of a key.
    pub(super) fn wrong(&self, key: &str, expected: &'static str) -> ManifestError {
        ManifestError::Type { key: self.path(key), expected }
    }

    /// The value under a key, if it is of the type.
    fn typed<T>(
        &self,
        key: &str,
        expected: &'static str,
        convert: impl Fn(&'a Value<'t>) -> Option<T>,
    ) -> Result<Option<T>, ManifestError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        convert(value).map(Some).ok_or_else(|| self.wrong(key, expected))
    }
}
