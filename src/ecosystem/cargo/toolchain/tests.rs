//! Toolchains as rustup lays them out in a temporary home.

use std::{ffi::OsString, fs};

use super::*;

/// A rustup home with two installed toolchains, and a project beside it.
fn machine(settings: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("home/settings.toml", &settings.replace("ROOT", &folder.path().display().to_string()));
    for (name, version) in [
        ("stable-x86_64-unknown-linux-gnu", "1.95.0 (f2d3ce0bd 2026-03-21)"),
        ("nightly-2024-01-01-x86_64-unknown-linux-gnu", "1.77.0-nightly (abc 2023-12-31)"),
        ("nightly-x86_64-unknown-linux-gnu", "1.97.0-nightly (def 2026-04-01)"),
    ] {
        let text = format!(
            "manifest-version = \"2\"\n[pkg.cargo]\nversion = \"9.9.9\"\n[pkg.rustc]\nversion = \"{version}\"\n"
        );
        write(&format!("home/toolchains/{name}/lib/rustlib/multirust-channel-manifest.toml"), &text);
    }
    write("project/member/Cargo.toml", "");
    for (path, text) in files {
        write(path, text);
    }
    folder
}

/// What is found for the member of the project.
fn show(machine: &tempfile::TempDir, variables: &[(&str, &str)]) -> Option<String> {
    let mut env = Env::default();
    env.variables.insert("RUSTUP_HOME".into(), machine.path().join("home").into_os_string());
    for (name, value) in variables {
        env.variables.insert(OsString::from(name), OsString::from(value));
    }
    let toolchain = find(&machine.path().join("project/member"), &env)?;
    let found_in = toolchain.found_in.replace(&machine.path().display().to_string(), "ROOT");
    Some(format!("{} {found_in}", toolchain.version))
}

#[test]
fn the_line_is_found_wherever_it_stands() {
    for before in [0, 1, 65_500, 65_513, 65_520, 65_536, 200_000] {
        let text = format!("{}\n[pkg.rustc]\nversion = \"1.80.1 (x)\"\n", "#".repeat(before));
        assert_eq!(compiler_in(text.as_bytes()), Some(Version::new(1, 80, 1)), "{before}");
    }
    for text in ["", "\n[pkg.cargo]\nversion = \"1.80.1\"\n", "\n[pkg.rustc]\nversion = \"1.80"] {
        assert_eq!(compiler_in(text.as_bytes()), None);
    }
    let endless = format!("\n[pkg.rustc]\nversion = \"{}", "1".repeat(200_000));
    assert_eq!(compiler_in(endless.as_bytes()), None);
}

/// Rustup's settings with a default toolchain.
const DEFAULT: &str = "version = \"12\"\ndefault_toolchain = \"stable-x86_64-unknown-linux-gnu\"\n";

#[test]
fn rustup_s_order_is_followed() {
    let with_override = format!("{DEFAULT}[overrides]\n\"ROOT/project\" = \"1.80.1\"\n");
    let toolchain_file = ("project/rust-toolchain.toml", "[toolchain]\nchannel = \"1.75\"\n");
    for (settings, files, variables, expected) in [
        (DEFAULT, &[][..], &[][..], Some("1.95.0 the default toolchain of `rustup`")),
        (DEFAULT, &[toolchain_file], &[], Some("1.75.0 `rust-toolchain.toml`")),
        (DEFAULT, &[("project/rust-toolchain", "nightly\n")], &[], Some("1.97.0 `rust-toolchain`")),
        (DEFAULT, &[("project/rust-toolchain", "nightly-2024-01-01")], &[], Some("1.77.0 `rust-toolchain`")),
        (&with_override, &[toolchain_file], &[], Some("1.80.1 `rustup override` for `ROOT/project`")),
        (
            &with_override,
            &[("project/member/rust-toolchain.toml", "[toolchain]\nchannel = \"1.70\"\n")],
            &[],
            Some("1.70.0 `rust-toolchain.toml`"),
        ),
        (
            &with_override,
            &[toolchain_file],
            &[("RUSTUP_TOOLCHAIN", "1.60")],
            Some("1.60.0 `RUSTUP_TOOLCHAIN`"),
        ),
        (DEFAULT, &[("project/rust-toolchain.toml", "[toolchain]\npath = \"/x\"\n")], &[], None),
        (DEFAULT, &[("project/rust-toolchain.toml", "[toolchain]\nchannel = \"beta\"\n")], &[], None),
        ("", &[], &[], None),
    ] {
        let machine = machine(settings, files);
        assert_eq!(show(&machine, variables).as_deref(), expected, "{settings} {files:?} {variables:?}");
    }
}

/// A `rustc` that says it is 1.83.
const FAKE_COMPILER: (&str, &str) = ("bin/rustc", "#!/bin/sh\necho 'rustc 1.83.0 (90b35a623 2024-11-26)'\n");

#[cfg(unix)]
#[test]
fn where_rustup_is_in_charge_the_compiler_is_not_asked() {
    use std::os::unix::fs::PermissionsExt;

    let toolchain_file = ("project/rust-toolchain", "nightly-2025-01-01");
    let machine = machine(DEFAULT, &[FAKE_COMPILER, toolchain_file]);
    let bin = machine.path().join("bin");
    fs::set_permissions(bin.join("rustc"), fs::Permissions::from_mode(0o755)).expect("permissions");
    assert_eq!(show(&machine, &[("PATH", &bin.display().to_string())]), None);
}

#[cfg(unix)]
#[test]
fn without_rustup_the_compiler_is_asked() {
    use std::os::unix::fs::PermissionsExt;

    let machine = machine("", &[FAKE_COMPILER]);
    let bin = machine.path().join("bin");
    fs::remove_file(machine.path().join("home/settings.toml")).expect("the file goes");
    fs::set_permissions(bin.join("rustc"), fs::Permissions::from_mode(0o755)).expect("permissions");
    let path = bin.display().to_string();
    let shown = show(&machine, &[("PATH", &path)]);
    assert_eq!(shown.as_deref(), Some("1.83.0 `rustc` on `PATH`"));
}
