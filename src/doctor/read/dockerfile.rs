//! `Dockerfile`: what the images start, in which environment, and what is installed into them.
//!
//! Source of the rules: Docker's reference, "Dockerfile reference".

use super::{
    fill,
    image::Stage,
    lines, of_text, of_words,
    words::{Word, assignment, commands},
};
use crate::doctor::launch::{Launch, Spot, Variable, add, variable};

/// An instruction. Where it goes on over several lines, their ends and comments between them are blanks, so that
/// everything keeps its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The line, from 1.
    pub line: usize,
    /// Its name, in capitals.
    pub name: String,
    /// Where the rest begins in the file, in bytes.
    pub at: usize,
    /// The rest.
    pub text: String,
}

/// What a stage starts, as far as it has come.
#[derive(Clone, Default)]
struct Start {
    environment: Vec<Variable>,
    entrypoint: Option<Line>,
    command: Option<Line>,
}

/// What `ENTRYPOINT` or `CMD` says.
#[derive(Clone)]
struct Line {
    number: usize,
    at: usize,
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
pub fn launches(stages: &[Stage]) -> Vec<Launch> {
    let (mut starts, mut found) = (Vec::<Start>::new(), Vec::new());
    for stage in stages {
        let mut start = stage.inherited(&starts).unwrap_or_default();
        for Instruction { line, name, at, text } in &stage.instructions {
            match name.as_str() {
                "ENV" => add(&mut start.environment, environment(text, *line, *at)),
                "ENTRYPOINT" => {
                    start.entrypoint = Some(form(text, *line, *at));
                    start.command = None;
                }
                "CMD" => start.command = Some(form(text, *line, *at)),
                "RUN" => found.extend(of_text(text, *line, Some(*at), &[])),
                _ => {}
            }
        }
        starts.push(start);
    }
    found.extend(starts.iter().flat_map(started));
    found
}

/// What an image of that stage starts; an environment alone if it starts nothing itself.
fn started(start: &Start) -> Vec<Launch> {
    let environment = &start.environment;
    let mut found = Vec::new();
    match (&start.entrypoint, &start.command) {
        (Some(Line { number, form: Form::Words(words), .. }), command) => {
            let mut words = words.clone();
            let mut line = *number;
            if let Some(command) = command {
                line = command.number;
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
        (None, Some(Line { number, form: Form::Words(words), .. })) => {
            of_words(*number, words.clone(), environment, &mut found, 0);
        }
        // A text as entry point never sees the command.
        (Some(Line { number, at, form: Form::Text(text) }), _)
        | (None, Some(Line { number, at, form: Form::Text(text) })) => {
            found = of_text(text, *number, Some(*at), environment);
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
fn form(text: &str, line: usize, at: usize) -> Line {
    let words = serde_json::from_str::<Vec<String>>(text.trim()).ok();
    let form = match words {
        Some(words) => Form::Words(words.into_iter().map(Word::known).collect()),
        None => Form::Text(text.to_owned()),
    };
    Line { number: line, at, form }
}

/// `ENV A=1 B="x y"`, or the old `ENV A value to the end`.
#[must_use]
pub fn environment(text: &str, line: usize, at: usize) -> Vec<Variable> {
    let words = commands(text, line).into_iter().next().map(|command| command.words).unwrap_or_default();
    if words.first().is_some_and(|word| assignment(&word.text).is_some()) {
        let words = words.into_iter().map(|word| word.moved(Some(at)));
        return words.filter_map(|word| variable(&word, line)).collect();
    }
    let Some((name, rest)) = text.trim().split_once(char::is_whitespace) else { return Vec::new() };
    let value_at = at + text.trim_end().len() - rest.trim_start().len();
    let value = (!rest.contains('$')).then(|| rest.trim().to_owned());
    let spot = Some(Spot { name: at + text.len() - text.trim_start().len(), value: Some(value_at) });
    vec![Variable { name: name.to_owned(), value, line, spot }]
}

/// The instructions of a file.
#[must_use]
pub fn instructions(text: &str) -> Vec<Instruction> {
    let mut found = Vec::new();
    let mut lines = lines(text).enumerate();
    while let Some((index, (start, line))) = lines.next() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (name, rest) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
        let mut at = start + line.trim_end().len() - rest.len();
        let mut own = rest.to_owned();
        while own.trim_end().ends_with('\\') {
            own.truncate(own.trim_end().len() - 1);
            // Lines of comments and empty ones do not end it.
            let next = lines
                .by_ref()
                .find(|(_, (_, next))| !next.trim().is_empty() && !next.trim_start().starts_with('#'));
            let Some((_, (start, next))) = next else { break };
            fill(&mut own, at, start, next);
        }
        if let Some(end) = document(&own) {
            // The body of a here-document is a text for a shell, or a file.
            let mut body = lines.by_ref().take_while(|(_, (_, line))| line.trim() != end);
            let first = body.next().map_or((0, 0), |(_, (start, line))| (start, start + line.len()));
            let last = body.last().map_or(first.1, |(_, (start, line))| start + line.len());
            at = first.0;
            text[first.0..last].clone_into(&mut own);
        }
        found.push(Instruction { line: index + 1, name: name.to_ascii_uppercase(), at, text: own });
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
    use super::{
        super::{image::stages, tests::told},
        *,
    };

    fn launches(text: &str) -> Vec<Launch> {
        super::launches(&stages(text))
    }

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
        assert_eq!(told(&launches("FROM x\nRUN a \\")), ["2 a"]);
    }
}
