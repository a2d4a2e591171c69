//! `--action operator`.

mod manifest;

use super::doctor::{conclude, explain_ignored, ignored, print, read};
use crate::{
    doctor::{Case, Reading},
    ecosystem::discover::Place,
    error::{Error, ExitStatus, Failure},
    operator::examine,
    registry::Registry,
    settings::{Env, OperatorSettings, ProjectSettings},
    terminal::Terminal,
};

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
    let diagnosis = examine(&case, how).map_err(Error::from)?;
    print(&diagnosis, how.telling.format, Some(place.ecosystem()), None, terminal)?;
    explain_ignored(&diagnosis, terminal);
    Ok(conclude(&diagnosis, overview.as_ref(), &how.telling, terminal))
}
