//! The lines of the release data: a release each, then an instrumentation each.
//!
//! An instrumentation that many releases have in the same form is one line; releases refer to it by its
//! number. The instrumentations are in the order of first mention, oldest release first, so that a refresh
//! adds to their end.

use pep440_rs::VersionSpecifiers;
use serde::{Deserialize, Serialize};

use super::{
    release::{Head, Instrumentation, Place, Release},
    requirement::Need,
};
use crate::package::PackageName;

/// What a line of a release begins with.
pub(in crate::registry) const RELEASE: &str = "{\"version\":\"";

/// The line of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::registry) struct ReleaseLine {
    /// Its version; lines begin with it.
    pub(in crate::registry) version: String,
    /// The Pythons it runs on.
    pub(in crate::registry) python: String,
    /// The versions of `opentelemetry-api` that it admits.
    pub(in crate::registry) api: String,
    /// The version of the API and the SDK that it was published with.
    pub(in crate::registry) core: String,
    /// Whether it was yanked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::registry) yanked: bool,
    /// The version that its lines ask for, where that is not its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::registry) pin: Option<String>,
    /// Distributions that exporters need and that were not published with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::registry) lacks: Vec<String>,
    /// What it and that API need of distributions that are not OpenTelemetry's, whatever is instrumented.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::registry) needs: Vec<String>,
    /// Numbers of the instrumentations that it always lists.
    pub(in crate::registry) defaults: Vec<usize>,
    /// Numbers of the instrumentations that it lists with a library.
    pub(in crate::registry) libraries: Vec<usize>,
    /// Numbers of those that it does not list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::registry) others: Vec<usize>,
    /// Numbers of those that the index does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::registry) missing: Vec<usize>,
}

/// The part of a release's line that identifies it; the rest is skipped.
#[derive(Debug, Deserialize)]
pub(in crate::registry) struct HeadLine<'a> {
    /// Its version.
    version: &'a str,
    /// The Pythons it runs on.
    python: &'a str,
    /// The versions of `opentelemetry-api` that it admits.
    api: &'a str,
    /// The version of the API and the SDK that it was published with.
    core: &'a str,
    /// Whether it was yanked.
    #[serde(default)]
    yanked: bool,
}

/// The requirements on libraries that an instrumentation's line holds, found without parsing it: no requirement there
/// has a bracket or a quote.
pub(in crate::registry) fn requirements(line: &str) -> impl Iterator<Item = &str> {
    let list = |key: &str| {
        let list = &line[line.find(key)? + key.len()..];
        Some(&list[..list.find(']')?])
    };
    let lists = [r#","rows":["#, r#","all":["#, r#","any":["#].into_iter().filter_map(list);
    lists.flat_map(|list| list.split('"').skip(1).step_by(2))
}

/// The line of an instrumentation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::registry) struct InstrumentationLine {
    /// The distribution.
    pub(in crate::registry) name: String,
    /// The line, where it is not `NAME==` and the version of the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::registry) line: Option<String>,
    /// Its rows in the table; all of them are needed, if nothing else is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::registry) rows: Vec<String>,
    /// Libraries that must all be there, where that is not what the rows say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::registry) all: Vec<String>,
    /// Libraries of which one must be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::registry) any: Vec<String>,
    /// Its entry points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::registry) entry: Vec<String>,
    /// The Pythons it runs on, where that is not what the release says; empty for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::registry) python: Option<String>,
}

impl HeadLine<'_> {
    /// What it says; `None` if that is no release.
    pub(in crate::registry) fn head(&self) -> Option<Head> {
        Some(Head {
            version: self.version.parse().ok()?,
            requires_python: self.python.parse().ok()?,
            api: self.api.parse().ok()?,
            core: self.core.parse().ok()?,
            yanked: self.yanked,
        })
    }
}

impl ReleaseLine {
    /// The release, from its line and a way to get at those of its instrumentations.
    pub(in crate::registry) fn release(
        &self,
        line: impl Fn(usize) -> Option<InstrumentationLine>,
    ) -> Option<Release> {
        let Self { version, python, api, core, yanked, .. } = self;
        let head = HeadLine { version, python, api, core, yanked: *yanked }.head()?;
        let pin = self.pin.as_deref().unwrap_or(version);
        let places = [
            (&self.defaults, Place::Default),
            (&self.libraries, Place::Library),
            (&self.others, Place::OnRequest),
        ];
        let mut instrumentations = Vec::with_capacity(places.iter().map(|(numbers, _)| numbers.len()).sum());
        for (numbers, place) in places {
            for number in numbers {
                let is_missing = self.missing.contains(number);
                let one = line(*number)?.instrumentation(place, pin, &head.requires_python, !is_missing);
                instrumentations.push(one?);
            }
        }
        let lacks = self.lacks.iter().map(|name| PackageName::of_distribution(name).ok());
        let needs = needs(&self.needs)?;
        Some(Release { head, instrumentations, needs, lacks: lacks.collect::<Option<_>>()? })
    }
}

impl InstrumentationLine {
    /// The instrumentation; `None` if that is none.
    fn instrumentation(
        self,
        place: Place,
        pin: &str,
        python: &VersionSpecifiers,
        installable: bool,
    ) -> Option<Instrumentation> {
        let is_plain = self.all.is_empty() && self.any.is_empty();
        let all = needs(if is_plain { &self.rows } else { &self.all })?;
        Some(Instrumentation {
            line: self.line.unwrap_or_else(|| format!("{}=={pin}", self.name)),
            name: PackageName::of_distribution(&self.name).ok()?,
            place,
            all,
            any: needs(&self.any)?,
            rows: self.rows,
            entry_points: self.entry,
            requires_python: self.python.map_or_else(|| Ok(python.clone()), |python| python.parse()).ok()?,
            installable,
        })
    }
}

/// The requirements that these texts are.
fn needs(texts: &[String]) -> Option<Vec<Need>> {
    texts.iter().map(|text| text.parse().ok()).collect()
}
