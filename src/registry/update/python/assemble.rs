//! From releases and wheels to the lines of the release data: no effects.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use super::{
    API, CARRIER, CONVENTIONS, DISTRO, Error,
    draft::{Draft, Mention},
    line::Line,
    rules::Rules,
    simple::Page,
    wheel::Facts,
};
use crate::registry::python::{
    Need, Unlisted,
    line::{InstrumentationLine, ReleaseLine},
};

/// What the index says: lists of wheels by project, and wheels by project and version.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The lists.
    pub(super) pages: BTreeMap<String, Page>,
    /// What the wheels say.
    pub(super) wheels: BTreeMap<(String, Version), Facts>,
}

/// A release whose line is made, but for the numbers.
struct Made<'a> {
    /// The release.
    draft: &'a Draft,
    /// The version of the API that it was published with.
    core: String,
    /// Whether it was yanked.
    yanked: bool,
    /// What exporters need and was not published with it.
    lacks: Vec<String>,
    /// What it and that API need of others.
    needs: Vec<String>,
    /// What it always lists.
    defaults: Vec<InstrumentationLine>,
    /// What it lists with a library.
    libraries: Vec<InstrumentationLine>,
    /// What it does not list.
    others: Vec<InstrumentationLine>,
    /// What the index does not have.
    missing: Vec<InstrumentationLine>,
}

impl Known {
    /// The list of a project.
    pub(super) fn page(&self, project: &str) -> Option<&Page> {
        self.pages.get(project)
    }

    /// Whether the index has a version of a project.
    pub(super) fn has(&self, project: &str, version: &Version) -> bool {
        self.page(project).is_some_and(|page| page.wheel(version).is_some())
    }

    /// The version of a project that a line stands for.
    pub(super) fn chosen(&self, line: &Line) -> Option<&Version> {
        self.page(line.name.as_str())?.newest(&line.specifiers)
    }

    /// The newest version of a project.
    pub(super) fn newest(&self, project: &str) -> Option<&Version> {
        self.page(project)?.newest(&pep440_rs::VersionSpecifiers::empty())
    }

    /// What a wheel says.
    fn wheel(&self, project: &str, version: &Version) -> Option<&Facts> {
        self.wheels.get(&(project.to_owned(), version.clone()))
    }
}

/// The lines of the releases, newest first, and of the instrumentations, from the releases, oldest first.
pub(super) fn assemble(
    drafts: &[Draft],
    known: &Known,
    rules: &Rules,
) -> Result<(Vec<ReleaseLine>, Vec<InstrumentationLine>), Error> {
    let mut made = Vec::<Made<'_>>::new();
    for draft in drafts {
        let release = make(draft, &made, known, rules)?;
        made.push(release);
    }
    let mut entries = Vec::<InstrumentationLine>::new();
    let mut lines = Vec::new();
    for release in made {
        let mut number = |entry: InstrumentationLine| {
            entries.iter().position(|known| *known == entry).unwrap_or_else(|| {
                entries.push(entry);
                entries.len() - 1
            })
        };
        let Made { draft, core, yanked, lacks, needs, defaults, libraries, others, missing } = release;
        let version = draft.version.to_string();
        lines.push(ReleaseLine {
            python: draft.python.clone(),
            api: draft.api.clone(),
            core,
            yanked,
            pin: (draft.pin != version).then(|| draft.pin.clone()),
            version,
            lacks,
            needs,
            defaults: defaults.into_iter().map(&mut number).collect(),
            libraries: libraries.into_iter().map(&mut number).collect(),
            others: others.into_iter().map(&mut number).collect(),
            missing: missing.into_iter().map(&mut number).collect::<BTreeSet<_>>().into_iter().collect(),
        });
    }
    lines.reverse();
    Ok((lines, entries))
}

/// Makes the line of a release, but for the numbers.
fn make<'a>(draft: &'a Draft, older: &[Made<'_>], known: &Known, rules: &Rules) -> Result<Made<'a>, Error> {
    let failed =
        |problem: &str| Error::Release { version: draft.version.to_string(), problem: problem.to_owned() };
    let core = draft.core.clone().or_else(|| core(draft, known, rules));
    let core = core.ok_or_else(|| failed("it goes with no version of the API"))?;
    let core_version = core.parse::<Version>().map_err(|_| failed("it goes with no version of the API"))?;
    let lacks = rules
        .supports
        .iter()
        .filter(|(name, at_core)| !known.has(name, if *at_core { &core_version } else { &draft.version }));
    let mut missing = Vec::new();
    let mut all = |mentions: &[Mention]| {
        let entries = mentions.iter().map(|mention| {
            entry(mention, draft, known, rules).unwrap_or_else(|| {
                let entry = as_before(mention, older);
                missing.push(entry.clone());
                entry
            })
        });
        entries.collect::<Vec<_>>()
    };
    Ok(Made {
        draft,
        core,
        yanked: known
            .page(CARRIER)
            .and_then(|page| page.wheel(&draft.version))
            .is_some_and(|wheel| wheel.yanked),
        lacks: lacks.map(|(name, _)| name.clone()).collect(),
        needs: draft.needs.clone().unwrap_or_else(|| needs(draft, &core_version, known)),
        defaults: all(&draft.defaults),
        libraries: all(&draft.libraries),
        others: others(draft, known, rules),
        missing,
    })
}

/// What a release and its API need of others, as their wheels say; each once.
fn needs(draft: &Draft, core: &Version, known: &Known) -> Vec<String> {
    let wheels = [known.wheel(CARRIER, &draft.version), known.wheel(API, core)];
    let needs = wheels.into_iter().flatten().flat_map(Facts::foreign);
    needs.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The version of the API and the SDK that a release was published with.
pub(super) fn core(draft: &Draft, known: &Known, rules: &Rules) -> Option<String> {
    let wheel = |name: &str| known.wheel(name, &draft.version);
    let by_distro = wheel(DISTRO).and_then(|facts| rules.core_of(facts));
    let by_itself = || wheel(CARRIER)?.exactly(API);
    by_distro.or_else(by_itself).or_else(|| wheel(CONVENTIONS)?.exactly(API))
}

/// What the data says about an instrumentation of a release; `None` if the index does not have it.
fn entry(mention: &Mention, draft: &Draft, known: &Known, rules: &Rules) -> Option<InstrumentationLine> {
    if let Some(entry) = &mention.known {
        return Some(entry.clone());
    }
    let facts = known.wheel(mention.line.name.as_str(), known.chosen(&mention.line)?)?;
    let mut says = mention.says.clone();
    let (all, any) = (facts.extra("instruments"), facts.extra("instruments-any"));
    if let Some(code) = rules.code(&says.name, &draft.version) {
        says.all = code.all.iter().map(ToString::to_string).collect();
        says.any = code.any.iter().map(ToString::to_string).collect();
    } else if !any.is_empty() || !same(&all, &says.rows) {
        (says.all, says.any) = (all, any);
    }
    says.entry.clone_from(&facts.entry_points);
    says.python = (facts.python != draft.python).then(|| facts.python.clone());
    Some(says)
}

/// What the data says about an instrumentation that the index does not have: what it said of the last release that
/// lists it in the same words, else what the table says.
fn as_before(mention: &Mention, older: &[Made<'_>]) -> InstrumentationLine {
    let says = &mention.says;
    let last = |fits: &dyn Fn(&InstrumentationLine) -> bool| {
        let releases = older.iter().rev();
        let mut entries = releases.flat_map(|release| release.defaults.iter().chain(&release.libraries));
        entries.find(|entry| fits(entry)).cloned()
    };
    let same = |entry: &InstrumentationLine| {
        (&entry.name, &entry.line, &entry.rows) == (&says.name, &says.line, &says.rows)
    };
    last(&same).unwrap_or_else(|| {
        let before = last(&|entry| entry.name == says.name);
        InstrumentationLine { entry: before.map(|entry| entry.entry).unwrap_or_default(), ..says.clone() }
    })
}

/// The instrumentations that go with a release and that it does not list.
fn others(draft: &Draft, known: &Known, rules: &Rules) -> Vec<InstrumentationLine> {
    let other = |(name, unlisted): &(String, Unlisted)| match unlisted {
        Unlisted::Release => {
            if draft.mentions().any(|mention| mention.says.name == *name) {
                return None;
            }
            let before = draft.others.iter().find(|entry| entry.name == *name).cloned();
            before.or_else(|| {
                let mention = Mention::new(&format!("{name}=={}", draft.version), Vec::new(), &draft.pin)?;
                entry(&mention, draft, known, rules).filter(|entry| !entry.entry.is_empty())
            })
        }
        Unlisted::Own => {
            let facts = known.wheel(name, known.newest(name)?)?;
            let admits = facts.specifiers(CARRIER)?.contains(&draft.version);
            admits.then(|| InstrumentationLine {
                name: name.clone(),
                line: Some(name.clone()),
                rows: Vec::new(),
                all: facts.extra("instruments"),
                any: facts.extra("instruments-any"),
                entry: facts.entry_points.clone(),
                python: (facts.python != draft.python).then(|| facts.python.clone()),
            })
        }
    };
    rules.unlisted.iter().filter_map(other).collect()
}

/// Whether two lists of requirements ask for the same.
fn same(left: &[String], right: &[String]) -> bool {
    let key = |text: &String| {
        let need = text.parse::<Need>().ok()?;
        Some((need.name, super::line::canonical(&need.specifiers)))
    };
    let keys = |texts: &[String]| texts.iter().map(key).collect::<Option<Vec<_>>>();
    match (keys(left), keys(right)) {
        (Some(left), Some(right)) => left.len() == right.len() && left.iter().all(|one| right.contains(one)),
        _ => false,
    }
}
