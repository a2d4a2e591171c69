//! What the user asked for, resolved: the only room that reads the environment.

use std::path::PathBuf;

/// Which members and features of a Cargo project count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// `-p`: package specs (`NAME` or `NAME@VERSION`); empty means by folder.
    pub packages: Vec<String>,
    /// `--workspace`: all members, wherever the path points.
    pub workspace: bool,
    /// `--features`: as cargo takes them (`f`, `member/f`), already split.
    pub features: Vec<String>,
    /// `--all-features`.
    pub all_features: bool,
    /// `--no-default-features`.
    pub no_default_features: bool,
}

/// Which libraries and instrumentations count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `--exclude`: libraries or instrumentations to leave out.
    pub exclude: Vec<String>,
    /// `--only`: libraries or instrumentations to keep; empty keeps all.
    pub only: Vec<String>,
}

/// What decides the release set and the crates beside the instrumentations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Which libraries and instrumentations count.
    pub filter: Filter,
    /// `--exporter`: the registry's name of it; `None` for `none`.
    pub exporter: Option<String>,
    /// `--otel-version`: major and minor.
    pub otel_version: Option<(u64, u64)>,
}

/// Where a registry comes from, besides the built-in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrySources {
    /// `--registry`: overlay files, applied in order.
    pub overlays: Vec<PathBuf>,
    /// The user's cache folder of this program, where refreshed release data lies.
    pub cache: Option<PathBuf>,
}
