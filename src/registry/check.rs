//! From what a registry file says to rules: names, ranges and features are checked on the way.
//!
//! Every problem is noted before anything is given up, so that an author sees them all at once.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};

use super::{
    problem::Problem,
    raw::{RawAdvice, RawCrate, RawDefect, RawExporter, RawFeature, RawLibrary, RawProvision},
    releases::rust_version,
    rule::{Advice, Crate, Defect, Exporter, FeatureChoice, FeaturePattern, Library, Means, Provision},
};
use crate::package::PackageName;

/// An entry that was checked.
pub(super) struct Checked<T> {
    /// What it says, without the values that cannot be used; `None` if its name is one of them.
    pub(super) value: Option<T>,
    /// What is wrong with it; if anything is, the value is only good for finding more that is wrong.
    pub(super) problems: Vec<Problem>,
}

/// Checks one entry and notes what is wrong with it.
pub(super) struct Checker {
    /// The file, as the user named it.
    file: String,
    /// The entry (`library.axum`).
    entry: String,
    /// What was found to be wrong.
    problems: Vec<Problem>,
}

impl Checker {
    /// A checker for one entry.
    pub(super) fn new(file: &str, table: &str, name: &str) -> Self {
        Self { file: file.to_owned(), entry: format!("{table}.{name}"), problems: Vec::new() }
    }

    /// What the check came to.
    pub(super) fn verdict<T>(self, value: Option<T>) -> Checked<T> {
        Checked { value, problems: self.problems }
    }

    /// A library entry.
    pub(super) fn library(mut self, name: &str, raw: RawLibrary) -> Checked<Library> {
        let name = self.name("", name);
        let what = self.text("what", raw.what);
        let covered_by = self.names("covered-by", &raw.covered_by);
        let note = raw.note.map(|note| self.text("note", note));
        if raw.by.is_empty() {
            self.note("by", "at least one way is needed; `none = \"…\"` says that nothing exists");
        }
        let by = raw.by.into_iter().enumerate();
        let by = by.map(|(index, raw)| self.provision(&format!("by[{index}]"), raw)).collect();
        let library = name.map(|name| Library { name, what, counts: raw.counts, covered_by, note, by });
        self.verdict(library)
    }

    /// A crate entry.
    pub(super) fn krate(mut self, name: &str, raw: RawCrate) -> Checked<Crate> {
        let name = self.name("", name);
        let what = self.text("what", raw.what);
        let features = self.features("features", &raw.features);
        let mirror = self.mirror("mirror", raw.mirror);
        let needs = self.names("needs", &raw.needs);
        let wiring = self.advice("wiring", raw.wiring);
        let docs = self.docs("docs", raw.docs);
        let defects = raw.defect.into_iter().enumerate();
        let defects =
            defects.filter_map(|(index, raw)| self.defect(&format!("defect[{index}]"), raw)).collect();
        let note = raw.note.map(|note| self.text("note", note));
        let placement = raw.placement;
        let krate = name.map(|name| Crate {
            name,
            what,
            placement,
            features,
            mirror,
            needs,
            wiring,
            docs,
            defects,
            note,
        });
        self.verdict(krate)
    }

    /// An exporter entry.
    pub(super) fn exporter(mut self, name: &str, raw: RawExporter) -> Checked<Exporter> {
        let name = self.name("", name);
        let what = self.text("what", raw.what);
        if raw.crates.is_empty() {
            self.note("crate", "at least one crate is needed");
        }
        let mut crates = Vec::new();
        for (index, raw) in raw.crates.iter().enumerate() {
            let name = self.name(&format!("crate[{index}].name"), &raw.name);
            let features = self.features(&format!("crate[{index}].features"), &raw.features);
            crates.extend(name.map(|name| (name, features)));
        }
        let wiring = self.advice("wiring", raw.wiring);
        let docs = self.docs("docs", raw.docs);
        let exporter = name.map(|name| Exporter { name: name.to_string(), what, crates, wiring, docs });
        self.verdict(exporter)
    }

    /// One way to instrument a library.
    fn provision(&mut self, key: &str, raw: RawProvision) -> Provision {
        // What stands for an unusable way keeps the places of the others.
        let means = self.means(key, &raw).unwrap_or_else(|| Means::Nothing(String::new()));
        let versions = raw.versions.and_then(|text| self.range(&format!("{key}.versions"), &text));
        let features = self.features(&format!("{key}.features"), &raw.features);
        let mirror = self.mirror(&format!("{key}.mirror"), raw.mirror);
        let select = raw.select.and_then(|text| self.pattern(&format!("{key}.select"), &text));
        let needs = self.names(&format!("{key}.needs"), &raw.needs);
        let conflicts = self.names(&format!("{key}.conflicts"), &raw.conflicts);
        let switch = self.advice(&format!("{key}.switch"), raw.switch);
        let wiring = self.advice(&format!("{key}.wiring"), raw.wiring);
        let docs = self.docs(&format!("{key}.docs"), raw.docs);
        let note = raw.note.map(|note| self.text(&format!("{key}.note"), note));
        let directives = raw.directives.into_iter().enumerate();
        let directives =
            directives.map(|(index, text)| self.text(&format!("{key}.directives[{index}]"), text)).collect();
        Provision {
            means,
            versions,
            role: raw.role,
            through: raw.through,
            signals: raw.signals,
            features,
            mirror,
            select,
            placement: raw.placement,
            needs,
            conflicts,
            switch,
            directives,
            wiring,
            docs,
            note,
        }
    }

    /// Which of the four ways is meant.
    fn means(&mut self, key: &str, raw: &RawProvision) -> Option<Means> {
        let given = [&raw.krate, &raw.feature, &raw.native, &raw.none];
        if given.into_iter().flatten().count() != 1 {
            self.note(key, "exactly one of `crate`, `feature`, `native`, `none` is needed");
            return None;
        }
        if let Some(name) = &raw.krate {
            self.name(&format!("{key}.crate"), name).map(Means::Crate)
        } else if let Some(feature) = &raw.feature {
            self.feature(&format!("{key}.feature"), feature).map(Means::Feature)
        } else if let Some(how) = &raw.native {
            Some(Means::Native(self.text(&format!("{key}.native"), how.clone())))
        } else {
            raw.none.clone().map(|advice| Means::Nothing(self.text(&format!("{key}.none"), advice)))
        }
    }

    /// A correction to release data.
    fn defect(&mut self, key: &str, raw: RawDefect) -> Option<Defect> {
        let releases = self.range(&format!("{key}.releases"), &raw.releases);
        let rust = raw.rust_version.and_then(|text| self.rust(&format!("{key}.rust-version"), &text));
        let reason = self.text(&format!("{key}.reason"), raw.reason);
        Some(Defect { releases: releases?, rust_version: rust, avoid: raw.avoid, reason })
    }

    /// Lines for people.
    fn advice(&mut self, key: &str, raw: Vec<RawAdvice>) -> Vec<Advice> {
        let mut checked = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let releases =
                raw.releases.and_then(|text| self.range(&format!("{key}[{index}].releases"), &text));
            let text = self.text(&format!("{key}[{index}].text"), raw.text);
            checked.push(Advice { releases, text });
        }
        checked
    }

    /// Text that may go to a terminal: something, and no control characters but line breaks and tabs.
    pub(super) fn text(&mut self, key: &str, text: String) -> String {
        if text.trim().is_empty() {
            self.note(key, "is empty");
        }
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            self.note(key, &format!("`{}` holds control characters", text.escape_debug()));
        }
        text
    }

    /// An address for people.
    pub(super) fn docs(&mut self, key: &str, docs: Option<String>) -> Option<String> {
        let docs = docs.map(|docs| self.text(key, docs))?;
        if !docs.starts_with("https://") || docs.contains(char::is_whitespace) {
            self.note(key, &format!("`{}` is not an https address", docs.escape_debug()));
        }
        Some(docs)
    }

    /// A package name.
    fn name(&mut self, key: &str, text: &str) -> Option<PackageName> {
        text.parse().map_err(|error| self.note(key, &format!("{error}"))).ok()
    }

    /// Package names.
    fn names(&mut self, key: &str, texts: &[String]) -> Vec<PackageName> {
        let texts = texts.iter().enumerate();
        texts.filter_map(|(index, text)| self.name(&format!("{key}[{index}]"), text)).collect()
    }

    /// A version range.
    fn range(&mut self, key: &str, text: &str) -> Option<VersionReq> {
        let problem = |error| format!("`{}` is not a version range: {error}", text.escape_debug());
        VersionReq::parse(text).map_err(|error| self.note(key, &problem(error))).ok()
    }

    /// A Rust version.
    fn rust(&mut self, key: &str, text: &str) -> Option<Version> {
        let version = rust_version(text);
        if version.is_none() {
            self.note(key, &format!("`{}` is not a Rust version", text.escape_debug()));
        }
        version
    }

    /// A feature name.
    fn feature(&mut self, key: &str, text: &str) -> Option<String> {
        let is_feature = is_feature_name(text);
        if !is_feature {
            self.note(key, &format!("`{}` is not a feature name", text.escape_debug()));
        }
        is_feature.then(|| text.to_owned())
    }

    /// Features, each with its alternatives.
    fn features(&mut self, key: &str, raw: &[RawFeature]) -> Vec<FeatureChoice> {
        let mut choices = Vec::new();
        for (index, raw) in raw.iter().enumerate() {
            let key = format!("{key}[{index}]");
            let (text, releases) = match raw {
                RawFeature::Always(text) => (text, None),
                RawFeature::Within(within) => {
                    (&within.feature, self.range(&format!("{key}.releases"), &within.releases))
                }
            };
            let names = text.split('|').filter_map(|name| self.feature(&key, name)).collect();
            choices.push(FeatureChoice { names, releases });
        }
        choices
    }

    /// Features that follow those of the library.
    fn mirror(&mut self, key: &str, raw: BTreeMap<String, String>) -> BTreeMap<String, String> {
        for (theirs, ours) in &raw {
            self.feature(key, theirs);
            self.feature(&format!("{key}.{theirs}"), ours);
        }
        raw
    }

    /// A feature name with one `*`.
    fn pattern(&mut self, key: &str, text: &str) -> Option<FeaturePattern> {
        let parts = text.split_once('*').filter(|(prefix, suffix)| {
            !suffix.contains('*') && is_feature_name(&format!("{prefix}0{suffix}"))
        });
        if parts.is_none() {
            self.note(key, &format!("`{}` is not a feature name with one `*`", text.escape_debug()));
        }
        parts.map(|(prefix, suffix)| FeaturePattern { prefix: prefix.to_owned(), suffix: suffix.to_owned() })
    }

    /// Notes a problem.
    pub(super) fn note(&mut self, key: &str, message: &str) {
        let (file, entry) = (self.file.clone(), self.entry.clone());
        self.problems.push(Problem { file, entry, key: key.to_owned(), message: message.to_owned() });
    }
}

/// Whether a text is a feature name: letters, digits, `_`, `-`, `+`, `.`, the first one no `-`, `+` or `.`.
///
/// Source of the rule: the cargo reference, "The `[features]` section".
pub(super) fn is_feature_name(text: &str) -> bool {
    let starts_well = text.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '_');
    starts_well && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.'))
}
