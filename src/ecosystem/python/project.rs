//! What a project says in its own files that it depends on.

use std::{collections::BTreeSet, path::Path};

use crate::{
    document::{self, Table, Value},
    file,
    package::PackageName,
};

/// The largest manifest that is read, in bytes.
const LARGEST: u64 = 4 << 20;

/// The names that the project in a folder depends on itself, extras counted and groups for development not; `None`
/// if nothing tells. A manifest that cannot be read tells nothing: whoever manages the project says what is wrong
/// with it.
///
/// Source of the rules: PEP 621, "dependencies/optional-dependencies", and poetry's documentation, "The
/// pyproject.toml file"; where there is neither, the lines of a `requirements.txt` or `requirements.in`.
#[must_use]
pub(super) fn dependencies(folder: &Path) -> Option<BTreeSet<PackageName>> {
    let text = |name: &str| file::read_text(&folder.join(name), LARGEST).ok();
    let declared = text("pyproject.toml").and_then(|text| of_manifest(&text));
    declared.or_else(|| {
        let lines = text("requirements.in").or_else(|| text("requirements.txt"))?;
        Some(lines.lines().filter_map(name_of).collect())
    })
}

/// The names in a `pyproject.toml`; `None` if it declares no dependencies at all.
fn of_manifest(text: &str) -> Option<BTreeSet<PackageName>> {
    let manifest = document::parse(text).ok()?;
    let project = table(&manifest, &["project"]);
    let poetry = table(&manifest, &["tool", "poetry"]);
    let list = |value: Option<&Value<'_>>| -> Vec<PackageName> {
        let texts = value.and_then(Value::as_array).unwrap_or_default().iter().filter_map(Value::as_str);
        texts.filter_map(name_of).collect()
    };
    let declared = project.map(|project| {
        let extras = table(project, &["optional-dependencies"]).into_iter().flat_map(Table::iter);
        let extras = extras.flat_map(|(_, names)| list(Some(names)));
        list(project.get("dependencies")).into_iter().chain(extras).collect::<Vec<_>>()
    });
    let of_poetry = poetry.and_then(|poetry| table(poetry, &["dependencies"])).map(|dependencies| {
        let names = dependencies.iter().map(|(name, _)| name).filter(|name| *name != "python");
        names.filter_map(|name| PackageName::of_distribution(name).ok()).collect::<Vec<_>>()
    });
    if declared.is_none() && of_poetry.is_none() {
        return None;
    }
    Some(declared.into_iter().chain(of_poetry).flatten().collect())
}

fn table<'a, 't>(from: &'a Table<'t>, path: &[&str]) -> Option<&'a Table<'t>> {
    path.iter().try_fold(from, |table, key| table.get(key)?.as_table())
}

/// The name that a requirement begins with.
fn name_of(requirement: &str) -> Option<PackageName> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let text = requirement.trim_start();
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    PackageName::of_distribution(&text[..end]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(names: Option<BTreeSet<PackageName>>) -> Option<Vec<String>> {
        names.map(|names| names.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn manifests_of_every_manager_are_understood() {
        for (text, names) in [
            (
                "[project]\ndependencies = ['Flask[async]>=2', 'requests @ x']\n\
                 [project.optional-dependencies]\npg = ['psycopg2; python_version > \"3\"']\n\
                 [dependency-groups]\ndev = ['pytest']",
                Some(&["flask", "psycopg2", "requests"][..]),
            ),
            (
                "[tool.poetry.dependencies]\npython = '^3.10'\nDjango = '^5'\n\
                 [tool.poetry.group.dev.dependencies]\npytest = '*'",
                Some(&["django"]),
            ),
            ("[project]\nname = 'x'", Some(&[])),
            ("[tool.ruff]\nline-length = 100", None),
            ("[project", None),
        ] {
            let names = names.map(|names| names.iter().map(ToString::to_string).collect());
            assert_eq!(told(of_manifest(text)), names, "{text}");
        }
    }

    #[test]
    fn requirements_tell_where_no_manifest_does() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(dependencies(folder.path()), None);
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        write("requirements.txt", "# x\n-r other.txt\nFlask==2\n  --hash=sha256:0\nPyMySQL\n");
        assert_eq!(told(dependencies(folder.path())), Some(vec!["flask".to_owned(), "pymysql".to_owned()]));
        write("pyproject.toml", "[tool.ruff]\n");
        assert_eq!(told(dependencies(folder.path())), Some(vec!["flask".to_owned(), "pymysql".to_owned()]));
        write("pyproject.toml", "[project]\ndependencies = ['django']\n");
        assert_eq!(told(dependencies(folder.path())), Some(vec!["django".to_owned()]));
    }
}
