//! What is to be done, as data.

use std::{collections::BTreeSet, fs, io, path::PathBuf};

use thiserror::Error;

use super::{
    Bound, Hand, HandError, InvalidVersion, Keeper, KeeperError, ListProblem, Programs, Target, TargetError,
    Wanted, list, lock, manifest,
};
use crate::{
    ecosystem::python::{
        graph,
        inventory::{DistributionVersion, Inventory, Source},
    },
    file::{self, FileError},
    finding::Verdict,
    install::{Command, Edit},
    package::PackageName,
    resolution::Resolution,
    settings::{Installer, Save},
};

/// The most that is read of a file of requirements.
const LARGEST_LIST: u64 = 4 << 20;

/// How to install.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The folder of the project, absolute.
    pub root: PathBuf,
    /// `--installer`.
    pub installer: Option<Installer>,
    /// `--save`.
    pub save: Option<Save>,
    /// `--offline`: touch no network.
    pub offline: bool,
    /// `--locked`: fail where a file of the project would change.
    pub locked: bool,
    /// Whether the user allows to install into an environment that the operating system manages, in the
    /// words of pip and uv (`PIP_BREAK_SYSTEM_PACKAGES`, `UV_BREAK_SYSTEM_PACKAGES`).
    pub may_break: bool,
    /// Where programs are looked for.
    pub programs: Programs,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is to be there.
    pub wanted: Vec<Wanted>,
    /// Where it is installed, and by whom; `None` where nothing is missing, or where there is no environment
    /// and the requirements are only recorded.
    pub place: Option<Place>,
    /// How it is recorded; `None` where that is not asked for, or done.
    pub record: Option<Record>,
    /// Who keeps the dependencies of the project, where something tells.
    pub keeper: Option<Keeper>,
    /// What is there.
    pub(super) inventory: Inventory,
    /// How to go about it.
    pub(super) options: Options,
}

/// An environment, and who installs into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The environment.
    pub target: Target,
    /// Who installs.
    pub hand: Hand,
}

/// How requirements are recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who keeps the dependencies.
    pub keeper: Keeper,
    /// The group they go to.
    pub group: Option<String>,
    /// What is done.
    pub recording: Recording,
}

/// What records requirements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recording {
    /// A file of requirements changes.
    Edit(Edit),
    /// The keeper writes these files.
    Command {
        /// The command.
        command: Command,
        /// The manifest and the lockfile.
        files: Vec<PathBuf>,
    },
}

/// Why there is no plan.
#[derive(Debug, Error)]
pub enum PlanError {
    /// A version is none.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
    /// There is nothing to install into.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Nobody can install.
    #[error(transparent)]
    Hand(#[from] HandError),
    /// Nobody can record.
    #[error(transparent)]
    Keeper(#[from] KeeperError),
    /// The name of a group is none.
    #[error("`{}` is not the name of a group", .0.escape_debug())]
    Group(String),
    /// The file of requirements cannot be read.
    #[error("failed to read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FileError,
    },
    /// The file of requirements cannot be edited.
    #[error("`{}` {problem}", path.display())]
    List {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: ListProblem,
    },
    /// Files would change, and may not.
    #[error("`--locked` is given, but these would change: `{}`", .0.iter()
        .map(|path| path.display().to_string()).collect::<Vec<_>>().join("`, `"))]
    Locked(Vec<PathBuf>),
}

impl PlanError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Target(error) => error.hint(),
            Self::Hand(error) => error.hint(),
            Self::Keeper(error) => error.hint(),
            Self::List { problem, .. } => Some(problem.hint()),
            Self::Locked(_) => Some("install without `--locked` first, and commit the result".to_owned()),
            Self::Version(_) | Self::Group(_) | Self::Read { .. } => None,
        }
    }
}

impl Plan {
    /// Whether everything is there and recorded already.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.place.is_none() && self.record.is_none()
    }
}

/// Works out what is to be done. Reads files of the project, writes nothing and starts nothing.
pub fn plan(
    resolution: &Resolution,
    inventory: &Inventory,
    options: &Options,
) -> Result<Plan, Vec<PlanError>> {
    let mut wanted = Vec::new();
    let mut problems = Vec::new();
    for requirement in &resolution.requirements {
        match Wanted::of(requirement) {
            Ok(one) => wanted.push(one),
            Err(error) => problems.push(error.into()),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let found =
        options.installer.and_then(Keeper::named).map_or_else(|| Keeper::of(&options.root), |k| Ok(Some(k)));
    let keeper = found.as_ref().ok().copied().flatten();
    if options.save.is_some() {
        wanted.extend(unrecorded(resolution, inventory, &wanted, keeper, options));
    }
    let place =
        place(&wanted, keeper, inventory, options).map_err(|error| problems.push(error)).ok().flatten();
    let record = match &options.save {
        Some(save) if !wanted.is_empty() => found
            .map_err(PlanError::from)
            .and_then(|keeper| keeper.ok_or_else(|| KeeperError::Unknown(options.root.clone()).into()))
            .and_then(|keeper| record(&wanted, keeper, save.group.as_deref(), options))
            .map_err(|error| problems.push(error))
            .ok()
            .flatten(),
        _ => None,
    };
    if problems.is_empty() {
        let (inventory, options) = (inventory.clone(), options.clone());
        Ok(Plan { wanted, place, record, keeper, inventory, options })
    } else {
        Err(problems)
    }
}

/// What of OpenTelemetry is installed, and the project does not record: the next sync would take it away.
fn unrecorded(
    resolution: &Resolution,
    inventory: &Inventory,
    wanted: &[Wanted],
    keeper: Option<Keeper>,
    options: &Options,
) -> Vec<Wanted> {
    let recorded: BTreeSet<PackageName> = match keeper {
        None => return Vec::new(),
        Some(Keeper::Lines) => file::read_text(&list_path(None, options), LARGEST_LIST)
            .map(|text| list::names(&text))
            .unwrap_or_default(),
        Some(keeper) => keeper
            .lockfile(&options.root)
            .map(|path| lock::read(&path))
            .unwrap_or_default()
            .into_keys()
            .collect(),
    };
    let counted = resolution.findings.iter().filter_map(|finding| match &finding.verdict {
        Verdict::AlreadyInstalled { instrumentation, .. } => inventory.get(instrumentation),
        _ => None,
    });
    let mut found: Vec<Wanted> = Vec::new();
    for distribution in counted.chain(graph::own_roots(inventory)) {
        let DistributionVersion::Valid(version) = &distribution.version else { continue };
        let name = &distribution.name;
        let is_new = wanted.iter().chain(&found).all(|other| other.name != *name) && !recorded.contains(name);
        // A build of one's own is in no index.
        if is_new && !version.is_local() {
            found.push(Wanted { name: name.clone(), bound: Bound::Exactly(version.clone()) });
        }
    }
    found
}

/// Where something is missing, and who installs it there.
fn place(
    wanted: &[Wanted],
    keeper: Option<Keeper>,
    inventory: &Inventory,
    options: &Options,
) -> Result<Option<Place>, PlanError> {
    let is_lockfile = matches!(inventory.source, Source::Lockfile { .. });
    let is_met = !is_lockfile && wanted.iter().all(|wanted| wanted.is_met(inventory));
    if wanted.is_empty() || is_met || (is_lockfile && options.save.is_some()) {
        return Ok(None);
    }
    let target = Target::of(inventory, options.may_break)?;
    let hand = Hand::choose(options.installer, keeper, &target, inventory, &options.programs)?;
    Ok(Some(Place { target, hand }))
}

/// How the requirements are recorded; `None` if they are.
fn record(
    wanted: &[Wanted],
    keeper: Keeper,
    group: Option<&str>,
    options: &Options,
) -> Result<Option<Record>, PlanError> {
    if let Some(group) = group.filter(|group| PackageName::of_distribution(group).is_err()) {
        return Err(PlanError::Group(group.to_owned()));
    }
    let folder = &options.root;
    let (recording, files) = if keeper == Keeper::Lines {
        let edit = edit(wanted, group, options)?;
        if edit.old == edit.new {
            return Ok(None);
        }
        let path = edit.path.clone();
        (Recording::Edit(edit), vec![path])
    } else {
        if is_recorded(wanted, keeper, group, options) {
            return Ok(None);
        }
        let command = keeper.command(folder, group, options.offline, wanted, &options.programs)?;
        let files: Vec<PathBuf> =
            [Some(keeper.manifest(folder)), keeper.future_lockfile(folder)].into_iter().flatten().collect();
        (Recording::Command { command, files: files.clone() }, files)
    };
    if options.locked {
        return Err(PlanError::Locked(files));
    }
    Ok(Some(Record { keeper, group: group.map(str::to_owned), recording }))
}

/// Whether manifest and lockfile hold all of it.
pub(super) fn is_recorded(wanted: &[Wanted], keeper: Keeper, group: Option<&str>, options: &Options) -> bool {
    let Some(lockfile) = keeper.lockfile(&options.root) else { return false };
    let locked = lock::read(&lockfile);
    let holds =
        |wanted: &Wanted| locked.get(&wanted.name).is_some_and(|v| v.iter().any(|v| wanted.accepts(v)));
    manifest::has_all(keeper, &options.root, group, wanted) && wanted.iter().all(holds)
}

/// The file of requirements as it is to be. For a group it is the one that is named after it.
fn edit(wanted: &[Wanted], group: Option<&str>, options: &Options) -> Result<Edit, PlanError> {
    let path = list_path(group, options);
    let raw = match file::read_text(&path, LARGEST_LIST) {
        Ok(raw) => raw,
        Err(source) if source.is_missing() && is_absent(&path) => String::new(),
        Err(source) => return Err(PlanError::Read { path, source }),
    };
    match list::edit(&raw, wanted) {
        Ok(new) => Ok(Edit { path, old: raw.into_bytes(), new: new.into_bytes() }),
        Err(problem) => Err(PlanError::List { path, problem }),
    }
}

/// The file of requirements for a group, or for the project itself.
fn list_path(group: Option<&str>, options: &Options) -> PathBuf {
    let names = match group {
        None => vec!["requirements.txt".to_owned()],
        Some(group) => vec![
            format!("requirements-{group}.txt"),
            format!("requirements/{group}.txt"),
            format!("{group}-requirements.txt"),
        ],
    };
    let mut paths: Vec<PathBuf> = names.iter().map(|name| options.root.join(name)).collect();
    let at = paths.iter().position(|path| path.is_file()).unwrap_or(0);
    paths.swap_remove(at)
}

/// Whether nothing is there, not even a link that leads nowhere.
fn is_absent(path: &std::path::Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}
