//! `Dockerfile`: what the images start, in which environment, and what is installed into them.
//!
//! Source of the rules: Docker's reference, "Dockerfile reference".

use super::{
    of_text, of_words,
    words::{Word, assignment, commands},
};
use crate::doctor::launch::{Launch, Variable, add, variable};

/// How many stages are looked at.
const MOST_STAGES: usize = 100;

/// An instruction, with the lines that it goes on over joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The line, from 1.
    pub line: usize,
    /// Its name, in capitals.
    pub name: String,
    /// The rest.
    pub text: String,
}

/// A stage, as far as it has come.
#[derive(Clone, Default)]
struct Stage {
    name: Option<String>,
    environment: Vec<Variable>,
    entrypoint: Option<Line>,
    command: Option<Line>,
}

/// What `ENTRYPOINT` or `CMD` says.
#[derive(Clone)]
struct Line {
    line: usize,
    form: Form,
}

#[derive(Clone)]
enum Form {
    /// Words, in a JSON array.
    Words(Vec<Word>),
    /// A text for a shell.
    Text(String),
}

/// What each stage starts, and the commands of its `RUN`s.
#[must_use]
pub fn launches(text: &str) -> Vec<Launch> {
    let (mut stages, mut found) = (Vec::<Stage>::new(), Vec::new());
    for Instruction { line, name, text } in instructions(text) {
        if name == "FROM" {
            if stages.len() == MOST_STAGES {
                break;
            }
            stages.push(stage(&text, &stages));
            continue;
        }
        let Some(stage) = stages.last_mut() else { continue };
        match name.as_str() {
            "ENV" => add(&mut stage.environment, environment(&text, line)),
            "ENTRYPOINT" => {
                stage.entrypoint = Some(form(&text, line));
                stage.command = None;
            }
            "CMD" => stage.command = Some(form(&text, line)),
            "RUN" => found.extend(of_text(&text, line, &[])),
            _ => {}
        }
    }
    for stage in &stages {
        found.extend(started(stage));
    }
    found
}

/// A stage, which begins with all that the stage below it has.
fn stage(from: &str, stages: &[Stage]) -> Stage {
    let mut words = from.split_whitespace().filter(|word| !word.starts_with("--"));
    let (base, _, name) = (words.next().unwrap_or_default(), words.next(), words.next());
    let below =
        stages.iter().rev().find(|stage| stage.name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(base)));
    Stage { name: name.map(str::to_owned), ..below.cloned().unwrap_or_default() }
}

/// What an image of that stage starts; an environment alone if it starts nothing itself.
fn started(stage: &Stage) -> Vec<Launch> {
    let environment = &stage.environment;
    let mut found = Vec::new();
    match (&stage.entrypoint, &stage.command) {
        (Some(Line { line, form: Form::Words(words) }), command) => {
            let mut words = words.clone();
            let mut line = *line;
            if let Some(command) = command {
                line = command.line;
                match &command.form {
                    Form::Words(more) => words.extend(more.iter().cloned()),
                    Form::Text(text) => {
                        words.extend(["/bin/sh", "-c"].map(Word::known));
                        words.push(Word::known(text));
                    }
                }
            }
            of_words(line, words, environment, &mut found, 0);
        }
        (None, Some(Line { line, form: Form::Words(words) })) => {
            of_words(*line, words.clone(), environment, &mut found, 0);
        }
        // A text as entry point never sees the command.
        (Some(Line { line, form: Form::Text(text) }), _)
        | (None, Some(Line { line, form: Form::Text(text) })) => {
            found = of_text(text, *line, environment);
        }
        (None, None) => {}
    }
    if found.is_empty()
        && let Some(first) = environment.first()
    {
        found.push(Launch { line: first.line, environment: environment.clone(), ..Launch::default() });
    }
    found
}

/// A JSON array of words, or a text for a shell.
fn form(text: &str, line: usize) -> Line {
    let words = serde_json::from_str::<Vec<String>>(text.trim()).ok();
    let form = match words {
        Some(words) => Form::Words(words.into_iter().map(Word::known).collect()),
        None => Form::Text(text.to_owned()),
    };
    Line { line, form }
}

/// `ENV A=1 B="x y"`, or the old `ENV A value to the end`.
#[must_use]
pub fn environment(text: &str, line: usize) -> Vec<Variable> {
    let words = commands(text, line).into_iter().next().map(|command| command.words).unwrap_or_default();
    if words.first().is_some_and(|word| assignment(&word.text).is_some()) {
        return words.iter().filter_map(|word| variable(word, line)).collect();
    }
    let Some((name, value)) = text.trim().split_once(char::is_whitespace) else { return Vec::new() };
    let value = (!value.contains('$')).then(|| value.trim().to_owned());
    vec![Variable { name: name.to_owned(), value, line }]
}

/// The instructions of a file.
#[must_use]
pub fn instructions(text: &str) -> Vec<Instruction> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (name, rest) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
        let mut text = rest.to_owned();
        while text.trim_end().ends_with('\\') {
            text.truncate(text.trim_end().len() - 1);
            // Lines of comments and empty ones do not end it.
            let next = lines
                .by_ref()
                .find(|(_, next)| !next.trim().is_empty() && !next.trim_start().starts_with('#'));
            let Some((_, next)) = next else { break };
            text.push(' ');
            text.push_str(next.trim());
        }
        if let Some(end) = document(&text) {
            // The body of a here-document is a text for a shell, or a file.
            let body: Vec<&str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != end).collect();
            text = body.join("\n");
        }
        found.push(Instruction { line: index + 1, name: name.to_ascii_uppercase(), text });
    }
    found
}

/// The word that ends the here-document that an instruction is.
fn document(text: &str) -> Option<String> {
    let rest = text.trim_start().strip_prefix("<<")?;
    let end: String = rest.trim_start_matches('-').chars().take_while(|c| !c.is_whitespace()).collect();
    let end = end.trim_matches(['"', '\'']).to_owned();
    (!end.is_empty()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::told, *};

    #[test]
    fn an_image_starts_entry_point_and_command_together() {
        let text = "# syntax=docker/dockerfile:1\nFROM python:3.12 AS base\nENV A=1 \\\n  # x\n  B=\"x y\"\nENV C c d\n\
                    FROM base\nRUN pip install flask \\\n && opentelemetry-bootstrap -a install\nENTRYPOINT [\"tini\", \"--\"]\n\
                    CMD [\"gunicorn\", \"app\"]\n";
        assert_eq!(
            told(&launches(text)),
            [
                "8 pip install flask",
                "8 opentelemetry-bootstrap -a install",
                "3 A=1 B=x y C=c d",
                "11 A=1 B=x y C=c d tini -- gunicorn app",
            ]
        );
    }

    #[test]
    fn texts_are_for_a_shell() {
        assert_eq!(
            told(&launches("FROM x\nENTRYPOINT a b\nCMD c\nFROM y\nCMD A=1 exec d $E\n")),
            ["2 a b", "5 A=1 exec d $E"]
        );
        assert_eq!(
            told(&launches("FROM x\nRUN <<EOF\npip install a\nb\nEOF\nCMD c\n")),
            ["2 pip install a", "3 b", "6 c"]
        );
        assert_eq!(told(&launches("FROM x\nCMD [\"sh\", \"-c\", \"a && b\"]")), ["2 a", "2 b"]);
        assert_eq!(launches("CMD x\n"), []);
        assert_eq!(launches("FROM x\nRUN a \\"), [Launch::new(2, vec![Word::known("a")], Vec::new())]);
    }
}
