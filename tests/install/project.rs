//! Small projects in temporary folders.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use otel_bootstrap::{
    ecosystem::cargo::{
        self,
        inventory::{Inventory, Member},
    },
    install::cargo::{self as install, Options, Plan, Proof, ProofError},
    resolution::{Requirement, Resolution, VersionPin},
    settings::{Env, Selection},
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
        dormant: Vec::new(),
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
        since: None,
        present: Vec::new(),
        features: features.iter().map(|&f| f.to_owned()).collect(),
        members: members.iter().map(|&m| m.to_owned()).collect(),
        because: Vec::new(),
        wiring: Vec::new(),
        switches: Vec::new(),
        directives: Vec::new(),
    }
}

/// The cargo that runs the tests.
pub(crate) fn run_cargo(folder: &Path, args: &[&str]) -> Result<String, String> {
    let output =
        Command::new(cargo_program()).args(args).current_dir(folder).output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(if output.status.success() { &output.stdout } else { &output.stderr });
    if output.status.success() { Ok(text.into_owned()) } else { Err(text.into_owned()) }
}

/// Whether the index can be asked; where it cannot, that is a failure in CI and a skip elsewhere.
#[allow(clippy::print_stderr, reason = "a skip must be seen")]
pub(crate) fn has_index() -> bool {
    let root =
        folder(&[("Cargo.toml", "[package]\nname = \"app\"\nedition = \"2021\"\n"), ("src/lib.rs", "")]);
    let added = run_cargo(root.path(), &["add", "--offline", "--quiet", "semver@1.0.20"]);
    assert!(added.is_ok() || std::env::var_os("CI").is_none(), "no index: {added:?}");
    if let Err(reason) = &added {
        eprintln!("skipped, because the index cannot be asked: {reason}");
    }
    added.is_ok()
}

/// The cargo that runs the tests.
pub(crate) fn cargo_program() -> PathBuf {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()).into()
}

/// Reads a project, without asking for a toolchain.
pub(crate) fn read(path: &Path) -> Result<Inventory, Box<dyn Error + Send + Sync>> {
    Ok(cargo::read::read(path, &Selection::default(), &Env::default())?)
}

/// Plans and proves; the real cargo is the one that is used if the options name none.
pub(crate) fn attempt(
    path: &Path,
    requirements: Vec<Requirement>,
    options: &Options,
) -> Result<(Plan, Proof), ProofError> {
    let mut options = Options { path: path.to_owned(), ..options.clone() };
    if options.cargo.as_os_str().is_empty() {
        options.cargo = cargo_program();
    }
    let inventory = read(path).expect("a project");
    let resolution = Resolution { requirements, ..Resolution::default() };
    let plan = install::plan(&resolution, &inventory, &options).expect("a plan");
    let proof = install::prove(&plan, &read, &mut |_| {})?;
    Ok((plan, proof))
}

/// The same, for what is expected to fail.
pub(crate) fn prove(path: &Path, wanted: Vec<Requirement>, options: &Options) -> Result<Proof, ProofError> {
    attempt(path, wanted, options).map(|(_, proof)| proof)
}

/// A program called `cargo`, from a shell script.
#[cfg(unix)]
pub(crate) fn script(folder: &Path, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("cargo");
    fs::write(&path, text).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    path
}

/// What the files below a folder hold; links are not followed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    /// Reads them.
    pub(crate) fn below(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut open = vec![folder.to_owned()];
        while let Some(inner) = open.pop() {
            for entry in fs::read_dir(&inner).expect("a folder") {
                let entry = entry.expect("an entry");
                let kind = entry.file_type().expect("a kind");
                if kind.is_dir() {
                    open.push(entry.path());
                } else if kind.is_file() {
                    let name =
                        entry.path().strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                    files.insert(name, fs::read(entry.path()).expect("a file"));
                }
            }
        }
        Self(files)
    }

    /// The files that hold something else than before, or are new.
    pub(crate) fn changed_since(&self, before: &Self) -> Vec<&str> {
        let changed = self.0.iter().filter(|(name, bytes)| before.0.get(*name) != Some(bytes));
        changed.map(|(name, _)| name.as_str()).collect()
    }

    /// What one of them holds.
    pub(crate) fn text(&self, name: &str) -> &str {
        std::str::from_utf8(&self.0[name]).expect("UTF-8")
    }
}
