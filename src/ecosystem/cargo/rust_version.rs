//! Versions of Rust as people write them: `1.70`, `1.70.0`.

use semver::Version;

/// Completes a numeric version to three parts; a pre-release counts as its release.
///
/// `None` for anything else, such as the name of a channel.
#[must_use]
pub fn complete(text: &str) -> Option<Version> {
    let numeric = text.trim().split(['-', '+', ' ']).next()?;
    let mut parts = numeric.split('.');
    let mut next = || parts.next().map_or(Some(0), parse_number);
    let version = Version::new(next()?, next()?, next()?);
    (parts.next().is_none() && version.major > 0).then_some(version)
}

/// A number without a sign.
fn parse_number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_versions_are_completed_and_names_are_not_versions() {
        for (text, version) in [
            ("1.70", Some("1.70.0")),
            ("1.70.2", Some("1.70.2")),
            ("1", Some("1.0.0")),
            ("1.96.0-nightly (f2d3ce0bd 2026-03-21)", Some("1.96.0")),
            ("1.75-x86_64-unknown-linux-gnu", Some("1.75.0")),
            ("stable", None),
            ("nightly-2026-01-01", None),
            ("", None),
            ("1.", None),
            ("1.+2", None),
            ("1.2.3.4", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(complete(text).map(|v| v.to_string()).as_deref(), version, "{text}");
        }
    }
}
