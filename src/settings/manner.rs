//! How to talk: what the options and the environment ask for.

use super::Env;
use crate::{
    cli::{ColorWhen, CommonArgs},
    terminal::{Manner, Verbosity},
};

/// How to talk before the arguments are understood.
#[must_use]
pub fn first_manner(env: &Env) -> Manner {
    styled(ColorWhen::Auto, env)
}

/// How to talk once they are.
pub(super) fn manner(common: &CommonArgs, env: &Env) -> Manner {
    let verbosity = match i16::from(common.verbose) - i16::from(common.quiet) {
        ..-1 => Verbosity::Silent,
        -1 => Verbosity::Quiet,
        0 => Verbosity::Normal,
        1.. => Verbosity::Verbose,
    };
    let progress = env.stderr_is_terminal
        && !common.no_progress
        && verbosity >= Verbosity::Normal
        && env.get("CI").is_none()
        && env.get("TERM").is_none_or(|term| term != "dumb");
    Manner { verbosity, progress, ..styled(common.color, env) }
}

/// Colour and width. `NO_COLOR` (no-color.org) goes before `CLICOLOR_FORCE` (bixense.com/clicolors),
/// and the option goes before both.
fn styled(color: ColorWhen, env: &Env) -> Manner {
    let forced = match color {
        ColorWhen::Always => Some(true),
        ColorWhen::Never => Some(false),
        ColorWhen::Auto if env.get("NO_COLOR").is_some() => Some(false),
        ColorWhen::Auto if env.get("CLICOLOR_FORCE").is_some_and(|value| value != "0") => Some(true),
        ColorWhen::Auto if env.get("TERM").is_some_and(|term| term == "dumb") => Some(false),
        ColorWhen::Auto => None,
    };
    Manner {
        stdout_styled: forced.unwrap_or(env.stdout_is_terminal),
        stderr_styled: forced.unwrap_or(env.stderr_is_terminal),
        width: if env.stdout_is_terminal { env.columns } else { None },
        ..Manner::default()
    }
}
