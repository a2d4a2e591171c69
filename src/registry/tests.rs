//! The registry as a whole: the embedded data, overlays, and the cache.

use std::{fs, path::Path, time::SystemTime};

use super::*;

/// Writes an overlay and loads the registry with it.
fn with_overlay(text: &str) -> Result<Registry, Error> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("overlay.toml");
    fs::write(&path, text).expect("a writable folder");
    Registry::load(&RegistrySources { overlays: vec![path], cache: None })
}

/// The problems of an overlay, without the folder it lies in.
fn problems(text: &str) -> String {
    let raw = parse_rules(Path::new("overlay.toml"), text).expect("readable rules");
    Registry::builtin().apply("overlay.toml", raw).expect_err("an invalid overlay").to_string()
}

#[test]
fn parsing_entry_by_entry_is_parsing_the_whole_file() {
    let mut whole = Registry::empty();
    let raw = parse_rules(Path::new(RULES_FILE), RULES).expect("readable rules");
    whole.apply(RULES_FILE, raw).expect("valid rules");
    let sliced = Registry::builtin();
    assert!(sliced.library_names().eq(whole.library_names()));
    assert!(sliced.crate_names().eq(whole.crate_names()));
    assert!(sliced.exporter_names().eq(whole.exporter_names()));
    for name in whole.library_names() {
        assert_eq!(format!("{:?}", sliced.library(name)), format!("{:?}", whole.library(name)));
    }
    for name in whole.crate_names() {
        assert_eq!(format!("{:?}", sliced.krate(name)), format!("{:?}", whole.krate(name)));
    }
    for name in whole.exporter_names() {
        assert_eq!(format!("{:?}", sliced.exporter(name)), format!("{:?}", whole.exporter(name)));
    }
    assert!(sliced.library("axum").is_some());
}

#[test]
fn the_embedded_release_data_is_sorted_and_as_it_is_written() {
    let file = ReleaseFile::open(Cow::Borrowed(RELEASES)).expect("valid release data");
    let names = file.names().collect::<Vec<_>>();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    for name in names {
        let releases = file.get(name).unwrap_or_else(|| panic!("the line of `{name}` is not release data"));
        assert_eq!(releases.name, name);
        let versions = releases.releases.iter().flat_map(|group| &group.versions).collect::<Vec<_>>();
        assert!(versions.is_sorted_by(|a, b| a < b), "{name}: {versions:?}");
    }
    let crates = file.names().filter_map(|name| file.get(name)).cloned().collect::<Vec<_>>();
    let written = ReleaseFile::write(&crates, file.date()).expect("plain data");
    assert!(written == RELEASES, "what is written differs from `registry/{CACHED_RELEASES}`");
}

#[test]
fn the_embedded_release_sets_are_those_that_the_dependencies_lead_to() {
    let file = ReleaseFile::open(Cow::Borrowed(RELEASES)).expect("valid release data");
    let crates = file.names().filter_map(|name| file.get(name)).cloned().collect::<Vec<_>>();
    let told = update::sets::with_sets(&crates);
    for (stored, followed) in crates.iter().zip(&told) {
        assert!(stored == followed, "{}", stored.name);
    }
    let with_sets =
        crates.iter().flat_map(|releases| &releases.releases).flat_map(|group| &group.dependencies);
    assert!(with_sets.filter(|dependency| !dependency.sets.is_empty()).count() > 1_000);
}

#[test]
fn an_overlay_adds_replaces_and_removes() {
    let registry = with_overlay(
        r#"
        schema = 1
        remove = ["library.reqwest", "exporter.otlp"]

        [library.axum]
        what = "our web framework"
        by = [{ native = "the platform wraps it" }]

        [library.house-db]
        what = "our database"
        by = [{ crate = "house-otel", versions = ">=2, <4", select = "otel_*", features = ["b|c"] }]
        "#,
    )
    .expect("a valid overlay");
    assert_eq!(registry.library("axum").map(|library| library.what.as_str()), Some("our web framework"));
    assert!(registry.library("house-db").is_some());
    assert!(registry.library("reqwest").is_none());
    assert!(!registry.library_names().any(|name| name == "reqwest"));
    assert!(registry.exporter("otlp").is_none());
    assert!(registry.library("tracing").is_some());
}

#[test]
fn a_feature_can_be_limited_to_some_releases() {
    let registry = with_overlay(
        r#"
        schema = 1
        [crate.db-otel]
        what = "x"
        features = ["always", { feature = "early|first", releases = "<0.28" }]
        "#,
    )
    .expect("a valid overlay");
    let krate = registry.krate("db-otel").expect("the entry is there");
    let wanted = |version: &str| {
        let version = version.parse().expect("a version");
        let choices = krate.features.iter().filter(|choice| choice.holds_for(&version));
        choices.map(|choice| choice.names.join("|")).collect::<Vec<_>>()
    };
    assert_eq!(wanted("0.27.1"), ["always", "early|first"]);
    assert_eq!(wanted("0.28.0"), ["always"]);
}

#[test]
fn every_value_that_cannot_be_used_is_reported() {
    let found = problems(
        r#"
        schema = 1
        remove = ["library.nowhere", "axum"]

        [library."-x"]
        what = "x"

        [library.db]
        what = " "
        covered-by = ["a b"]

        [[library.db.by]]
        crate = "db-otel"
        feature = "otel"
        versions = ">=1 || 3"
        features = ["a|b c", { feature = "a", releases = "old" }]
        mirror = { "tls/x" = "tls" }
        select = "otel"
        needs = ["--git"]
        docs = "http://example.invalid"
        wiring = [{ releases = "1.x.y", text = "a\u001b[31m" }]

        [crate.db-otel]
        what = "x"
        defect = [{ releases = "0.1", rust-version = "nightly", reason = "x" }]

        [exporter.house]
        what = "x"
        crate = []
        "#,
    );
    insta::assert_snapshot!(found, @r#"
    overlay.toml: `remove[0]`: there is no entry `library.nowhere`
    overlay.toml: `remove[1]`: there is no entry `axum`
    overlay.toml: [library.-x]: `-x` is not a package name
    overlay.toml: [library.-x] `by`: at least one way is needed; `none = "…"` says that nothing exists
    overlay.toml: [library.db] `what`: is empty
    overlay.toml: [library.db] `covered-by[0]`: `a b` is not a package name
    overlay.toml: [library.db] `by[0]`: exactly one of `crate`, `feature`, `native`, `none` is needed
    overlay.toml: [library.db] `by[0].versions`: `>=1 || 3` is not a version range: expected comma after major version number, found '|'
    overlay.toml: [library.db] `by[0].features[0]`: `b c` is not a feature name
    overlay.toml: [library.db] `by[0].features[1].releases`: `old` is not a version range: unexpected character 'o' while parsing major version number
    overlay.toml: [library.db] `by[0].mirror`: `tls/x` is not a feature name
    overlay.toml: [library.db] `by[0].select`: `otel` is not a feature name with one `*`
    overlay.toml: [library.db] `by[0].needs[0]`: `--git` is not a package name
    overlay.toml: [library.db] `by[0].wiring[0].releases`: `1.x.y` is not a version range: unexpected character after wildcard in version req
    overlay.toml: [library.db] `by[0].wiring[0].text`: `a\u{1b}[31m` holds control characters
    overlay.toml: [library.db] `by[0].docs`: `http://example.invalid` is not an https address
    overlay.toml: [crate.db-otel] `defect[0].rust-version`: `nightly` is not a Rust version
    overlay.toml: [exporter.house] `crate`: at least one crate is needed
    "#);
}

#[test]
fn a_misspelt_key_is_an_error_with_its_line() {
    let error = parse_rules(Path::new("overlay.toml"), "schema = 1\n[library.a]\nwhat = \"x\"\nbye = []\n")
        .expect_err("an unknown key");
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    insta::assert_snapshot!(format!("{error}\n{source}"), @r"
    failed to parse the registry file `overlay.toml`
    TOML parse error at line 4, column 1
      |
    4 | bye = []
      | ^^^
    unknown field `bye`, expected one of `what`, `counts`, `covered-by`, `note`, `by`
    ");
}

#[test]
fn files_of_another_schema_are_refused() {
    let error = |text| parse_rules(Path::new("o.toml"), text).expect_err("another schema");
    insta::assert_snapshot!(error("schema = 2\nnew-key = true\n"), @"the registry file `o.toml` has schema 2, this program reads schema 1");
    insta::assert_snapshot!(error("[library.a]\nwhat = \"x\"\n"), @"the registry file `o.toml` has no `schema`, this program reads schema 1");
    assert!(error("").hint().is_some());
}

#[test]
fn a_missing_overlay_is_named() {
    let error = Registry::load(&RegistrySources { overlays: vec!["no/such.toml".into()], cache: None })
        .expect_err("there is no such file");
    assert_eq!(error.to_string(), "failed to read the registry file `no/such.toml`");
}

/// A registry with a cache folder that holds release data of that date about one crate.
fn with_cache(date: SystemTime) -> Registry {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let releases = CrateReleases { name: "axum-tracing-opentelemetry".to_owned(), releases: Vec::new() };
    let text = ReleaseFile::write(&[releases], date).expect("plain data");
    fs::write(folder.path().join(CACHED_RELEASES), text).expect("a writable folder");
    let cache = Some(folder.path().to_owned());
    Registry::load(&RegistrySources { overlays: Vec::new(), cache }).expect("a valid cache")
}

#[test]
fn the_newer_release_data_is_used() {
    let count = |registry: &Registry| {
        registry.releases("axum-tracing-opentelemetry").map(|releases| releases.releases.len())
    };
    let embedded = count(&Registry::builtin());
    assert_ne!(embedded, Some(0));
    assert_eq!(count(&with_cache(SystemTime::UNIX_EPOCH)), embedded);
    let newer = with_cache(SystemTime::now() + std::time::Duration::from_secs(86_400));
    assert_eq!(count(&newer), Some(0));
    assert!(
        newer.releases("tracing-opentelemetry").is_some(),
        "what the cache lacks comes from the embedded data"
    );
}
