//! `--action operator`.

mod manifest;

use super::doctor::{conclude, explain_ignored, ignored, print, read};
use crate::{
    doctor::{Case, Reading},
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
    let ignore = ignored(&how.telling)?;
    let project = read(place, settings, registry, env, terminal);
    let overview = project.as_ref().map(|project| project.overview(&env.folder));
    let known = project.as_ref().zip(overview.as_ref());
    let reading = known.map(|(project, overview)| Reading { project, overview, problems: &[] });
    let case = Case { place, folder: &env.folder, reading, registry, ignore: &ignore };
    if how.write || !how.manifests.is_empty() {
        return manifest::manifests(&case, how, settings, registry, env, terminal);
    }
    let is_python = place.ecosystem() == Ecosystem::Python;
    let injected = if is_python { injected(how)? } else { None };
    let python = settings.selection.python.version.as_ref().map(|version| {
        let part = |index: usize| version.release().get(index).copied().unwrap_or_default();
        (part(0), part(1))
    });
    let diagnosis = examine(&case, how, python, injected.as_ref()).map_err(Error::from)?;
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
    Ok(conclude(&diagnosis, overview.as_ref(), &how.telling, terminal))
}
