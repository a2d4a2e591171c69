//! Why cargo would not take a version, in its own words.

use semver::{Op, Version, VersionReq};

use super::moves::Force;

/// Reads from what cargo said which requirement on the package stands in the way; `None` if it said
/// something else.
pub(super) fn read(said: &str, package: &str) -> Option<Force> {
    let (head, by) = said.split_once("required by package `")?;
    let (name, rest) = by.split_once(" v")?;
    let version = rest.split([' ', '`']).next()?;
    // The words for a version that does not fit, and those for one that does not get along with others.
    let (required, requirement) = if let Some((_, text)) = head.split_once("for the requirement `") {
        text.split_once('`')?.0.split_once(" = ")?
    } else {
        let required = head.split_once("failed to select a version for `")?.1.split_once('`')?.0;
        (required, said.split_once("meet the requirements `")?.1.split_once('`')?.0)
    };
    let requirement = (required == package).then(|| requirement.trim_matches('"').to_owned())?;
    Some(Force { by: format!("{name} {version}"), requirement })
}

/// The lowest version that a requirement can mean; `None` if it has no lower bound.
pub(super) fn lowest(requirement: &str) -> Option<Version> {
    let req = VersionReq::parse(requirement).ok()?;
    let bounds = req.comparators.into_iter().filter_map(|bound| {
        let version = Version {
            pre: bound.pre,
            ..Version::new(bound.major, bound.minor.unwrap_or(0), bound.patch.unwrap_or(0))
        };
        match bound.op {
            Op::Exact | Op::GreaterEq | Op::Tilde | Op::Caret | Op::Wildcard => Some(version),
            Op::Greater => Some(Version { patch: version.patch + 1, ..version }),
            _ => None,
        }
    });
    bounds.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requirement_is_read_from_what_cargo_says() {
        let plain = "    Updating crates.io index\n\
            error: failed to select a version for the requirement `tokio = \"^1.44.0\"`\n\
            candidate versions found which didn't match: 1.38.0\n\
            location searched: crates.io index\n\
            required by package `tokio-util v0.7.18`\n\
            \x20   ... which satisfies dependency `tokio-util = \"=0.7.18\"` of package `m v0.1.0 (/m)`\n";
        let force = Force { by: "tokio-util 0.7.18".into(), requirement: "^1.44.0".into() };
        assert_eq!(read(plain, "tokio"), Some(force));
        assert_eq!(read(plain, "mio"), None);
        assert_eq!(read("error: no space left on device", "tokio"), None);
    }

    #[test]
    fn a_clash_is_read_as_well() {
        let clash = "error: failed to select a version for `tokio`.\n\
            \x20   ... required by package `app v0.1.0 (/app)`\n\
            versions that meet the requirements `^1.44` are: 1.44.0\n\n\
            all possible versions conflict with previously selected packages.\n";
        let force = Force { by: "app 0.1.0".into(), requirement: "^1.44".into() };
        assert_eq!(read(clash, "tokio"), Some(force));
    }

    #[test]
    fn the_lowest_version_is_the_one_that_is_written() {
        let show = |text| lowest(text).map(|v| v.to_string());
        for (text, version) in [
            ("^1.44.0", "1.44.0"),
            ("~2.5", "2.5.0"),
            (">=1.2, <3", "1.2.0"),
            (">1.2.3", "1.2.4"),
            ("=0.3.1-alpha.2", "0.3.1-alpha.2"),
            ("1.*", "1.0.0"),
        ] {
            assert_eq!(show(text).as_deref(), Some(version), "{text}");
        }
        assert_eq!(show("<2"), None);
        assert_eq!(show("*"), None);
    }
}
