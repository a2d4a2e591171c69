//! Builds a payload: all of it, or nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{
    image,
    manifest::{Built, MANIFEST, Manifest, NotKept},
    order::{Order, OrderError},
    place::{Place, PlaceError},
    solve::{Solution, SolveError, solve},
    tag::{self, Tag},
    target::{Ground, Target},
    tree::{self, Installed, TreeError},
    verify::{self, VerifyError},
};
use crate::{
    install::python::{self as install, Conflict, HandError, Locked, PackError, Packer, Pin, Wanted},
    terminal::listed,
};

/// Distributions that are compiled and have nothing to fall back on, and what asks for them.
const DEMANDING: [(&str, &str); 2] = [
    ("grpcio", "leave `--exporter otlp-grpc` out: the operator has everything sent over HTTP"),
    (
        "psutil",
        "`--exclude opentelemetry-instrumentation-system-metrics` leaves out what needs it, which the metrics of the \
         kubelet make up for",
    ),
];

/// What is going on, for a person who waits.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// The installer looks for wheels.
    Looking(&'a Target),
    /// The installer installs: how many targets are done, of how many.
    Installing(&'a Target, usize, usize),
    /// A command of the installer.
    Command(&'a install::Step<'a>),
}

/// What was built, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The distributions.
    pub pins: Vec<Pin>,
    /// Versions of the application that are not kept to.
    pub not_kept: Vec<NotKept>,
    /// The folders; none if nothing was built.
    pub folders: Vec<Folder>,
    /// The commands that build and push the image: from the index, and without a network.
    pub commands: [Vec<String>; 2],
    /// Distributions that only run on the Pythons that were asked for.
    pub demanding: Vec<Pin>,
}

/// A folder that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Where it lies in the payload, with `/`.
    pub path: String,
    /// What it is for.
    pub ground: Ground,
    /// How many distributions.
    pub packages: usize,
    /// Those that bring compiled modules.
    pub compiled: Vec<String>,
    /// How many files.
    pub files: usize,
    /// How many bytes they hold.
    pub bytes: u64,
}

/// Why there is no payload.
#[derive(Debug, Error)]
pub enum PayloadError {
    /// There is nothing to order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// There is nobody who could install.
    #[error(transparent)]
    Hand(#[from] HandError),
    /// The folder cannot be used.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// Nothing goes together.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// The wheels cannot be installed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The folders cannot be put together.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// What was put together is not what it should be.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A file cannot be written.
    #[error("failed to write `{}`", path.display())]
    Write {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The contents cannot be listed.
    #[error("failed to list the contents")]
    List(#[from] serde_json::Error),
}

impl PayloadError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Order(error) => error.hint(),
            Self::Hand(error) => error.hint(),
            Self::Place(error) => error.hint(),
            Self::Pack(error) | Self::Solve(SolveError::Pack(error)) => error.hint(),
            Self::Solve(SolveError::Nothing { conflict, source, .. }) => {
                Some(nothing_hint(conflict, &source.to_string()))
            }
            Self::Tree(error) => error.hint(),
            Self::Verify(error) => error.hint(),
            Self::Write { .. } | Self::List(_) => None,
        }
    }

    /// Whether an option is what is wrong.
    #[must_use]
    pub fn is_misuse(&self) -> bool {
        matches!(self, Self::Order(OrderError::Resolve(error)) if error.is_misuse())
    }
}

/// What to do where a target has no wheels.
fn nothing_hint(Conflict { wanted, .. }: &Conflict, said: &str) -> String {
    let is_named = |name: &str| {
        let mut words = said.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
        words.any(|word| word == name)
    };
    if let Some((_, advice)) = DEMANDING.iter().find(|(name, _)| is_named(name)) {
        return (*advice).to_owned();
    }
    let fewer = "name fewer of `--python-version`, `--libc` and `--arch`";
    match wanted.as_slice() {
        [] => fewer.to_owned(),
        some => {
            let names = listed(some.iter().map(|wanted| format!("`{}`", wanted.name)));
            format!("{fewer}, or leave {names} out with `--exclude`")
        }
    }
}

/// Finds out what would be in a payload, and builds nothing.
pub fn plan(
    order: &Order,
    packer: &Packer,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<Payload, PayloadError> {
    let Solution { locked, given_up } = solved(order, packer, watch)?;
    let pins: BTreeSet<Pin> = locked.iter().flatten().map(|locked| locked.pin.clone()).collect();
    let pins: Vec<Pin> = pins.into_iter().collect();
    let not_kept = given_up.iter().filter_map(|(pin, target)| not_kept(pin, target, &pins, &[])).collect();
    Ok(Payload {
        pins,
        not_kept,
        folders: Vec::new(),
        commands: [Vec::new(), Vec::new()],
        demanding: Vec::new(),
    })
}

/// Builds a payload in a folder.
pub fn build(
    order: &Order,
    packer: &Packer,
    folder: &Path,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<Payload, PayloadError> {
    let place = Place::prepare(folder)?;
    let Solution { locked, given_up } = solved(order, packer, watch)?;
    let grounds: BTreeSet<Ground> = order.targets.iter().map(|target| target.ground).collect();
    let arches: BTreeSet<_> = grounds.iter().map(|ground| ground.arch).collect();
    let (mut built, mut done) = (Vec::new(), 0);
    for ground in grounds {
        let path = match arches.len() {
            1 => ground.folder().to_owned(),
            _ => format!("{}/{}", ground.arch.of_image(), ground.folder()),
        };
        let all = order.targets.iter().zip(&locked);
        let own: Vec<(&Target, &Vec<Locked>)> = all.filter(|(target, _)| target.ground == ground).collect();
        let mut watch_own = |step: Step<'_>| {
            if let Step::Installing(target, ..) = step {
                watch(Step::Installing(target, done, order.targets.len()));
                done += 1;
            } else {
                watch(step);
            }
        };
        built.push(build_tree(&own, ground, path, packer, &place, &mut watch_own)?);
    }
    let pins: BTreeSet<Pin> = built.iter().flat_map(|one| &one.packed).map(|one| one.pin.clone()).collect();
    let pins: Vec<Pin> = pins.into_iter().collect();
    let against = |pin: &Pin| -> Vec<String> {
        let all = built.iter().flat_map(|one| {
            let targets: Vec<Target> = one.locked.iter().map(|(target, _)| target.clone()).collect();
            verify::against(pin, &one.packed, &targets)
        });
        let all: BTreeSet<String> = all.collect();
        all.into_iter().collect()
    };
    let not_kept: Vec<NotKept> =
        given_up.iter().filter_map(|(pin, target)| not_kept(pin, target, &pins, &against(pin))).collect();
    write(order, &built, not_kept.clone(), &place.draft())?;
    place.finish()?;
    let demanding = pins.iter().filter(|pin| DEMANDING.iter().any(|(name, _)| *name == pin.name.as_str()));
    Ok(Payload {
        demanding: demanding.cloned().collect(),
        pins,
        not_kept,
        commands: [image::DOCKERFILE, image::COPYING].map(|name| image::commands(&built, name)),
        folders: built.iter().map(told).collect(),
    })
}

/// What goes together.
fn solved(order: &Order, packer: &Packer, watch: &mut dyn FnMut(Step<'_>)) -> Result<Solution, SolveError> {
    let wanted: Vec<Wanted> = order.wanted.iter().map(|ordered| ordered.wanted.clone()).collect();
    solve(&order.targets, &order.application, &mut |target, held| {
        watch(Step::Looking(target));
        packer.lock(&target.foreign(), &wanted, held, &mut |step| watch(Step::Command(&step)))
    })
}

/// Why a version of the application is not kept to; `None` if nothing brings the distribution.
fn not_kept(pin: &Pin, target: &Target, pins: &[Pin], against: &[String]) -> Option<NotKept> {
    let payload = pins.iter().find(|other| other.name == pin.name)?;
    let reason = if against.is_empty() {
        format!("there is no wheel of it for {target}, or none that goes with what else is kept to")
    } else {
        listed(against)
    };
    Some(NotKept {
        name: pin.name.to_string(),
        application: pin.version.to_string(),
        payload: payload.version.to_string(),
        reason,
    })
}

/// Installs for all Pythons of a ground, puts it together and looks at it.
fn build_tree(
    targets: &[(&Target, &Vec<Locked>)],
    ground: Ground,
    path: String,
    packer: &Packer,
    place: &Place,
    watch: &mut dyn FnMut(Step<'_>),
) -> Result<Built, PayloadError> {
    let mut installed = Vec::new();
    for (target, locked) in targets {
        watch(Step::Installing(target, 0, 0));
        let folder = place.aside(&format!("{}-{}-{}", ground.arch.word(), ground.libc, target.python));
        fs::create_dir_all(&folder).map_err(|source| PayloadError::Write { path: folder.clone(), source })?;
        packer.install(&target.foreign(), locked, &folder, &mut |step| watch(Step::Command(&step)))?;
        installed.push(Installed { python: target.to_string(), folder });
    }
    let root = place.draft().join(&path);
    let (tree, wheels) = tree::merge(&installed, &root)?;
    let contents = verify::packed(&root, tree.tags.keys())?;
    let mut narrowed = Vec::new();
    for ((target, locked), wheels) in targets.iter().zip(&wheels) {
        verify::fits(target, &contents, wheels)?;
        verify::is_closed(target, &contents)?;
        let tags: BTreeMap<&Pin, &BTreeSet<Tag>> =
            contents.iter().filter_map(|one| Some((&one.pin, wheels.get(&one.folder)?))).collect();
        let locked = locked.iter().map(|locked| narrow(locked, tags.get(&locked.pin).copied()));
        narrowed.push(((*target).clone(), locked.collect()));
    }
    Ok(Built { ground, path, tree, packed: contents, locked: narrowed })
}

/// The wheel that was installed, by the tags that it brought.
fn narrow(locked: &Locked, tags: Option<&BTreeSet<Tag>>) -> Locked {
    let is_it = |file: &str| tags.is_some_and(|tags| tag::of_file(file) == *tags);
    let shares = |file: &str| tags.is_some_and(|tags| !tags.is_disjoint(&tag::of_file(file)));
    let filtered = |keep: &dyn Fn(&str) -> bool| {
        locked.wheels.iter().filter(|wheel| keep(&wheel.file)).cloned().collect::<Vec<_>>()
    };
    let mut choices = [filtered(&is_it), filtered(&shares)].into_iter();
    let wheels = choices.find(|wheels| !wheels.is_empty()).unwrap_or_else(|| locked.wheels.clone());
    Locked { pin: locked.pin.clone(), wheels }
}

/// Writes what lies beside the folders.
fn write(order: &Order, built: &[Built], not_kept: Vec<NotKept>, draft: &Path) -> Result<(), PayloadError> {
    let mut manifest = Manifest::of(order, built, not_kept);
    let texts = [
        (image::DOCKERFILE, image::dockerfile(order, built)),
        (image::COPYING, image::copying(built)),
        (image::IGNORED, image::ignored(built)),
        (image::REQUIREMENTS, image::requirements(order, built)),
    ];
    let tops = built.iter().filter_map(|one| one.path.split('/').next());
    let names = texts.iter().map(|(name, _)| *name).chain(tops).chain([MANIFEST]);
    let entries: BTreeSet<String> = names.map(str::to_owned).collect();
    manifest.entries = entries.into_iter().collect();
    let list = serde_json::to_string_pretty(&manifest)? + "\n";
    for (name, text) in texts.iter().map(|(name, text)| (*name, text)).chain([(MANIFEST, &list)]) {
        let path = draft.join(name);
        fs::write(&path, text).map_err(|source| PayloadError::Write { path, source })?;
    }
    Ok(())
}

fn told(built: &Built) -> Folder {
    Folder {
        path: built.path.clone(),
        ground: built.ground,
        packages: built.packed.len(),
        compiled: built.compiled().into_iter().map(str::to_owned).collect(),
        files: built.tree.files.len(),
        bytes: built.tree.bytes(),
    }
}
