//! The cases that trip a resolver that trusts names and version numbers, on the embedded registry.

use std::collections::BTreeSet;

use semver::Version;

use super::*;
use crate::{
    ecosystem::cargo::inventory::{LockedPackage, Member, Use},
    settings::Filter,
};

/// A project: one member `app` with a binary, using `NAME@VERSION[FEATURE,…]`, with the packages
/// that are locked besides (`NAME@VERSION` or `NAME@VERSION>DEPENDENCY`, used by the first use).
fn project(uses: &[&str], beside: &[&str]) -> Inventory {
    workspace(&[("app", true, uses)], beside)
}

fn workspace(members: &[(&str, bool, &[&str])], beside: &[&str]) -> Inventory {
    let split = |text: &str| {
        let (spec, features) = text.split_once('[').unwrap_or((text, ""));
        let (name, version) = spec.split_once('@').expect("NAME@VERSION");
        let features = features.trim_end_matches(']').split(',').filter(|f| !f.is_empty());
        (name.to_owned(), version.to_owned(), features.map(str::to_owned).collect::<BTreeSet<_>>())
    };
    let package = |name: &str, version: &str, source| LockedPackage {
        name: name.parse().expect("a name"),
        version: version.parse().expect("a version"),
        source,
        dependencies: Vec::new(),
    };
    let mut packages: Vec<LockedPackage> = Vec::new();
    for (name, _, uses) in members {
        packages.push(package(name, "0.1.0", Source::Path));
        for spec in uses.iter().filter(|spec| spec.contains('@')) {
            let (name, version, _) = split(spec);
            packages.push(package(&name, &version, Source::CratesIo));
        }
    }
    for spec in beside {
        let (name, version, _) = split(spec.split('>').next().expect("a first part"));
        packages.push(package(&name, &version, Source::CratesIo));
    }
    packages.sort();
    packages.dedup();
    let index = |packages: &[LockedPackage], name: &str, version: &str| {
        packages
            .iter()
            .position(|p| p.name.as_str() == name && p.version.to_string() == version)
            .unwrap_or_else(|| panic!("{name} {version} is not locked"))
    };
    let mut built = Vec::new();
    for (name, has_binary, uses) in members {
        let own = index(&packages, name, "0.1.0");
        let mut member = Member {
            name: name.parse().expect("a name"),
            version: Some(Version::new(0, 1, 0)),
            manifest: format!("/p/{name}/Cargo.toml").into(),
            rust_version: None,
            has_binary: *has_binary,
            is_default: true,
            is_selected: true,
            uses: Vec::new(),
            dormant: Vec::new(),
        };
        for spec in *uses {
            if !spec.contains('@') {
                let other = index(&packages, spec, "0.1.0");
                packages[own].dependencies.push(other);
                continue;
            }
            let (name, version, features) = split(spec);
            let used = index(&packages, &name, &version);
            packages[own].dependencies.push(used);
            member.uses.push(Use {
                package: used,
                alias: name.parse().expect("a name"),
                requirement: Some("*".to_owned()),
                features,
                default_features: true,
            });
        }
        built.push(member);
    }
    for spec in beside {
        let (name, version, _) = split(spec.split('>').next().expect("a first part"));
        let own = index(&packages, &name, &version);
        if let Some((_, wanted)) = spec.split_once('>') {
            let (name, version, _) = split(wanted);
            let wanted = index(&packages, &name, &version);
            packages[own].dependencies.push(wanted);
        }
        let first =
            built[0].uses.first().map_or_else(|| index(&packages, members[0].0, "0.1.0"), |u| u.package);
        if first != own {
            packages[first].dependencies.push(own);
        }
    }
    Inventory {
        root: "/p".into(),
        lockfile: "/p/Cargo.lock".into(),
        packages,
        members: built,
        toolchain: None,
    }
}

fn answer(inventory: &Inventory, wishes: &Wishes) -> Resolution {
    resolve(inventory, &Registry::builtin(), wishes).expect("an answer")
}

fn in_set(minor: u64) -> Wishes {
    Wishes { otel_version: Some((0, minor)), ..Wishes::default() }
}

fn only(names: &[&str], minor: u64) -> Wishes {
    let only = names.iter().map(|&name| name.to_owned()).collect();
    Wishes { filter: Filter { only, ..Filter::default() }, ..in_set(minor) }
}

/// The requirements as `NAME@VERSION[FEATURES]`.
fn lines(resolution: &Resolution) -> Vec<String> {
    resolution
        .requirements
        .iter()
        .map(|r| {
            let version =
                r.version.as_ref().map(|pin| format!("@{}{}", if pin.exact { "=" } else { "" }, pin.version));
            format!("{}{}[{}]", r.name, version.unwrap_or_default(), r.features.join(","))
        })
        .collect()
}

fn line<'l>(lines: &'l [String], name: &str) -> Option<&'l str> {
    lines.iter().find(|l| l.split(['@', '[']).next() == Some(name)).map(String::as_str)
}

fn verdict<'r>(resolution: &'r Resolution, library: &str) -> &'r Verdict {
    let found = resolution.findings.iter().find(|f| f.library.as_str() == library);
    &found.unwrap_or_else(|| panic!("no finding on {library}")).verdict
}

fn chosen(resolution: &Resolution) -> &str {
    &resolution.set.as_ref().expect("a set").chosen
}

#[test]
fn a_patch_release_that_changes_the_set_is_pinned_exactly() {
    let project = project(&["axum@0.7.5"], &[]);
    let pinned = |krate: &str, project: &Inventory, minor| {
        line(&lines(&answer(project, &only(&[krate], minor))), krate).map(str::to_owned)
    };
    assert_eq!(pinned("axum-otel-metrics", &project, 21).as_deref(), Some("axum-otel-metrics@=0.8.0[]"));
    assert_eq!(pinned("axum-otel-metrics", &project, 22).as_deref(), Some("axum-otel-metrics@0.8.1[]"));
}

#[test]
fn a_release_whose_own_dependency_changed_its_set_in_a_patch_release_fits_none() {
    // 0.19.0 wants 0.23 itself, and takes `tracing-opentelemetry-instrumentation-sdk` 0.19.1, which wants 0.24.
    let project = project(&["axum@0.7.5"], &[]);
    assert_eq!(line(&lines(&answer(&project, &in_set(23))), "axum-tracing-opentelemetry"), None);
    assert_eq!(
        line(&lines(&answer(&project, &in_set(24))), "axum-tracing-opentelemetry"),
        Some("axum-tracing-opentelemetry@0.19.1[tracing_level_info]")
    );
}

#[test]
fn versions_that_encode_the_set_are_not_read_as_numbers() {
    let project = project(&["metrics@0.24.2"], &[]);
    for (minor, expected) in [(33, "0.24033."), (32, "0.24032."), (31, "0.24.")] {
        let lines = lines(&answer(&project, &in_set(minor)));
        let found = line(&lines, "metrics-opentelemetry").expect("a line");
        let version = found.trim_start_matches("metrics-opentelemetry@").trim_start_matches('=');
        assert!(version.starts_with(expected), "{found} in 0.{minor}");
    }
}

#[test]
fn a_range_counts_as_the_newest_set_it_admits_as_cargo_takes_it() {
    let project = project(&["tokio@1.40.0"], &[]);
    // 0.1.0 admits 0.21 and 0.22, 0.2.0 also 0.23.
    for (minor, expected) in [(21, None), (22, Some("@0.1.0[]")), (23, Some("@0.2.0[]")), (24, None)] {
        let lines = lines(&answer(&project, &only(&["runtime-otel-metrics"], minor)));
        let expected = expected.map(|rest| format!("runtime-otel-metrics{rest}"));
        assert_eq!(line(&lines, "runtime-otel-metrics"), expected.as_deref(), "in 0.{minor}");
    }
}

#[test]
fn a_feature_is_chosen_by_the_dependency_behind_it_and_not_by_its_name() {
    let registry = Registry::builtin();
    let releases = registry.releases("graphile_worker").expect("release data");
    let set = |version: &str, feature: &str| {
        let version: Version = version.parse().expect("a version");
        let release = releases.get(&version).unwrap_or_else(|| panic!("no release {version}"));
        Membership::of("graphile_worker", &release, [feature])
    };
    let one = |minor| Membership::One(ReleaseSet { major: 0, minor });
    assert_eq!(set("0.9.3", "opentelemetry_0_30"), one(31));
    assert_eq!(set("0.13.2", "opentelemetry_0_32"), one(32));
    assert_eq!(set("0.14.1", "opentelemetry_0_32"), one(33));
}

#[test]
fn a_release_with_two_sets_in_itself_fits_none() {
    let registry = Registry::builtin();
    let releases = registry.releases("poem").expect("release data");
    let release = releases.get(&Version::new(3, 1, 12)).expect("poem 3.1.12");
    let alone = Membership::of("poem", &release, ["opentelemetry"]);
    assert!(alone.fits(ReleaseSet { major: 0, minor: 30 }), "{alone:?}");
    let both = Membership::of("poem", &release, ["opentelemetry", "prometheus"]);
    assert!(!both.fits(ReleaseSet { major: 0, minor: 30 }), "{both:?}");
}

#[test]
fn the_set_is_found_through_other_crates_where_there_is_no_direct_dependency() {
    let lines = lines(&answer(&project(&["tonic@0.10.2"], &[]), &in_set(21)));
    let found = line(&lines, "tonic-tracing-opentelemetry").expect("a line");
    assert!(found.contains("0.15."), "{found}");
}

#[test]
fn the_rust_version_of_the_project_is_respected_also_where_a_release_hides_its_own() {
    let mut project = project(&["axum@0.8.4"], &[]);
    project.members[0].rust_version = Some(Version::new(1, 85, 0));
    let resolution = answer(&project, &in_set(33));
    assert_ne!(
        line(&lines(&resolution), "axum-tracing-opentelemetry"),
        Some("axum-tracing-opentelemetry@0.42.1")
    );
    let mut project = super::tests::project(&["axum@0.8.7"], &[]);
    project.members[0].rust_version = Some(Version::new(1, 95, 0));
    let lines = lines(&answer(&project, &only(&["axum-otel"], 33)));
    assert_eq!(
        line(&lines, "axum-otel").map(|l| l.starts_with("axum-otel@=0.34.0[")),
        Some(true),
        "{lines:?}"
    );
}

#[test]
fn a_library_whose_instrumentation_needs_a_newer_rust_in_every_set_says_which() {
    let mut project = project(&["tokio@1.47.0"], &["opentelemetry@0.29.0"]);
    project.members[0].rust_version = Some(Version::new(1, 75, 0));
    let resolution = answer(&project, &Wishes::default());
    let Verdict::NoRelease { sets, needs_rust, .. } = verdict(&resolution, "tokio") else {
        panic!("{:?}", resolution.findings)
    };
    assert_eq!(sets, &["0.33", "0.32", "0.31"]);
    assert_eq!(needs_rust.as_deref(), Some("1.85.0"));
}

#[test]
fn exactly_one_feature_names_the_set() {
    let project = project(&["reqwest@0.13.2"], &[]);
    for (minor, feature) in [(31, "opentelemetry_0_31"), (32, "opentelemetry_0_32")] {
        let lines = lines(&answer(&project, &in_set(minor)));
        let found = line(&lines, "reqwest-tracing").expect("a line");
        assert!(found.ends_with(&format!("[{feature}]")), "{found}");
        assert!(line(&lines, "reqwest-middleware").is_some());
    }
}

#[test]
fn the_set_that_the_lockfile_holds_is_kept_and_the_library_behind_it_named() {
    let resolution =
        answer(&project(&["tarpc@0.37.0", "axum@0.8.4"], &["opentelemetry@0.30.0"]), &Wishes::default());
    assert_eq!(chosen(&resolution), "0.30");
    let reason = &resolution.set.as_ref().expect("a set").reason;
    let SetReason::Locked { through, .. } = reason else { panic!("{reason:?}") };
    assert_eq!(through, &["tarpc"]);
    assert_eq!(
        line(&lines(&resolution), "axum-tracing-opentelemetry"),
        Some("axum-tracing-opentelemetry@0.30.1[tracing_level_info]")
    );
}

#[test]
fn the_newest_set_that_serves_most_is_chosen_and_what_others_would_gain_is_told() {
    // `mongodb` is bound to 0.31; `axum` is served by every recent set.
    let resolution = answer(&project(&["axum@0.8.4", "mongodb@3.4.1"], &[]), &Wishes::default());
    assert_eq!(chosen(&resolution), "0.31");
    let resolution = answer(&project(&["axum@0.8.4"], &[]), &Wishes::default());
    assert_eq!(chosen(&resolution), "0.33");
}

#[test]
fn a_library_only_there_through_opentelemetry_is_skipped_with_that_reason() {
    let resolution = answer(
        &project(&["opentelemetry-otlp@0.33.0"], &["opentelemetry@0.33.0", "tonic@0.14.2"]),
        &Wishes::default(),
    );
    assert_eq!(verdict(&resolution, "tonic"), &Verdict::OnlyThroughOpenTelemetry);
    assert_eq!(resolution.requirements, []);
}

#[test]
fn what_attaches_goes_to_the_users_and_what_initialises_to_the_binaries_that_reach_them() {
    let project =
        workspace(&[("api", false, &["axum@0.8.4"]), ("server", true, &["api"]), ("xtask", true, &[])], &[]);
    let wishes = Wishes { exporter: Some("otlp".to_owned()), ..in_set(33) };
    let resolution = answer(&project, &wishes);
    let members = |name: &str| {
        let found = resolution.requirements.iter().find(|r| r.name.as_str() == name);
        found.unwrap_or_else(|| panic!("no {name}")).members.clone()
    };
    assert_eq!(members("axum-tracing-opentelemetry"), ["api"]);
    assert_eq!(members("tracing-opentelemetry"), ["server"]);
    assert_eq!(members("opentelemetry-otlp"), ["server"]);
    assert!(resolution.initialisation.is_some());
}

#[test]
fn what_all_binaries_have_is_not_missing_for_the_libraries_they_use() {
    let inventory = workspace(
        &[
            ("app", true, &["core", "opentelemetry-instrumentation-tokio@0.3.0", "opentelemetry@0.33.1"]),
            ("core", false, &["tokio@1.45.0"]),
        ],
        &[],
    );
    let resolution = answer(&inventory, &Wishes::default());
    assert_eq!(lines(&resolution), [""; 0]);
    assert!(matches!(verdict(&resolution, "tokio"), Verdict::AlreadyInstalled { .. }));

    let inventory = workspace(
        &[
            ("app", true, &["core", "opentelemetry-instrumentation-tokio@0.3.0", "opentelemetry@0.33.1"]),
            ("core", false, &["tokio@1.45.0"]),
            ("job", true, &["core"]),
        ],
        &[],
    );
    let resolution = answer(&inventory, &Wishes::default());
    assert_eq!(resolution.requirements.len(), 1, "{:?}", lines(&resolution));
    assert_eq!(resolution.requirements[0].members, ["job"]);
}

#[test]
fn features_of_what_is_there_name_the_version_where_the_manifest_accepts_older_ones_without_them() {
    let uses =
        ["reqwest@0.12.15", "reqwest-tracing@0.5.8", "opentelemetry@0.29.1", "tracing-opentelemetry@0.30.0"];
    let mut inventory = project(&uses, &[]);
    let of = |inventory: &Inventory| {
        let found = answer(inventory, &Wishes::default()).requirements;
        let own = found.into_iter().find(|r| r.name.as_str() == "reqwest-tracing").expect("a requirement");
        (own.version, own.since)
    };
    assert_eq!(of(&inventory), (None, Some("0.5.8".to_owned())));
    for used in &mut inventory.members[0].uses {
        used.requirement = Some("^0.5.8".to_owned());
    }
    assert_eq!(of(&inventory), (None, None));
}

#[test]
fn a_library_without_a_binary_gets_what_attaches_and_is_told_about_the_rest() {
    let resolution = answer(&workspace(&[("api", false, &["axum@0.8.4"])], &[]), &in_set(33));
    assert_eq!(resolution.requirements.len(), 1, "{:?}", lines(&resolution));
    assert!(resolution.warnings[0].contains("no selected member has a binary"));
}

#[test]
fn what_goes_to_binaries_does_not_count_where_there_is_none() {
    // The newest set that serves both of the others is the newest but for what nobody would get.
    let uses: &[&str] = &["axum@0.7.9", "reqwest@0.11.27", "tokio@1.45.1"];
    let library = answer(&workspace(&[("api", false, uses)], &[]), &Wishes::default());
    assert_eq!(chosen(&library), "0.22");
    let missing = vec![A_BINARY.to_owned()];
    assert_eq!(verdict(&library, "tokio"), &Verdict::Needs { missing });
    assert_eq!(line(&lines(&library), "opentelemetry-instrumentation-tokio"), None);
    let application = answer(&project(uses, &[]), &in_set(33));
    assert!(line(&lines(&application), "opentelemetry-instrumentation-tokio").is_some());
}

#[test]
fn what_is_there_already_is_kept_and_what_belongs_to_another_set_is_named() {
    let kept = answer(
        &project(
            &["axum@0.8.4", "axum-tracing-opentelemetry@0.33.1[tracing_level_info]", "opentelemetry@0.31.0"],
            &["tracing-opentelemetry@0.32.0"],
        ),
        &Wishes::default(),
    );
    assert_eq!(
        verdict(&kept, "axum"),
        &Verdict::AlreadyInstalled {
            instrumentation: "axum-tracing-opentelemetry".to_owned(),
            version: "0.33.1".to_owned()
        }
    );
    let other = answer(
        &project(
            &["axum@0.8.4", "axum-tracing-opentelemetry@0.30.1", "opentelemetry@0.31.0"],
            &["opentelemetry@0.30.0"],
        ),
        &Wishes::default(),
    );
    assert!(matches!(verdict(&other, "axum"), Verdict::OtherSet { fitting: Some(_), .. }), "{other:?}");
    assert_eq!(other.all_warnings().count(), 1);
}

#[test]
fn releases_that_force_no_move_are_preferred() {
    // axum-tracing-opentelemetry is locked at an older release of the same set by another member.
    let resolution = answer(
        &project(&["axum@0.8.4"], &["axum-tracing-opentelemetry@0.39.0", "opentelemetry@0.32.0"]),
        &Wishes::default(),
    );
    assert_eq!(
        line(&lines(&resolution), "axum-tracing-opentelemetry"),
        Some("axum-tracing-opentelemetry@0.39.0[tracing_level_info]")
    );
}

#[test]
fn a_crate_that_does_not_build_with_an_old_library_is_not_for_it() {
    let tokio = |version: &str| {
        let resolution = answer(&project(&[&format!("tokio@{version}")], &[]), &in_set(33));
        line(&lines(&resolution), "opentelemetry-instrumentation-tokio").is_some()
    };
    assert_eq!(["1.44.2", "1.45.0"].map(tokio), [false, true]);
}

#[test]
fn what_is_listed_for_a_member_accepts_each_other() {
    // The locked `tracing` would do for `tower-otel`; `tracing-subscriber`, wanted later, asks for a newer one.
    let project = project(&["reqwest@0.13.4"], &["tracing@0.1.40"]);
    let lines = lines(&answer(&project, &in_set(33)));
    assert!(line(&lines, "tower-otel").is_some(), "{lines:?}");
    let version = |name: &str| -> Version {
        let (version, _) =
            line(&lines, name).and_then(|line| line.split_once('@')?.1.split_once('[')).expect(name);
        version.parse().expect("a version")
    };
    assert!(version("tracing-subscriber") >= Version::new(0, 3, 22), "{lines:?}");
    assert!(version("tracing") >= Version::new(0, 1, 43), "{lines:?}");
}

#[test]
fn unknown_names_are_errors_with_the_nearest_known_one() {
    let wishes = Wishes {
        filter: Filter { exclude: vec!["axun".to_owned()], ..Filter::default() },
        ..Wishes::default()
    };
    let error = resolve(&project(&["axum@0.8.4"], &[]), &Registry::builtin(), &wishes).expect_err("an error");
    assert_eq!(error.to_string(), "`--exclude` names `axun`, which the registry does not know");
    assert_eq!(error.hint().as_deref().map(|hint| hint.starts_with("did you mean `axum`")), Some(true));
    let error =
        resolve(&project(&["axum@0.8.4"], &[]), &Registry::builtin(), &in_set(99)).expect_err("an error");
    assert_eq!(error.to_string(), "there is no release set 0.99 of OpenTelemetry");
}

#[test]
fn excluded_libraries_and_instrumentations_say_so() {
    let exclude = |name: &str| Wishes {
        filter: Filter { exclude: vec![name.to_owned()], ..Filter::default() },
        ..in_set(33)
    };
    let project = project(&["axum@0.8.4"], &[]);
    let by_library = answer(&project, &exclude("axum"));
    assert_eq!(verdict(&by_library, "axum"), &Verdict::Excluded { by: "--exclude".to_owned() });
    let by_crate = lines(&answer(&project, &exclude("axum-tracing-opentelemetry")));
    assert_eq!(line(&by_crate, "axum-tracing-opentelemetry"), None);
}

#[test]
fn an_instrumentation_is_not_offered_to_itself() {
    let name = "axum-tracing-opentelemetry";
    let listed = |member: &str| {
        let inventory = workspace(&[(member, true, &["axum@0.8.4"])], &[]);
        let resolution = resolve(&inventory, &Registry::builtin(), &Wishes::default()).expect("an answer");
        resolution.requirements.iter().any(|requirement| requirement.name.as_str() == name)
    };
    assert!(listed("app"));
    assert!(!listed(name));
}
