//! Requirements files: what `pip install -r` would be told to install.
//!
//! A file of requirements is a lockfile as far as it pins. What is not pinned is there as well, in a version that the
//! file does not tell; a constraint (`-c`) may tell it.

pub mod line;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    LARGEST, LockError, ParseError,
    marker::{Chosen, Markers},
    project,
    request::{Parsed, Request},
};
use crate::{
    document,
    ecosystem::python::inventory::{Distribution, DistributionVersion, Requires, Skipped},
    file,
    package::PackageName,
};
use line::{Content, Requirement};

/// How many files may be read for one.
const MOST_FILES: usize = 500;

/// How deep files may include each other.
const DEEPEST: usize = 32;

/// Reads a file of that text, and the files that it includes; tells as well what of each was left out.
pub(super) fn read(
    path: &Path,
    text: &str,
    request: &Request<'_>,
) -> Result<(Parsed, Vec<Skipped>), LockError> {
    let mut notes = Vec::new();
    let project = request.project(&["project"]);
    let admitted = project.and_then(|table| super::tree::text(table, "requires-python"));
    let (python, markers) = request.markers(admitted, &mut notes);
    let mut reader = Reader::new(markers);
    reader.read(path, text, false)?;
    let distributions = reader.wanted.into_iter().map(|requirement| {
        let constrained = || reader.pins.get(&requirement.name).filter(|_| !requirement.is_address);
        let version = match &requirement.version {
            DistributionVersion::Missing => constrained().unwrap_or(&requirement.version),
            version => version,
        };
        Distribution { version: version.clone(), name: requirement.name, requires: Requires::Unknown }
    });
    let mut parsed = Parsed::new(distributions.collect(), python, None, notes);
    for distribution in &parsed.distributions {
        if distribution.version == DistributionVersion::Missing {
            parsed.notes.push(format!("`{}` has no pinned version", distribution.name));
        }
    }
    // A `pyproject.toml` beside it tells what of all that the project asks for itself.
    let declared = project.and_then(|table| table.get("dependencies"));
    parsed.direct = declared.map(|declared| project::names(super::tree::elements(Some(declared))));
    Ok((parsed, reader.skipped))
}

/// Goes from file to file.
struct Reader {
    /// What evaluates the markers.
    markers: Markers,
    /// What is wanted.
    wanted: Vec<Requirement>,
    /// The versions that constraints tell.
    pins: BTreeMap<PackageName, DistributionVersion>,
    /// What is left out.
    skipped: Vec<Skipped>,
    /// The files that are being read, each included by the one before.
    open: Vec<PathBuf>,
    /// How many files have been read.
    files: usize,
}

impl Reader {
    /// Starts before the first file.
    fn new(markers: Markers) -> Self {
        Self {
            markers,
            wanted: Vec::new(),
            pins: BTreeMap::new(),
            skipped: Vec::new(),
            open: Vec::new(),
            files: 0,
        }
    }

    /// Notes that something in a file is left out.
    fn skip(&mut self, path: &Path, reason: String) {
        self.skipped.push(Skipped { path: path.to_owned(), reason });
    }

    /// Reads the text of one file, as constraints or as requirements.
    fn read(&mut self, path: &Path, text: &str, constrains: bool) -> Result<(), LockError> {
        let own = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        self.files += 1;
        if self.open.contains(&own) || self.open.len() == DEEPEST || self.files > MOST_FILES {
            return Err(LockError::Cycle { path: path.to_owned() });
        }
        self.open.push(own);
        let parse = |source| LockError::Parse { path: path.to_owned(), source };
        let mut options = 0;
        for line in line::parse(text).map_err(parse)? {
            match line.content {
                Content::Requirement(requirement) => {
                    if self.holds(&requirement.name, requirement.marker.as_deref()).map_err(parse)? {
                        self.want(requirement, constrains);
                    }
                }
                Content::Folder { path: folder, marker } => {
                    let requirement = named_folder(path, &folder);
                    let Some(requirement) = requirement else {
                        self.skip(
                            path,
                            format!("line {} is a folder that does not tell its name", line.number),
                        );
                        continue;
                    };
                    if self.holds(&requirement.name, marker.as_deref()).map_err(parse)? {
                        self.want(requirement, constrains);
                    }
                }
                Content::Nameless => {
                    self.skip(path, format!("line {} is an address that does not tell a name", line.number));
                }
                Content::Include(other) => self.include(path, line.number, &other, false)?,
                Content::Constrain(other) => self.include(path, line.number, &other, true)?,
                Content::Option => options += 1,
            }
        }
        match options {
            0 => {}
            1 => self.skip(path, "1 line is an option, which does not matter here".to_owned()),
            _ => self.skip(path, format!("{options} lines are options, which do not matter here")),
        }
        self.open.pop();
        Ok(())
    }

    /// Reads a file that another includes.
    fn include(&mut self, path: &Path, line: usize, other: &str, constrains: bool) -> Result<(), LockError> {
        if other.is_empty() || other.contains(char::is_control) {
            let source = ParseError::Line { line, problem: "no path of a file" };
            return Err(LockError::Parse { path: path.to_owned(), source });
        }
        if other.contains("://") {
            self.skip(path, format!("line {line} includes an address, which is not read"));
            return Ok(());
        }
        let included = path.parent().unwrap_or(Path::new("")).join(other);
        let text = file::read_text(&included, LARGEST);
        let result = match text {
            Ok(text) => self.read(&included, &text, constrains),
            Err(source) => Err(LockError::File { path: included, source }),
        };
        result.map_err(|source| LockError::Included { path: path.to_owned(), line, source: Box::new(source) })
    }

    /// Takes a requirement whose condition holds.
    fn want(&mut self, requirement: Requirement, constrains: bool) {
        if !constrains {
            self.wanted.push(requirement);
        } else if requirement.version != DistributionVersion::Missing {
            self.pins.entry(requirement.name).or_insert(requirement.version);
        }
    }

    /// Whether a condition holds.
    fn holds(&mut self, name: &PackageName, marker: Option<&str>) -> Result<bool, ParseError> {
        let holds = self.markers.hold(marker, Chosen::default());
        holds.map_err(|source| ParseError::Marker { name: name.clone(), source })
    }
}

/// The project in a folder beside a file, as its `pyproject.toml` names it.
fn named_folder(path: &Path, folder: &str) -> Option<Requirement> {
    let manifest = path.parent().unwrap_or(Path::new("")).join(folder).join("pyproject.toml");
    let text = file::read_text(&manifest, LARGEST).ok()?;
    let document = document::parse(&text).ok()?;
    let (name, version) = project::identity(&document)?;
    Some(Requirement::at_address(name, version, None))
}

#[cfg(test)]
mod tests;
