//! The lines of manifests and lockfiles that findings are about.

use toml_edit::{Document, Item, TableLike};

use crate::document::line_at;

/// The line of the first of these dependencies in a manifest, whatever it is renamed to; of any target.
pub(in crate::doctor) fn dependency(manifest: &str, names: &[&str]) -> Option<usize> {
    let document = Document::parse(manifest).ok()?;
    let own = document.get("dependencies");
    let targets = document.get("target").and_then(Item::as_table_like);
    let others = targets.into_iter().flat_map(TableLike::iter).filter_map(|(_, of)| of.get("dependencies"));
    let tables: Vec<&dyn TableLike> = own.into_iter().chain(others).filter_map(Item::as_table_like).collect();
    let find = |name: &str| tables.iter().find_map(|table| line_in(manifest, *table, name));
    names.iter().find_map(|name| find(name))
}

/// The line of a dependency in a table.
fn line_in(text: &str, table: &dyn TableLike, name: &str) -> Option<usize> {
    let is = |key: &str, item: &Item| {
        let package = item.as_table_like().and_then(|entry| entry.get("package")).and_then(Item::as_str);
        key == name || package == Some(name)
    };
    let (key, item) = table.iter().find(|(key, item)| is(key, item))?;
    let span = table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span())?;
    Some(line_at(text, span.start))
}

/// The line of `rust-version` in a manifest.
pub(in crate::doctor) fn rust_version(manifest: &str) -> Option<usize> {
    let document = Document::parse(manifest).ok()?;
    let package = document.get("package")?.as_table_like()?;
    let span = package.key("rust-version")?.span()?;
    Some(line_at(manifest, span.start))
}

/// The line at which a package begins in a lockfile. Cargo writes name and version below each other.
pub(in crate::doctor) fn package(lockfile: &str, name: &str, version: &str) -> Option<usize> {
    let (name, version) = (format!("name = \"{name}\""), format!("version = \"{version}\""));
    let mut lines = lockfile.lines().map(str::trim_end).enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        if line == name && lines.peek().is_some_and(|(_, next)| *next == version) {
            return Some(index + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_in_every_form() {
        let text = "[package]\nname = \"x\" # a\nrust-version.workspace = true\n\n[dependencies]\na = \"1\"\nb.version = \"1\"\n\
                    c = { package = \"d\", version = \"1\" }\n\n[dependencies.e]\nversion = \"1\"\n\n\
                    [target.'cfg(unix)'.dependencies]\nf = \"1\"\n\n[dev-dependencies]\ng = \"1\"\n";
        for (names, line) in [
            (&["a"][..], Some(6)),
            (&["b"], Some(7)),
            (&["c"], Some(8)),
            (&["d"], Some(8)),
            (&["e"], Some(10)),
            (&["f"], Some(14)),
            (&["g"], None),
            (&["g", "a"], Some(6)),
        ] {
            assert_eq!(dependency(text, names), line, "{names:?}");
        }
        assert_eq!(rust_version(text), Some(3));
        assert_eq!(dependency("a = [", &["a"]), None);
    }

    #[test]
    fn packages_are_found_in_lockfiles() {
        let text = "version = 4\r\n\r\n[[package]]\r\nname = \"a\"\r\nversion = \"1.0.0\"\r\n\r\n[[package]]\r\nname = \"a\"\r\n\
                    version = \"2.0.0\"\r\n";
        assert_eq!(package(text, "a", "2.0.0"), Some(8));
        assert_eq!(package(text, "a", "3.0.0"), None);
    }
}
