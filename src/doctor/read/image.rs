//! The stages of a `Dockerfile`: what each begins from, runs, and copies from others.
//!
//! Source of the rules: Docker's reference, "Dockerfile reference".

use super::{
    dockerfile::{Instruction, environment, instructions},
    words::{Word, commands},
};
use crate::doctor::launch::{Variable, add};

/// How many stages are looked at.
const MOST_STAGES: usize = 100;

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The line of its `FROM`, from 1.
    pub line: usize,
    /// Its name.
    pub name: Option<String>,
    /// What it begins from.
    pub below: Below,
    /// The architecture, as Docker spells it (`arm64`), if it is said.
    pub architecture: Option<String>,
    /// What it does, without its `FROM`.
    pub instructions: Vec<Instruction>,
    /// The commands of its `RUN`s.
    pub commands: Vec<Vec<Word>>,
    /// What it copies from other stages.
    pub copies: Vec<Copy>,
}

/// What a stage begins from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Below {
    /// A stage before it, by its place.
    Stage(usize),
    /// An image.
    Image(String),
    /// Only the build knows.
    Unknown,
}

/// A `COPY --from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The line, from 1.
    pub line: usize,
    /// The place of the stage that it copies from.
    pub from: usize,
    /// What is copied, and last where to.
    pub paths: Vec<String>,
}

impl Stage {
    /// What is gathered for a stage begins with all that the stage below it has; `known` is what the stages before it
    /// have, in their order.
    #[must_use]
    pub fn inherited<T: Clone>(&self, known: &[T]) -> Option<T> {
        match self.below {
            Below::Stage(place) => known.get(place).cloned(),
            Below::Image(_) | Below::Unknown => None,
        }
    }
}

/// The stages of a `Dockerfile`, in their order.
#[must_use]
pub fn stages(text: &str) -> Vec<Stage> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut stages, mut defaults) = (Vec::<Stage>::new(), Vec::<Variable>::new());
    for instruction in instructions(text) {
        let Instruction { line, name, at, text } = &instruction;
        if name == "FROM" {
            if stages.len() == MOST_STAGES {
                break;
            }
            let next = stage(text, *line, &stages, &defaults);
            stages.push(next);
            continue;
        }
        let known = stages.len().saturating_sub(1);
        let copy = (name == "COPY").then(|| copy(text, *line, &stages[..known])).flatten();
        let Some(stage) = stages.last_mut() else {
            if name == "ARG" {
                add(&mut defaults, environment(text, *line, *at));
            }
            continue;
        };
        if name == "RUN" {
            stage.commands.extend(commands(text, *line).into_iter().map(|command| command.words));
        }
        stage.copies.extend(copy);
        stage.instructions.push(instruction);
    }
    stages
}

fn stage(from: &str, line: usize, stages: &[Stage], defaults: &[Variable]) -> Stage {
    let platform = from.split_whitespace().find_map(|word| word.strip_prefix("--platform="));
    let platform = platform.and_then(|platform| filled(platform, defaults));
    let mut words = from.split_whitespace().filter(|word| !word.starts_with("--"));
    let (base, _, name) = (words.next().unwrap_or_default(), words.next(), words.next());
    let filled = filled(base, defaults);
    let below = match filled.as_deref().and_then(|base| place(base, stages)) {
        Some(place) => Below::Stage(place),
        None => filled.map_or(Below::Unknown, Below::Image),
    };
    let inherited = match below {
        Below::Stage(place) => stages[place].architecture.clone(),
        Below::Image(_) | Below::Unknown => None,
    };
    let own = platform.and_then(|platform| platform.split('/').nth(1).map(str::to_owned));
    Stage {
        line,
        name: name.map(str::to_owned),
        below,
        architecture: own.or(inherited),
        instructions: Vec::new(),
        commands: Vec::new(),
        copies: Vec::new(),
    }
}

/// The place of the last stage of that name.
fn place(name: &str, stages: &[Stage]) -> Option<usize> {
    stages.iter().rposition(|stage| stage.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name)))
}

/// A text with `$NAME`, `${NAME}` and `${NAME:-default}` put in; `None` if nothing says what they are.
fn filled(text: &str, defaults: &[Variable]) -> Option<String> {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('$') {
        filled.push_str(before);
        let (inner, after) = if let Some(braced) = after.strip_prefix('{') {
            braced.split_once('}')?
        } else {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            after.split_at(after.find(|c| !is_part(c)).unwrap_or(after.len()))
        };
        let (name, default) = inner.split_once(":-").map_or((inner, None), |(name, text)| (name, Some(text)));
        let set = defaults.iter().rev().find(|variable| variable.name == name);
        filled.push_str(set.and_then(|variable| variable.value.as_deref()).or(default)?);
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

/// What an instruction copies from another stage; `None` if it copies from elsewhere.
fn copy(text: &str, line: usize, stages: &[Stage]) -> Option<Copy> {
    let words = commands(text, line).into_iter().next()?.words;
    let from = words.iter().find_map(|word| word.text.strip_prefix("--from="))?;
    let from = place(from, stages).or_else(|| from.parse().ok().filter(|place| *place < stages.len()))?;
    let paths =
        words.iter().filter(|word| !word.text.starts_with("--")).map(|word| word.text.clone()).collect();
    Some(Copy { line, from, paths })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_told_apart() {
        let text = "ARG V=3.12\nFROM --platform=linux/arm64 python:${V}-slim AS build\nRUN a && \\\n  b c\nFROM build AS next\n\
                    FROM $X\nCOPY --from=BUILD --chown=1 /v /w\nCOPY --from=0 /v /\nCOPY --from=nginx /a /b\nCOPY . .\n";
        let stages = stages(text);
        let told: Vec<_> = stages.iter().map(|s| (s.line, &s.below, s.architecture.as_deref())).collect();
        assert_eq!(
            told,
            [
                (2, &Below::Image("python:3.12-slim".to_owned()), Some("arm64")),
                (5, &Below::Stage(0), Some("arm64")),
                (6, &Below::Unknown, None),
            ]
        );
        assert_eq!(stages[0].commands.len(), 2);
        let copies: Vec<_> = stages[2].copies.iter().map(|c| (c.line, c.from, c.paths.join(" "))).collect();
        assert_eq!(copies, [(7, 0, "/v /w".to_owned()), (8, 0, "/v /".to_owned())]);
    }
}
