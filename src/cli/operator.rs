//! Options of `--action operator`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// What is injected, into what, and what is to be printed.
#[derive(Args, Clone, Debug)]
pub struct OperatorArgs {
    /// With `operator`: a manifest of Kubernetes with the workloads that are meant; repeatable
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Operator")]
    pub workload: Vec<PathBuf>,

    /// With `operator`: the container that is meant, where a workload has several; repeatable
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Operator")]
    pub container: Vec<String>,

    /// With `operator`: build the folders that the operator injects, for this project alone, in this folder
    ///
    /// With `--dry-run` the versions are printed, and nothing is built.
    #[arg(
        long,
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        conflicts_with_all = ["manifest", "write"],
        help_heading = "Operator"
    )]
    pub payload: Option<PathBuf>,

    /// With `--payload`: the architectures of the images, separated by comma; `x86_64` by default
    ///
    /// With several, each has a folder of its own in the payload.
    #[arg(
        long,
        value_enum,
        value_name = "NAME",
        value_delimiter = ',',
        requires = "payload",
        help_heading = "Operator"
    )]
    pub arch: Vec<ArchName>,

    /// With `operator`: the C library of the application's image, if its `Dockerfile` does not tell
    #[arg(long, value_enum, help_heading = "Operator")]
    pub libc: Option<LibcName>,

    /// With `operator`: the release of the operator in the cluster; by default the newest that is known
    #[arg(long, value_name = "X.Y.Z", help_heading = "Operator")]
    pub operator_version: Option<String>,

    /// With `operator`: the image that is injected, if it is not the operator's own
    #[arg(long, value_name = "IMAGE", help_heading = "Operator")]
    pub image: Option<String>,

    /// With `operator`: the `payload.json` of what is injected, if that is a payload of your own
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Operator")]
    pub against: Option<PathBuf>,

    /// With `operator`: print these manifests instead of what would go wrong, separated by comma
    #[arg(long, value_enum, value_name = "KIND", value_delimiter = ',', help_heading = "Operator")]
    pub manifest: Vec<ManifestName>,

    /// With `operator`: edit the files of `--workload` where they are
    #[arg(long, help_heading = "Operator")]
    pub write: bool,

    /// With `operator`: the `Instrumentation` that is meant, if the namespace has several
    #[arg(long, value_name = "[NAMESPACE/]NAME", help_heading = "Operator")]
    pub instrumentation: Option<String>,

    /// With `operator`: the address of the collector, for OTLP over HTTP
    #[arg(long, value_name = "URL", help_heading = "Operator")]
    pub endpoint: Option<String>,

    /// With `operator`: how context is passed on, separated by comma; `tracecontext,baggage` by default
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Operator")]
    pub propagator: Vec<String>,

    /// With `operator`: which traces are kept, like `parentbased_traceidratio=0.25`
    #[arg(long, value_name = "TYPE[=ARGUMENT]", help_heading = "Operator")]
    pub sampler: Option<String>,

    /// With `operator`: an attribute of the resource; repeatable
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Operator")]
    pub resource_attribute: Vec<String>,

    /// With `operator`: whether what Python logs is exported; by default what the injected release does
    #[arg(long, value_enum, value_name = "STATE", help_heading = "Operator")]
    pub logs: Option<SwitchName>,
}

/// The values of `--libc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LibcName {
    /// That of Debian, Ubuntu, Red Hat and most others
    Glibc,
    /// That of Alpine
    Musl,
}

/// The values of `--arch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ArchName {
    /// That of Intel and AMD
    #[value(name = "x86_64", alias = "amd64")]
    X86_64,
    /// That of ARM
    #[value(name = "aarch64", alias = "arm64")]
    Aarch64,
}

/// The values of `--manifest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ManifestName {
    /// The `Instrumentation` of the operator
    Instrumentation,
    /// The workloads, with all that they need
    Workload,
    /// What the workloads need, as strategic merge patches
    Patch,
    /// The same as a component of kustomize
    Kustomize,
}

/// The values of switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SwitchName {
    /// Yes
    On,
    /// No
    Off,
}
