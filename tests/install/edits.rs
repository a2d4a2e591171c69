//! What editing writes where it is not what `cargo add` writes, or where `cargo add` has no say.

use std::fs;

use otel_bootstrap::{
    install::cargo::{Options, PlanError, plan},
    resolution::{Requirement, Resolution},
};

use crate::project::{folder, inventory, member, requirement};

/// The text of the manifests after the requirements are in, in the order of the files given.
fn edited(files: &[(&str, &str)], requirements: Vec<Requirement>) -> Result<Vec<String>, Vec<PlanError>> {
    let root = folder(files);
    let members = files.iter().filter(|(_, text)| text.contains("[package]")).map(|(path, _)| {
        let folder = path.trim_end_matches("Cargo.toml").trim_end_matches('/');
        member(root.path(), if folder.is_empty() { "app" } else { folder }, folder)
    });
    let inventory = inventory(root.path(), members.collect());
    let plan = plan(&Resolution { requirements, ..Resolution::default() }, &inventory, &Options::default())?;
    let text = |(path, old): &(&str, &str)| {
        let path = root.path().join(path);
        assert_eq!(fs::read_to_string(&path).expect("a manifest"), *old, "planning wrote");
        let edit = plan.edits.iter().find(|edit| edit.path == path);
        edit.map_or_else(|| (*old).to_owned(), |e| String::from_utf8(e.new.clone()).expect("UTF-8"))
    };
    Ok(files.iter().map(text).collect())
}

/// The one manifest of a package after one requirement is in.
fn single(manifest: &str, spec: &str, features: &[&str]) -> String {
    let text = format!("[package]\nname = \"app\"\n\n{manifest}");
    let new = edited(&[("Cargo.toml", &text)], vec![requirement(spec, features, &["app"])]);
    let new = new.expect("an edit").remove(0);
    new.strip_prefix("[package]\nname = \"app\"\n\n").expect("the package stays").to_owned()
}

#[test]
fn an_entry_keeps_its_form() {
    for (old, spec, features, new) in [
        // Nothing to do is nothing done, whatever the form.
        ("[dependencies]\na = '1'\n", "a@1.2.3", &[][..], "[dependencies]\na = '1'\n"),
        (
            "[dependencies]\na={version=\"1\",features=['x']}\n",
            "a",
            &["x"],
            "[dependencies]\na={version=\"1\",features=['x']}\n",
        ),
        // A text becomes a table only when it must.
        ("[dependencies]\na = \"0.1\" # why\n", "a@0.2.0", &[], "[dependencies]\na = \"0.2.0\" # why\n"),
        (
            "[dependencies]\na = \"1\" # why\n",
            "a",
            &["x"],
            "[dependencies]\na = { version = \"1\", features = [\"x\"] } # why\n",
        ),
        // Inline tables keep their spacing.
        (
            "[dependencies]\na={version=\"1\"}\n",
            "a",
            &["x"],
            "[dependencies]\na={version=\"1\", features = [\"x\"]}\n",
        ),
        (
            "[dependencies]\na = { version = \"0.1\", default-features = false }\n",
            "a@0.2.0",
            &["x"],
            "[dependencies]\na = { version = \"0.2.0\", default-features = false, features = [\"x\"] }\n",
        ),
        // A table stays a table.
        (
            "[dependencies]\na = { version = \"0.1\" }\n",
            "a@0.2.0",
            &[],
            "[dependencies]\na = { version = \"0.2.0\" }\n",
        ),
        (
            "[dependencies.a]\nversion = \"0.1\" # old\n",
            "a@0.2.0",
            &[],
            "[dependencies.a]\nversion = \"0.2.0\" # old\n",
        ),
        // What comes to stand first takes the blanks of what stood there.
        (
            "[dependencies]\na = { version = \"1\", features = [\"c\"] }\n",
            "a@1.0.0",
            &["a", "b"],
            "[dependencies]\na = { version = \"1\", features = [\"a\", \"b\", \"c\"] }\n",
        ),
        (
            "[dependencies]\na = { version = \"1\", features = [ \"c\",\"d\" ] }\n",
            "a@1.0.0",
            &["b"],
            "[dependencies]\na = { version = \"1\", features = [ \"b\",\"c\",\"d\" ] }\n",
        ),
        // Sorted features stay sorted, others are appended to.
        (
            "[dependencies]\na = { version = \"1\", features = [\"b\", \"d\"] }\n",
            "a",
            &["c"],
            "[dependencies]\na = { version = \"1\", features = [\"b\", \"c\", \"d\"] }\n",
        ),
        (
            "[dependencies]\na = { version = \"1\", features = [\"d\", \"b\"] }\n",
            "a",
            &["c"],
            "[dependencies]\na = { version = \"1\", features = [\"d\", \"b\", \"c\"] }\n",
        ),
        // Sub-tables and dotted keys.
        (
            "[dependencies.a]\nversion = \"1\"\n",
            "a",
            &["x"],
            "[dependencies.a]\nversion = \"1\"\nfeatures = [\"x\"]\n",
        ),
        (
            "[dependencies]\na.version = \"1\"\nb = \"1\"\n",
            "a",
            &["x"],
            "[dependencies]\na.version = \"1\"\na.features = [\"x\"]\nb = \"1\"\n",
        ),
        // Exact is written as such, also over a range that would do.
        ("[dependencies]\na = \"1.2.3\"\n", "a@=1.2.3", &[], "[dependencies]\na = \"=1.2.3\"\n"),
        ("[dependencies]\na = \"=1.2.3\"\n", "a@=1.2.3", &[], "[dependencies]\na = \"=1.2.3\"\n"),
        // A source of its own keeps the entry's version out of our hands.
        (
            "[dependencies]\na = { git = \"https://example.org/a\" }\n",
            "a@1.2.3",
            &["x"],
            "[dependencies]\na = { git = \"https://example.org/a\", features = [\"x\"] }\n",
        ),
    ] {
        assert_eq!(single(old, spec, features), new);
    }
}

#[test]
fn lists_on_several_lines_keep_their_lines_and_remarks() {
    let old =
        "[dependencies]\na = { version = \"1\", features = [\n    \"b\", # first\n    \"d\", # last\n] }\n";
    assert_eq!(
        single(old, "a", &["c", "e"]),
        "[dependencies]\na = { version = \"1\", features = [\n    \"b\", # first\n    \"c\",\n    \"d\", # last\n    \"e\",\n] }\n"
    );
}

#[test]
fn an_entry_is_found_by_its_package() {
    for (old, new) in [
        (
            "[dependencies]\nb = { package = \"a\", version = \"1\" }\n",
            "[dependencies]\nb = { package = \"a\", version = \"1\", features = [\"x\"] }\n",
        ),
        (
            "[target.'cfg(unix)'.dependencies]\na = \"1\"\n",
            "[target.'cfg(unix)'.dependencies]\na = { version = \"1\", features = [\"x\"] }\n",
        ),
        // Entries for everywhere come before those for one target, accepting ones before others.
        (
            "[dependencies]\na = \"1\"\n[target.'cfg(unix)'.dependencies]\na = \"1\"\n",
            "[dependencies]\na = { version = \"1\", features = [\"x\"] }\n[target.'cfg(unix)'.dependencies]\na = \"1\"\n",
        ),
        (
            "[dependencies]\na = \"0.9\"\na1 = { package = \"a\", version = \"1\" }\n",
            "[dependencies]\na = \"0.9\"\na1 = { package = \"a\", version = \"1\", features = [\"x\"] }\n",
        ),
    ] {
        assert_eq!(single(old, "a@1.0.0", &["x"]), new);
    }
    let twice = "[dependencies]\na = \"0.9\"\na1 = { package = \"a\", version = \"1\" }\n";
    assert_eq!(single(twice, "a", &["x"]).matches("features").count(), 2);
}

#[test]
fn bytes_that_are_not_ours_stay() {
    let text = "\u{feff}[package]\r\nname = \"app\"\r\n\r\n[dependencies]\r\nb = \"1\"\r\n\r\n[profile.dev]\r\ndebug = 1";
    let new = edited(&[("Cargo.toml", text)], vec![requirement("c@1.0.0", &[], &["app"])]).expect("an edit");
    assert_eq!(new[0], text.replace("b = \"1\"\r\n", "b = \"1\"\r\nc = \"1.0.0\"\r\n"));
}

const ROOT: &str = "[workspace]\nmembers = [\"m\", \"n\"]\n\n[workspace.dependencies]\n";

#[test]
fn inheritance_is_followed_where_it_is_the_habit() {
    let cases = [
        // (workspace entries, entries of m, requirement, workspace entries after, entries of m after)
        (
            "b = \"1\"\n",
            "b.workspace = true\n",
            "a@1.0.0",
            &[][..],
            "a = \"1.0.0\"\nb = \"1\"\n",
            "a.workspace = true\nb.workspace = true\n",
        ),
        (
            "b = \"1\"\n",
            "b = { workspace = true }\n",
            "a@1.0.0",
            &[],
            "a = \"1.0.0\"\nb = \"1\"\n",
            "a = { workspace = true }\nb = { workspace = true }\n",
        ),
        (
            "b = \"1\"\n",
            "b.workspace = true\n",
            "a@=1.0.0",
            &["x"],
            "a = \"=1.0.0\"\nb = \"1\"\n",
            "a = { workspace = true, features = [\"x\"] }\nb.workspace = true\n",
        ),
        // Not the habit: a version of its own.
        (
            "b = \"1\"\n",
            "b = \"1\"\nc = \"1\"\n",
            "d@1.0.0",
            &[],
            "b = \"1\"\n",
            "b = \"1\"\nc = \"1\"\nd = \"1.0.0\"\n",
        ),
        // What the workspace has is used whatever the habit, features it has are not repeated.
        (
            "a = { version = \"1\", features = [\"x\"] }\n",
            "b = \"1\"\n",
            "a@1.0.0",
            &["x", "y"],
            "a = { version = \"1\", features = [\"x\"] }\n",
            "a = { workspace = true, features = [\"y\"] }\nb = \"1\"\n",
        ),
        (
            "z = { package = \"a\", version = \"1\" }\n",
            "b = \"1\"\n",
            "a@1.0.0",
            &[],
            "z = { package = \"a\", version = \"1\" }\n",
            "b = \"1\"\nz.workspace = true\n",
        ),
        // An inherited entry is changed where its version stands.
        (
            "a = \"0.9\"\n",
            "a.workspace = true\n",
            "a@1.0.0",
            &["x"],
            "a = \"1.0.0\"\n",
            "a = { workspace = true, features = [\"x\"] }\n",
        ),
        (
            "a = \"1\"\n",
            "a = { workspace = true, optional = false }\n",
            "a",
            &["x"],
            "a = \"1\"\n",
            "a = { workspace = true, optional = false, features = [\"x\"] }\n",
        ),
        // Nobody inherits the one that does not do: it may change.
        (
            "a = \"0.9\"\n",
            "b = \"1\"\n",
            "a@1.0.0",
            &[],
            "a = \"1.0.0\"\n",
            "a.workspace = true\nb = \"1\"\n",
        ),
    ];
    for (root, m, spec, features, new_root, new_m) in cases {
        let package = "[package]\nname = \"m\"\n\n[dependencies]\n";
        let files = [("Cargo.toml", format!("{ROOT}{root}")), ("m/Cargo.toml", format!("{package}{m}"))];
        let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
        let new = edited(&files, vec![requirement(spec, features, &["m"])]).expect("an edit");
        assert_eq!(new, [format!("{ROOT}{new_root}"), format!("{package}{new_m}")], "{root} {m}");
    }
}

#[test]
fn an_entry_that_others_inherit_is_not_changed_for_one_member() {
    let root = format!("{ROOT}a = \"0.9\"\n");
    let m = "[package]\nname = \"m\"\n\n[dependencies]\nb.workspace = true\n";
    let n = "[package]\nname = \"n\"\n\n[target.'cfg(unix)'.dev-dependencies]\na.workspace = true\n";
    let files = [("Cargo.toml", root.as_str()), ("m/Cargo.toml", m), ("n/Cargo.toml", n)];
    let new = edited(&files, vec![requirement("a@1.0.0", &[], &["m"])]).expect("an edit");
    let m = m.replace("b.", "a = \"1.0.0\"\nb.");
    assert_eq!(new, [root, m, n.to_owned()]);
}

#[test]
fn a_member_without_dependencies_does_as_the_others_do() {
    let root = format!("{ROOT}b = \"1\"\n");
    let m = "[package]\nname = \"m\"\n";
    let n = "[package]\nname = \"n\"\n\n[dependencies]\nb = { workspace = true }\n";
    let files = [("Cargo.toml", root.as_str()), ("m/Cargo.toml", m), ("n/Cargo.toml", n)];
    let new = edited(&files, vec![requirement("a@1.0.0", &[], &["m"])]).expect("an edit");
    assert_eq!(new[0], format!("{ROOT}a = \"1.0.0\"\nb = \"1\"\n"));
    assert_eq!(new[1], format!("{m}\n[dependencies]\na.workspace = true\n"));
}

#[test]
fn what_cannot_be_placed_is_refused_all_at_once() {
    let text = "[package]\nname = \"app\"\n\n[dependencies]\na = { package = \"other\", version = \"1\" }\n\
                o = { version = \"1\", optional = true }\n";
    let wanted = vec![
        requirement("a@1.0.0", &[], &["app"]),
        requirement("o@1.0.0", &[], &["app"]),
        requirement("missing", &["x"], &["app"]),
        requirement("b@1.0.0", &[], &["nobody"]),
        requirement("b@one", &[], &["app"]),
    ];
    let problems = edited(&[("Cargo.toml", text)], wanted).expect_err("problems");
    assert!(matches!(
        &problems[..],
        [
            PlanError::KeyTaken { .. },
            PlanError::Optional { .. },
            PlanError::NoSuchDependency { .. },
            PlanError::NoSuchMember { .. },
            PlanError::Version { .. }
        ]
    ));
    for (text, fits) in [
        ("dependencies = 3", (|e| matches!(e, PlanError::Table { .. })) as fn(&PlanError) -> bool),
        ("[dependencies", |e| matches!(e, PlanError::Syntax { .. })),
    ] {
        let text = format!("{text}\n[package]\n");
        let problems = edited(&[("Cargo.toml", &text)], vec![requirement("a@1.0.0", &[], &["app"])]);
        assert!(matches!(&problems.expect_err("a problem")[..], [e] if fits(e)), "{text}");
    }
}
