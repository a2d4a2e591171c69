//! Everything that can end a run early, what to do about it, and the exit status.

use std::{io, process::ExitCode};

use thiserror::Error;

use crate::{
    command::ListError,
    doctor::{catalogue::UnknownCheck, fix::FixError, process::ProcessError, send::SendError},
    ecosystem::{DiscoverError, ReadError, ResolveError},
    install::{
        SwapError,
        cargo::{ApplyError, AssignmentError, PlanError, ProofError},
        python,
    },
    operator::{
        manifest::Unpatched,
        payload::PayloadError,
        scene::WorkloadError,
        stock::{ContentsError, UnknownRelease},
        switch::UnknownInstrumentation,
    },
    registry,
    render::SeveralVersions,
    settings::UsageError,
};

/// How a run ended, for whoever started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitStatus {
    /// Done, also when there was nothing to do.
    Done = 0,
    /// The user can fix what is wrong, or a check found something.
    Failed = 1,
    /// Wrong usage, or a bug of this program.
    Misused = 2,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

/// One thing that ended a run.
#[derive(Debug, Error)]
pub enum Error {
    /// Arguments that cannot be parsed.
    #[error(transparent)]
    CommandLine(#[from] clap::Error),
    /// Options that make no sense together.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// The registry cannot be loaded.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// A name that the registry does not know.
    #[error(transparent)]
    UnknownName(#[from] registry::describe::UnknownName),
    /// A name that is no check of the doctor.
    #[error(transparent)]
    UnknownCheck(#[from] UnknownCheck),
    /// What was found could not be fixed.
    #[error(transparent)]
    Fix(#[from] FixError),
    /// Nothing can be said of a process.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A span did not arrive.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The release data cannot be refreshed.
    #[error(transparent)]
    Update(#[from] registry::update::Error),
    /// It is not known what the path is.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The project cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no answer.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The answer cannot be printed in the form asked for.
    #[error(transparent)]
    List(#[from] SeveralVersions),
    /// Lines to install cannot be taken.
    #[error(transparent)]
    RequirementList(#[from] ListError),
    /// Which members a line is for cannot be told.
    #[error(transparent)]
    Assignment(#[from] AssignmentError),
    /// A manifest cannot be edited.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The plan does not lead to what it promises.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The project cannot be written to.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// Nothing can be installed into a Python environment.
    #[error(transparent)]
    PythonPlan(#[from] python::PlanError),
    /// It is not possible there.
    #[error(transparent)]
    PythonProof(#[from] python::ProofError),
    /// It did not go well.
    #[error(transparent)]
    PythonApply(#[from] python::ApplyError),
    /// A file with workloads cannot be used.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    /// A manifest cannot be changed.
    #[error(transparent)]
    Unpatched(#[from] Unpatched),
    /// A payload's list of contents cannot be used.
    #[error(transparent)]
    Contents(#[from] ContentsError),
    /// A release of the operator that is not known.
    #[error(transparent)]
    UnknownRelease(#[from] UnknownRelease),
    /// An instrumentation that the release does not have.
    #[error(transparent)]
    UnknownInstrumentation(#[from] UnknownInstrumentation),
    /// What the operator injects cannot be built.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// Files could not be replaced.
    #[error(transparent)]
    Swap(#[from] SwapError),
    /// stdout cannot be written to.
    #[error("failed to write to stdout")]
    Output(#[from] io::Error),
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Usage(error) => error.hint(),
            Self::Registry(error) => error.hint(),
            Self::UnknownName(error) => error.hint(),
            Self::UnknownCheck(error) => error.hint(),
            Self::Fix(error) => error.hint(),
            Self::Process(error) => error.hint(),
            Self::Send(error) => error.hint(),
            Self::Update(error) => error.hint(),
            Self::Discover(error) => error.hint(),
            Self::Read(error) => error.hint(),
            Self::Resolve(error) => error.hint(),
            Self::List(error) => Some(error.hint()),
            Self::RequirementList(error) => error.hint(),
            Self::Assignment(error) => error.hint(),
            Self::Plan(error) => error.hint(),
            Self::Proof(error) => error.hint(),
            Self::Apply(error) => error.hint(),
            Self::PythonPlan(error) => error.hint(),
            Self::PythonProof(error) => error.hint(),
            Self::PythonApply(error) => error.hint(),
            Self::Workload(error) => error.hint(),
            Self::Unpatched(error) => error.hint(),
            Self::UnknownRelease(error) => error.hint(),
            Self::UnknownInstrumentation(error) => error.hint(),
            Self::Payload(error) => error.hint(),
            Self::Swap(error) => error.hint(),
            Self::CommandLine(_) | Self::Output(_) | Self::Contents(_) => None,
        }
    }

    /// The exit status it leads to.
    #[must_use]
    pub fn status(&self) -> ExitStatus {
        match self {
            Self::CommandLine(_)
            | Self::Usage(_)
            | Self::UnknownName(_)
            | Self::UnknownCheck(_)
            | Self::UnknownRelease(_)
            | Self::UnknownInstrumentation(_)
            | Self::Discover(DiscoverError::Both { .. }) => ExitStatus::Misused,
            Self::Read(error) if error.is_misuse() => ExitStatus::Misused,
            Self::Resolve(error) if error.is_misuse() => ExitStatus::Misused,
            Self::Payload(error) if error.is_misuse() => ExitStatus::Misused,
            _ => ExitStatus::Failed,
        }
    }
}

/// Everything that ended a run; never empty.
#[derive(Debug)]
pub struct Failure(Vec<Error>);

impl Failure {
    /// Its parts, in the order they were found.
    pub fn errors(&self) -> impl Iterator<Item = &Error> {
        self.0.iter()
    }

    /// The exit status: that of the gravest part.
    #[must_use]
    pub fn status(&self) -> ExitStatus {
        self.errors().map(Error::status).max().unwrap_or(ExitStatus::Misused)
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(vec![error.into()])
    }
}

impl<E: Into<Error>> From<Vec<E>> for Failure {
    fn from(errors: Vec<E>) -> Self {
        Self(errors.into_iter().map(Into::into).collect())
    }
}

/// What led to an error, one after the other.
pub(crate) fn causes<'a>(
    error: &'a dyn std::error::Error,
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    let next = |cause: &&'a (dyn std::error::Error + 'static)| (*cause).source();
    std::iter::successors(error.source(), next)
}

/// An error with its causes, in one line.
#[must_use]
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = causes(error).map(ToString::to_string);
    std::iter::once(error.to_string()).chain(causes).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_part_decides_the_status() {
        let failed = || Error::from(io::Error::other("disk full"));
        let misused = || Error::from(UsageError::RequirementWithoutInstall);
        assert_eq!(Failure::from(failed()).status(), ExitStatus::Failed);
        assert_eq!(Failure::from(vec![failed(), misused()]).status(), ExitStatus::Misused);
        assert_eq!(ExitStatus::Done as u8, 0);
        assert_eq!(ExitStatus::Failed as u8, 1);
        assert_eq!(ExitStatus::Misused as u8, 2);
    }
}
