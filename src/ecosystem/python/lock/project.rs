//! What a `pyproject.toml` says about the project itself.

use std::collections::BTreeSet;

use super::{request, requirements::line, tree};
use crate::{
    document::{Table, Value},
    ecosystem::python::inventory::DistributionVersion,
    package::PackageName,
};

/// The name of a project, and its version if it is written there.
pub(super) fn identity(document: &Table<'_>) -> Option<(PackageName, DistributionVersion)> {
    let tables = [["project"].as_slice(), &["tool", "poetry"]];
    tables.into_iter().find_map(|path| {
        let table = tree::table(document, path)?;
        let name = PackageName::of_distribution(tree::text(table, "name")?).ok()?;
        Some((name, request::version(tree::text(table, "version"))))
    })
}

/// The names in a list of requirements, whatever their conditions.
pub(super) fn names(requirements: &[Value<'_>]) -> BTreeSet<PackageName> {
    let texts = requirements.iter().filter_map(Value::as_str);
    texts.filter_map(|text| line::requirement(text.trim()).ok()).map(|requirement| requirement.name).collect()
}
