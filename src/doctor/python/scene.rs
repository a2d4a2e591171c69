//! A Python project as the checks see it: what is installed, how it is started, what its sources do.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
};

use pep440_rs::Version;

use crate::{
    doctor::{
        launch::{Launch, Program, Variable},
        python::source::{Call, Literal, Module},
        read::{base::Base, words::Word},
        survey::{Sited, Survey, is_gunicorn},
        symptom::Place,
    },
    ecosystem::python::{
        environment::requires::name_of,
        inventory::{DistributionVersion, Inventory, LockFormat, Requires, Source},
        naming::PREFIX,
    },
    file,
    package::PackageName,
    registry::{Registry, python::Head},
};

/// The function that sets everything up from within a program.
pub(super) const INITIALIZE: &str = "opentelemetry.instrumentation.auto_instrumentation.initialize";

/// What certain distributions always bring along, where a list names only what was asked for.
const BRINGS: [(&str, &[&str]); 7] = [
    ("opentelemetry-distro", &["opentelemetry-api", "opentelemetry-instrumentation", "opentelemetry-sdk"]),
    ("opentelemetry-distro[otlp]", &["opentelemetry-exporter-otlp"]),
    (
        "opentelemetry-exporter-otlp",
        &["opentelemetry-exporter-otlp-proto-grpc", "opentelemetry-exporter-otlp-proto-http"],
    ),
    ("opentelemetry-instrumentation-django", &["opentelemetry-instrumentation-wsgi"]),
    ("opentelemetry-instrumentation-fastapi", &["opentelemetry-instrumentation-asgi"]),
    ("opentelemetry-instrumentation-flask", &["opentelemetry-instrumentation-wsgi"]),
    ("opentelemetry-instrumentation-starlette", &["opentelemetry-instrumentation-asgi"]),
];

/// Exporters that are published with the SDK, and since [`TIED`] ask for the same one.
const EXPORTERS: [&str; 3] = [
    "opentelemetry-exporter-otlp",
    "opentelemetry-exporter-otlp-proto-grpc",
    "opentelemetry-exporter-otlp-proto-http",
];

/// From this release on they do.
const TIED: [u64; 2] = [1, 18];

/// The largest list of entry points that is read, in bytes.
const LARGEST_ENTRY_POINTS: u64 = 1 << 20;

/// A Python project.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    /// What its files say.
    pub(super) survey: &'a Survey,
    /// What is installed or locked, if that is known.
    pub(super) inventory: Option<&'a Inventory>,
    /// The environment or the lockfile, as somebody would name it.
    source: &'a str,
    /// What is known of the instrumentations.
    pub(super) registry: &'a Registry,
    /// What images and scripts install besides.
    installs: BTreeSet<String>,
    /// Whether an image or a script installs what `opentelemetry-bootstrap` finds.
    bootstraps: bool,
    /// Whether an image or a script installs more than the files that were read name.
    installs_more: bool,
    has_distro: OnceCell<bool>,
    /// What is set for anything that is started: by name the first, and whether all others are the same.
    launched: BTreeMap<&'a str, (&'a Variable, bool)>,
    /// The same of what sources set.
    sourced: BTreeMap<&'a str, (&'a Variable, bool)>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        survey: &'a Survey,
        inventory: Option<&'a Inventory>,
        source: &'a str,
        registry: &'a Registry,
    ) -> Self {
        let (mut installs, mut bootstraps, mut installs_more) = (BTreeSet::new(), false, false);
        for launch in &survey.launches {
            let start = launch.what.start();
            match start.program {
                Some(Program::Installer) => {
                    installs_more |= asks_for_more(start.arguments, source);
                    let names = start.arguments.iter().filter(|word| !word.text.starts_with('-'));
                    let names =
                        names.filter_map(|word| PackageName::of_distribution(name_of(&word.text)).ok());
                    installs.extend(names.map(|name| name.to_string()));
                    let extras = start
                        .arguments
                        .iter()
                        .filter(|word| word.text.starts_with("opentelemetry-distro[otlp]"));
                    installs.extend(extras.map(|_| "opentelemetry-distro[otlp]".to_owned()));
                }
                Some(Program::OtelBootstrap) => bootstraps = true,
                _ => {}
            }
        }
        let launched = by_name(survey.launches.iter().flat_map(|launch| &launch.what.environment));
        let sourced = by_name(survey.modules.iter().flat_map(|module| &module.what.environment));
        Self {
            survey,
            inventory,
            source,
            registry,
            installs,
            bootstraps,
            installs_more,
            has_distro: OnceCell::new(),
            launched,
            sourced,
        }
    }

    /// Whether a distribution is installed, locked, or installed by an image or a script; by itself, or through
    /// another that always brings it along.
    pub(super) fn has(&self, name: &str) -> bool {
        let is_named = |name: &str| {
            self.inventory.is_some_and(|inventory| inventory.get(name).is_some())
                || self.installs.contains(name)
        };
        let bringing = |name: &str| {
            let brings = BRINGS.iter().filter(move |(_, brought)| brought.contains(&name));
            brings.map(|(bringer, _)| *bringer).collect::<Vec<_>>()
        };
        // Two steps are the most there are.
        is_named(name)
            || bringing(name).into_iter().any(|one| is_named(one) || bringing(one).into_iter().any(is_named))
    }

    /// Whether all that is installed is known: files of requirements may name only what was asked for.
    fn is_complete(&self) -> bool {
        !self.installs_more
            && self.inventory.is_some_and(|inventory| match inventory.source {
                Source::Lockfile { format: LockFormat::Requirements, .. } => {
                    inventory.get("opentelemetry-api").is_some()
                }
                Source::Lockfile { .. } | Source::Environment(_) => true,
            })
    }

    /// Whether it is known that a distribution is not there.
    pub(super) fn lacks(&self, name: &str) -> bool {
        let is_instrumentation = name.starts_with(PREFIX);
        self.is_complete() && !self.has(name) && !(is_instrumentation && self.bootstraps)
    }

    /// Whether the project asks for a distribution itself, as far as that is known.
    pub(super) fn asks_for(&self, name: &str) -> bool {
        let direct = self.inventory.and_then(|inventory| inventory.direct.as_ref());
        let is_direct = direct.is_none_or(|names| names.iter().any(|own| own.as_str() == name));
        self.has(name) && (is_direct || self.installs.contains(name))
    }

    /// The version of a distribution that is installed or locked.
    pub(super) fn version(&self, name: &str) -> Option<&'a Version> {
        match &self.inventory?.get(name)?.version {
            DistributionVersion::Valid(version) => Some(version),
            DistributionVersion::Invalid | DistributionVersion::Missing => None,
        }
    }

    /// The version of the instrumentations, if it is before a threshold; `None` too if nobody knows it.
    pub(super) fn instrumentation_before(&self, threshold: [u64; 2]) -> Option<&'a Version> {
        let version = self.version("opentelemetry-instrumentation");
        let version = version
            .or_else(|| self.version("opentelemetry-distro"))
            .or_else(|| self.newest_for_image(&["opentelemetry-instrumentation"]).map(|head| &head.version));
        version.filter(|version| is_before(version, threshold))
    }

    /// The version of the SDK, if it is before a threshold.
    pub(super) fn sdk_before(&self, threshold: [u64; 2]) -> Option<&'a Version> {
        let version = self.version("opentelemetry-sdk");
        let version = version
            .or_else(|| {
                EXPORTERS.iter().find_map(|name| self.version(name)).filter(|own| !is_before(own, TIED))
            })
            .or_else(|| self.newest_for_image(&["opentelemetry-sdk"]).map(|head| &head.core));
        version.filter(|version| is_before(version, threshold))
    }

    /// The newest release for the Python of the images, where a list of requirements names one of these or the distro
    /// without a version, and that Python is too old for the newest of all.
    fn newest_for_image(&self, names: &[&str]) -> Option<&'a Head> {
        let inventory = self.inventory?;
        let is_open = |name: &str| {
            let distribution = inventory.get(name);
            distribution.is_some_and(|own| own.version == DistributionVersion::Missing)
        };
        if !names.iter().chain(&["opentelemetry-distro"]).any(|name| is_open(name)) {
            return None;
        }
        let near = self.survey.images.iter().filter(|image| reaches(&image.path, self.source));
        let mut pythons = near
            .flat_map(|image| (0..image.what.len()).map(|place| Base::of(&image.what, place)))
            .filter_map(|base| base.python);
        let python = pythons.next()?;
        if pythons.any(|other| other != python) {
            return None;
        }
        let python = Version::new(python);
        let releases = self.registry.python().releases();
        let fits = |head: &&Head| head.requires_python.contains(&python);
        if releases.first().is_some_and(|newest| fits(&newest)) {
            return None;
        }
        releases.iter().find(|head| !head.yanked && fits(head))
    }

    /// Whether anything here is meant to tell something: the SDK is there, or a program asks for it.
    pub(super) fn is_set_up(&self) -> bool {
        self.has("opentelemetry-sdk")
            || self.has("opentelemetry-distro")
            || self.is_automatic()
            || self.imports("opentelemetry.sdk")
            || self.imports("opentelemetry.instrumentation")
    }

    /// Whether anything is started under `opentelemetry-instrument`, or injected by the operator.
    pub(super) fn is_automatic(&self) -> bool {
        self.survey.launches.iter().any(|launch| launch.what.injects() || launch.what.start().is_instrumented)
    }

    /// Whether a script starts whatever it is given under `opentelemetry-instrument`.
    fn wraps_anything(&self) -> bool {
        self.survey.launches.iter().any(|launch| {
            let start = launch.what.start();
            start.is_instrumented && start.program.is_none()
        })
    }

    /// The launches that are instrumented from outside.
    pub(super) fn instrumented(&self) -> impl Iterator<Item = &'a Sited<Launch>> {
        let wraps = self.wraps_anything();
        self.survey.launches.iter().filter(move |launch| {
            let start = launch.what.start();
            let is_known =
                start.program.is_some_and(|p| !matches!(p, Program::Installer | Program::OtelBootstrap));
            launch.what.injects() || start.is_instrumented || (wraps && is_known)
        })
    }

    /// Whether any source imports something below a module.
    pub(super) fn imports(&self, module: &str) -> bool {
        let is_below = |path: &str| {
            path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.survey.modules.iter().any(|m| m.what.imports.iter().any(|import| is_below(&import.path)))
    }

    /// Whether any source imports a module itself.
    pub(super) fn imports_just(&self, module: &str) -> bool {
        self.survey.modules.iter().any(|m| m.what.imports.iter().any(|import| import.path == module))
    }

    /// Whether a distribution is there, or may be one of those that `opentelemetry-bootstrap` finds.
    pub(super) fn may_have(&self, name: &str) -> bool {
        self.has(name)
            || (self.bootstraps && name.starts_with(PREFIX))
            || self.survey.launches.iter().any(|launch| launch.what.is_injected)
    }

    /// Whether everything that may run a source is instrumented from outside, as far as the files tell.
    pub(super) fn is_run_automatically(&self, module: &Sited<Module>) -> bool {
        let runs = |launch: &Sited<Launch>| {
            let start = launch.what.start();
            match start.program {
                None => launch.what.is_injected,
                Some(Program::Installer | Program::OtelBootstrap) => false,
                Some(Program::Django) => start.has("runserver"),
                Some(_) => true,
            }
        };
        let launches = self.survey.launches.iter();
        let near: Vec<&Sited<Launch>> =
            launches.filter(|launch| runs(launch) && reaches(&launch.path, &module.path)).collect();
        let is_instrumented =
            |launch: &Sited<Launch>| self.instrumented().any(|other| std::ptr::eq(other, launch));
        let starts = |launch: &&Sited<Launch>| starts(&launch.what, &module.path);
        // What can be started itself may be started by hand, unless this is what is started.
        let is_known = !module.what.is_script || near.iter().any(starts);
        !near.is_empty() && is_known && near.into_iter().all(is_instrumented)
    }

    /// All calls in all sources.
    pub(super) fn calls(&self) -> impl Iterator<Item = (&'a Sited<Module>, &'a Call)> {
        self.survey.modules.iter().flat_map(|module| module.what.calls.iter().map(move |call| (module, call)))
    }

    /// Whether any file sets a variable.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.is_launched_with(name) || self.sourced.contains_key(name)
    }

    /// Whether a variable is set for anything that is started, before it runs.
    pub(super) fn is_launched_with(&self, name: &str) -> bool {
        self.launched.contains_key(name)
    }

    /// Whether it is known that no distro is there.
    pub(super) fn lacks_distro(&self) -> bool {
        // Whoever lists what is of OpenTelemetry by hand would list the distro.
        let lists = |inventory: &Inventory| {
            inventory
                .distributions
                .iter()
                .any(|distribution| distribution.name.as_str().starts_with("opentelemetry-"))
        };
        let is_known = self.is_complete() || (!self.installs_more && self.inventory.is_some_and(lists));
        is_known && !self.has_distro()
    }

    /// The variable of a launch: its own, or the one that is set elsewhere if there is one value only.
    pub(super) fn variable(&self, launch: &'a Launch, name: &str) -> Lookup<'a> {
        if let Some(variable) = launch.variable(name) {
            return Lookup::of(variable);
        }
        match (self.launched.get(name), self.sourced.get(name)) {
            (None, None) => Lookup::Unset,
            (Some((first, true)), None) | (None, Some((first, true))) => Lookup::of(first).elsewhere(),
            (Some((one, true)), Some((other, true))) if one.value == other.value => {
                Lookup::of(one).elsewhere()
            }
            _ => Lookup::Unknown,
        }
    }

    /// Whether a source mentions a variable: it may read it itself.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.survey.modules.iter().any(|module| {
            let set = module.what.environment.iter().any(|variable| variable.name == name);
            module.what.mentions.contains(name) && !set
        })
    }

    /// Where what is installed or locked was read.
    pub(super) fn source(&self) -> Place {
        Place::of(self.source)
    }

    /// The modules that configure the Gunicorn which a file starts.
    pub(super) fn gunicorn(&self, launch: &str) -> impl Iterator<Item = &'a Sited<Module>> {
        self.survey
            .modules
            .iter()
            .filter(move |module| is_gunicorn(&module.path) && reaches(launch, &module.path))
    }

    /// A setting of Gunicorn's configuration.
    pub(super) fn gunicorn_setting(&self, launch: &str, name: &str) -> Option<&'a Literal> {
        let settings = self.gunicorn(launch).flat_map(|module| &module.what.settings);
        settings.filter(|(setting, ..)| setting == name).map(|(_, value, _)| value).last()
    }

    /// Whether a distro is there: what sets up SDK and exporters under `opentelemetry-instrument`.
    ///
    /// The entry points of what is installed tell; of a lockfile the names must do.
    pub(super) fn has_distro(&self) -> bool {
        *self.has_distro.get_or_init(|| {
            self.has("opentelemetry-distro")
                || self.installs.iter().any(|name| is_distro(name))
                || self.inventory.is_some_and(|inventory| {
                    inventory.distributions.iter().any(|distribution| {
                        is_distro(distribution.name.as_str()) || has_entry_point(&distribution.requires)
                    })
                })
        })
    }

    /// Whether a distro of somebody else is there, which may bring its own exporters and settings.
    pub(super) fn has_foreign_distro(&self) -> bool {
        let foreign = |name: &str| is_distro(name) && name != "opentelemetry-distro";
        self.installs.iter().any(|name| foreign(name))
            || self.inventory.is_some_and(|inventory| {
                let is_other = |d: &&crate::ecosystem::python::inventory::Distribution| {
                    d.name.as_str() != "opentelemetry-distro"
                };
                let mut others = inventory.distributions.iter().filter(is_other);
                others.any(|distribution| {
                    foreign(distribution.name.as_str()) || has_entry_point(&distribution.requires)
                })
            })
    }
}

/// Whether a command line names a source: as a file, or as a module.
fn starts(launch: &Launch, module: &str) -> bool {
    let dotted = module.trim_end_matches(".py").replace('/', ".");
    let name = module.rsplit('/').next().unwrap_or(module);
    launch.start().arguments.iter().any(|word| {
        let own = word.text.split(':').next().unwrap_or(&word.text);
        own.rsplit('/').next() == Some(name) || dotted == own || dotted.ends_with(&format!(".{own}"))
    })
}

/// Whether what a file starts may run a source: it lies at or below the file's folder, or below the one that a
/// folder for deployments lies in.
pub(super) fn reaches(launch: &str, module: &str) -> bool {
    const ASIDE: [&str; 12] = [
        ".docker",
        "bin",
        "build",
        "compose",
        "deploy",
        "deployment",
        "docker",
        "infra",
        "k8s",
        "kubernetes",
        "ops",
        "scripts",
    ];
    let mut folder = launch.rsplit_once('/').map_or("", |(folder, _)| folder);
    while !folder.is_empty() && ASIDE.contains(&folder.rsplit('/').next().unwrap_or(folder)) {
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
    folder.is_empty() || module.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Variables by name: the first, and whether all others have its value.
fn by_name<'a>(variables: impl Iterator<Item = &'a Variable>) -> BTreeMap<&'a str, (&'a Variable, bool)> {
    let mut found = BTreeMap::<&str, (&Variable, bool)>::new();
    for variable in variables {
        let (first, is_same) = found.entry(&variable.name).or_insert((variable, true));
        *is_same &= first.value == variable.value;
    }
    found
}

/// What is known of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lookup<'a> {
    /// Nothing sets it.
    Unset,
    /// It is set to this.
    Value(&'a str),
    /// It is set to this for something else, and for all that is known for this too.
    Elsewhere(&'a str),
    /// It is set to something that only the machine knows, or to different things.
    Unknown,
}

impl<'a> Lookup<'a> {
    fn of(variable: &'a Variable) -> Self {
        match variable.value.as_deref() {
            Some("") => Self::Unset,
            Some(value) => Self::Value(value),
            None => Self::Unknown,
        }
    }

    /// The same, set for something else.
    fn elsewhere(self) -> Self {
        if let Self::Value(value) = self { Self::Elsewhere(value) } else { self }
    }

    /// The value, whatever it is set for.
    pub(super) fn anywhere(self) -> Option<&'a str> {
        match self {
            Self::Value(value) | Self::Elsewhere(value) => Some(value),
            Self::Unset | Self::Unknown => None,
        }
    }

    /// Itself, or another if it is not set.
    pub(super) fn or(self, other: impl FnOnce() -> Self) -> Self {
        if self == Self::Unset { other() } else { self }
    }

    /// The value, or this one if it is not set; `None` if nobody knows.
    pub(super) fn or_default(self, default: &'a str) -> Option<&'a str> {
        match self {
            Self::Unset => Some(default),
            Self::Value(value) => Some(value),
            Self::Elsewhere(_) | Self::Unknown => None,
        }
    }
}

/// Whether a version is before another, of which two parts are given. Releases are compared, so that `0.63b0` is
/// 0.63.
pub(crate) fn is_before(version: &Version, threshold: [u64; 2]) -> bool {
    let release = version.release();
    let part = |index: usize| release.get(index).copied().unwrap_or_default();
    [part(0), part(1)] < threshold
}

/// Distros by name; for those that are only locked.
fn is_distro(name: &str) -> bool {
    const KNOWN: [&str; 12] = [
        "aws-opentelemetry-distro",
        "azure-monitor-opentelemetry",
        "azure-monitor-opentelemetry-distro",
        "elastic-opentelemetry",
        "grafana-opentelemetry-distro",
        "honeycomb-opentelemetry",
        "lumigo-opentelemetry",
        "microsoft-opentelemetry",
        "opentelemetry-distro",
        "opentelemetry-launcher",
        "solarwinds-apm",
        "splunk-opentelemetry",
    ];
    KNOWN.contains(&name)
        || (name.contains("opentelemetry") && (name.contains("distro") || name.contains("launcher")))
}

/// Whether an installed distribution has the entry point of a distro.
fn has_entry_point(requires: &Requires) -> bool {
    let Requires::Metadata { path, .. } = requires else { return false };
    let path = path.with_file_name("entry_points.txt");
    file::read_text(&path, LARGEST_ENTRY_POINTS)
        .is_ok_and(|text| text.lines().any(|line| line.trim() == "[opentelemetry_distro]"))
}

/// Whether an installer is told to install optional parts, or another list than the one that was read.
fn asks_for_more(arguments: &[Word], source: &str) -> bool {
    const PARTS: [&str; 9] = [
        "--all-extras",
        "--all-groups",
        "--extra",
        "--extras",
        "--group",
        "--only-group",
        "--with",
        "-E",
        "-G",
    ];
    let has_part = |word: &Word| PARTS.contains(&word.text.split('=').next().unwrap_or(&word.text));
    arguments.iter().any(has_part) || lists(arguments).any(|list| !same_file(list, source))
}

/// The files of requirements that an installer is given.
pub(super) fn lists(arguments: &[Word]) -> impl Iterator<Item = &str> {
    arguments.iter().enumerate().filter_map(|(index, word)| match word.text.as_str() {
        "-r" | "--requirement" => arguments.get(index + 1).map(|next| next.text.as_str()),
        text => {
            text.strip_prefix("-r").or(text.strip_prefix("--requirement=")).filter(|rest| !rest.is_empty())
        }
    })
}

/// Whether two paths end in the same name: that is all that is known of files in an image.
pub(super) fn same_file(one: &str, other: &str) -> bool {
    one.rsplit('/').next() == other.rsplit('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_look_at_releases() {
        for (version, before) in
            [("0.62b1", true), ("0.63b0", false), ("1.43.0", false), ("0.65b0.dev0", false)]
        {
            let version: Version = version.parse().expect("a version");
            assert_eq!(is_before(&version, [0, 63]), before, "{version}");
        }
    }

    #[test]
    fn launches_reach_what_lies_below_them() {
        for (launch, module, expected) in [
            ("Procfile", "shop/app.py", true),
            ("api/Dockerfile", "api/src/app.py", true),
            ("api/Dockerfile", "apis/app.py", false),
            ("api/docker/Dockerfile", "api/app.py", true),
            ("deploy/k8s/web.yaml", "app.py", true),
        ] {
            assert_eq!(reaches(launch, module), expected, "{launch} {module}");
        }
    }

    #[test]
    fn distros_are_known_by_name() {
        assert!(is_distro("splunk-opentelemetry") && is_distro("acme-opentelemetry-distro"));
        assert!(!is_distro("opentelemetry-sdk") && !is_distro("distro"));
    }
}
