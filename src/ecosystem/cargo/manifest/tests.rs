//! Literals for what a manifest can say.

use std::fmt::Write;

use super::*;

/// One line per package and dependency.
fn show(text: &str) -> String {
    let manifest = match parse(text) {
        Ok(manifest) => manifest,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            return format!("{error}{}", cause.unwrap_or_default());
        }
    };
    let mut shown = String::new();
    for dependency in &manifest.dependencies {
        writeln!(shown, "{}", show_dependency(dependency)).expect("writes to a string");
    }
    for (feature, enables) in &manifest.features {
        writeln!(shown, "feature {feature} = {enables:?}").expect("writes to a string");
    }
    shown
}

/// A dependency in one line.
fn show_dependency(dependency: &Dependency) -> String {
    let Dependency { alias, package, kind, inherited, requirement, origin, .. } = dependency;
    let mut shown = format!("{kind:?} {alias}");
    if let Some(package) = package {
        write!(shown, " package={package}").expect("writes to a string");
    }
    if let Some(requirement) = requirement {
        write!(shown, " {requirement:?}").expect("writes to a string");
    }
    if *origin != Origin::Registry {
        write!(shown, " {origin:?}").expect("writes to a string");
    }
    for (flag, word) in [(*inherited, " inherited"), (dependency.optional, " optional")] {
        shown.push_str(if flag { word } else { "" });
    }
    if let Some(default) = dependency.default_features {
        write!(shown, " default={default}").expect("writes to a string");
    }
    if !dependency.features.is_empty() {
        write!(shown, " {:?}", dependency.features).expect("writes to a string");
    }
    shown
}

#[test]
fn dependencies_of_all_forms_kinds_and_targets_are_read() {
    let text = r#"
cargo-features = ["profile-rustflags"]
[package]
name = "app"
[dependencies]
plain = "1"
renamed = { package = "original", version = "0.2", default-features = false, features = ["a", "b"] }
old_key = { version = "1", default_features = false }
local = { path = "../local", optional = true }
dotted.workspace = true
[dependencies.table]
workspace = true
features = ["x"]
[dependencies.repo]
git = "https://g.example/x"
branch = "main"
[target.'cfg(unix)'.dependencies]
unix = "1"
[target.x86_64-pc-windows-msvc.build-dependencies]
windows = "1"
[dev_dependencies]
test = "1"
[build-dependencies]
script = "1"
[features]
default = ["a"]
a = ["dep:local", "plain/std", "local?/x"]
"#;
    insta::assert_snapshot!(show(text), @r#"
    Normal plain "1"
    Normal renamed package=original "0.2" default=false ["a", "b"]
    Normal old_key "1" default=false
    Normal local Path("../local") optional
    Normal dotted inherited
    Normal table inherited ["x"]
    Normal repo Git { url: "https://g.example/x", reference: Some("branch=main") }
    Development test "1"
    Build script "1"
    Normal unix "1"
    Build windows "1"
    feature a = ["dep:local", "plain/std", "local?/x"]
    feature default = ["a"]
    "#);
}

#[test]
fn values_can_be_the_workspace_s() {
    let text = r#"
[package]
name = "root"
version = { workspace = true }
edition.workspace = true
rust-version = "1.70"
[workspace]
members = ["a"]
[workspace.package]
version = "1.2.3"
edition = "2021"
[workspace.dependencies]
x = { package = "y", version = "1", features = ["f"] }
"#;
    let manifest = parse(text).expect("a manifest");
    let package = manifest.package.expect("a package");
    let workspace = manifest.workspace.expect("a workspace");
    let version = package.version.as_ref().and_then(|version| version.or(workspace.version.as_ref()));
    assert_eq!(version, Some(&Version::new(1, 2, 3)));
    assert_eq!(package.edition, Some(Inherited::Workspace));
    assert_eq!(package.rust_version, Some(Inherited::Own(Version::new(1, 70, 0))));
    let shown: Vec<_> = workspace.dependencies.values().map(show_dependency).collect();
    assert_eq!(shown, [r#"Normal x package=y "1" ["f"]"#]);
}

#[test]
fn default_features_of_the_workspace_can_only_be_switched_on() {
    for (workspace, own, effective) in [
        (None, None, None),
        (None, Some(false), None),
        (Some(true), Some(false), Some(true)),
        (Some(false), None, Some(false)),
        (Some(false), Some(true), Some(true)),
        (Some(false), Some(false), Some(false)),
    ] {
        let dependency = |default_features, features: &[&str]| Dependency {
            alias: "x".parse().expect("a name"),
            package: None,
            kind: Kind::Normal,
            inherited: true,
            requirement: None,
            origin: Origin::Registry,
            optional: false,
            default_features,
            features: features.iter().map(ToString::to_string).collect(),
        };
        let inherited = dependency(own, &["b"]).inherit(&dependency(workspace, &["a"]));
        assert_eq!(inherited.default_features, effective, "{workspace:?} {own:?}");
        assert_eq!(inherited.features, ["b", "a"]);
    }
}

#[test]
fn what_is_no_manifest_is_refused_with_the_key() {
    for (text, reason) in [
        ("", "there is neither a `[package]` nor a `[workspace]`"),
        ("[package]\n", "there is no `package.name`"),
        ("package = 1\n", "`package` is not a table"),
        ("[package]\nname = 1\n", "`package.name` is not a string"),
        ("[package]\nname = \"-x\"\n", "`package.name` is not valid: `-x` is not a package name"),
        (
            "[package]\nname = \"x\"\nversion = \"1\"\n",
            "`package.version` is not valid: unexpected end of input while parsing major version number",
        ),
        ("[package]\nname = \"x\"\nrust-version = \"new\"\n", "`package.rust-version` is not a Rust version"),
        ("[package]\nname = \"x\"\nversion.workspace = false\n", "`package.version` is not a string"),
        ("[package]\nname = \"x\"\n[dependencies]\ny = 1\n", "`dependencies.y` is not a version or a table"),
        (
            "[package]\nname = \"x\"\n[dependencies]\n\"y\\nz\" = '1'\n",
            "`dependencies.y\\nz` is not valid: `y\\nz` is not a package name",
        ),
        (
            "[package]\nname = \"x\"\n[target.t.dependencies]\ny.features = [1]\n",
            "`target.t.dependencies.y.features` is not an array of strings",
        ),
        ("[package]\nname = \"x\"\n[features]\ny = 1\n", "`features.y` is not an array of strings"),
        ("[workspace]\nmembers = \"x\"\n", "`workspace.members` is not an array of strings"),
        ("[package]\nname = \"x\n", "line 2, column 10: invalid basic string"),
    ] {
        assert_eq!(show(text), reason, "{text}");
    }
}

#[test]
fn every_prefix_of_a_manifest_is_read_or_refused() {
    let text = include_str!("../../../../Cargo.toml");
    let dependencies = |text: &str| parse(text).map(|manifest| manifest.dependencies.len());
    assert!(dependencies(text).is_ok_and(|number| number > 5));
    let read = (0..text.len()).filter_map(|end| text.get(..end)).map(dependencies);
    let (read, refused): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
    assert!(read.len() > 100 && refused.len() > 100, "{} {}", read.len(), refused.len());
}
