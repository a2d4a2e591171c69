//! A check: what is looked for, how grave it is, and the page that explains it.

use serde::Serialize;

/// How grave it is that a check finds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Data is lost, wrong or told twice in a part of the application, or under some conditions.
    Warning,
    /// Nothing arrives.
    Error,
}

impl Severity {
    /// The word for it, as options and documents spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What is looked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name, which stays the same: `--ignore` and the documents of others hold it.
    pub id: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// The versions that it is about, for people.
    pub holds: &'static str,
    /// Its page, in Markdown: the id as heading, what is wrong in one sentence, and the [`SECTIONS`].
    pub page: &'static str,
}

/// The headings of every page, in their order.
pub const SECTIONS: [&str; 4] = ["Why", "Fix", "Example", "Source"];

impl Check {
    /// What is wrong, in one sentence without a full stop.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.page.lines().nth(2).unwrap_or_default()
    }

    /// The text below one of the headings of its page.
    #[must_use]
    pub fn section(&self, heading: &str) -> &'static str {
        let below = self.page.split("\n## ").find_map(|part| part.strip_prefix(heading));
        below.unwrap_or_default().trim()
    }

    /// The first link among its sources.
    #[must_use]
    pub fn link(&self) -> Option<&'static str> {
        let sources = self.section("Source");
        let start = sources.find("https://")?;
        let end = sources[start..].find([')', '>', ' ', '\n']).map_or(sources.len(), |end| start + end);
        Some(&sources[start..end])
    }
}
