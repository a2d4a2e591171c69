//! Whether a package has a binary target.

use std::{ffi::OsStr, fs, path::Path};

use super::manifest::Package;

/// Whether the package in the folder has a binary: a listed one, or one that cargo finds by itself.
///
/// Source of the rule: the cargo reference, "Cargo Targets", "Target auto-discovery".
pub(super) fn has_binary(folder: &Path, package: Option<&Package>) -> bool {
    let Some(package) = package else { return false };
    if package.bins.is_some_and(|bins| bins > 0) {
        return true;
    }
    if package.autobins == Some(false) {
        return false;
    }
    folder.join("src/main.rs").exists() || holds_binary(&folder.join("src/bin"))
}

/// Whether the folder for binaries holds one: `NAME.rs` or `NAME/main.rs`.
fn holds_binary(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.filter_map(Result::ok).any(|entry| {
        let path = entry.path();
        let is_hidden = entry.file_name().to_str().is_none_or(|name| name.starts_with('.'));
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        !is_hidden
            && if is_folder {
                path.join("main.rs").exists()
            } else {
                path.extension() == Some(OsStr::new("rs"))
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecosystem::cargo::manifest;

    #[test]
    fn binaries_are_found_where_cargo_finds_them() {
        for (package, files, expected) in [
            ("", &["src/lib.rs"][..], false),
            ("", &["src/main.rs"], true),
            ("", &["src/bin/tool.rs"], true),
            ("", &["src/bin/tool/main.rs"], true),
            ("", &["src/bin/tool/lib.rs", "src/bin/.hidden.rs", "src/bin/notes.txt"], false),
            ("autobins = false", &["src/main.rs", "src/bin/tool.rs"], false),
            ("autobins = false\n[[bin]]\nname = 'x'\npath = 'x.rs'", &["x.rs"], true),
            ("edition = '2015'", &["src/main.rs"], true),
        ] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            for file in files {
                let path = folder.path().join(file);
                fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
                fs::write(path, "").expect("a file");
            }
            let text = format!("[package]\nname = 'x'\n{package}\n");
            let manifest = manifest::parse(&text).expect("a manifest");
            let found = has_binary(folder.path(), manifest.package.as_ref());
            assert_eq!(found, expected, "{package:?} {files:?}");
        }
    }
}
