//! Why cargo would not take a version, in its own words.

use semver::{Op, Version, VersionReq};

use super::moves::Force;

/// Reads from what cargo said which requirement on the package stands in the way; `None` if it said
/// something else.
pub(super) fn read(said: &str, package: &str) -> Option<Force> {
    let (head, by) = said.split_once("required by package `")?;
    let (name, version) = package_of(by)?;
    // The words for a version that does not fit, and those for one that does not get along with others.
    let (required, requirement) = if let Some((_, text)) = head.split_once("for the requirement `") {
        text.split_once('`')?.0.split_once(" = ")?
    } else {
        let required = head.split_once("failed to select a version for `")?.1.split_once('`')?.0;
        (required, said.split_once("meet the requirements `")?.1.split_once('`')?.0)
    };
    let requirement = (required == package).then(|| requirement.trim_matches('"').to_owned())?;
    Some(Force { by: format!("{name} {version}"), requirement, of: None })
}

/// Reads which requirement on another package keeps that version of a package away, where both need a third of
/// which there can be only one; `None` if cargo said something else. Of the packages that lead to the other one
/// the first that `is_locked` is named: cargo may have tried others before it gave up.
pub(super) fn read_clash(
    said: &str,
    package: &str,
    version: &Version,
    is_locked: impl Fn(&str, &str) -> bool,
) -> Option<Force> {
    let (head, selected) = said.split_once("previously selected package `")?;
    let (head, requirement) = head.split_once("versions that meet the requirements `")?;
    let (what, by) = head.split_once("required by package `")?;
    let party = format!("{package} v{version}");
    let is_asked = |by: &str| by.strip_prefix(&party).is_some_and(|rest| rest.starts_with([' ', '`']));
    let links: Vec<Link<'_>> = if is_asked(by) {
        links(selected).collect()
    } else if selected.split("of package `").any(is_asked) {
        let of = what.split_once("failed to select a version for `")?.1.split_once('`')?.0;
        let (by, version) = package_of(by)?;
        let first = Link { of, requirement: requirement.split_once('`')?.0, by, version };
        std::iter::once(first).chain(links(head)).collect()
    } else {
        return None;
    };
    let link = links.into_iter().find(|link| is_locked(link.by, link.version))?;
    Some(Force {
        by: format!("{} {}", link.by, link.version),
        requirement: link.requirement.trim_matches('"').to_owned(),
        of: Some(link.of.to_owned()),
    })
}

/// A dependency that cargo tells of on the way from one package to another.
struct Link<'s> {
    /// What is required.
    of: &'s str,
    /// What of it.
    requirement: &'s str,
    /// Who requires it.
    by: &'s str,
    /// The version of that.
    version: &'s str,
}

/// The dependencies in a text of the form ``dependency `NAME = "REQUIREMENT"` … of package `NAME vVERSION` ``.
fn links(text: &str) -> impl Iterator<Item = Link<'_>> {
    text.split("dependency `").skip(1).filter_map(|text| {
        let (dependency, rest) = text.split_once('`')?;
        let (of, requirement) = dependency.split_once(" = ")?;
        let (by, version) = package_of(rest.split_once("of package `")?.1)?;
        Some(Link { of, requirement, by, version })
    })
}

/// The name and the version at the start of ``NAME vVERSION` ``.
fn package_of(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(" v")?;
    Some((name, rest.split([' ', '`']).next()?))
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
        let force = Force { by: "tokio-util 0.7.18".into(), requirement: "^1.44.0".into(), of: None };
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
        let force = Force { by: "app 0.1.0".into(), requirement: "^1.44".into(), of: None };
        assert_eq!(read(clash, "tokio"), Some(force));
    }

    #[test]
    fn a_clash_over_a_third_package_names_who_brought_the_other_one() {
        let core = "required by package `core v1.0.228`\n\
            \x20   ... which satisfies dependency `core = \"^1.0.221\"` of package `uuid v1.29.1`\n\
            \x20   ... which satisfies dependency `uuid = \"^1.3\"` (locked to 1.29.1) of package `app v0.1.0 (/app)`\n";
        let serde = "package `serde v1.0.219`\n\
            \x20   ... which satisfies dependency `serde = \"^1\"` of package `app v0.1.0 (/app)`\n";
        let clash = "error: failed to select a version for `derive`.\n    ... ";
        let selected = "all possible versions conflict with previously selected packages.\n\n\
            \x20 previously selected package `derive v1.0.219`\n\
            \x20   ... which satisfies dependency `derive = ";
        let one = format!(
            "{clash}{core}versions that meet the requirements `=1.0.228` are: 1.0.228\n\n\
             {selected}\"=1.0.219\"` of {serde}"
        );
        let other = format!(
            "{clash}required by {serde}versions that meet the requirements `=1.0.219` are: 1.0.219\n\n\
             {selected}\"=1.0.228\"` of {}",
            core.trim_start_matches("required by ")
        );
        let read = |said: &str, version: u64, locked: &[&str]| {
            let is_locked =
                |name: &str, version: &str| locked.contains(&format!("{name} {version}").as_str());
            let force = read_clash(said, "serde", &Version::new(1, 0, version), is_locked)?;
            Some(format!("{} requires {} {}", force.by, force.of?, force.requirement))
        };
        for said in [&one, &other] {
            let locked = read(said, 219, &["core 1.0.228", "uuid 1.29.1"]);
            assert_eq!(locked.as_deref(), Some("core 1.0.228 requires derive =1.0.228"), "{said}");
            // The one that cargo tried last need not be the one that is there in the end.
            let tried = read(said, 219, &["core 1.0.229", "uuid 1.29.1"]);
            assert_eq!(tried.as_deref(), Some("uuid 1.29.1 requires core ^1.0.221"), "{said}");
            assert_eq!(read(said, 21, &["uuid 1.29.1"]), None, "{said}");
        }
        assert_eq!(read("error: no space left on device", 219, &["uuid 1.29.1"]), None);
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
