//! The program: arguments in, exit status out.

use std::{panic, process::ExitCode};

use otel_bootstrap::{
    error::ExitStatus,
    run,
    settings::{Env, Settings, first_manner},
    terminal::Terminal,
};

fn main() -> ExitCode {
    panic::set_hook(Box::new(end_at));
    let env = Env::of_process();
    let (terminal, outcome) = match Settings::of_arguments(std::env::args_os(), &env) {
        Ok(settings) => {
            let terminal = Terminal::new(settings.manner);
            let outcome = run(settings, &env, &terminal);
            (terminal, outcome)
        }
        Err(failure) => (Terminal::new(first_manner(&env)), Err(failure)),
    };
    let status = outcome.unwrap_or_else(|failure| {
        for error in failure.errors() {
            terminal.error(error);
        }
        failure.status()
    });
    status.into()
}

/// Ends the program at a bug of its own, with the exit status for that; a panic alone has another.
#[expect(clippy::exit, reason = "nothing is left to run after a panic, and only here is the status chosen")]
fn end_at(bug: &panic::PanicHookInfo<'_>) {
    Terminal::default().bug(bug);
    std::process::exit(ExitStatus::Misused as i32)
}
