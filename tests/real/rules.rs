//! The rules, read from the registry file by types of this harness's own.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use semver::{Version, VersionReq};
use serde::Deserialize;

use crate::{
    Result,
    index::{Release, rust_version},
};

/// The part of the registry that decides what is installed.
#[derive(Deserialize)]
pub(crate) struct Rules {
    /// Libraries by name.
    pub(crate) library: BTreeMap<String, Library>,
    /// Crates that are added, by name.
    #[serde(rename = "crate")]
    pub(crate) crates: BTreeMap<String, Crate>,
}

/// A library.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Library {
    /// `locked` where being in the lockfile is enough.
    #[serde(default)]
    pub(crate) counts: String,
    /// Libraries that make this one superfluous.
    #[serde(default)]
    pub(crate) covered_by: Vec<String>,
    /// The ways to instrument it, in their order.
    #[serde(default)]
    pub(crate) by: Vec<Provision>,
}

/// A way to instrument a library.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct Provision {
    /// By this crate.
    #[serde(rename = "crate")]
    pub(crate) krate: Option<String>,
    /// By this feature of the library.
    pub(crate) feature: Option<String>,
    /// The versions of the library it holds for.
    pub(crate) versions: Option<VersionReq>,
    /// `on-request` where only the user may choose it.
    pub(crate) role: String,
    /// Features to switch on.
    pub(crate) features: Vec<Feature>,
    /// Features to switch on where the library has that on the left.
    pub(crate) mirror: BTreeMap<String, String>,
    /// A pattern of features of which one is chosen by what it depends on.
    pub(crate) select: Option<String>,
    /// `binaries` or `users`.
    pub(crate) placement: String,
    /// Crates that must be there too.
    pub(crate) needs: Vec<String>,
}

/// A crate that is added.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Crate {
    /// Where it goes when another crate needs it.
    pub(crate) placement: Option<String>,
    /// Features to switch on.
    pub(crate) features: Vec<Feature>,
    /// Features to switch on where the library has that on the left.
    pub(crate) mirror: BTreeMap<String, String>,
    /// Crates that must be there too.
    pub(crate) needs: Vec<String>,
    /// Corrections to the index.
    pub(crate) defect: Vec<Defect>,
}

/// A feature to switch on where it exists, `a|b` meaning the first there is.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Feature {
    /// In all releases.
    Always(String),
    /// In some.
    Within {
        /// The feature.
        feature: String,
        /// The releases.
        releases: VersionReq,
    },
}

/// A correction to the index.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Defect {
    /// The releases concerned.
    releases: VersionReq,
    /// The Rust version they really need.
    rust_version: Option<String>,
    /// Whether they are left out.
    #[serde(default)]
    avoid: bool,
}

impl Rules {
    /// Reads the rules of a registry folder.
    pub(crate) fn read(registry: &Path) -> Result<Self> {
        let path = registry.join("cargo.toml");
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Whether a release of a crate may be taken at all with that Rust.
    pub(crate) fn admits(&self, name: &str, release: &Release, limit: Option<&Version>) -> bool {
        let defects = self.crates.get(name).map_or(&[][..], |krate| krate.defect.as_slice());
        let mut needed = release.rust.clone();
        for defect in defects.iter().filter(|defect| defect.releases.matches(&release.version)) {
            if defect.avoid {
                return false;
            }
            let corrected = defect.rust_version.as_deref().and_then(rust_version);
            needed = corrected.or(needed);
        }
        let fits = limit.zip(needed).is_none_or(|(limit, needed)| needed <= *limit);
        release.is_offered() && fits
    }
}

/// The features that `wanted` means for that release, given those that are on in the library.
pub(crate) fn features(
    release: &Release,
    wanted: &[Feature],
    mirror: &BTreeMap<String, String>,
    library: &BTreeSet<String>,
) -> BTreeSet<String> {
    let there = release.all_features();
    let mut chosen = BTreeSet::new();
    for wanted in wanted {
        let choice = match wanted {
            Feature::Always(feature) => feature,
            Feature::Within { feature, releases } if releases.matches(&release.version) => feature,
            Feature::Within { .. } => continue,
        };
        chosen.extend(choice.split('|').find(|feature| there.contains(feature)).map(str::to_owned));
    }
    let mirrored = mirror.iter().filter(|(left, _)| library.contains(*left)).map(|(_, right)| right);
    chosen.extend(mirrored.filter(|right| there.contains(right.as_str())).cloned());
    chosen
}

/// The features of a release that a pattern with one `*` means.
pub(crate) fn matching<'a>(release: &'a Release, pattern: &str) -> Vec<&'a str> {
    let (start, end) = pattern.split_once('*').unwrap_or((pattern, ""));
    let fits = |f: &&str| f.len() >= start.len() + end.len() && f.starts_with(start) && f.ends_with(end);
    release.all_features().into_iter().filter(fits).collect()
}
