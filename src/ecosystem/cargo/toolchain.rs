//! Which Rust a project is built with, as far as files tell: asked only where a member declares no `rust-version`.
//!
//! In the order in which `rustup` decides, then the `rustc` on `PATH`. Source of the rules: the rustup
//! book, "Overrides" and "The toolchain file".

mod rustup;

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use memchr::memmem;
use semver::Version;

use super::{inventory::Toolchain, rust_version};
use crate::settings::Env;

/// What stands before the version of `rustc` in a toolchain's manifest.
const COMPILER: &[u8] = b"\n[pkg.rustc]\nversion = \"";

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
fn installed(home: &Path, channel: &str) -> Option<Version> {
    let manifest = rustup::folder(home, channel)?.join("lib/rustlib/multirust-channel-manifest.toml");
    compiler_in(File::open(manifest).ok()?)
}

/// The version of `rustc` in a manifest: a megabyte, of which one line is needed, so it is searched and
/// not parsed.
fn compiler_in(mut manifest: impl Read) -> Option<Version> {
    let mut window = vec![0; 1 << 16];
    let mut filled = 0;
    loop {
        let read = manifest.read(&mut window[filled..]).ok().filter(|&read| read > 0)?;
        filled += read;
        let found = memmem::find(&window[..filled], COMPILER);
        if let Some(at) = found {
            let rest = &window[at + COMPILER.len()..filled];
            if let Some(end) = memchr::memchr(b'"', rest) {
                return rust_version::complete(std::str::from_utf8(&rest[..end]).ok()?);
            }
        }
        // What may be the beginning of the line is searched again with what follows.
        let kept = found.unwrap_or(filled.saturating_sub(COMPILER.len()));
        window.copy_within(kept..filled, 0);
        filled -= kept;
    }
}

/// What the `rustc` on `PATH` says about itself.
fn ask_compiler(env: &Env) -> Option<Version> {
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
