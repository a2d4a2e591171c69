//! A requirement as cargo takes it: an argument of `cargo add`, an entry of a manifest.

use std::fmt::Write;

use crate::resolution::{Requirement, VersionPin};

/// The requirement as arguments of `cargo add`: `NAME@VERSION [--features NAME@VERSION/FEATURE,…]`.
///
/// `cargo add` refuses `--features NAME/FEATURE` for a crate that was given with a version, and
/// wants the crate repeated before every feature (cargo 1.95). Where only features of a library
/// that is there already are switched on, no version stands anywhere, and `cargo add` keeps the entry;
/// unless that accepts an older release without the features: `cargo add` asks the oldest it accepts.
#[must_use]
pub fn line(requirement: &Requirement) -> String {
    let name = &requirement.name;
    let spec = match (&requirement.version, &requirement.since) {
        (Some(pin), _) => format!("{name}@{}", version_requirement(pin)),
        (None, Some(since)) => format!("{name}@{}", without_build(since)),
        (None, None) => name.to_string(),
    };
    let features: Vec<String> = requirement.features.iter().map(|f| format!("{spec}/{f}")).collect();
    if features.is_empty() { spec } else { format!("{spec} --features {}", features.join(",")) }
}

/// The requirement as an entry of `[dependencies]`.
///
/// Where only features are switched on, the entry holds nothing else: it is to be merged into the
/// one that is there, and cargo refuses it if it is pasted as it is.
#[must_use]
pub fn entry(requirement: &Requirement) -> String {
    let name = &requirement.name;
    let version = requirement.version.as_ref().map(|pin| quoted(&version_requirement(pin)));
    let features: Vec<String> = requirement.features.iter().map(|f| quoted(f)).collect();
    match version {
        Some(version) if features.is_empty() => format!("{name} = {version}"),
        Some(version) => format!("{name} = {{ version = {version}, features = [{}] }}", features.join(", ")),
        None => format!("{name} = {{ features = [{}] }}", features.join(", ")),
    }
}

/// The version as a manifest requires it; build metadata is not part of a requirement.
fn version_requirement(pin: &VersionPin) -> String {
    format!("{}{}", if pin.exact { "=" } else { "" }, without_build(&pin.version))
}

/// A version without its build metadata.
fn without_build(version: &str) -> &str {
    version.split_once('+').map_or(version, |(version, _)| version)
}

/// A TOML basic string (TOML 1.0, "String").
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirement(name: &str, version: Option<(&str, bool)>, features: &[&str]) -> Requirement {
        Requirement {
            name: name.parse().expect("a name"),
            version: version.map(|(version, exact)| VersionPin { version: version.to_owned(), exact }),
            since: None,
            present: Vec::new(),
            features: features.iter().map(ToString::to_string).collect(),
            members: Vec::new(),
            because: Vec::new(),
            wiring: Vec::new(),
            switches: Vec::new(),
            directives: Vec::new(),
        }
    }

    #[test]
    fn features_of_what_is_there_name_the_version_where_an_older_one_lacks_them() {
        let mut older = requirement("reqwest-tracing", None, &["opentelemetry_0_29"]);
        older.since = Some("0.5.8+meta".to_owned());
        assert_eq!(line(&older), "reqwest-tracing@0.5.8 --features reqwest-tracing@0.5.8/opentelemetry_0_29");
    }

    #[test]
    fn lines_are_what_cargo_add_takes() {
        for (name, version, features, expected) in [
            ("a", Some(("1.2.3", false)), &[][..], "a@1.2.3"),
            ("a", Some(("0.19.1", true)), &[], "a@=0.19.1"),
            ("a", Some(("1.2.3", false)), &["x"], "a@1.2.3 --features a@1.2.3/x"),
            ("a", Some(("1.2.3", true)), &["x", "y"], "a@=1.2.3 --features a@=1.2.3/x,a@=1.2.3/y"),
            ("a", Some(("1.2.3+4", false)), &[], "a@1.2.3"),
            ("sqlx", None, &["tracing"], "sqlx --features sqlx/tracing"),
        ] {
            assert_eq!(line(&requirement(name, version, features)), expected);
        }
    }

    #[test]
    fn entries_are_toml() {
        for (name, version, features, expected) in [
            ("a", Some(("1.2.3", false)), &[][..], r#"a = "1.2.3""#),
            ("a", Some(("0.19.1", true)), &["x"], r#"a = { version = "=0.19.1", features = ["x"] }"#),
            ("sqlx", None, &["tracing"], r#"sqlx = { features = ["tracing"] }"#),
            ("odd", None, &["a\"b\\c\nd"], r#"odd = { features = ["a\"b\\c\u000Ad"] }"#),
        ] {
            let entry = entry(&requirement(name, version, features));
            assert_eq!(entry, expected);
            assert!(entry.parse::<toml::Table>().is_ok(), "{entry}");
        }
    }
}
