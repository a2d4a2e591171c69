//! The linter on our own rules, and on rules with every kind of problem.

use super::*;

/// The problems of an overlay over the embedded rules.
fn problems(text: &str) -> String {
    Problems(lint_text("o.toml", text, &mut Registry::builtin())).to_string()
}

#[test]
fn our_own_rules_are_clean() {
    let problems = lint(&RegistrySources::default(), &[]).expect("the embedded rules are there");
    assert_eq!(Problems(problems).to_string(), "");
}

#[test]
fn values_and_prose_and_order_are_told_together() {
    insta::assert_snapshot!(
        problems(
            r#"
schema = 1

[library.yak]
what = "animal"
by = [{ native = "grunts", versions = "1 || 2" }]

[library.zebra]
what = "animal."
note = "two  spaces"
by = [{ native = "has stripes\nand spots", signals = ["traces"], docs = "https://docs.rs/zebra" }]

[library.ape]
what = " animal"

[[library.ape.by]]
native = "climbs"
directives = ["ape = trace"]
wiring = [{ text = "\nclimb(); \n" }]

[exporter.zoo]
what = "animals"
crate = [{ name = "opentelemetry_sdk" }]

[crate]
cage = { what = "holds animals" }
"#
        ),
        @r"
    o.toml: [crate.cage]: begins with no line that is `[crate.cage]`
    o.toml: [crate.cage]: no rule adds this crate, and no known crate depends on it
    o.toml: [crate.cage]: there is no release data about `cage`
    o.toml: [crate.cage] `docs`: is missing
    o.toml: [exporter.zoo]: stands below `[library.ape]`; entries are sorted
    o.toml: [exporter.zoo] `docs`: is missing
    o.toml: [library.ape]: stands below `[library.zebra]`; entries are sorted
    o.toml: [library.ape] `by[0].directives[0]`: `ape = trace` holds white space
    o.toml: [library.ape] `by[0].docs`: is missing
    o.toml: [library.ape] `by[0].signals`: is missing
    o.toml: [library.ape] `by[0].wiring[0].text`: has empty lines at an end, or white space before a line break
    o.toml: [library.ape] `what`: has white space at an end, or two spaces in a row
    o.toml: [library.yak] `by[0].docs`: is missing
    o.toml: [library.yak] `by[0].signals`: is missing
    o.toml: [library.yak] `by[0].versions`: `1 || 2` is not a version range: expected comma after major version number, found '|'
    o.toml: [library.zebra] `by[0].native`: is more than one line
    o.toml: [library.zebra] `note`: has white space at an end, or two spaces in a row
    o.toml: [library.zebra] `what`: ends with a full stop; it becomes part of a sentence
    "
    );
}

#[test]
fn names_that_lead_nowhere_are_told() {
    insta::assert_snapshot!(
        problems(
            r#"
schema = 1

[crate.opentelemetry-proto]
what = "messages"
docs = "https://docs.rs/opentelemetry-proto"
needs = ["opentelemetry-sdk"]

[crate.prost]
what = "messages"
docs = "https://docs.rs/prost"

[exporter.house]
what = "house"
crate = [{ name = "house-exporter" }]
docs = "https://docs.rs/house-exporter"

[library.house-db]
what = "database"
covered-by = ["house-db", "axmu"]

[[library.house-db.by]]
crate = "sqlx-tracing"
signals = ["traces"]
needs = ["tracing-opentelemetri"]
conflicts = ["sqlx-otel", "sqlx-telemetry", "tower-otel"]
wiring = [{ text = "wrap(pool)" }]
docs = "https://docs.rs/sqlx-tracing"
"#
        ),
        @r"
    o.toml: [crate.opentelemetry-proto] `needs[0]`: there is no entry `[crate.opentelemetry-sdk]`
    o.toml: [crate.prost]: there is no release data about `prost`
    o.toml: [exporter.house] `crate[0].name`: there is no entry `[crate.house-exporter]`
    o.toml: [exporter.house] `crate[0].name`: there is no release data about `house-exporter`
    o.toml: [library.house-db] `by[0].conflicts[1]`: nothing is instrumented by `sqlx-telemetry`
    o.toml: [library.house-db] `by[0].conflicts[2]`: `tower-otel` does not name `sqlx-tracing` in return
    o.toml: [library.house-db] `by[0].needs[0]`: there is no entry `[crate.tracing-opentelemetri]`
    o.toml: [library.house-db] `covered-by[0]`: there is no other entry `[library.house-db]`
    o.toml: [library.house-db] `covered-by[1]`: there is no other entry `[library.axmu]`
    "
    );
}

#[test]
fn what_no_release_has_is_told() {
    insta::assert_snapshot!(
        problems(
            r#"
schema = 1

[crate.tracing-opentelemetry]
what = "bridge"
docs = "https://docs.rs/tracing-opentelemetry"
features = ["metrics", "tracing-log|metrix", { feature = "metrics", releases = "<0.2" }]
defect = [{ releases = ">=90", reason = "does not exist yet" }]

[library.reqwest]
what = "HTTP client"

[[library.reqwest.by]]
crate = "reqwest-tracing"
signals = ["traces"]
select = "opentelemetry_1_*"
mirror = { json = "jason" }
docs = "https://docs.rs/reqwest-tracing"

[[library.reqwest.by.wiring]]
releases = "<0.1"
text = "old()"

[[library.reqwest.by]]
crate = "reqwest-house"
signals = ["traces"]
docs = "https://docs.rs/reqwest-tracing"

[library.tarpc]
what = "RPC"

[[library.tarpc.by]]
feature = "telemetry"
versions = ">=900"
signals = ["traces"]
docs = "https://docs.rs/tarpc"
"#
        ),
        @r"
    o.toml: [crate.tracing-opentelemetry] `defect[0].releases`: there is no release in `>=90`
    o.toml: [crate.tracing-opentelemetry] `features[1]`: no release has the feature `metrix`
    o.toml: [crate.tracing-opentelemetry] `features[2]`: no release has the feature `metrics`
    o.toml: [library.reqwest] `by[0].mirror.json`: no release has the feature `jason`
    o.toml: [library.reqwest] `by[0].select`: no release has a feature that fits
    o.toml: [library.reqwest] `by[0].wiring[0].releases`: there is no release in `<0.1`
    o.toml: [library.reqwest] `by[1].crate`: there is no entry `[crate.reqwest-house]`
    o.toml: [library.reqwest] `by[1].crate`: there is no release data about `reqwest-house`
    o.toml: [library.reqwest] `by[1].wiring`: is missing, here and in the entry of the crate
    o.toml: [library.tarpc] `by[0].feature`: no release has the feature `telemetry`
    o.toml: [library.tarpc] `by[0].versions`: there is no release in `>=900`
    "
    );
}

#[test]
fn wiring_that_leaves_releases_out_or_holds_twice_is_told() {
    let overlay = |wiring: &str| {
        let rest = "signals = [\"traces\"]\ndocs = \"https://docs.rs/axum\"\n";
        format!(
            "schema = 1\n[library.axum]\nwhat = \"web\"\n[[library.axum.by]]\ncrate = \"axum-tracing-opentelemetry\"\n{rest}{wiring}"
        )
    };
    let line =
        |releases: &str| format!("[[library.axum.by.wiring]]\nreleases = \"{releases}\"\ntext = \"x()\"\n");
    assert_eq!(
        problems(&overlay("")),
        "o.toml: [library.axum] `by[0].wiring`: is missing, here and in the entry of the crate"
    );
    assert_eq!(problems(&overlay(&line(">=0.13"))), "");
    assert_eq!(problems(&overlay(&(line(">=0.13") + &line(">=0.13")))), "");
    let text = problems(&overlay(&(line(">=0.13") + &line(">=0.13, <90"))));
    assert!(text.contains("`>=0.13` and `>=0.13, <90` overlap at "), "{text}");
    let text = problems(&overlay(&line("<0.20")));
    assert!(text.contains("`by[0].wiring`: nothing holds for "), "{text}");
}

#[test]
fn a_file_that_cannot_be_parsed_is_one_problem() {
    insta::assert_snapshot!(problems("schema = 1\n[library.a]\nwhat = 1\n"), @r"
    o.toml: TOML parse error at line 3, column 8
      |
    3 | what = 1
      |        ^
    invalid type: integer `1`, expected a string
    ");
    insta::assert_snapshot!(problems("schema = 9\n"), @"o.toml: the registry file `o.toml` has schema 9, this program reads schema 1");
}

#[test]
fn later_files_build_on_earlier_ones() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a writable folder");
        path
    };
    let covered =
        "schema = 1\n[library.b]\nwhat = \"b\"\ncovered-by = [\"a\"]\nby = [{ none = \"nothing\" }]\n";
    let files = [
        write("a.toml", "schema = 1\n[library.a]\nwhat = \"a\"\nby = [{ none = \"nothing\" }]\n"),
        write("b.toml", covered),
    ];
    let lint =
        |files: &[PathBuf]| lint(&RegistrySources::default(), files).map(|problems| problems.len()).ok();
    assert_eq!(lint(&files), Some(0));
    assert_eq!(lint(&files[1..]), Some(1));
    assert_eq!(lint(&[folder.path().join("missing.toml")]), None);
}

#[test]
fn entries_for_python_are_looked_at_like_the_others() {
    insta::assert_snapshot!(
        problems(
            r#"
schema = 1

[python.library.yak]
what = "animal."
by = [{ native = "grunts" }, { none = "two  spaces" }]

[python.instrumentation.ape]
what = "animal"
with = ["bear"]
docs = "https://docs.invalid/ape"

[python.exporter.zoo]
what = "animals"
requires = ["zoo=={core}"]
"#
        ),
        @r"
        o.toml: [python.exporter.zoo]: stands below `[python.instrumentation.ape]`; entries are sorted
        o.toml: [python.exporter.zoo] `docs`: is missing
        o.toml: [python.instrumentation.ape]: no release knows this instrumentation; `line` describes one of your own
        o.toml: [python.instrumentation.ape]: stands below `[python.library.yak]`; entries are sorted
        o.toml: [python.instrumentation.ape] `with[0]`: no release knows `bear`
        o.toml: [python.library.yak] `by[0].docs`: is missing
        o.toml: [python.library.yak] `by[1].none`: has white space at an end, or two spaces in a row
        o.toml: [python.library.yak] `what`: ends with a full stop; it becomes part of a sentence
        "
    );
}
