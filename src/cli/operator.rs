//! Options of `--action operator`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// What is injected, into what, and what is to be printed.
#[derive(Args, Clone, Debug)]
pub struct OperatorArgs {
    /// With `operator`: a manifest of Kubernetes with the workloads that are meant; repeatable
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Operator")]
    pub workload: Vec<PathBuf>,

    /// With `operator`: the C library of the application's image, if its `Dockerfile` does not tell
    #[arg(long, value_enum, help_heading = "Operator")]
    pub libc: Option<LibcName>,
}

/// The values of `--libc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LibcName {
    /// That of Debian, Ubuntu, Red Hat and most others
    Glibc,
    /// That of Alpine
    Musl,
}
