//! The wheels that a lockfile tells of each package. Only the doctor asks; all else reads lockfiles without them.

use pep440_rs::Version;

use super::{full, tree, walk::admits};
use crate::{
    document::{self, SyntaxError, Table, Value},
    ecosystem::python::inventory::LockFormat,
    package::PackageName,
};

/// A package with its wheels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Its name.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The names of its wheels.
    pub wheels: Vec<String>,
}

/// The wheels of the packages of a lockfile; none where its format names no files.
///
/// uv leaves out those for a Python that the project does not admit: for such a one nothing is known.
pub fn files(text: &str, format: LockFormat, python: Option<[u64; 2]>) -> Result<Vec<Files>, SyntaxError> {
    let (packages, lists): (&str, &str) = match format {
        LockFormat::Uv => ("package", "wheels"),
        LockFormat::Poetry | LockFormat::Pdm => ("package", "files"),
        LockFormat::Pylock => ("packages", "wheels"),
        LockFormat::Pipfile | LockFormat::Requirements => return Ok(Vec::new()),
    };
    let document = document::parse(text)?;
    // The newest of its patches: that is what images have.
    let newest = python.map(|[major, minor]| full(&Version::new([major, minor])));
    if newest.is_some_and(|newest| !admits(tree::text(&document, "requires-python"), &newest)) {
        return Ok(Vec::new());
    }
    // Up to 1.x poetry had them in a table of their own.
    let apart = document.table(&["metadata", "files"]);
    let of_package = |table: &Table<'_>| {
        let name = tree::text(table, "name")?;
        let own = table.get(lists).or_else(|| apart?.get(name));
        let wheels = tree::elements(own).iter().filter_map(Value::as_table).filter_map(wheel).collect();
        let version = tree::text(table, "version")?.parse().ok()?;
        Some(Files { name: PackageName::of_distribution(name).ok()?, version, wheels })
    };
    Ok(tree::tables(&document, packages).filter_map(of_package).collect())
}

/// The name of a wheel: under a key of its own, or at the end of an address.
fn wheel(file: &Table<'_>) -> Option<String> {
    let text =
        ["name", "filename", "file", "path", "url"].into_iter().find_map(|key| tree::text(file, key))?;
    let text = text.split(['#', '?']).next().unwrap_or(text);
    let name = text.rsplit('/').next().unwrap_or(text);
    let is_wheel = name.rsplit_once('.').is_some_and(|(_, extension)| extension == "whl");
    is_wheel.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_with_files_tells_them() {
        for (format, text) in [
            (
                LockFormat::Uv,
                "[[package]]\nname = \"a\"\nversion = \"1\"\nsdist = { url = \"https://x/a-1.tar.gz\" }\nwheels = [\n\
                 \x20   { url = \"https://x/a-1-py3-none-any.whl\", size = 1 },\n]\n",
            ),
            (
                LockFormat::Poetry,
                "[[package]]\nname = \"a\"\nversion = \"1\"\nfiles = [\n    {file = \"a-1-py3-none-any.whl\", hash = \"x\"},\n\
                 \x20   {file = \"a-1.tar.gz\", hash = \"x\"},\n]\n",
            ),
            (
                LockFormat::Poetry,
                "[[package]]\nname = \"a\"\nversion = \"1\"\n[metadata.files]\na = [{file = \"a-1-py3-none-any.whl\"}]\n",
            ),
            (
                LockFormat::Pdm,
                "[[package]]\nname = \"a\"\nversion = \"1\"\nfiles = [{url = \"https://x/a-1-py3-none-any.whl#sha256=1\"}]\n",
            ),
            (
                LockFormat::Pylock,
                "[[packages]]\nname = \"a\"\nversion = \"1\"\nwheels = [{name = \"a-1-py3-none-any.whl\", url = \"x\"}]\n",
            ),
        ] {
            let found = files(text, format, None).expect("TOML");
            assert_eq!(found.len(), 1, "{format:?}");
            assert_eq!(found[0].wheels, ["a-1-py3-none-any.whl"], "{format:?}");
        }
        let lock = "requires-python = \">=3.12.4, <3.14\"\n[[package]]\nname = \"a\"\nversion = \"1\"\n";
        for (python, count) in [(None, 1), (Some([3, 12]), 1), (Some([3, 11]), 0), (Some([3, 14]), 0)] {
            assert_eq!(files(lock, LockFormat::Uv, python).expect("TOML").len(), count, "{python:?}");
        }
        assert_eq!(files("{", LockFormat::Requirements, None), Ok(Vec::new()));
        assert!(files("[[package]", LockFormat::Uv, None).is_err());
    }
}
