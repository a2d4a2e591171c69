//! What a project says in its own files that it depends on.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use pep440_rs::Version;

use crate::{
    document::{self, Table, Value},
    file,
    package::PackageName,
};

/// The file that describes a project.
const MANIFEST: &str = "pyproject.toml";

/// The largest `.python-version` that is read, in bytes.
const LARGEST_VERSION: u64 = 4 << 10;

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
    let declared = text(MANIFEST).and_then(|text| of_manifest(&text));
    declared.or_else(|| {
        let lines = text("requirements.in").or_else(|| text("requirements.txt"))?;
        Some(lines.lines().filter_map(name_of).collect())
    })
}

/// The workspace of uv that a project is a member of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Workspace {
    /// The folder of its root.
    pub(super) folder: PathBuf,
    /// The name of the project.
    pub(super) member: PackageName,
}

/// The workspace of uv above a project: the nearest folder with a `uv.lock` whose manifest has
/// `[tool.uv.workspace]`.
///
/// Source of the rule: uv's documentation, "Using workspaces".
#[must_use]
pub(super) fn workspace(folder: &Path) -> Option<Workspace> {
    let text = file::read_text(&folder.join(MANIFEST), LARGEST).ok()?;
    let manifest = document::parse(&text).ok()?;
    let name = manifest.table(&["project"])?.get("name")?.as_str()?;
    let member = PackageName::of_distribution(name).ok()?;
    let root = folder.ancestors().skip(1).find(|above| above.join("uv.lock").is_file())?;
    let text = file::read_text(&root.join(MANIFEST), LARGEST).ok()?;
    let manifest = document::parse(&text).ok()?;
    manifest.table(&["tool", "uv", "workspace"])?;
    Some(Workspace { folder: root.to_owned(), member })
}

/// The `.python-version` in the folder, and the Python that it asks for.
#[must_use]
pub(crate) fn python_version(folder: &Path) -> Option<(PathBuf, Version)> {
    let path = folder.join(".python-version");
    let text = file::read_text(&path, LARGEST_VERSION).ok()?;
    let lines = text.lines().map(str::trim);
    let line = lines.into_iter().find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let version = line.parse().ok().filter(|version: &Version| version.release().len() > 1)?;
    Some((path, version))
}

/// The names in a `pyproject.toml`; `None` if it declares no dependencies at all.
fn of_manifest(text: &str) -> Option<BTreeSet<PackageName>> {
    let manifest = document::parse(text).ok()?;
    let project = manifest.table(&["project"]);
    let poetry = manifest.table(&["tool", "poetry"]);
    let list = |value: Option<&Value<'_>>| -> Vec<PackageName> {
        let texts = value.and_then(Value::as_array).unwrap_or_default().iter().filter_map(Value::as_str);
        texts.filter_map(name_of).collect()
    };
    let declared = project.map(|project| {
        let extras = project.table(&["optional-dependencies"]).into_iter().flat_map(Table::iter);
        let extras = extras.flat_map(|(_, names)| list(Some(names)));
        list(project.get("dependencies")).into_iter().chain(extras).collect::<Vec<_>>()
    });
    let of_poetry = poetry.and_then(|poetry| poetry.table(&["dependencies"])).map(|dependencies| {
        let names = dependencies.iter().map(|(name, _)| name).filter(|name| *name != "python");
        names.filter_map(|name| PackageName::of_distribution(name).ok()).collect::<Vec<_>>()
    });
    if declared.is_none() && of_poetry.is_none() {
        return None;
    }
    Some(declared.into_iter().chain(of_poetry).flatten().collect())
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
    fn a_member_belongs_to_the_workspace_above_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let member = folder.path().join("packages/api");
        std::fs::create_dir_all(&member).expect("folders");
        let write = |path: &str, text: &str| std::fs::write(folder.path().join(path), text).expect("a file");
        write("packages/api/pyproject.toml", "[project]\nname = 'Shop_API'\n");
        assert_eq!(workspace(&member), None);
        write("uv.lock", "version = 1\n");
        write("pyproject.toml", "[project]\nname = 'shop'\n");
        assert_eq!(workspace(&member), None);
        write("pyproject.toml", "[tool.uv.workspace]\nmembers = ['packages/*']\n");
        let member_name = PackageName::of_distribution("shop-api").expect("a name");
        let expected = Workspace { folder: folder.path().to_owned(), member: member_name };
        assert_eq!(workspace(&member), Some(expected));
        assert_eq!(workspace(folder.path()), None);
    }

    #[test]
    fn the_python_of_a_project_may_be_written_down() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (text, version) in [
            ("3.12\n", Some("3.12")),
            ("# x\n3.11.4", Some("3.11.4")),
            ("pypy3.10", None),
            ("3", None),
            ("", None),
        ] {
            std::fs::write(folder.path().join(".python-version"), text).expect("a file");
            assert_eq!(
                python_version(folder.path()).map(|(_, v)| v.to_string()).as_deref(),
                version,
                "{text}"
            );
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
