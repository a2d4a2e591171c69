//! `registry …`: looks into the registry, or refreshes it.

use crate::{
    error::{ExitStatus, Failure},
    registry::{
        Registry,
        update::{self, Outcome},
    },
    settings::{RegistrySources, RegistryTask},
    terminal::{Terminal, listed, plural},
};

/// Does what is asked for.
pub(crate) fn registry(
    task: &RegistryTask,
    sources: &RegistrySources,
    terminal: &Terminal,
) -> Result<ExitStatus, Failure> {
    match task {
        RegistryTask::Update(options) => {
            let registry = Registry::load(sources)?;
            let mut progress = |progress: update::Progress| {
                terminal.progress("fetching release data", progress.done, progress.total);
            };
            say(&update::run(options, &registry, &mut progress)?, terminal);
        }
    }
    Ok(ExitStatus::Done)
}

fn say(outcome: &Outcome, terminal: &Terminal) {
    let Outcome { path, crates, changed, missing } = outcome;
    if !missing.is_empty() {
        let missing = listed(missing.iter().map(|name| format!("`{name}`")));
        terminal.warning(format_args!("the index does not have {missing}"));
    }
    let crates = plural(*crates, "crate", "crates");
    terminal.status(format_args!("release data of {crates} ({changed} changed) in `{}`", path.display()));
}
