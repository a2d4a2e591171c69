//! Our reading of `uv.lock`, held against what `uv export` says about it.
//!
//! uv itself locks a small workspace whose packages all lie in folders, so that no network is needed: extras that
//! exclude each other, default groups, markers, editable and virtual packages. Real projects of all formats are held
//! against the tools that wrote them by `.ci/python-lockfiles`. Without uv the test is skipped, but not in CI.

use std::{
    collections::BTreeSet,
    env, fs,
    path::Path,
    process::{Command, Stdio},
};

use otel_bootstrap::{
    ecosystem::python::{
        inventory::LockFormat,
        lock::{self, Parts, Target},
    },
    package::PackageName,
};
use pep508_rs::{MarkerEnvironment, MarkerEnvironmentBuilder, MarkerTree};

/// Each package: its folder, what its `pyproject.toml` says after name and version.
const PACKAGES: [(&str, &str); 9] = [
    (
        ".",
        r#"
dependencies = ["alpha"]
[project.optional-dependencies]
cpu = ["epsilon; python_full_version >= '3.12'"]
cuda = ["zeta"]
[dependency-groups]
dev = ["eta"]
drivers = ["zeta; platform_machine == 'x86_64'"]
[tool.uv]
default-groups = ["dev", "drivers"]
conflicts = [[{ extra = "cpu" }, { extra = "cuda" }]]
[tool.uv.workspace]
members = ["member"]
[tool.uv.sources]
alpha = { path = "alpha" }
epsilon = { path = "epsilon" }
zeta = { path = "zeta" }
eta = { path = "eta", editable = true }
"#,
    ),
    (
        "alpha",
        r#"
dependencies = ["beta; python_version < '3.11'", "gamma[fast]"]
[tool.uv.sources]
beta = { path = "../beta" }
gamma = { path = "../gamma" }
"#,
    ),
    ("beta", ""),
    (
        "gamma",
        r#"
optional-dependencies = { fast = ["delta; sys_platform != 'win32'"] }
[tool.uv.sources]
delta = { path = "../delta" }
"#,
    ),
    ("delta", ""),
    ("epsilon", ""),
    ("zeta", ""),
    ("eta", ""),
    (
        "member",
        r#"
dependencies = ["eta", "alpha"]
[tool.uv.sources]
eta = { path = "../eta", editable = true }
alpha = { path = "../alpha" }
"#,
    ),
];

/// What uv is asked for, and the same for the reader.
const ASKED: [&[&str]; 7] = [
    &["--no-dev"],
    &["--no-dev", "--extra=cpu"],
    &["--no-dev", "--extra=cuda"],
    &["--group=dev"],
    &["--no-dev", "--package=member"],
    &["--no-dev", "--all-packages"],
    &["--no-dev", "--group=drivers", "--extra=cpu"],
];

/// Pythons and platforms, each with the variables of markers that matter here.
const TARGETS: [(&str, &str, &str, &str); 4] = [
    ("3.12.1", "x86_64-unknown-linux-gnu", "linux", "x86_64"),
    ("3.10.4", "x86_64-pc-windows-msvc", "win32", "AMD64"),
    ("3.9.2", "aarch64-apple-darwin", "darwin", "arm64"),
    ("3.11.9", "aarch64-unknown-linux-musl", "linux", "aarch64"),
];

#[test]
fn uv_exports_what_is_read() {
    let found = Command::new("uv").arg("--version").stdout(Stdio::null()).status();
    if !found.is_ok_and(|status| status.success()) {
        assert!(env::var_os("CI").is_none(), "`uv` is not there");
        skip();
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, rest) in PACKAGES {
        let path = folder.path().join(name);
        fs::create_dir_all(&path).expect("a folder");
        let name = if name == "." { "App" } else { name };
        let head = format!("[project]\nname = \"{name}\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n");
        fs::write(path.join("pyproject.toml"), head + rest).expect("a file");
    }
    uv(folder.path(), &["lock", "--offline"]);
    for asked in ASKED {
        let usual = ["export", "--offline", "--frozen", "--no-hashes", "--no-header", "--no-annotate"];
        let exported = uv(folder.path(), &[&usual, asked].concat());
        for target in TARGETS {
            let expected = evaluated(&exported, &environment(target));
            assert_eq!(read(folder.path(), asked, target), expected, "{asked:?} {target:?}");
        }
    }
}

/// Says that a test did nothing.
#[expect(clippy::print_stderr, reason = "a skip must be seen")]
fn skip() {
    eprintln!("skipped: `uv` is not there");
}

/// Runs uv, gives what it prints.
fn uv(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("uv");
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("VIRTUAL_ENV")
        .env("UV_CACHE_DIR", folder.join(".cache"));
    let output = command.output().expect("`uv` starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The names of the folders in an export whose markers hold.
fn evaluated(exported: &str, environment: &MarkerEnvironment) -> BTreeSet<String> {
    let holds = |line: &&str| {
        let marker = line.split_once(';').map(|(_, marker)| marker.trim());
        let marker = marker.map(|marker| marker.parse::<MarkerTree>().expect("a marker"));
        marker.is_none_or(|marker| marker.evaluate(environment, &[]))
    };
    let name = |line: &str| {
        let path = line.split(';').next().unwrap_or_default().trim_start_matches("-e").trim();
        path.trim_start_matches("./").to_owned()
    };
    exported.lines().filter(|line| !line.is_empty()).filter(holds).map(name).collect()
}

/// The names that the reader finds.
fn read(folder: &Path, asked: &[&str], target: (&str, &str, &str, &str)) -> BTreeSet<String> {
    let name = |text: &str| PackageName::of_distribution(text).expect("a name");
    let mut parts = Parts::default();
    for option in asked {
        match option.split_once('=') {
            Some(("--extra", value)) => parts.extras.push(name(value)),
            Some(("--group", value)) => parts.groups.push(name(value)),
            Some(("--package", value)) => parts.packages.push(name(value)),
            _ => parts.workspace |= *option == "--all-packages",
        }
    }
    let target =
        Target::new(Some(target.0.parse().expect("a version")), target.1.parse().expect("a platform"));
    let found = lock::find(folder).expect("a lockfile");
    assert_eq!(found.format, LockFormat::Uv);
    let inventory = lock::read(&found.path, found.format, &target, &parts).expect("readable");
    inventory.distributions.iter().map(|distribution| distribution.name.to_string()).collect()
}

/// The variables of markers.
fn environment((python, _, sys_platform, machine): (&str, &str, &str, &str)) -> MarkerEnvironment {
    let builder = MarkerEnvironmentBuilder {
        implementation_name: "cpython",
        implementation_version: python,
        os_name: "",
        platform_machine: machine,
        platform_python_implementation: "CPython",
        platform_release: "",
        platform_system: "",
        platform_version: "",
        python_full_version: python,
        python_version: python.rsplit_once('.').expect("three components").0,
        sys_platform,
    };
    builder.try_into().expect("versions")
}
