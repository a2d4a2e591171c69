//! The one owner of stdout and stderr.
//!
//! stdout carries the answer and nothing else; everything said to a person goes to stderr. Text
//! may hold styles (`anstyle`), which are taken out where the stream shows none; a meaning never
//! depends on them. Text that comes from files passes through [`visible`] first, so that a
//! hostile file cannot steer the terminal.

use std::{
    borrow::Cow,
    cell::Cell,
    fmt::{Display, Write as _},
    io::{self, Write},
};

use anstream::adapter::strip_str;
use anstyle::{AnsiColor, Style};

use crate::error::{Error, causes};

/// How many columns a bar takes.
const BAR_WIDTH: usize = 24;
/// What every style begins with.
const ESCAPE: u8 = 0x1b;
/// Erases the line (ECMA-48, "EL").
const ERASE: &str = "\u{1b}[2K";
/// The style of `error:`.
const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The style of `warning:`.
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The style of `note:`.
const NOTE: Style = AnsiColor::Green.on_default().bold();
/// The style of `hint:`.
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// How much is said. Each level says what the ones before it say, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// `-qq`: errors.
    Silent,
    /// `-q`: warnings.
    Quiet,
    /// The summary, notes and hints.
    #[default]
    Normal,
    /// `-v`: reasons.
    Verbose,
}

/// How to talk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// How much is said.
    pub verbosity: Verbosity,
    /// Whether stdout shows styles.
    pub stdout_styled: bool,
    /// Whether stderr shows styles.
    pub stderr_styled: bool,
    /// How many columns stdout has; `None` where lines may be of any length.
    pub width: Option<usize>,
    /// Whether progress may be shown on stderr.
    pub progress: bool,
}

/// Writes to both streams, in the manner asked for.
#[derive(Debug, Default)]
pub struct Terminal {
    manner: Manner,
    /// Whether the last line of stderr is a bar that the next text must take away.
    shows_bar: Cell<bool>,
}

impl Terminal {
    /// A terminal that talks in that manner.
    #[must_use]
    pub fn new(manner: Manner) -> Self {
        Self { manner, shows_bar: Cell::new(false) }
    }

    /// How many columns stdout has; `None` where lines may be of any length.
    #[must_use]
    pub fn width(&self) -> Option<usize> {
        self.manner.width
    }

    /// Whether reasons are wanted (`-v`).
    #[must_use]
    pub fn is_verbose(&self) -> bool {
        self.manner.verbosity >= Verbosity::Verbose
    }

    /// Writes the answer to stdout as it is.
    ///
    /// A reader that has gone away is not an error; a full disk is.
    pub fn data(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        let written =
            write_styled(&mut stdout, text, self.manner.stdout_styled).and_then(|()| stdout.flush());
        match written {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Says what was done or found, in one line.
    pub fn status(&self, text: impl Display) {
        if self.manner.verbosity >= Verbosity::Normal {
            self.say(&format!("{}\n", visible(&text.to_string())));
        }
    }

    /// Tells a reason, with `-v` only.
    pub fn reason(&self, text: impl Display) {
        if self.is_verbose() {
            self.say(&format!("{}\n", visible(&text.to_string())));
        }
    }

    /// Says something worth knowing.
    pub fn note(&self, text: impl Display) {
        if self.manner.verbosity >= Verbosity::Normal {
            self.say(&labelled(NOTE, "note", text));
        }
    }

    /// Says something the user may have to act on.
    pub fn warning(&self, text: impl Display) {
        if self.manner.verbosity >= Verbosity::Quiet {
            self.say(&labelled(WARNING, "warning", text));
        }
    }

    /// Gives advice.
    pub fn hint(&self, text: impl Display) {
        if self.manner.verbosity >= Verbosity::Normal {
            self.say(&labelled(HINT, "hint", text));
        }
    }

    /// Says that something failed: the error, the chain of its causes, and the advice.
    pub fn error(&self, error: &Error) {
        if let Error::CommandLine(usage) = error {
            // Clap words, styles and labels its errors itself.
            return self.say(&usage.render().ansi().to_string());
        }
        let mut text = chain(error);
        if let Some(hint) = error.hint() {
            text.push_str(&labelled(HINT, "hint", hint));
        }
        self.say(&text);
    }

    /// Says that this program has a bug.
    pub fn bug(&self, bug: impl Display) {
        self.say(&labelled(ERROR, "error", format_args!("a bug in this program: {bug}")));
    }

    /// Shows how far something has come, where somebody watches; gone as soon as it is done or
    /// something else is said.
    pub fn progress(&self, what: &str, done: usize, total: usize) {
        if self.manner.progress && done < total {
            let filled = BAR_WIDTH * done / total;
            let bar = format!("{}{}", "#".repeat(filled), "-".repeat(BAR_WIDTH - filled));
            let _ = write!(io::stderr().lock(), "\r{ERASE}{what} [{bar}] {done}/{total}");
            self.shows_bar.set(true);
        } else {
            self.say("");
        }
    }

    fn say(&self, text: &str) {
        if self.shows_bar.take() {
            let _ = write!(io::stderr().lock(), "\r{ERASE}");
        }
        // Nobody can be told that stderr cannot be written to.
        let _ = write_styled(&mut io::stderr().lock(), text, self.manner.stderr_styled);
    }
}

fn write_styled(stream: &mut dyn Write, text: &str, styled: bool) -> io::Result<()> {
    // Most answers have no styles to strip.
    if styled || memchr::memchr(ESCAPE, text.as_bytes()).is_none() {
        stream.write_all(text.as_bytes())
    } else {
        write!(stream, "{}", strip_str(text))
    }
}

/// The error, and below it the chain of its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut text = labelled(ERROR, "error", &said);
    for cause in causes(error) {
        let reason = cause.to_string();
        if reason != said {
            let _ = writeln!(text, "  Caused by: {}", continued(&reason, 4));
        }
        said = reason;
    }
    text
}

fn labelled(style: Style, label: &str, text: impl Display) -> String {
    format!("{style}{label}:{style:#} {}\n", continued(&text.to_string(), 2))
}

/// Text of several lines, made visible, with every line but the first indented.
fn continued(text: &str, indent: usize) -> String {
    visible(text.trim_end()).replace('\n', &format!("\n{:indent$}", ""))
}

/// Replaces whatever could steer a terminal (control characters but newline and tab, and the
/// characters that turn the direction of writing) by its escape; and the end of a line that a line follows which would be a
/// command to the runner of a workflow.
///
/// Source of the latter rule: GitHub's documentation, "Workflow commands"; its runner passes over blanks before a command.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let commands = || text.match_indices('\n').any(|(at, _)| is_command(&text[at..]));
    if !text.contains(is_steering) && !commands() {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        if is_steering(c) || (c == '\n' && is_command(&text[at..])) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Whether a text is a command to the runner of a workflow, whatever blanks are before it.
fn is_command(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("::") || text.starts_with("##[")
}

fn is_steering(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A number with its noun: `1 library`, `2 libraries`.
#[must_use]
pub fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Items as a sentence lists them: `a`, `a and b`, `a, b and c`.
pub fn listed<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let mut items: Vec<String> = items.into_iter().map(|i| i.to_string()).collect();
    match items.pop() {
        None => String::new(),
        Some(last) if items.is_empty() => last,
        Some(last) => format!("{} and {last}", items.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        assert_eq!(visible("plain `text`, ünïcode\n\tand lines"), "plain `text`, ünïcode\n\tand lines");
        assert_eq!(visible("a\u{1b}[31mb\rc\u{7}\u{9b}"), r"a\u{1b}[31mb\rc\u{7}\u{9b}");
        assert_eq!(visible("a\u{202e}b"), r"a\u{202e}b");
        assert_eq!(visible("a::b\n \t::error::c\n##[x]\nd ::"), "a::b\\n \t::error::c\\n##[x]\nd ::");
    }

    #[test]
    fn further_lines_are_indented_below_their_label() {
        let text = labelled(ERROR, "error", "first\nsecond\n");
        assert_eq!(strip_str(&text).to_string(), "error: first\n  second\n");
    }

    #[test]
    fn causes_are_told_below_their_effect() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read `x`")]
        struct Outer(#[source] std::io::Error);
        let text = chain(&Outer(io::Error::other("one\n\u{1b}two")));
        assert_eq!(
            strip_str(&text).to_string(),
            "error: cannot read `x`\n  Caused by: one\n    \\u{1b}two\n"
        );
    }

    #[test]
    fn numbers_and_lists_read_well() {
        assert_eq!(plural(1, "library", "libraries"), "1 library");
        assert_eq!(plural(0, "library", "libraries"), "0 libraries");
        assert_eq!(listed([""; 0]), "");
        assert_eq!(listed(["a"]), "a");
        assert_eq!(listed(["a", "b"]), "a and b");
        assert_eq!(listed(["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn levels_are_ordered() {
        assert!(Verbosity::Silent < Verbosity::Quiet && Verbosity::Normal < Verbosity::Verbose);
    }
}
