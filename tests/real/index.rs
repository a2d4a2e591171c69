//! The raw index: what cargo itself has cached of it, read by a crate that others wrote.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    rc::Rc,
};

use crates_index::{DependencyKind, SparseIndex};
use semver::{Version, VersionReq};

use crate::{Result, locking::Locked};

/// One release, as the index tells it.
#[derive(Debug)]
pub(crate) struct Release {
    /// Its version.
    pub(crate) version: Version,
    /// Whether it was yanked.
    pub(crate) yanked: bool,
    /// When it came out (RFC 3339).
    pub(crate) published: Option<String>,
    /// The Rust version it declares.
    pub(crate) rust: Option<Version>,
    /// Its normal dependencies.
    pub(crate) dependencies: Vec<Dependency>,
    /// Its written-down features.
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

/// A normal dependency of a release.
#[derive(Debug)]
pub(crate) struct Dependency {
    /// The name that features know it by.
    pub(crate) alias: String,
    /// The crate.
    pub(crate) package: String,
    /// The versions it accepts.
    pub(crate) requirement: VersionReq,
    /// Whether a feature must switch it on.
    pub(crate) optional: bool,
    /// Whether its default features are on.
    pub(crate) default: bool,
    /// The features it asks for.
    pub(crate) features: Vec<String>,
}

/// A dependency that is switched on, with the features it gets.
pub(crate) type Active<'a> = (&'a Dependency, BTreeSet<String>);

impl Release {
    /// Whether anybody should take it without being told to.
    pub(crate) fn is_offered(&self) -> bool {
        !self.yanked && self.version.pre.is_empty()
    }

    /// The features that can be asked for: those written down and those of optional dependencies.
    pub(crate) fn all_features(&self) -> BTreeSet<&str> {
        let written = self.features.keys().map(String::as_str);
        let explicit: BTreeSet<&str> =
            self.features.values().flatten().filter_map(|item| item.strip_prefix("dep:")).collect();
        let implied = self.dependencies.iter().filter(|d| d.optional).map(|d| d.alias.as_str());
        written.chain(implied.filter(|alias| !explicit.contains(alias))).collect()
    }

    /// The features that are on, and the dependencies, once these features are asked for.
    pub(crate) fn activate(&self, asked: &BTreeSet<String>) -> (BTreeSet<String>, Vec<Active<'_>>) {
        let mut on = BTreeSet::new();
        let mut switched: BTreeSet<&str> =
            self.dependencies.iter().filter(|d| !d.optional).map(|d| d.alias.as_str()).collect();
        let mut passed: Vec<(&str, &str)> = Vec::new();
        let mut open: Vec<&str> = asked.iter().map(String::as_str).collect();
        while let Some(feature) = open.pop() {
            if !on.insert(feature.to_owned()) {
                continue;
            }
            let Some(items) = self.features.get(feature) else {
                switched.extend(self.dependencies.iter().map(|d| d.alias.as_str()).find(|a| *a == feature));
                continue;
            };
            for item in items {
                if let Some(alias) = item.strip_prefix("dep:") {
                    switched.insert(alias);
                } else if let Some((alias, feature)) = item.split_once('/') {
                    if let Some(alias) = alias.strip_suffix('?') {
                        passed.push((alias, feature));
                    } else {
                        switched.insert(alias);
                        passed.push((alias, feature));
                    }
                } else {
                    open.push(item);
                }
            }
        }
        let active = self.dependencies.iter().filter(|d| switched.contains(d.alias.as_str()));
        let active = active.map(|dependency| {
            let mut features: BTreeSet<String> = dependency.features.iter().cloned().collect();
            features.extend(dependency.default.then(|| "default".to_owned()));
            let more = passed.iter().filter(|(alias, _)| *alias == dependency.alias);
            features.extend(more.map(|(_, feature)| (*feature).to_owned()));
            (dependency, features)
        });
        let active = active.collect();
        (on, active)
    }
}

/// The releases of all crates that cargo has ever looked up here.
pub(crate) struct Index {
    /// Cargo's cache of the index.
    sparse: SparseIndex,
    /// Releases after this moment (RFC 3339) do not exist.
    until: Option<String>,
    /// What was read before, newest first.
    read: RefCell<HashMap<String, Rc<[Release]>>>,
}

impl Index {
    /// The index as cargo has cached it, up to that moment.
    pub(crate) fn open(until: Option<String>) -> Result<Self> {
        let path = cache()?;
        let sparse = SparseIndex::at_path(path, tame_index::CRATES_IO_HTTP_INDEX.to_owned());
        Ok(Self { sparse, until, read: RefCell::default() })
    }

    /// The releases of a crate, newest first; cargo is asked if the cache lacks it.
    pub(crate) fn named(&self, name: &str) -> Rc<[Release]> {
        if !self.read.borrow().contains_key(name) && self.sparse.crate_from_cache(name).is_err() {
            eprintln!("  asking cargo for `{name}`");
            let _ = Command::new("cargo")
                .args(["info", "--quiet", "--registry", "crates-io", name])
                .current_dir(std::env::temp_dir())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
        self.cached(name)
    }

    /// The releases of a crate, newest first; none if cargo never looked at it.
    pub(crate) fn cached(&self, name: &str) -> Rc<[Release]> {
        if let Some(releases) = self.read.borrow().get(name) {
            return Rc::clone(releases);
        }
        let mut releases: Vec<Release> = match self.sparse.crate_from_cache(name) {
            Ok(found) => found.versions().iter().filter_map(|v| self.release(v)).collect(),
            Err(_) => Vec::new(),
        };
        releases.sort_by(|a, b| b.version.cmp(&a.version));
        let releases: Rc<[Release]> = releases.into();
        self.read.borrow_mut().insert(name.to_owned(), Rc::clone(&releases));
        releases
    }

    /// The month in which the newest of these versions came out, as far as cargo has looked at them.
    pub(crate) fn newest(&self, versions: &Locked) -> Option<String> {
        let published = versions.iter().filter_map(|(name, versions)| {
            let releases = self.cached(name);
            let locked = releases.iter().filter(|release| versions.contains(&release.version));
            locked.filter_map(|release| release.published.clone()).max()
        });
        published.max()?.get(..7).map(str::to_owned)
    }

    /// An entry of the index, unless it is too new or unreadable.
    fn release(&self, entry: &crates_index::Version) -> Option<Release> {
        if let (Some(until), Some(published)) = (&self.until, entry.pubtime())
            && published > until.as_str()
        {
            return None;
        }
        let normal = entry.dependencies().iter().filter(|d| d.kind() == DependencyKind::Normal);
        let dependencies = normal.map(|d| {
            Some(Dependency {
                alias: d.name().to_owned(),
                package: d.crate_name().to_owned(),
                requirement: d.requirement().parse().ok()?,
                optional: d.is_optional(),
                default: d.has_default_features(),
                features: d.features().to_vec(),
            })
        });
        Some(Release {
            version: entry.version().parse().ok()?,
            yanked: entry.is_yanked(),
            published: entry.pubtime().map(str::to_owned),
            rust: entry.rust_version().and_then(rust_version),
            dependencies: dependencies.collect::<Option<_>>()?,
            features: entry.features().iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
        })
    }
}

/// The folder of cargo's index cache that holds the most used crate there is.
fn cache() -> Result<PathBuf> {
    let home = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir().ok_or("there is no home folder")?.join(".cargo"),
    };
    let indexes = home.join("registry/index");
    let folders = std::fs::read_dir(&indexes).map_err(|e| format!("{}: {e}", indexes.display()))?;
    let mut folders: Vec<PathBuf> = folders.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.retain(|folder| folder.join(".cache/se/rd/serde").is_file());
    folders.pop().ok_or_else(|| format!("no sparse index is cached below {}", indexes.display()))
}

/// A Rust version of one to three numbers.
pub(crate) fn rust_version(text: &str) -> Option<Version> {
    let text = text.split(['-', '+']).next()?;
    let mut parts: Vec<u64> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    parts.resize(3, 0);
    Some(Version::new(parts[0], parts[1], parts[2]))
}

/// The date of the release data that the tool was built with: both sides must know the same releases.
pub(crate) fn date(registry: &Path) -> Result<String> {
    let path = registry.join("cargo-releases.jsonl");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let head: serde_json::Value =
        serde_json::from_str(text.lines().next().unwrap_or_default()).map_err(|e| e.to_string())?;
    head["date"].as_str().map(str::to_owned).ok_or_else(|| format!("{}: no date", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependency(alias: &str, package: &str, optional: bool) -> Dependency {
        Dependency {
            alias: alias.into(),
            package: package.into(),
            requirement: VersionReq::STAR,
            optional,
            default: true,
            features: Vec::new(),
        }
    }

    #[test]
    fn features_switch_on_dependencies_and_their_features() {
        let release = Release {
            version: Version::new(1, 0, 0),
            yanked: false,
            published: None,
            rust: None,
            dependencies: vec![
                dependency("always", "always", false),
                dependency("otel_0_30", "opentelemetry", true),
                dependency("implied", "implied", true),
                dependency("weak", "weak", true),
            ],
            features: [
                ("default", vec!["a"]),
                ("a", vec!["dep:otel_0_30", "weak?/x"]),
                ("b", vec!["weak/y"]),
            ]
            .map(|(name, items)| (name.to_owned(), items.into_iter().map(str::to_owned).collect()))
            .into(),
        };
        assert_eq!(release.all_features(), BTreeSet::from(["a", "b", "default", "implied", "weak"]));
        for (asked, expected) in [
            (&["default"][..], "always[default] opentelemetry[default]"),
            (&["implied"], "always[default] implied[default]"),
            (&["a", "b"], "always[default] opentelemetry[default] weak[default x y]"),
            (&["unknown"], "always[default]"),
        ] {
            let asked = asked.iter().map(ToString::to_string).collect();
            let (_, active) = release.activate(&asked);
            let shown = active.iter().map(|(d, features)| {
                format!(
                    "{}[{}]",
                    d.package,
                    features.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
                )
            });
            assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{asked:?}");
        }
    }

    #[test]
    fn rust_versions_are_completed() {
        assert_eq!(rust_version("1.85"), Some(Version::new(1, 85, 0)));
        assert_eq!(rust_version("1.97.0-nightly"), Some(Version::new(1, 97, 0)));
        assert_eq!(rust_version("stable"), None);
    }
}
