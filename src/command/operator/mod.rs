//! `--action operator`.

mod manifest;

use super::doctor::{Call, Known, conclude, counted, explain_ignored, print};
use crate::{
    ecosystem::{Ecosystem, discover::Place},
    error::{Error, ExitStatus, Failure},
    operator::{
        examine,
        libc::Libc,
        stock::{self, Injected},
    },
    registry::Registry,
    settings::{Env, OperatorSettings, ProjectSettings},
    terminal::Terminal,
};

/// That there is nothing to inject into a program of Rust.
const NOTHING_TO_INJECT: &str = "nothing can be injected into a program of Rust: the operator sets variables, which a \
                                 program that is instrumented reads";

/// What is injected, if it is known.
fn injected(how: &OperatorSettings) -> Result<Option<Injected>, Error> {
    if let Some(path) = &how.against {
        return Ok(Some(stock::of_payload(path, how.libc.unwrap_or(Libc::Glibc))?));
    }
    Ok(stock::injected(how.release.as_deref(), how.image.as_deref())?)
}

/// Tells what would go wrong where the operator injects, and fails if something is as grave as the settings say; or prints
/// what is needed for it.
pub(crate) fn operator(
    place: &Place,
    how: &OperatorSettings,
    settings: &ProjectSettings,
    registry: &Registry,
    env: &Env,
    terminal: &Terminal,
) -> Result<ExitStatus, Failure> {
    let call = Call { place, how: &how.telling, settings, registry, env, terminal };
    let known = Known::of(&call, false)?;
    let case = known.case(&call);
    let is_python = place.ecosystem() == Ecosystem::Python;
    let makes_manifests = how.write || !how.manifests.is_empty();
    if makes_manifests {
        manifest::manifests(&case, how, settings, registry, env, terminal)?;
    }
    // What is printed is not in place yet, so it says nothing of what is left to do.
    if makes_manifests && (!how.write || how.dry_run || !is_python) {
        return Ok(ExitStatus::Done);
    }
    let injected = if is_python { injected(how)? } else { None };
    let python = settings.selection.python.version.as_ref().map(|version| {
        let part = |index: usize| version.release().get(index).copied().unwrap_or_default();
        (part(0), part(1))
    });
    let (diagnosis, injected) = examine(&case, how, python, injected).map_err(Error::from)?;
    if makes_manifests {
        if !diagnosis.symptoms.is_empty() {
            let found = counted(&diagnosis);
            terminal.status(format_args!("what remains: {found}; the same without `--write` tells them"));
        }
        return Ok(ExitStatus::Done);
    }
    print(&diagnosis, how.telling.format, Some(place.ecosystem()), None, terminal)?;
    explain_ignored(&diagnosis, terminal);
    if !is_python {
        terminal.note(NOTHING_TO_INJECT);
        terminal.hint(
            "`--manifest instrumentation,workload` prints what sets the variables that an instrumented program reads",
        );
    } else if let Some(injected) = &injected {
        terminal.reason(format_args!("looked at against {}", injected.title));
    } else {
        terminal.note(
            "nothing is known of that image: `--against` takes the `payload.json` of a payload of your own",
        );
    }
    Ok(conclude(&diagnosis, known.overview.as_ref(), &how.telling, terminal))
}
