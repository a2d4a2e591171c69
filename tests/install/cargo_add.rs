//! `cargo add` is the oracle for what an edit writes.

use std::fs;

use otel_bootstrap::{
    install::cargo::{Options, plan},
    resolution::Resolution,
};

use crate::project::{folder, has_index, inventory, member, requirement, run_cargo};

/// Manifests below `[package]`, in the forms that people write.
const MANIFESTS: &[&str] = &[
    "",
    "[dependencies]\n",
    "[dependencies]\ncfg-if = \"1\"\nserde = \"1\"\n",
    "[dependencies]\ncfg-if = \"1\"\nserde = \"1\"",
    "[dependencies]\nserde = \"1\"\ncfg-if = \"1\"\n",
    "[dependencies]\n# first\ncfg-if = \"1\" # one\n\n# second\nzeroize = \"1\"\n# last\n\n[features]\nx = []\n",
    "[dependencies]\ncfg-if = { version = \"1\" }\nitoa.version = \"1\"\nzeroize = \"1\"\n",
    "[dev-dependencies]\nfnv = \"1\"\n\n[dependencies.serde]\nversion = \"1\"\nfeatures = [\"derive\"]\n",
    "[dependencies.cfg-if]\nversion = \"1\"\n\n[dependencies.serde]\nversion = \"1\"\n\n[dev-dependencies]\nfnv = \"1\"\n",
    "[dependencies]\ncfg-if = \"1\"\n\n[dependencies.serde]\nversion = \"1\"\n\n[profile.release]\nlto = true\n",
    "[dev-dependencies]\nfnv = \"1\"\n\n[build-dependencies]\nfnv = \"1\"\n\n[profile.dev]\ndebug = 1\n",
    "[target.'cfg(unix)'.dependencies]\ncfg-if = \"1\"\n\n[lints.rust]\nunsafe_code = \"forbid\"\n",
    "[dependencies]\nsemver = \"0.9\"\n",
    "[dependencies]\nsemver = { version = \"0.9\", default-features = false } # kept\nzeroize = \"1\"\n",
];

/// What is added, as `cargo add` takes it.
const ADDED: &[(&str, &[&str])] =
    &[("semver@1.0.20", &[]), ("semver@1.0.20", &["serde"]), ("semver@=1.0.20", &[])];

#[test]
fn an_edit_writes_what_cargo_add_writes() {
    if !has_index() {
        return;
    }
    for manifest in MANIFESTS {
        for (spec, features) in ADDED {
            let text =
                format!("[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n{manifest}");
            let root = folder(&[("Cargo.toml", &text), ("src/lib.rs", "")]);
            let ours = inventory(root.path(), vec![member(root.path(), "app", "")]);
            let requirements = vec![requirement(spec, features, &["app"])];
            let plan =
                plan(&Resolution { requirements, ..Resolution::default() }, &ours, &Options::default())
                    .expect("a plan");
            let ours = plan
                .edits
                .first()
                .map_or(text.clone(), |edit| String::from_utf8(edit.new.clone()).expect("UTF-8"));

            let list = features.join(",");
            let mut args = vec!["add", "--offline", "--quiet", spec];
            if !features.is_empty() {
                args.extend(["--features", &list]);
            }
            run_cargo(root.path(), &args).expect("cargo add");
            let theirs = fs::read_to_string(root.path().join("Cargo.toml")).expect("a manifest");
            // On purpose: a missing end of the last line stays missing.
            let theirs = if text.ends_with('\n') { theirs.as_str() } else { theirs.trim_end() };
            assert_eq!(ours, theirs, "{spec} {features:?} into\n{manifest}");
        }
    }
}
