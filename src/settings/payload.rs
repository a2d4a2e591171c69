//! What is to be built for the operator to inject.

use std::path::PathBuf;

use pep440_rs::Version;

use super::{
    InstallSettings, Installer, UsageError,
    operator::{libc_setting, unknown_propagator},
};
use crate::{
    cli::{
        FormatName,
        operator::{ArchName, OperatorArgs},
    },
    operator::payload::{Arch, Propagator, Request},
};

/// A payload for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadSettings {
    /// `--payload`: the folder that it is built in.
    pub folder: PathBuf,
    /// What it is for.
    pub request: Request,
    /// `--installer`: who installs; `None` for whoever can be found.
    pub installer: Option<Installer>,
    /// Print the versions and build nothing.
    pub dry_run: bool,
    /// Touch no network.
    pub offline: bool,
}

/// Resolves what was typed for a payload in that folder. Every problem is told.
pub(super) fn payload_settings(
    folder: PathBuf,
    typed: &OperatorArgs,
    pythons: &[Version],
    install: &InstallSettings,
    format: Option<FormatName>,
) -> Result<PayloadSettings, Vec<UsageError>> {
    // What is built has a form of its own.
    let unfit =
        |format: FormatName| UsageError::Format { format: format.word(), action: "operator --payload" };
    let mut problems: Vec<UsageError> = format.into_iter().map(unfit).collect();
    let propagators =
        typed.propagator.iter().filter(|name| *name != "none").map(|name| Propagator::named(name));
    let propagators: Option<Vec<Propagator>> = propagators.collect();
    if propagators.is_none() {
        problems.push(unknown_propagator());
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let minor = |python: &Version| Version::new(python.release().iter().copied().chain([0]).take(2));
    let request = Request {
        pythons: pythons.iter().map(minor).collect(),
        libc: typed.libc.map(libc_setting),
        arches: typed.arch.iter().copied().map(arch_setting).collect(),
        propagators: propagators.unwrap_or_default(),
    };
    let InstallSettings { installer, dry_run, offline, .. } = *install;
    Ok(PayloadSettings { folder, request, installer, dry_run, offline })
}

fn arch_setting(name: ArchName) -> Arch {
    match name {
        ArchName::X86_64 => Arch::X86_64,
        ArchName::Aarch64 => Arch::Aarch64,
    }
}
