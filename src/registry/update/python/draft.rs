//! A release while its line is made.

use std::collections::BTreeSet;

use pep440_rs::Version;

use super::{Error, line::Line, table::Table, wheel::Facts};
use crate::registry::python::line::{InstrumentationLine, ReleaseLine};

/// A release: what is known of it, and what has yet to be asked for.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// Its version.
    pub(super) version: Version,
    /// The Pythons it runs on.
    pub(super) python: String,
    /// The versions of the API that it admits.
    pub(super) api: String,
    /// The version of the API that it was published with, if that is known.
    pub(super) core: Option<String>,
    /// What it and that API need of others, if that is known.
    pub(super) needs: Option<Vec<String>>,
    /// The version that its lines ask for.
    pub(super) pin: String,
    /// What it always lists.
    pub(super) defaults: Vec<Mention>,
    /// What it lists with a library.
    pub(super) libraries: Vec<Mention>,
    /// What is known of those that it does not list.
    pub(super) others: Vec<InstrumentationLine>,
}

/// An instrumentation in the table of a release.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    /// The line.
    pub(super) line: Line,
    /// What the data says without any wheel.
    pub(super) says: InstrumentationLine,
    /// What the data says, if it is known for good.
    pub(super) known: Option<InstrumentationLine>,
}

impl Mention {
    /// An instrumentation by its line and its rows.
    pub(super) fn new(text: &str, rows: Vec<String>, pin: &str) -> Option<Self> {
        let line = Line::parse(text)?;
        let says = InstrumentationLine {
            name: line.spelled.clone(),
            line: (text != format!("{}=={pin}", line.spelled)).then(|| text.to_owned()),
            rows,
            all: Vec::new(),
            any: Vec::new(),
            entry: Vec::new(),
            python: None,
        };
        Some(Self { line, says, known: None })
    }

    /// An instrumentation that is known. What a line without a version stands for is asked again, as is what is
    /// missing.
    fn of_known(entry: InstrumentationLine, pin: &str, is_missing: bool) -> Option<Self> {
        let text = entry.line.clone().unwrap_or_else(|| format!("{}=={pin}", entry.name));
        let mut mention = Self::new(&text, entry.rows.clone(), pin)?;
        mention.known = (!is_missing && mention.line.exact.is_some()).then_some(entry);
        Some(mention)
    }
}

impl Draft {
    /// A release that is known; `None` if its line cannot be read.
    pub(super) fn of_known(
        line: ReleaseLine,
        entry: impl Fn(usize) -> Option<InstrumentationLine>,
    ) -> Option<Self> {
        let pin = line.pin.unwrap_or_else(|| line.version.clone());
        let missing = line.missing.into_iter().collect::<BTreeSet<_>>();
        let mentions = |numbers: &[usize]| {
            let mention = |number: &usize| Mention::of_known(entry(*number)?, &pin, missing.contains(number));
            numbers.iter().map(mention).collect::<Option<Vec<_>>>()
        };
        Some(Self {
            version: line.version.parse().ok()?,
            python: line.python,
            api: line.api,
            core: Some(line.core),
            needs: Some(line.needs).filter(|needs| !needs.is_empty()),
            defaults: mentions(&line.defaults)?,
            libraries: mentions(&line.libraries)?,
            others: line.others.iter().map(|number| entry(*number)).collect::<Option<_>>()?,
            pin,
        })
    }

    /// A release by its own wheel.
    pub(super) fn of_table(version: &Version, facts: &Facts, table: Table, api: &str) -> Result<Self, Error> {
        let failed = |problem: String| Error::Release { version: version.to_string(), problem };
        let mut groups = Vec::<(String, Vec<String>)>::new();
        for (library, line) in table.rows {
            if library.parse::<crate::registry::python::Need>().is_err() {
                return Err(failed(format!("`{}` is no requirement on a library", library.escape_debug())));
            }
            match groups.last_mut().filter(|(last, _)| *last == line) {
                Some((_, rows)) => rows.push(library),
                None => groups.push((line, vec![library])),
            }
        }
        let pin = pin_of(&groups).unwrap_or_else(|| version.to_string());
        let mention = |text: &str, rows: Vec<String>| {
            let bad = || failed(format!("`{}` is no line that could be installed", text.escape_debug()));
            Mention::new(text, rows, &pin).ok_or_else(bad)
        };
        let defaults = table.defaults.iter().map(|text| mention(text, Vec::new()));
        let libraries = groups.into_iter().map(|(text, rows)| mention(&text, rows));
        let api = facts.specifiers(api).ok_or_else(|| failed(format!("it does not require `{api}`")))?;
        Ok(Self {
            version: version.clone(),
            python: facts.python.clone(),
            api: super::line::canonical(api),
            core: None,
            needs: None,
            defaults: defaults.collect::<Result<_, _>>()?,
            libraries: libraries.collect::<Result<_, _>>()?,
            others: Vec::new(),
            pin,
        })
    }

    /// All that it lists.
    pub(super) fn mentions(&self) -> impl Iterator<Item = &Mention> {
        self.defaults.iter().chain(&self.libraries)
    }
}

/// The version that most lines with a library ask for; of several the first as text.
fn pin_of(groups: &[(String, Vec<String>)]) -> Option<String> {
    let pins = groups.iter().filter_map(|(text, _)| Line::parse(text)?.exact).collect::<Vec<_>>();
    let count = |pin: &&String| pins.iter().filter(|other| other == pin).count();
    let mut distinct = pins.iter().collect::<BTreeSet<_>>().into_iter().rev();
    let first = distinct.next()?;
    let most = distinct.fold(first, |most, pin| if count(&pin) >= count(&most) { pin } else { most });
    Some(most.clone())
}
