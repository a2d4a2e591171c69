//! What a packager installs beside the program: completion scripts and the manual page.

use std::{fmt::Write as _, io};

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::{Cli, EXAMPLES};

/// The completion script for a shell.
#[must_use]
pub fn completions(shell: Shell) -> String {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The manual page, in the language of `man` (`groff_man(7)`). All commands are on the one page.
///
/// # Panics
///
/// Never: memory can be written to.
#[must_use]
pub fn manual() -> String {
    let mut command = Cli::command();
    command.build();
    let mut page = head(&command).expect("memory can be written to");
    page.push_str(".SH COMMANDS\n");
    add_commands(&mut page, &mut command);
    page.push_str(".SH EXAMPLES\n.nf\n");
    for example in EXAMPLES.lines().skip(1) {
        let _ = writeln!(page, "{}", escaped(example.trim_start()));
    }
    page.push_str(".fi\n");
    page
}

/// The sections that `clap_mangen` writes well.
fn head(command: &Command) -> io::Result<String> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// Each command that has none below it, with its usage and what it does.
fn add_commands(page: &mut String, command: &mut Command) {
    for below in command.get_subcommands_mut() {
        if below.has_subcommands() {
            add_commands(page, below);
            continue;
        }
        let usage = below.render_usage().to_string();
        let usage = usage.trim_start_matches("Usage:").trim();
        let about = below.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{}", escaped(usage), escaped(&about));
    }
}

/// Text that means itself: no escape, no request at the beginning of a line.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_tells_every_option_and_command() {
        let page = manual();
        let command = Cli::command();
        let options = command.get_arguments().filter_map(clap::Arg::get_long);
        for option in options {
            assert!(page.contains(&option.replace('-', "\\-")), "{option}");
        }
        assert!(page.contains("otel\\-bootstrap registry update [OPTIONS]"));
        assert!(page.contains("xargs cargo add"));
    }

    #[test]
    fn text_means_itself() {
        assert_eq!(escaped(".TH a-b \\fB"), "\\&.TH a\\-b \\efB");
    }
}
