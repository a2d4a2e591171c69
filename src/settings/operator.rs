//! What is to be done for the OpenTelemetry Operator.

use std::path::PathBuf;

use super::{DoctorSettings, UsageError};
use crate::{
    cli::{
        ActionName,
        operator::{LibcName, OperatorArgs},
    },
    operator::libc::Libc,
};

/// Work for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSettings {
    /// How to tell what would go wrong.
    pub telling: DoctorSettings,
    /// `--workload`: the manifests with the workloads; empty for those in the project.
    pub workloads: Vec<PathBuf>,
    /// `--libc`: that of the application's image; to be found out if `None`.
    pub libc: Option<Libc>,
}

/// Resolves what was typed for the operator.
pub(super) fn operator_settings(telling: DoctorSettings, typed: OperatorArgs) -> OperatorSettings {
    let OperatorArgs { workload, libc } = typed;
    OperatorSettings { telling, workloads: workload, libc: libc.map(libc_setting) }
}

/// The options that mean nothing to other actions.
pub(super) fn misplaced_operator_options(action: ActionName, typed: &OperatorArgs) -> Vec<UsageError> {
    if action == ActionName::Operator {
        return Vec::new();
    }
    let OperatorArgs { workload, libc } = typed;
    let given = [("--workload", !workload.is_empty()), ("--libc", libc.is_some())];
    let given = given.iter().filter(|(_, given)| *given);
    given.map(|(option, _)| UsageError::Misplaced { option, actions: "`--action operator`" }).collect()
}

fn libc_setting(name: LibcName) -> Libc {
    match name {
        LibcName::Glibc => Libc::Glibc,
        LibcName::Musl => Libc::Musl,
    }
}
