//! What is found in a process: the checks of a project as far as they apply, and what only a process can tell.

use std::path::Path;

use super::{
    command::Command,
    environ::Environ,
    interpreter::{Interpreter, Libc},
    loaded::{Extension, extension},
    plain,
    read::Process,
    way::Way,
};
use crate::{
    doctor::{
        catalogue::{
            PROCESS_NOT_LOADED, PYTHON_DISABLED_NAME, PYTHON_PREFORK_METRICS, PYTHON_SPAWN_SILENT,
            PYTHON_START_UNINSTRUMENTED,
        },
        kind::Kind,
        launch::{Launch, Variable},
        python::{self, source},
        read,
        read::words::{Word, is_name},
        survey::{Sited, Survey},
        symptom::{Place, Symptom},
        tree::{LARGEST, Skip},
    },
    ecosystem::python::inventory::{Inventory, Source},
    file,
    registry::Registry,
};

/// What every instrumentation wraps libraries with: an extension, which leaves a trace where it is loaded.
const WRAPT: &str = "wrapt";

/// Where the extension of `grpcio` lies.
const GRPC: &str = "grpc/_cython";

/// Variables that may have something else exported than the general ones say.
const OTHERWISE: [&str; 7] = [
    "OTEL_CONFIG_FILE",
    "OTEL_EXPERIMENTAL_CONFIG_FILE",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_PYTHON_CONFIGURATOR",
    "OTEL_PYTHON_DISTRO",
    "OTEL_PYTHON_TRACER_PROVIDER",
    "OTEL_SDK_DISABLED",
];

/// What the exporters of OTLP need.
const EXPORTING: [&str; 2] = ["grpcio", "protobuf"];

/// A process of Python as the checks see it.
pub(super) struct Case<'a> {
    pub(super) process: &'a Process,
    pub(super) interpreter: &'a Interpreter,
    pub(super) libc: Libc,
    pub(super) command: &'a Command,
    pub(super) way: Way,
    pub(super) inventory: Option<&'a Inventory>,
    pub(super) variables: &'a [Variable],
    pub(super) loaded: &'a [&'static str],
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) symptoms: Vec<Symptom>,
    pub(super) is_set_up: bool,
    pub(super) survey: Survey,
}

/// The place of what is found.
pub(super) fn place(pid: u32) -> String {
    format!("process {pid}")
}

impl Case<'_> {
    /// What is found.
    pub(super) fn found(&self, registry: &Registry) -> Found {
        let own = place(self.process.pid);
        let survey = self.survey();
        let of_python = python::symptoms(&survey, self.inventory, &own, registry);
        // What is to be injected may be all there is, and not be there.
        let is_set_up = of_python.is_some() || self.way.is_automatic();
        let mut symptoms = of_python.unwrap_or_default();
        // Whether it is loaded is seen, and not guessed from what sources say.
        symptoms.retain(|symptom| symptom.check != &PYTHON_START_UNINSTRUMENTED);
        if survey.modules.iter().any(|module| python::may_set_up_metrics(&module.what)) {
            symptoms.retain(|symptom| symptom.check != &PYTHON_PREFORK_METRICS);
        }
        if self.environment_is_known() && is_set_up {
            symptoms.extend(self.loading(&survey));
        }
        for symptom in &mut symptoms {
            self.settle(symptom);
        }
        Found { symptoms, is_set_up, survey }
    }

    fn environment_is_known(&self) -> bool {
        matches!(self.process.environ, Environ::Known(_))
    }

    /// The process as a way to start something, and the files that its command names.
    fn survey(&self) -> Survey {
        let mut survey = Survey::default();
        if self.environment_is_known() {
            let instrument = (self.way == Way::Instrument).then(|| Word::known("opentelemetry-instrument"));
            let words = instrument.into_iter().chain(self.command.words.iter().cloned()).collect();
            let family = &self.process.family;
            let forks = if family.siblings > 0 { family.siblings } else { family.forks() };
            let launch = Launch {
                line: 0,
                words,
                environment: self.variables.to_vec(),
                is_injected: self.way == Way::Operator,
                forks: Some(forks),
                slot: None,
            };
            survey.launches.push(Sited { path: place(self.process.pid), what: launch });
        }
        for path in &self.command.sources {
            self.read(&mut survey, path, Kind::Python);
        }
        for path in &self.command.settings {
            self.read(&mut survey, path, Kind::Uwsgi);
        }
        survey
    }

    /// Reads a file that the command names.
    fn read(&self, survey: &mut Survey, path: &Path, kind: Kind) {
        let shown = path.display().to_string();
        let Ok(text) = file::read_text(&self.process.root.place(path), LARGEST) else {
            return survey.skips.add(Skip::Unreadable, &shown);
        };
        survey.files += 1;
        if kind == Kind::Python {
            match source::parse(&text) {
                Ok(mut module) => {
                    for Variable { name, value, .. } in &mut module.environment {
                        // The name of a module is none that anybody would hide.
                        let is_module = name == "DJANGO_SETTINGS_MODULE"
                            && value.as_deref().is_some_and(|value| value.split('.').all(is_name));
                        if !is_module {
                            *value = value.as_deref().map(|value| plain::value_of(name, value, &|_| false));
                        }
                    }
                    survey.modules.push(Sited { path: shown, what: module });
                }
                Err(_) => survey.skips.add(Skip::Unparsed, &shown),
            }
            return;
        }
        for mut launch in read::launches(kind, &text).unwrap_or_default() {
            launch.environment.clear();
            let words = launch.words.iter().map(|word| word.text.as_str()).skip(1);
            let plain = super::command::plain_arguments(words, &|_| false);
            launch.words = std::iter::once(Word::known("uwsgi")).chain(plain).collect();
            survey.launches.push(Sited { path: shown.clone(), what: launch });
        }
    }

    /// Whether what was meant to be loaded is.
    fn loading(&self, survey: &Survey) -> Option<Symptom> {
        let symptom = |check, reason: String, fix: &str| {
            let place = Place::of(place(self.process.pid));
            Some(Symptom { check, place, reason, fix: fix.to_owned(), cure: None })
        };
        let failed = |reason: String, fix: &str| symptom(&PROCESS_NOT_LOADED, reason, fix);
        let switch = self.command.switches.chars().find(|switch| "EIS".contains(*switch));
        match (self.way, switch) {
            (Way::Instrument | Way::Operator, Some(switch)) => {
                return failed(
                    format!(
                        "the instrumentation is on `PYTHONPATH`, and the interpreter was started with `-{switch}`, which \
                         passes it over"
                    ),
                    "start it without that switch",
                );
            }
            (Way::Gone, _) => {
                return failed(
                    "`PYTHONPATH` names a folder of the instrumentation that is not there".to_owned(),
                    "install `opentelemetry-instrumentation` in the environment that the process runs in, or look why the \
                     operator's volume is not mounted",
                );
            }
            _ => {}
        }
        let spawner = self.process.family.spawner.as_ref();
        if self.way == Way::Plain && spawner.is_some_and(|environ| Way::of(environ, None).is_automatic()) {
            return symptom(
                &PYTHON_SPAWN_SILENT,
                "the process that spawned this one was started for the instrumentation, and this one was not: what it \
                 serves is not told"
                    .to_owned(),
                "raise OpenTelemetry to 0.63b0 (SDK 1.42.0) or newer, or serve with one process",
            );
        }
        if self.process.is_young {
            return None;
        }
        let lacks_grpc = self.way.is_automatic() && self.asks_for_grpc() && !self.loaded.contains(&"grpcio");
        match lacks_grpc.then(|| self.extension(GRPC)) {
            Some(Extension::Foreign(built)) => {
                return failed(
                    format!(
                        "it is to export over gRPC, and `grpcio` is built for `{}`, which is not the Python and the libc of \
                         this process: nothing is set up",
                        built.escape_debug()
                    ),
                    "take packages that are built for them (the operator's annotation \
                     `instrumentation.opentelemetry.io/otel-python-platform` says `musl` or `glibc`), or set \
                     `OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`",
                );
            }
            Some(Extension::Fitting) => {
                return failed(
                    "it is to export over gRPC, and `grpcio` is not loaded: nothing is set up".to_owned(),
                    "look at what the process said when it started: `Failed to auto initialize OpenTelemetry`, and why",
                );
            }
            _ => {}
        }
        if self.loaded.contains(&WRAPT) {
            return None;
        }
        // Without an extension that fits `wrapt` works in Python alone, and leaves no trace.
        match (self.way, self.wrapt()) {
            (Way::Instrument | Way::Operator, Extension::Fitting) if self.instruments() => failed(
                "it was started for the instrumentation, and none of it is loaded".to_owned(),
                "look at what the process said when it started: `Failed to auto initialize OpenTelemetry`, or another \
                 `sitecustomize` that came first",
            ),
            (Way::Plain, Extension::Fitting) if self.has("opentelemetry-distro") && !self.tells(survey) => symptom(
                &PYTHON_START_UNINSTRUMENTED,
                "`opentelemetry-distro` is in its environment, it was not started under `opentelemetry-instrument`, and \
                 no instrumentation is loaded"
                    .to_owned(),
                "put `opentelemetry-instrument` in front of the command",
            ),
            _ => None,
        }
    }

    /// Whether it may tell something without instrumentations: what exporters need is loaded, or a source that its command
    /// names sets telemetry up.
    fn tells(&self, survey: &Survey) -> bool {
        let sets_up = |path: &str| path.starts_with("opentelemetry.");
        self.loaded.iter().any(|name| EXPORTING.contains(name))
            || survey
                .modules
                .iter()
                .any(|module| module.what.imports.iter().any(|import| sets_up(&import.path)))
    }

    fn has(&self, name: &str) -> bool {
        self.inventory.is_some_and(|inventory| inventory.get(name).is_some())
    }

    /// Whether there is a distro and anything that would be instrumented at every start.
    fn instruments(&self) -> bool {
        self.has("opentelemetry-distro")
            && self.inventory.is_some_and(|inventory| {
                inventory.distributions.iter().any(|one| ALWAYS.contains(&one.name.as_str()))
            })
    }

    /// Whether the distro is to export over gRPC, as far as variables tell.
    fn asks_for_grpc(&self) -> bool {
        let get = |name: &str| self.process.environ.get(name);
        let is_plain = OTHERWISE.iter().all(|name| get(name).is_none());
        let is = |name: &str, value: &str| get(name).is_none_or(|its| its.trim() == value);
        self.has("opentelemetry-distro")
            && self.has("opentelemetry-exporter-otlp-proto-grpc")
            && is_plain
            && is("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
            && is("OTEL_TRACES_EXPORTER", "otlp")
    }

    /// What every instrumentation wraps with, in the environment of the process.
    fn wrapt(&self) -> Extension {
        if self.process.environ.get("WRAPT_DISABLE_EXTENSIONS").is_some() {
            return Extension::Absent;
        }
        self.extension(WRAPT)
    }

    /// What there is to say of the extension of a package in the environment of the process.
    fn extension(&self, package: &str) -> Extension {
        let Some(Source::Environment(environment)) = self.inventory.map(|inventory| &inventory.source) else {
            return Extension::Absent;
        };
        let number = self.interpreter.library.strip_prefix("python").unwrap_or_default();
        let (major, minor) = number.split_once('.').unwrap_or_default();
        let tag = format!("cpython-{major}{minor}");
        extension(&self.process.root, &environment.folders, package, &tag, self.libc)
    }

    /// Gives a symptom the place that it has in a process, and takes away what would change files.
    fn settle(&self, symptom: &mut Symptom) {
        symptom.cure = None;
        let own = place(self.process.pid);
        if symptom.place.path != own {
            return;
        }
        let line = symptom.place.line.take();
        let index = line.and_then(|line| line.checked_sub(1));
        let variable = index.and_then(|index| self.variables.get(index));
        if let Some(variable) = variable {
            symptom.place.path = format!("{own}/{}", variable.name);
        }
        debug_assert!(symptom.check != &PYTHON_DISABLED_NAME || variable.is_some());
    }
}

/// Instrumentations of what every Python has, which wrap something wherever they are installed.
const ALWAYS: [&str; 5] = [
    "opentelemetry-instrumentation-asyncio",
    "opentelemetry-instrumentation-logging",
    "opentelemetry-instrumentation-sqlite3",
    "opentelemetry-instrumentation-threading",
    "opentelemetry-instrumentation-urllib",
];
