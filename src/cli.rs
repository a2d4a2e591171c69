//! The command line as it is typed: clap's derive, whose doc comments are the help.
//!
//! Nothing is decided here. [`crate::settings`] turns a [`Cli`] and the environment into what the
//! program works with. Long options may be shortened to any unique prefix and of a repeated
//! single-valued option the last one wins, because the tool this one takes the place of,
//! Python's `opentelemetry-bootstrap`, parses with `argparse` and its users rely on both.

use std::{ffi::OsString, path::PathBuf};

use clap::{
    ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint,
    error::ErrorKind, parser::ValueSource,
};
use clap_complete::Shell;
use pep440_rs::Version;

pub mod operator;

use self::operator::OperatorArgs;
use crate::ecosystem::Ecosystem;

/// Finds the OpenTelemetry instrumentation that fits what a project uses, and installs it
///
/// Reads what a project uses (its `Cargo.lock`, its Python environment or lockfile), matches it against a
/// registry of instrumentations, chooses the releases that go together, and prints, checks or installs them.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "otel-bootstrap",
    version,
    override_usage = "otel-bootstrap [OPTIONS] [PATH]\n       otel-bootstrap [OPTIONS] <COMMAND>",
    max_term_width = 100,
    infer_long_args = true,
    args_override_self = true,
    disable_help_subcommand = true,
    after_help = EXAMPLES,
)]
pub struct Cli {
    /// What to do with a project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// What holds for every command.
    #[command(flatten)]
    pub common: CommonArgs,
    /// Another command than working on a project.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The pipes of the README, at the end of the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  otel-bootstrap -a requirements | xargs cargo add
  otel-bootstrap -a requirements | uv pip install --requirement -
  otel-bootstrap -a install --exporter otlp --dry-run
  otel-bootstrap -a check --format github
  otel-bootstrap -a doctor";

/// Options that say which project is worked on, and how.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct ProjectArgs {
    /// A project folder, a lockfile, a manifest, a virtual environment, or a folder of installed packages
    /// (a folder named like a command: `./registry`) [default: .]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub path: Option<PathBuf>,

    /// What to do
    #[arg(short, long, value_enum, default_value_t)]
    pub action: ActionName,

    /// Which package ecosystem the project belongs to
    #[arg(long, value_enum, default_value_t)]
    pub ecosystem: EcosystemName,

    /// The Python environment to scan or install into: its folder, or an interpreter
    #[arg(long, value_name = "ENV_OR_INTERPRETER", value_hint = ValueHint::AnyPath, help_heading = "Project")]
    pub python: Option<PathBuf>,

    /// Read a Python lockfile for this Python instead of the project's own; several, separated by comma, with
    /// `--payload`
    #[arg(long, value_name = "X.Y", value_delimiter = ',', help_heading = "Project")]
    pub python_version: Vec<Version>,

    /// Read a Python lockfile for this platform instead of the one this runs on, named as uv names it
    #[arg(long, value_name = "PLATFORM", help_heading = "Project")]
    pub python_platform: Option<String>,

    /// Look at this workspace member only; repeatable
    #[arg(short, long, value_name = "SPEC", help_heading = "Project")]
    pub package: Vec<String>,

    /// Look at all workspace members
    #[arg(long, conflicts_with = "package", help_heading = "Project")]
    pub workspace: bool,

    /// Count this extra of a Python project, separated by comma; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Project")]
    pub extra: Vec<String>,

    /// Count this dependency group of a Python project, separated by comma; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Project")]
    pub group: Vec<String>,

    /// Count all dependency groups of a Python project
    #[arg(long, help_heading = "Project")]
    pub all_groups: bool,

    /// Features of the project that count as switched on, separated by comma or space; repeatable
    #[arg(short = 'F', long, value_name = "FEATURES", help_heading = "Project")]
    pub features: Vec<String>,

    /// Count all features of the project as switched on
    #[arg(long, help_heading = "Project")]
    pub all_features: bool,

    /// Count the project's default features as switched off
    #[arg(long, help_heading = "Project")]
    pub no_default_features: bool,

    /// Keep only these libraries or instrumentations, separated by comma; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Choice")]
    pub only: Vec<String>,

    /// Leave out these libraries or instrumentations, separated by comma; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Choice")]
    pub exclude: Vec<String>,

    /// Count a library only where the project itself, or a member, depends on it directly
    ///
    /// Without it, every distribution of a Python project counts, and for Cargo being in the lockfile is
    /// enough for libraries whose data passes through the whole program, such as `tracing` and `log`.
    #[arg(long, help_heading = "Choice")]
    pub direct: bool,

    /// Also list what an application needs to export at all: the SDK or distro, and this exporter
    ///
    /// One of `otlp`, `otlp-http`, `otlp-grpc`, `console`, `prometheus`, `none`, or what a file of
    /// `--registry` adds.
    #[arg(long, value_name = "NAME", default_value = "none", help_heading = "Choice")]
    pub exporter: String,

    /// Use this release set of OpenTelemetry (`0.32`) instead of letting it be chosen
    #[arg(long, value_name = "X.Y", value_parser = release_set, help_heading = "Choice")]
    pub otel_version: Option<(u64, u64)>,

    /// Use this release of Python's instrumentations (`0.66b2`) instead of letting it be chosen
    #[arg(long, value_name = "0.NNbM", help_heading = "Choice")]
    pub instrumentation_version: Option<Version>,

    /// Print byte for byte what Python's `opentelemetry-bootstrap` of the same release prints
    #[arg(long, help_heading = "Choice")]
    pub compat: bool,

    /// With `install`: take the lines of this file (`-` is stdin) instead of scanning; repeatable
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Install")]
    pub requirement: Vec<PathBuf>,

    /// Which program installs
    #[arg(long, value_enum, default_value_t, help_heading = "Install")]
    pub installer: InstallerName,

    /// Record what is installed in the Python project, in this dependency group if one is named
    #[arg(
        long,
        value_name = "GROUP",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        help_heading = "Install"
    )]
    pub save: Option<String>,

    /// Show what would be done and change nothing
    #[arg(long, help_heading = "Install")]
    pub dry_run: bool,

    /// Fail where the lockfile would have to change
    #[arg(long, help_heading = "Install")]
    pub locked: bool,

    /// Fail where something that is locked would have to move
    #[arg(long, help_heading = "Install")]
    pub no_update: bool,

    /// With `doctor` and `operator`: say nothing of this check, separated by comma; repeatable
    #[arg(long, value_name = "ID", value_delimiter = ',', help_heading = "Doctor")]
    pub ignore: Vec<String>,

    /// With `doctor` and `operator`: how grave a finding must be for exit status 1
    #[arg(long, value_enum, value_name = "LEVEL", help_heading = "Doctor")]
    pub fail_on: Option<LevelName>,

    /// With `doctor`: look at this running process, and at a project only where a path is named
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..),
        conflicts_with_all = ["fix", "send"],
        help_heading = "Doctor"
    )]
    pub pid: Option<u32>,

    /// With `doctor`: send a span to where the variables of this shell say, and tell what comes of it
    #[arg(long, help_heading = "Doctor")]
    pub send: bool,

    /// With `doctor`: show as a diff what a program can fix; with `=apply` fix it
    ///
    /// What was fixed is looked at again, and if it is not better all files are put back as they were.
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "show",
        conflicts_with = "send",
        help_heading = "Doctor"
    )]
    pub fix: Option<FixName>,

    /// What is only about the operator.
    #[command(flatten)]
    pub operator: OperatorArgs,

    /// The form of what goes to stdout
    ///
    /// By default `requirements`, and with `--action check`, `doctor` and `operator` `table`.
    #[arg(long, value_enum, help_heading = "Output")]
    pub format: Option<FormatName>,
}

/// Options that hold for every command.
#[derive(Args, Clone, Debug)]
pub struct CommonArgs {
    /// Overlay the registry with this file; repeatable
    #[arg(long, value_name = "FILE", global = true, value_hint = ValueHint::FilePath, help_heading = "Choice")]
    pub registry: Vec<PathBuf>,

    /// Touch no network
    #[arg(long, global = true)]
    pub offline: bool,

    /// Say more: why each library was skipped, what decided the release set
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,

    /// Say less: `-q` only warnings and errors, `-qq` only errors
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Output")]
    pub quiet: u8,

    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN", global = true, default_value_t, help_heading = "Output")]
    pub color: ColorWhen,

    /// Show no progress
    #[arg(long, global = true, help_heading = "Output")]
    pub no_progress: bool,
}

/// What else the program does.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Look into the registry, or refresh it
    #[command(subcommand)]
    Registry(RegistryCommand),

    /// Look at what `--action doctor` knows; `doctor` alone, or with other options, is that action
    #[command(subcommand)]
    Doctor(DoctorCommand),

    /// Print a completion script for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },

    /// Print the manual page
    Man,
}

/// What there is to do with the registry.
#[derive(Clone, Debug, Subcommand)]
pub enum RegistryCommand {
    /// List the libraries that the registry knows
    List {
        /// The form of the list
        #[arg(long, value_enum, default_value_t)]
        format: TellFormat,
    },

    /// Tell what is known about a library or an instrumentation
    Explain {
        /// Its name
        name: String,
        /// The form of what is told
        #[arg(long, value_enum, default_value_t)]
        format: TellFormat,
    },

    /// Report every problem of registry files; of the built-in registry if none is named
    Lint {
        /// The files, read as overlays
        #[arg(value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        /// The form of the problems
        #[arg(long, value_enum, default_value_t)]
        format: TellFormat,
    },

    /// Refresh the release data from the package indexes that cargo, and uv or pip, are configured with
    Update {
        /// Make it anew, and write it to this folder instead of the user's cache
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        output: Option<PathBuf>,
        /// Refresh the data of this ecosystem alone; of all if left to `auto`
        #[arg(long, value_enum, value_name = "NAME", default_value_t)]
        ecosystem: EcosystemName,
    },
}

/// What there is to look at.
#[derive(Clone, Debug, Subcommand)]
pub enum DoctorCommand {
    /// List the checks
    List {
        /// The form of the list
        #[arg(long, value_enum, default_value_t)]
        format: TellFormat,
    },

    /// Tell why a check matters, and how what it finds is fixed
    Explain {
        /// Its id
        id: String,
        /// The form of what is told
        #[arg(long, value_enum, default_value_t)]
        format: TellFormat,
    },
}

/// The values of `--action`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ActionName {
    /// Print what is to be installed
    #[default]
    Requirements,
    /// Install it
    Install,
    /// Tell what is missing, outdated or doubled; exit status 1 if anything is
    Check,
    /// Tell why telemetry would not arrive; exit status 1 if something is as grave as `--fail-on` says
    Doctor,
    /// Tell what would go wrong where the OpenTelemetry Operator injects into the project's containers
    Operator,
}

/// The values of `--ecosystem`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EcosystemName {
    /// Find out from the files
    #[default]
    Auto,
    /// Rust
    Cargo,
    /// Python
    Python,
}

impl EcosystemName {
    /// The ecosystem, if one is named.
    #[must_use]
    pub fn of(self) -> Option<Ecosystem> {
        match self {
            Self::Auto => None,
            Self::Cargo => Some(Ecosystem::Cargo),
            Self::Python => Some(Ecosystem::Python),
        }
    }
}

/// The values of `--installer`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum InstallerName {
    /// The one that the project uses
    #[default]
    Auto,
    /// uv
    Uv,
    /// pip
    Pip,
    /// Poetry
    Poetry,
    /// PDM
    Pdm,
    /// Pipenv
    Pipenv,
    /// Cargo
    Cargo,
}

/// The values of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    /// One line per requirement, as the ecosystem's own installer takes it
    Requirements,
    /// Everything that was found out, for programs
    Json,
    /// Everything that was found out, for people
    Table,
    /// What to paste into the manifests
    Toml,
    /// Annotations of GitHub Actions (with `--action check`, `doctor` and `operator`)
    Github,
    /// The Static Analysis Results Interchange Format (with `--action doctor` and `operator`)
    Sarif,
}

/// The values of `--fail-on`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LevelName {
    /// Anything
    Note,
    /// Warnings and errors
    #[default]
    Warning,
    /// Errors
    Error,
}

/// The values of `--fix`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FixName {
    /// Show the diff and change nothing
    Show,
    /// Change the files
    Apply,
}

/// The values of `--format` of the commands that tell of the registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TellFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// The values of `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ActionName {
    /// The value as it is typed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Requirements => "requirements",
            Self::Install => "install",
            Self::Check => "check",
            Self::Doctor => "doctor",
            Self::Operator => "operator",
        }
    }
}

impl FormatName {
    /// The value as it is typed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Requirements => "requirements",
            Self::Json => "json",
            Self::Table => "table",
            Self::Toml => "toml",
            Self::Github => "github",
            Self::Sarif => "sarif",
        }
    }
}

impl Cli {
    /// Parses the arguments, the program's name first.
    ///
    /// A command (`registry …`) and options that are about a project exclude each other: none of
    /// them would have a meaning there.
    pub fn parse_arguments(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut command = Self::command();
        let matches = command.try_get_matches_from_mut(as_action(arguments))?;
        if let Some((name, _)) = matches.subcommand() {
            let stray = command.get_arguments().find(|argument| {
                let id = argument.get_id().as_str();
                !argument.is_global_set()
                    && matches!(matches.try_contains_id(id), Ok(true))
                    && matches.value_source(id) == Some(ValueSource::CommandLine)
            });
            if let Some(stray) = stray.map(ToString::to_string) {
                let text = format!("the argument '{stray}' cannot be used with the command '{name}'");
                return Err(command.error(ErrorKind::ArgumentConflict, text));
            }
        }
        Self::from_arg_matches(&matches).map_err(|e| e.format(&mut command))
    }
}

/// `doctor …` right behind the program's name means `--action doctor …`, unless what it knows is asked for.
fn as_action(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    const OWN: [&str; 4] = ["--help", "-h", "explain", "list"];
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let asks = arguments.get(2).and_then(|next| next.to_str()).is_some_and(|next| OWN.contains(&next));
    if let Some(first) = arguments.get_mut(1).filter(|first| *first == "doctor" && !asks) {
        *first = "--action=doctor".into();
    }
    arguments
}

/// Reads `X.Y`, or a whole version of that release set, whose patch number does not matter.
fn release_set(text: &str) -> Result<(u64, u64), String> {
    let mut parts = text.split('.').map(str::parse::<u64>);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor)), None | Some(Ok(_)), None) => Ok((major, minor)),
        _ => Err("expected major and minor, like `0.32`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn parse(line: &str) -> Result<Cli, ErrorKind> {
        let arguments = std::iter::once("otel-bootstrap").chain(line.split_whitespace());
        Cli::parse_arguments(arguments.map(OsString::from)).map_err(|e| e.kind())
    }

    impl Cli {
        fn path_ends_with(&self, end: &str) -> bool {
            self.project.path.as_ref().is_some_and(|path| path.ends_with(end))
        }
    }

    fn parsed(line: &str) -> Cli {
        parse(line).unwrap_or_else(|kind| panic!("`{line}`: {kind:?}"))
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_action_is_read_in_every_spelling_and_the_last_one_wins() {
        for line in [
            "-a check",
            "-acheck",
            "-a=check",
            "--action check",
            "--action=check",
            "--act check",
            "-a install --action=check",
        ] {
            assert_eq!(parsed(line).project.action, ActionName::Check, "{line}");
        }
        assert_eq!(parsed("").project.action, ActionName::Requirements);
        assert_eq!(parse("-a chek").map(|_| ()), Err(ErrorKind::InvalidValue));
    }

    #[test]
    fn every_option_arrives_in_its_field() {
        type Holds = fn(&Cli) -> bool;
        let table: &[(&str, Holds)] = &[
            ("", |c| c.project.path.is_none() && c.project.exporter == "none"),
            ("services/api", |c| c.path_ends_with("api")),
            ("./registry", |c| c.command.is_none() && c.path_ends_with("registry")),
            ("-- registry", |c| c.command.is_none() && c.path_ends_with("registry")),
            ("--ecosystem cargo", |c| c.project.ecosystem == EcosystemName::Cargo),
            ("--ecosystem python", |c| c.project.ecosystem == EcosystemName::Python),
            ("--python .venv", |c| c.project.python.as_deref() == Some(Path::new(".venv"))),
            ("--python-version 3.12", |c| c.project.python_version == [Version::new([3, 12])]),
            ("--python-version 3.10,3.12 --python-version 3.13", |c| c.project.python_version.len() == 3),
            ("-a operator --payload dist", |c| {
                c.project.operator.payload.as_deref() == Some(Path::new("dist"))
            }),
            ("-a operator --payload dist --arch amd64,aarch64", |c| {
                c.project.operator.arch == [operator::ArchName::X86_64, operator::ArchName::Aarch64]
            }),
            ("--python-platform linux", |c| c.project.python_platform.as_deref() == Some("linux")),
            ("--extra a,b --extra c", |c| c.project.extra == ["a", "b", "c"]),
            ("--group a,b --group c", |c| c.project.group == ["a", "b", "c"]),
            ("--all-groups", |c| c.project.all_groups),
            ("--instrumentation-version 0.66b2", |c| {
                c.project.instrumentation_version == Some("0.66b2".parse().expect("a version"))
            }),
            ("--compat", |c| c.project.compat),
            ("--installer uv", |c| c.project.installer == InstallerName::Uv),
            ("--save", |c| c.project.save.as_deref() == Some("")),
            ("--save services/api", |c| c.path_ends_with("api")),
            ("--save=otel", |c| c.project.save.as_deref() == Some("otel")),
            ("-p a --package b@1.0.0", |c| c.project.package == ["a", "b@1.0.0"]),
            ("--workspace", |c| c.project.workspace),
            ("--features a,b -F c", |c| c.project.features == ["a,b", "c"]),
            ("--all-features", |c| c.project.all_features),
            ("--no-default-features", |c| c.project.no_default_features),
            ("--only a,b --only c", |c| c.project.only == ["a", "b", "c"]),
            ("--exclude a,b --exclude c", |c| c.project.exclude == ["a", "b", "c"]),
            ("--direct", |c| c.project.direct),
            ("--exporter console --exporter otlp-grpc", |c| c.project.exporter == "otlp-grpc"),
            ("--otel-version 0.32", |c| c.project.otel_version == Some((0, 32))),
            ("--otel-version 0.32.1", |c| c.project.otel_version == Some((0, 32))),
            ("-a install -r a.txt -r -", |c| c.project.requirement.len() == 2),
            ("-a install --dry-run --dry-run", |c| c.project.dry_run),
            ("--offline", |c| c.common.offline),
            ("--locked", |c| c.project.locked),
            ("--no-update", |c| c.project.no_update),
            ("--format json --format toml", |c| c.project.format == Some(FormatName::Toml)),
            ("--format github", |c| c.project.format == Some(FormatName::Github)),
            ("--registry a.toml --registry b.toml", |c| c.common.registry.len() == 2),
            ("-vv -v", |c| c.common.verbose == 3),
            ("-qq", |c| c.common.quiet == 2),
            ("--color=never", |c| c.common.color == ColorWhen::Never),
            ("--no-progress", |c| c.common.no_progress),
            ("-v registry update -v --no-progress", |c| c.common.verbose >= 1 && c.common.no_progress),
            ("registry list --format json", |c| {
                matches!(
                    c.command,
                    Some(Command::Registry(RegistryCommand::List { format: TellFormat::Json }))
                )
            }),
            ("registry explain axum --registry a.toml", |c| {
                matches!(&c.command, Some(Command::Registry(RegistryCommand::Explain { name, .. })) if name == "axum")
                    && c.common.registry.len() == 1
            }),
            (
                "registry lint a b",
                |c| matches!(&c.command, Some(Command::Registry(RegistryCommand::Lint { files, .. })) if files.len() == 2),
            ),
            ("registry update --output x", |c| {
                matches!(&c.command, Some(Command::Registry(RegistryCommand::Update { output: Some(_), .. })))
            }),
            ("-a doctor --ignore a.b,c.d --ignore e.f", |c| c.project.ignore == ["a.b", "c.d", "e.f"]),
            ("-a doctor --send", |c| c.project.send),
            ("-a doctor --fix", |c| c.project.fix == Some(FixName::Show)),
            ("-a doctor --fix=apply .", |c| c.project.fix == Some(FixName::Apply)),
            ("-a doctor --pid 42", |c| c.project.pid == Some(42)),
            ("doctor --pid 42 api", |c| c.project.pid == Some(42) && c.project.action == ActionName::Doctor),
            ("doctor", |c| c.project.action == ActionName::Doctor && c.command.is_none()),
            ("-a doctor --fail-on note", |c| c.project.fail_on == Some(LevelName::Note)),
            ("-a operator --workload a.yaml --workload b.yaml", |c| {
                c.project.action == ActionName::Operator && c.project.operator.workload.len() == 2
            }),
            ("-a operator --libc musl", |c| c.project.operator.libc == Some(operator::LibcName::Musl)),
            ("--format sarif", |c| c.project.format == Some(FormatName::Sarif)),
            ("doctor list", |c| {
                matches!(c.command, Some(Command::Doctor(DoctorCommand::List { format: TellFormat::Text })))
            }),
            (
                "doctor explain a.b",
                |c| matches!(&c.command, Some(Command::Doctor(DoctorCommand::Explain { id, .. })) if id == "a.b"),
            ),
            ("completions zsh", |c| matches!(c.command, Some(Command::Completions { shell: Shell::Zsh }))),
            ("man", |c| matches!(c.command, Some(Command::Man))),
        ];
        for (line, holds) in table {
            let cli = parsed(line);
            assert!(holds(&cli), "`{line}` gave {cli:#?}");
        }
    }

    #[test]
    fn words_are_what_is_typed() {
        for action in ActionName::value_variants() {
            assert_eq!(ActionName::from_str(action.word(), false), Ok(*action));
        }
        for format in FormatName::value_variants() {
            assert_eq!(FormatName::from_str(format.word(), false), Ok(*format));
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        use ErrorKind::{ArgumentConflict, InvalidValue, UnknownArgument, ValueValidation};
        let table = [
            ("--frobnicate", UnknownArgument),
            ("a b", UnknownArgument),
            ("--no", UnknownArgument),
            ("--format yaml", InvalidValue),
            ("--color sometimes", InvalidValue),
            ("--ecosystem npm", InvalidValue),
            ("--otel-version newest", ValueValidation),
            ("--otel-version 0", ValueValidation),
            ("--otel-version 0.32.1.4", ValueValidation),
            ("--otel-version -1.2", UnknownArgument),
            ("--workspace -p a", ArgumentConflict),
            ("-a doctor --fix --send", ArgumentConflict),
            ("-a doctor --fix=perhaps", InvalidValue),
            ("-a doctor --pid 4 --send", ArgumentConflict),
            ("-a doctor --pid 4 --fix", ArgumentConflict),
            ("-a doctor --pid 0", ValueValidation),
            ("-a doctor --pid self", ValueValidation),
            ("-a check registry update", ArgumentConflict),
            ("services/api registry update", ArgumentConflict),
            ("--exporter none man", ArgumentConflict),
            ("registry update --action check", UnknownArgument),
        ];
        for (line, kind) in table {
            assert_eq!(parse(line).map(|_| ()), Err(kind), "{line}");
        }
    }
}
