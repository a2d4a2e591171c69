//! Which Rust a project is built with, as far as files tell: asked only where a member declares no `rust-version`.
//!
//! In the order in which `rustup` decides, then the `rustc` on `PATH`. Source of the rules: the rustup
//! book, "Overrides" and "The toolchain file".

mod rustup;

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{inventory::Toolchain, rust_version};
use crate::settings::Env;

/// The Rust version for a project in a folder; `None` if there is no toolchain, or none that can be read.
#[must_use]
pub fn find(folder: &Path, env: &Env) -> Option<Toolchain> {
    let home = rustup::home(env);
    if let Some((channel, found_in)) = rustup::channel(folder, env, home.as_deref()) {
        let version = rust_version::complete(&channel).or_else(|| installed(home.as_deref()?, &channel));
        if let Some(version) = version {
            return Some(Toolchain { version, found_in });
        }
    }
    // Where rustup is in charge, its `rustc` would do nothing but download what is not installed.
    if home.is_some_and(|home| rustup::is_in_charge(&home)) {
        return None;
    }
    let version = ask_compiler(env)?;
    Some(Toolchain { version, found_in: "`rustc` on `PATH`".to_owned() })
}

/// The version of an installed toolchain, read from the manifest that rustup keeps in it.
fn installed(home: &Path, channel: &str) -> Option<semver::Version> {
    let manifest = rustup::folder(home, channel)?.join("lib/rustlib/multirust-channel-manifest.toml");
    // Half a megabyte, of which one line is needed: not worth parsing.
    let mut lines = BufReader::with_capacity(1 << 16, File::open(manifest).ok()?).lines();
    lines.by_ref().find(|line| line.as_ref().map_or(true, |line| line == "[pkg.rustc]"))?.ok()?;
    let line = lines.next()?.ok()?;
    rust_version::complete(line.strip_prefix("version = \"")?.strip_suffix('"')?)
}

/// What the `rustc` on `PATH` says about itself.
fn ask_compiler(env: &Env) -> Option<semver::Version> {
    let compiler = std::env::split_paths(env.get("PATH")?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(format!("rustc{}", std::env::consts::EXE_SUFFIX)))
        .find(|candidate: &PathBuf| candidate.is_file())?;
    let output = Command::new(compiler).arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    rust_version::complete(text.strip_prefix("rustc ")?)
}

#[cfg(test)]
mod tests;
