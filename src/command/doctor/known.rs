//! What is known of a project before anything looks at it.

use super::{Call, ignored, problems, read};
use crate::{
    check::Problem,
    doctor::{Case, Reading, ignore::Ignore},
    ecosystem::{Overview, Project},
    error::Error,
};

/// A project, as far as it could be read.
pub(in crate::command) struct Known {
    /// What is installed or locked; `None` if that cannot be told.
    pub(in crate::command) project: Option<Project>,
    /// What is said of it in one line.
    pub(in crate::command) overview: Option<Overview>,
    problems: Vec<Problem>,
    ignore: Vec<Ignore>,
}

impl Known {
    /// Reads the project at that place; with `is_judged` also what is wrong with what is installed or locked.
    pub(in crate::command) fn of(call: &Call<'_>, is_judged: bool) -> Result<Self, Error> {
        let Call { place, how, settings, registry, env, terminal } = *call;
        let ignore = ignored(how)?;
        let project = read(place, settings, registry, env, terminal);
        let judged = project.as_ref().filter(|_| is_judged);
        let problems = judged.map(|project| problems(project, settings, registry, terminal));
        let overview = project.as_ref().map(|project| project.overview(&env.folder));
        Ok(Self { project, overview, problems: problems.unwrap_or_default(), ignore })
    }

    /// The case that it is.
    pub(in crate::command) fn case<'a>(&'a self, call: &Call<'a>) -> Case<'a> {
        let known = self.project.as_ref().zip(self.overview.as_ref());
        let reading =
            known.map(|(project, overview)| Reading { project, overview, problems: &self.problems });
        let Call { place, env, registry, .. } = *call;
        Case { place, folder: &env.folder, reading, registry, ignore: &self.ignore }
    }
}
