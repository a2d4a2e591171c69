//! Ranges of versions as poetry writes them: those of PEP 440, and `^1.2`, `~1.2`, `1.2`, `*`, `||`.
//!
//! Source of the rules: poetry's documentation, "Dependency specification".

use pep440_rs::{Version, VersionSpecifiers};

/// The versions that would do.
#[derive(Clone, Debug, Default)]
pub(super) struct Range {
    /// Of these one must contain the version; none contains every version.
    any: Vec<VersionSpecifiers>,
}

impl Range {
    /// Reads a range; what cannot be read contains every version, for it only has to tell apart versions that are
    /// locked.
    pub(super) fn parse(text: &str) -> Self {
        let any: Option<Vec<_>> = text.split('|').filter(|part| !part.trim().is_empty()).map(one).collect();
        Self { any: any.unwrap_or_default() }
    }

    /// The range as a condition on the interpreter.
    pub(super) fn condition(&self) -> Option<String> {
        let clause = |range: &pep440_rs::VersionSpecifier| {
            format!("python_full_version {} '{}'", range.operator(), star(range))
        };
        let all = |ranges: &VersionSpecifiers| ranges.iter().map(clause).collect::<Vec<_>>().join(" and ");
        // An alternative without clauses always holds.
        if self.any.iter().any(|ranges| ranges.iter().next().is_none()) {
            return None;
        }
        let any: Vec<String> = self.any.iter().map(|ranges| format!("({})", all(ranges))).collect();
        (!any.is_empty()).then(|| format!("({})", any.join(" or ")))
    }

    /// Whether it contains that version.
    pub(super) fn contains(&self, version: &Version) -> bool {
        self.any.is_empty() || self.any.iter().any(|range| range.contains(version))
    }
}

impl From<Option<VersionSpecifiers>> for Range {
    fn from(range: Option<VersionSpecifiers>) -> Self {
        Self { any: range.into_iter().collect() }
    }
}

/// The version of a clause, with its star.
fn star(range: &pep440_rs::VersionSpecifier) -> String {
    let text = range.to_string();
    text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
}

/// Reads one alternative: clauses with commas or blanks between them.
fn one(text: &str) -> Option<VersionSpecifiers> {
    let mut clauses = Vec::new();
    // An operator may stand apart from its version.
    let text = text.replace(',', " ");
    let mut pending = String::new();
    for word in text.split_whitespace() {
        pending.push_str(word);
        if word.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '*') {
            clauses.extend(clause(&std::mem::take(&mut pending))?);
        }
    }
    pending.is_empty().then(|| clauses.join(","))?.parse().ok()
}

/// Turns one clause into those of PEP 440.
fn clause(text: &str) -> Option<Vec<String>> {
    let bounded = |base: &str, keep: usize| {
        let version: Version = base.parse().ok()?;
        let mut upper: Vec<u64> = version.release().iter().copied().take(keep + 1).collect();
        *upper.last_mut()? += 1;
        // Nothing of the next version counts, its pre-releases neither.
        Some(vec![format!(">={version}"), format!("<{}.dev0", Version::new(upper))])
    };
    if let Some(base) = text.strip_prefix('^') {
        let version: Version = base.parse().ok()?;
        let release = version.release();
        let first = release.iter().position(|part| *part != 0);
        return bounded(base, first.unwrap_or(release.len().saturating_sub(1)));
    }
    if let Some(base) = text.strip_prefix('~').filter(|base| !base.starts_with('=')) {
        return bounded(base, 1);
    }
    Some(match text {
        "*" => Vec::new(),
        _ if text.starts_with(|c: char| c.is_ascii_digit()) => vec![format!("=={text}")],
        _ if text.starts_with('=') && !text.starts_with("==") => vec![format!("={text}")],
        _ => vec![text.to_owned()],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_contain_what_poetry_says() {
        for (range, inside, outside) in [
            ("*", &["0.1", "9"][..], &[][..]),
            ("", &["0.1"], &[]),
            ("^1.2.3", &["1.2.3", "1.9"], &["1.2.2", "2.0", "2.0rc1"]),
            ("^0.2.3", &["0.2.3", "0.2.9"], &["0.3.0", "1.0"]),
            ("^0.0.3", &["0.0.3"], &["0.0.4"]),
            ("^0.0", &["0.0.9"], &["0.1"]),
            ("^1", &["1.9"], &["2"]),
            ("~1.2.3", &["1.2.9"], &["1.3"]),
            ("~1", &["1.9"], &["2"]),
            ("~=1.2", &["1.9"], &["2.0", "1.1"]),
            ("1.2.*", &["1.2.7"], &["1.3"]),
            ("1.2", &["1.2.0"], &["1.2.1"]),
            ("=1.2", &["1.2"], &["1.3"]),
            (">=1.0,<2.0 || >=3", &["1.5", "3.1"], &["2.5"]),
            (">= 1.0, != 1.5", &["1.4"], &["1.5"]),
            (">=1.21.1,<1.25.0 || >1.25.0,<1.25.1 || >1.25.1,<1.26", &["1.25.9"], &["1.25.0", "1.25.1"]),
            ("what?", &["1"], &[]),
        ] {
            let parsed = Range::parse(range);
            let contains = |text: &&str| parsed.contains(&text.parse().expect("a version"));
            assert!(inside.iter().all(contains), "{range}");
            assert!(!outside.iter().any(contains), "{range}");
        }
    }
}
