//! What each action does once the answer is known: it says things and hands out the exit status.

mod check;
mod doctor;
mod install;
mod operator;
mod payload;
mod process;
mod registry;
mod requirements;

pub(crate) use check::check;
pub(crate) use doctor::{doctor, doctor_page};
pub use install::ListError;
pub(crate) use install::{Work, install};
pub(crate) use operator::operator;
pub(crate) use payload::payload;
pub(crate) use process::process;
pub(crate) use registry::registry;
pub(crate) use requirements::requirements;

use crate::{render, resolution::Resolution, terminal::Terminal};

/// Says what the user should know beside the answer, and with `-v` what decided the release set.
fn explain(resolution: &Resolution, terminal: &Terminal) {
    for warning in resolution.all_warnings() {
        terminal.warning(warning);
    }
    explain_switches(resolution, terminal);
    explain_set(resolution, terminal);
}

/// Says which of what is listed would be added to a dependency that is off.
fn explain_switches(resolution: &Resolution, terminal: &Terminal) {
    for entry in &resolution.switched_off {
        terminal.warning(entry);
        terminal.hint(entry.hint());
    }
}

/// Says what decided the release set, with `-v`.
fn explain_set(resolution: &Resolution, terminal: &Terminal) {
    for reason in render::set_reasons(resolution) {
        terminal.reason(reason);
    }
}
