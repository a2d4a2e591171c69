//! From an answer of the index to release data.
//!
//! Source of the format: the cargo book, "Index format".

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use semver::{Version, VersionReq};
use serde::Deserialize;

use super::{
    FetchError,
    scope::{Interest, Scope},
};
use crate::registry::{
    check::is_feature_name,
    release_entry::is_word,
    releases::{CrateReleases, Dependency, Feature, Features, ReleaseGroup, rust_version},
};

/// The newest version of the entry format that is understood; entries of a newer one are left out, as cargo does.
const NEWEST_FORMAT: u32 = 2;

/// A line of an answer: one release.
#[derive(Debug, Deserialize)]
struct Entry {
    /// The crate.
    name: String,
    /// The version.
    vers: String,
    /// The dependencies.
    deps: Vec<EntryDependency>,
    /// The features.
    features: BTreeMap<String, Vec<String>>,
    /// Those of the features that older cargos would not understand.
    #[serde(default)]
    features2: Option<BTreeMap<String, Vec<String>>>,
    /// Whether it was yanked.
    #[serde(default)]
    yanked: bool,
    /// The declared `rust-version`.
    #[serde(default)]
    rust_version: Option<String>,
    /// The version of the entry format.
    #[serde(default)]
    v: Option<u32>,
}

/// A dependency of an entry.
#[derive(Debug, Deserialize)]
struct EntryDependency {
    /// Its name in the manifest.
    name: String,
    /// The versions that are accepted.
    req: String,
    /// The features asked for.
    features: Vec<String>,
    /// Whether a feature must switch it on.
    optional: bool,
    /// Whether its default features are on.
    default_features: bool,
    /// `normal`, `build` or `dev`.
    #[serde(default)]
    kind: Option<String>,
    /// The crate, where it was renamed.
    #[serde(default)]
    package: Option<String>,
}

/// Reads an answer about a crate and keeps of it what the scope asks for.
pub(super) fn read(name: &str, body: &[u8], scope: &Scope) -> Result<CrateReleases, FetchError> {
    let mut releases = Vec::new();
    for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let entry: Entry =
            serde_json::from_slice(line).map_err(|source| FetchError::Line { line: index + 1, source })?;
        if entry.name != name {
            return Err(FetchError::OtherCrate(entry.name));
        }
        releases.extend(release(entry, scope));
    }
    releases.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    Ok(CrateReleases { name: name.to_owned(), releases: group(releases) })
}

/// What an entry says; `None` if its versions are none, as cargo leaves such entries out too.
fn release(entry: Entry, scope: &Scope) -> Option<(Version, bool, ReleaseGroup)> {
    if entry.v.is_some_and(|format| format > NEWEST_FORMAT) {
        return None;
    }
    let version = entry.vers.parse::<Version>().ok()?;
    let mut dependencies = Vec::new();
    for raw in entry.deps {
        if raw.kind.as_deref().is_some_and(|kind| kind != "normal") {
            continue;
        }
        let words = [&raw.name].into_iter().chain(&raw.package).chain(&raw.features);
        if !words.into_iter().all(|word| is_word(word)) {
            return None;
        }
        let alias = raw.package.as_ref().filter(|package| **package != raw.name).map(|_| raw.name.clone());
        let dependency = Dependency {
            package: raw.package.unwrap_or(raw.name).into(),
            alias: alias.map(Into::into),
            req: VersionReq::parse(&raw.req).ok()?,
            optional: raw.optional,
            no_default: !raw.default_features,
            features: raw.features.into_iter().map(Into::into).collect(),
            sets: Vec::new(),
            sets_with: BTreeMap::new(),
        };
        if scope.keeps(&entry.name, &dependency) {
            dependencies.push(dependency);
        }
    }
    dependencies
        .sort_by_cached_key(|d| (d.package.clone(), d.alias.clone(), d.req.to_string(), d.features.clone()));
    // The same dependency for several targets.
    dependencies.dedup();
    let mut features = entry.features;
    for (feature, items) in entry.features2.unwrap_or_default() {
        features.entry(feature).or_default().extend(items);
    }
    features.retain(|feature, _| is_feature_name(feature));
    for items in features.values_mut() {
        items.retain(|item| is_word(item));
    }
    if let Interest::Library(named) = scope.interest(&entry.name) {
        reduce(&mut features, &dependencies, named);
    }
    drop_implied(&mut features, &dependencies);
    let group = ReleaseGroup {
        versions: Vec::new(),
        yanked: Vec::new(),
        rust_version: entry.rust_version.as_deref().and_then(rust_version),
        dependencies: dependencies.into_iter().map(Arc::new).collect(),
        features: Features::new(features.into_iter().map(feature).collect()),
    };
    Some((version, entry.yanked, group))
}

/// A feature with what it switches on.
fn feature((name, items): (String, Vec<String>)) -> Arc<Feature> {
    Arc::new(Feature { name: name.into(), enables: items.into_iter().map(Into::into).collect() })
}

/// Reduces the features of a library to those that the rules name and those that lead to a dependency that
/// is kept, directly or through other features.
fn reduce(
    features: &mut BTreeMap<String, Vec<String>>,
    dependencies: &[Dependency],
    named: &BTreeSet<String>,
) {
    let is_kept = |alias: &str| dependencies.iter().any(|d| d.alias() == alias);
    let leads = |item: &str, kept: &BTreeSet<String>| match item.split_once('/') {
        Some((alias, _)) => {
            let alias = alias.trim_end_matches('?');
            is_kept(alias) || kept.contains(alias)
        }
        None => item.strip_prefix("dep:").map_or_else(|| kept.contains(item) || is_kept(item), is_kept),
    };
    let mut kept = features.keys().filter(|name| named.contains(*name)).cloned().collect::<BTreeSet<_>>();
    loop {
        let is_new = |(name, items): &(&String, &Vec<String>)| {
            !kept.contains(*name) && items.iter().any(|item| leads(item, &kept))
        };
        let more = features.iter().filter(is_new).map(|(name, _)| name.clone()).collect::<Vec<_>>();
        if more.is_empty() {
            break;
        }
        kept.extend(more);
    }
    features.retain(|name, _| kept.contains(name));
    for items in features.values_mut() {
        items.retain(|item| leads(item, &kept));
    }
}

/// Takes out the features that an optional dependency implies anyway: `x = ["dep:x"]`, if nothing else
/// names `dep:x`.
fn drop_implied(features: &mut BTreeMap<String, Vec<String>>, dependencies: &[Dependency]) {
    let named = |item: &str| features.values().flatten().filter(|other| *other == item).count();
    let implied = |(feature, items): (&String, &Vec<String>)| {
        let item = format!("dep:{feature}");
        let is_known = dependencies.iter().any(|d| d.optional && d.alias() == feature);
        (is_known && *items == [item.as_str()] && named(&item) == 1).then(|| feature.clone())
    };
    let implied = features.iter().filter_map(implied).collect::<Vec<_>>();
    features.retain(|feature, _| !implied.contains(feature));
}

/// Puts consecutive releases that say the same together.
fn group(releases: Vec<(Version, bool, ReleaseGroup)>) -> Vec<ReleaseGroup> {
    let mut groups = Vec::<ReleaseGroup>::new();
    for (version, is_yanked, says) in releases {
        let same = |group: &&mut ReleaseGroup| {
            group.rust_version == says.rust_version
                && group.dependencies == says.dependencies
                && group.features == says.features
        };
        let yanked = is_yanked.then(|| version.clone());
        if let Some(group) = groups.last_mut().filter(same) {
            group.versions.push(version);
            group.yanked.extend(yanked);
        } else {
            groups.push(ReleaseGroup {
                versions: vec![version],
                yanked: yanked.into_iter().collect(),
                ..says
            });
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::release_line;

    /// One line of an answer, from its version and what else it says.
    fn line(version: &str, rest: &str) -> String {
        format!(r#"{{"name":"x","vers":"{version}","cksum":"0","deps":[],"features":{{}}{rest}}}"#) + "\n"
    }

    fn dependency(name: &str, rest: &str) -> String {
        format!(
            r#"{{"name":"{name}","req":"^1","features":[],"optional":true,"default_features":true,"target":null{rest}}}"#
        )
    }

    /// What is kept of an answer, as it is written.
    fn kept(body: &str, scope: &Scope) -> String {
        let releases = read("x", body.as_bytes(), scope).expect("a valid answer");
        release_line::write(&releases).expect("plain data")
    }

    /// A scope that wants everything about `x`.
    fn whole() -> Scope {
        Scope { crates: BTreeMap::from([("x".to_owned(), Interest::Whole)]), known: BTreeSet::new() }
    }

    fn all(body: &str) -> String {
        kept(body, &whole())
    }

    #[test]
    fn releases_are_sorted_and_those_that_say_the_same_are_one_group() {
        let body = [
            line("0.10.0", r#","yanked":true"#),
            line("0.9.0", ""),
            line("0.11.0-rc.1", r#","rust_version":"1.60","yanked":false"#),
            line("0.11.0", r#","rust_version":"1.60","v":2"#),
            line("0.12.0", r#","v":3"#),
            line("not-a-version", ""),
        ];
        insta::assert_snapshot!(all(&body.concat()), @r#"{"name":"x","releases":["0.9.0 0.10.0!","0.11.0-rc.1 0.11.0 rust=1.60.0"]}"#);
    }

    #[test]
    fn normal_dependencies_of_all_targets_are_kept_once() {
        let dependencies = [
            dependency("b", r#","kind":"normal""#),
            dependency("otel", r#","kind":"normal","package":"opentelemetry""#),
            dependency("b", r#","kind":"normal""#),
            dependency("d", r#","kind":"dev""#),
            dependency("c", r#","kind":"build""#),
        ];
        let body =
            line("1.0.0", "").replace("\"deps\":[]", &format!("\"deps\":[{}]", dependencies.join(",")));
        insta::assert_snapshot!(all(&body), @r#"{"name":"x","dependencies":["b ^1 optional","opentelemetry ^1 alias=otel optional"],"releases":["1.0.0 needs=0,1"]}"#);
    }

    #[test]
    fn of_a_library_only_the_way_to_known_crates_is_kept() {
        let features = r#""features":{"default":["std","full"],"std":["y/std","alloc"],"alloc":[],"full":["tel","std"],
            "tel":["dep:tracing","dep:y"],"weak":["tracing?/log"],"otel":["y"],"y":["dep:y"]}"#;
        let dependencies = format!("\"deps\":[{},{}]", dependency("tracing", ""), dependency("y", ""));
        let body = line("1.0.0", "").replace(r#""features":{}"#, &features.replace('\n', ""));
        let body = body.replace("\"deps\":[]", &dependencies);
        let library = Interest::Library(BTreeSet::from(["otel".to_owned()]));
        let scope = Scope {
            crates: BTreeMap::from([("x".to_owned(), library)]),
            known: BTreeSet::from(["tracing".to_owned()]),
        };
        insta::assert_snapshot!(kept(&body, &scope), @r#"{"name":"x","dependencies":["tracing ^1 optional"],"features":["default full","full tel","otel","tel dep:tracing","weak tracing?/log"],"releases":["1.0.0 needs=0 has=0,1,2,3,4"]}"#);
    }

    #[test]
    fn both_feature_tables_are_one_and_what_is_implied_is_dropped() {
        let features = r#""features":{"default":[]},"features2":{"a":["dep:a"],"b":["dep:b"],"full":["dep:b","a?/x"],"c":["dep:c"],"-x":[]}"#;
        let dependencies = format!("\"deps\":[{},{}]", dependency("a", ""), dependency("b", ""));
        let body =
            line("1.0.0", "").replace(r#""features":{}"#, features).replace("\"deps\":[]", &dependencies);
        insta::assert_snapshot!(all(&body), @r#"{"name":"x","dependencies":["a ^1 optional","b ^1 optional"],"features":["b dep:b","c dep:c","default","full dep:b a?/x"],"releases":["1.0.0 needs=0,1 has=0,1,2,3"]}"#);
        let releases = read("x", body.as_bytes(), &whole()).expect("a valid answer");
        let names = releases.releases[0].feature_names().into_iter().collect::<Vec<_>>();
        assert_eq!(names, ["a", "b", "c", "default", "full"]);
    }

    #[test]
    fn answers_that_are_none_are_refused() {
        let text = line("1.0.0", "");
        let error = |body: &str| read("x", body.as_bytes(), &whole()).expect_err("no answer").to_string();
        insta::assert_snapshot!(error(&format!("{text}{}", &text[..40])), @"line 2 of the answer is not an index entry: EOF while parsing a string at line 1 column 40");
        insta::assert_snapshot!(error("<html>"), @"line 1 of the answer is not an index entry: expected value at line 1 column 1");
        insta::assert_snapshot!(error(&text.replace("\"x\"", "\"y\"")), @"the answer is about `y`");
        assert_eq!(read("x", b"\n", &whole()).map(|r| r.releases.len()).ok(), Some(0));
    }
}
