//! Small projects in temporary folders.

use std::{fs, path::Path, process::Command};

use otel_bootstrap::{
    ecosystem::cargo::inventory::{Inventory, Member},
    resolution::{Requirement, VersionPin},
};
use tempfile::TempDir;

/// Writes files into a fresh folder.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("Cargo.lock"), "version = 4\n").expect("a file");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

/// A member as far as editing needs to know it.
pub(crate) fn member(root: &Path, name: &str, folder: &str) -> Member {
    Member {
        name: name.parse().expect("a name"),
        version: None,
        manifest: root.join(folder).join("Cargo.toml"),
        rust_version: None,
        has_binary: true,
        is_default: true,
        is_selected: true,
        uses: Vec::new(),
    }
}

/// A project without locked packages.
pub(crate) fn inventory(root: &Path, members: Vec<Member>) -> Inventory {
    Inventory {
        root: root.to_owned(),
        lockfile: root.join("Cargo.lock"),
        packages: Vec::new(),
        members,
        toolchain: None,
    }
}

/// A requirement in the line form: `NAME@VERSION`, `NAME@=VERSION` or `NAME`.
pub(crate) fn requirement(spec: &str, features: &[&str], members: &[&str]) -> Requirement {
    let (name, version) = spec.split_once('@').map_or((spec, None), |(n, v)| (n, Some(v)));
    Requirement {
        name: name.parse().expect("a name"),
        version: version.map(|text| VersionPin {
            version: text.trim_start_matches('=').to_owned(),
            exact: text.starts_with('='),
        }),
        features: features.iter().map(|&f| f.to_owned()).collect(),
        members: members.iter().map(|&m| m.to_owned()).collect(),
        because: Vec::new(),
        wiring: Vec::new(),
        switches: Vec::new(),
        directives: Vec::new(),
    }
}

/// The cargo that runs the tests.
pub(crate) fn cargo(folder: &Path, args: &[&str]) -> Result<String, String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program).args(args).current_dir(folder).output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(if output.status.success() { &output.stdout } else { &output.stderr });
    if output.status.success() { Ok(text.into_owned()) } else { Err(text.into_owned()) }
}

/// Whether the index can be asked; where it cannot, that is a failure in CI and a skip elsewhere.
#[allow(clippy::print_stderr, reason = "a skip must be seen")]
pub(crate) fn has_index() -> bool {
    let root =
        folder(&[("Cargo.toml", "[package]\nname = \"app\"\nedition = \"2021\"\n"), ("src/lib.rs", "")]);
    let added = cargo(root.path(), &["add", "--offline", "--quiet", "semver@1.0.20"]);
    assert!(added.is_ok() || std::env::var_os("CI").is_none(), "no index: {added:?}");
    if let Err(reason) = &added {
        eprintln!("skipped, because the index cannot be asked: {reason}");
    }
    added.is_ok()
}
