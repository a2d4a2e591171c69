//! The files that say how programs are started, each read into [`Launch`]es.

pub mod base;
pub mod compose;
pub mod dockerfile;
pub mod dotenv;
pub mod image;
pub mod ini;
pub mod kubernetes;
pub mod procfile;
pub mod pyproject;
pub mod shell;
mod slot;
pub mod systemd;
pub mod words;
pub mod yaml;

use self::words::{Command, Word, commands};
use super::{
    kind::Kind,
    launch::{Launch, Variable},
};

/// How deep `sh -c` is followed.
const DEEPEST: usize = 4;

/// How many commands of a file are looked at.
const MOST_COMMANDS: usize = 2000;

/// The file does not follow its grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unparsed;

/// How programs are started according to a file, as far as it matters; nothing for a kind that does not say it.
pub fn launches(kind: Kind, text: &str) -> Result<Vec<Launch>, Unparsed> {
    // What some editors put in front counts where bytes are counted.
    let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = all(kind, plain)?;
    found.retain(Launch::matters);
    slot::fill(kind, plain, &mut found);
    for launch in &mut found {
        launch.move_by(text.len() - plain.len());
    }
    Ok(found)
}

fn all(kind: Kind, text: &str) -> Result<Vec<Launch>, Unparsed> {
    Ok(match kind {
        Kind::Python | Kind::Rust => Vec::new(),
        Kind::Pyproject => pyproject::launches(text)?,
        Kind::Procfile => procfile::launches(text),
        Kind::Dockerfile => dockerfile::launches(&image::stages(text)),
        Kind::Systemd => systemd::launches(text),
        Kind::Uwsgi => ini::uwsgi(text),
        Kind::Supervisor => ini::supervisor(text),
        Kind::Shell => shell::launches(text),
        Kind::Dotenv => dotenv::launches(text),
        Kind::Yaml => {
            let documents = yaml::documents(text)?;
            let mut found = Vec::new();
            for document in &documents {
                found.extend(compose::launches(document));
                found.extend(kubernetes::launches(document));
            }
            found
        }
    })
}

/// The lines of a text without their ends, each with the place where it begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        (start, line.strip_suffix('\r').unwrap_or(line))
    })
}

/// Adds a line to a value that goes on over several: blanks stand for what is between them in the file.
fn fill(value: &mut String, begin: usize, start: usize, line: &str) {
    let blanks = start.saturating_sub(begin + value.len()).max(1);
    value.extend(std::iter::repeat_n(' ', blanks));
    value.push_str(line.trim_end());
}

/// The command lines in a text for a shell, each with that environment. The text begins at that place of the file.
fn of_text(text: &str, line: usize, at: Option<usize>, environment: &[Variable]) -> Vec<Launch> {
    let mut found = Vec::new();
    for Command { line, words } in commands(text, line) {
        let words = words.into_iter().map(|word| word.moved(at)).collect();
        of_words(line, words, environment, &mut found, 0);
    }
    found
}

/// The command line of some words; those in the text of `sh -c` if it is that.
fn of_words(line: usize, words: Vec<Word>, environment: &[Variable], found: &mut Vec<Launch>, depth: usize) {
    if found.len() >= MOST_COMMANDS {
        return;
    }
    let launch = Launch::new(line, words, environment.to_vec());
    let text = match launch.start().arguments {
        // The interpreter is passed over as what starts the rest.
        [option, text, ..] if is_shell(&launch.words) && is_command_option(&option.text) => {
            Some((text.text.clone(), text.raw.and_then(|raw| raw.text)))
        }
        _ => None,
    };
    match text {
        Some((text, at)) if depth < DEEPEST => {
            for inner in commands(&text, 0) {
                let words = inner.words.into_iter().map(|word| word.moved(at)).collect();
                of_words(line + inner.line, words, &launch.environment, found, depth + 1);
            }
        }
        _ => found.push(launch),
    }
}

fn is_shell(words: &[Word]) -> bool {
    words.iter().any(|word| matches!(word.text.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash")))
}

/// `-c`, `-ec`, `-lc`
fn is_command_option(text: &str) -> bool {
    text.starts_with('-') && !text.starts_with("--") && text.ends_with('c')
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Launches as `LINE NAME=VALUE … WORD …`.
    pub(crate) fn told(launches: &[Launch]) -> Vec<String> {
        let of = |launch: &Launch| {
            let variables = launch.environment.iter();
            let variables = variables.map(|v| format!("{}={}", v.name, v.value.as_deref().unwrap_or("?")));
            let words = launch.words.iter().map(|word| word.text.clone());
            let mark = launch.is_injected.then(|| "injected".to_owned());
            let parts: Vec<String> = mark.into_iter().chain(variables).chain(words).collect();
            format!("{} {}", launch.line, parts.join(" "))
        };
        launches.iter().map(of).collect()
    }

    #[test]
    fn the_text_of_a_shell_is_read_too() {
        assert_eq!(
            told(&of_text("A=1 sh -ec 'cd x && B=2 gunicorn y'", 7, None, &[])),
            ["7 A=1 cd x", "7 A=1 B=2 gunicorn y"]
        );
        assert_eq!(told(&of_text("bash start.sh", 1, None, &[])), ["1 bash start.sh"]);
    }
}
