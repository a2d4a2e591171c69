//! What rustup would choose, read from its files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    document::{self, Table},
    file,
    settings::Env,
};

/// The largest file of rustup's that is read here, in bytes.
const LARGEST: u64 = 1 << 20;

/// The folder that rustup keeps its toolchains in.
pub(super) fn home(env: &Env) -> Option<PathBuf> {
    let user = || env.get("HOME").or_else(|| env.get("USERPROFILE"));
    env.get("RUSTUP_HOME").map(PathBuf::from).or_else(|| Some(Path::new(user()?).join(".rustup")))
}

/// Whether rustup has been set up, so that the `rustc` on `PATH` is probably its.
pub(super) fn is_in_charge(home: &Path) -> bool {
    home.join("settings.toml").exists()
}

/// The toolchain that rustup would choose in a folder, and what decides it.
pub(super) fn channel(folder: &Path, env: &Env, home: Option<&Path>) -> Option<(String, String)> {
    if let Some(channel) = env.get("RUSTUP_TOOLCHAIN").and_then(|channel| channel.to_str()) {
        return Some((channel.to_owned(), "`RUSTUP_TOOLCHAIN`".to_owned()));
    }
    let text = home.and_then(|home| file::read_text(&home.join("settings.toml"), LARGEST).ok());
    let settings = text.as_deref().and_then(|text| document::parse(text).ok()).unwrap_or_default();
    let overrides = settings.get("overrides").and_then(|overrides| overrides.as_table());
    for folder in folder.ancestors() {
        let overridden = overrides.and_then(|overrides| overrides.get(folder.to_str()?)?.as_str());
        if let Some(channel) = overridden {
            return Some((channel.to_owned(), format!("`rustup override` for `{}`", folder.display())));
        }
        for name in ["rust-toolchain", "rust-toolchain.toml"] {
            if let Ok(text) = file::read_text(&folder.join(name), LARGEST) {
                return Some((toolchain_file(&text)?, format!("`{name}`")));
            }
        }
    }
    let default = settings.get("default_toolchain")?.as_str()?;
    Some((default.to_owned(), "the default toolchain of `rustup`".to_owned()))
}

/// The channel in a toolchain file: TOML, or in the old form nothing but its name.
fn toolchain_file(text: &str) -> Option<String> {
    let channel = |document: &Table<'_>| {
        Some(document.get("toolchain")?.as_table()?.get("channel")?.as_str()?.to_owned())
    };
    match document::parse(text) {
        Ok(document) => channel(&document),
        Err(_) => Some(text.trim().to_owned()).filter(|name| !name.is_empty() && !name.contains('\n')),
    }
}

/// The folder of an installed toolchain: its name may leave out the platform.
pub(super) fn folder(home: &Path, channel: &str) -> Option<PathBuf> {
    let toolchains = home.join("toolchains");
    let mut names: Vec<String> = fs::read_dir(&toolchains)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            let platform = name.strip_prefix(channel).map(|rest| rest.strip_prefix('-').unwrap_or(rest));
            // `nightly-2026-01-01-…` is not what `nightly` means.
            platform.is_some_and(|platform| !platform.starts_with(|c: char| c.is_ascii_digit()))
        })
        .collect();
    names.sort_by_key(|name| (name != channel, name.clone()));
    names.into_iter().next().map(|name| toolchains.join(name))
}
