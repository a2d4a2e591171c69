//! What a project's `pyproject.toml` or `Pipfile` says about its dependencies, as far as recording them
//! needs to know.

use std::path::Path;

use toml::{Table, Value};

use super::{Bound, Wanted, keeper::Keeper};
use crate::{file, package::PackageName};

/// The most that is read of a manifest.
const LARGEST: u64 = 4 << 20;

/// The tools that a `pyproject.toml` configures (`[tool.NAME]`).
pub(super) fn tools(folder: &Path) -> Vec<String> {
    let table = read(&folder.join("pyproject.toml"));
    let tools = table.as_ref().and_then(|table| table.get("tool")?.as_table());
    tools.map(|tools| tools.keys().cloned().collect()).unwrap_or_default()
}

/// Whether a `pyproject.toml` declares an extra of that name.
pub(super) fn has_extra(folder: &Path, name: &str) -> bool {
    let table = read(&folder.join("pyproject.toml")).unwrap_or_default();
    let declared = [&["project", "optional-dependencies"][..], &["tool", "poetry", "extras"]];
    declared
        .iter()
        .any(|path| at(&table, path).and_then(Value::as_table).is_some_and(|t| named(t, name).is_some()))
}

/// Whether the manifest asks for all of this already, where the group says.
pub(super) fn has_all(keeper: Keeper, folder: &Path, group: Option<&str>, wanted: &[Wanted]) -> bool {
    let Some(table) = read(&keeper.manifest(folder)) else { return false };
    let found = dependencies(keeper, &table, group);
    wanted.iter().all(|wanted| {
        found.iter().any(|(name, specifier)| *name == wanted.name && says(specifier, &wanted.bound))
    })
}

/// The names and specifiers that a manifest asks for.
fn dependencies(keeper: Keeper, table: &Table, group: Option<&str>) -> Vec<(PackageName, String)> {
    let group_of = |path: &[&str]| at(table, path)?.as_table().and_then(|t| named(t, group?));
    let lists = match group {
        None => vec![at(table, &["project", "dependencies"])],
        Some(_) => vec![
            group_of(&["project", "optional-dependencies"]),
            group_of(&["dependency-groups"]),
            group_of(&["tool", "pdm", "dev-dependencies"]),
        ],
    };
    let tables = match (keeper, group) {
        (Keeper::Pipenv, None) => vec![at(table, &["packages"])],
        (Keeper::Pipenv, Some(group)) => vec![named(table, group)],
        (_, None) => vec![at(table, &["tool", "poetry", "dependencies"])],
        (_, Some(_)) => vec![group_of(&["tool", "poetry", "group"]).and_then(|g| g.get("dependencies"))],
    };
    let listed = lists.into_iter().flatten().filter_map(Value::as_array).flatten().filter_map(Value::as_str);
    let listed = listed.filter_map(|text| {
        let text = text.split(';').next().unwrap_or(text).trim();
        let end = text.find(|c: char| c.is_whitespace() || "[(=<>!~@".contains(c)).unwrap_or(text.len());
        let specifier = text[end..].rsplit(']').next().unwrap_or_default();
        let specifier = specifier.trim().trim_start_matches('(').trim_end_matches(')');
        Some((PackageName::of_distribution(&text[..end]).ok()?, specifier.to_owned()))
    });
    let keyed =
        tables.into_iter().flatten().filter_map(Value::as_table).flatten().filter_map(|(key, value)| {
            let version = value.as_str().or_else(|| value.get("version")?.as_str()).unwrap_or("*");
            Some((PackageName::of_distribution(key).ok()?, version.to_owned()))
        });
    listed.chain(keyed).collect()
}

/// Whether a specifier asks for what is wanted. A bare version means just that version to Poetry.
fn says(specifier: &str, bound: &Bound) -> bool {
    let version = |text: &str| text.trim().parse::<pep440_rs::Version>().ok();
    let specifier = specifier.trim();
    match bound {
        Bound::Any => true,
        Bound::Exactly(exact) => version(specifier.trim_start_matches('=')).as_ref() == Some(exact),
        Bound::AtLeast(least) => {
            specifier.strip_prefix(">=").and_then(|text| version(text.split(',').next()?)).as_ref()
                == Some(least)
        }
    }
}

fn read(path: &Path) -> Option<Table> {
    file::read_text(path, LARGEST).ok()?.trim_start_matches('\u{feff}').parse().ok()
}

fn at<'t>(table: &'t Table, path: &[&str]) -> Option<&'t Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(key))
}

/// The value under a name, however it is spelled.
fn named<'t>(table: &'t Table, name: &str) -> Option<&'t Value> {
    let wanted = PackageName::of_distribution(name).ok()?;
    let found =
        table.iter().find(|(key, _)| PackageName::of_distribution(key).is_ok_and(|key| key == wanted));
    found.map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install::python::parse_lines;

    #[test]
    fn what_a_manifest_asks_for_is_found_in_every_form() {
        let wanted = |line: &str| parse_lines(line).expect("a line");
        let project = "[project]\ndependencies = [\"Flask <3\", \"opentelemetry-distro[otlp] ==0.60b1 ; python_version>'3'\"]\n\
            [project.optional-dependencies]\nOTel = [\"a==1.0\"]\n[dependency-groups]\nobs = [\"b (==2)\", {include-group = \"x\"}]\n";
        let poetry = "[tool.poetry.dependencies]\npython = \"^3.9\"\na = \"1\"\nb = {version = \"==2\", extras = [\"x\"]}\n\
            [tool.poetry.group.obs.dependencies]\nc = \">=3\"\n";
        let pipfile = "[packages]\na = \"==1\"\n[obs]\nb = {version = \"*\"}\n";
        for (keeper, text, group, line, has) in [
            (Keeper::Uv, project, None, "opentelemetry_distro==0.60b1", true),
            (Keeper::Uv, project, None, "opentelemetry-distro==0.61b0", false),
            (Keeper::Uv, project, None, "flask", true),
            (Keeper::Uv, project, Some("otel"), "a==1", true),
            (Keeper::Pdm, project, Some("obs"), "b==2.0", true),
            (Keeper::Pdm, project, Some("none"), "b==2.0", false),
            (Keeper::Poetry, poetry, None, "a==1.0\nb==2", true),
            (Keeper::Poetry, poetry, None, "c>=3", false),
            (Keeper::Poetry, poetry, Some("obs"), "c>=3.0", true),
            (Keeper::Pipenv, pipfile, None, "a==1", true),
            (Keeper::Pipenv, pipfile, Some("obs"), "b", true),
            (Keeper::Pipenv, pipfile, Some("obs"), "b==1", false),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            std::fs::write(keeper.manifest(folder.path()), text).expect("a file");
            assert_eq!(has_all(keeper, folder.path(), group, &wanted(line)), has, "{line} in {text}");
        }
    }
}
