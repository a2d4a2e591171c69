//! Images as a `Dockerfile` makes them: what they are made from, where their programs start, and their variables.
//!
//! Source of the rules: Docker's reference, "Dockerfile reference".

use crate::doctor::{
    launch::{Variable, add},
    read::dockerfile::{Instruction, environment, instructions},
};

/// How many stages are looked at.
const MOST_STAGES: usize = 100;

/// The image that the last stage of a `Dockerfile` makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The image at the bottom, without its registry's host; `None` if only the build knows it.
    pub base: Option<String>,
    /// The line that names it.
    pub line: usize,
    /// The folder that programs start in; `None` if that is the one of the image at the bottom, or unknown.
    pub folder: Option<String>,
    /// The variables that are set, the later of two with the same name counts.
    pub variables: Vec<Variable>,
    /// What is copied into it from beside the `Dockerfile`: the path there, and the folder in the image.
    pub copies: Vec<(String, String)>,
}

impl Image {
    /// Reads a `Dockerfile`; `None` if it makes nothing.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let mut stages = Vec::<(Option<String>, Self)>::new();
        let mut defaults = Vec::<Variable>::new();
        for Instruction { line, name, at, text } in instructions(text) {
            if name == "FROM" {
                if stages.len() == MOST_STAGES {
                    break;
                }
                let next = stage(&text, line, &stages, &defaults);
                stages.push(next);
                continue;
            }
            match (name.as_str(), stages.last_mut()) {
                ("ARG", None) => add(&mut defaults, environment(&text, line, at)),
                ("ENV", Some((_, image))) => add(&mut image.variables, environment(&text, line, at)),
                ("COPY" | "ADD", Some((_, image))) => copy(image, &text),
                ("WORKDIR", Some((_, image))) => image.folder = folder(image.folder.as_deref(), text.trim()),
                _ => {}
            }
        }
        stages.pop().map(|(_, image)| image)
    }

    /// Where a folder from beside the `Dockerfile` lies in the image (`\"\"` is the one of the file itself).
    #[must_use]
    pub fn place_of(&self, folder: &str) -> Option<String> {
        let found = self.copies.iter().rev().find_map(|(source, target)| {
            let rest = if source.is_empty() { Some(folder) } else { folder.strip_prefix(source.as_str()) };
            let rest = rest.filter(|rest| source.is_empty() || rest.is_empty() || rest.starts_with('/'))?;
            Some(format!("{target}/{}", rest.trim_start_matches('/')))
        })?;
        let trimmed = found.trim_end_matches('/');
        Some(if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_owned() })
    }

    /// A variable that is set.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().rev().find(|variable| variable.name == name)
    }
}

/// A stage and its name; it begins with all that the stage below it has.
fn stage(
    from: &str,
    line: usize,
    stages: &[(Option<String>, Image)],
    defaults: &[Variable],
) -> (Option<String>, Image) {
    let mut words = from.split_whitespace().filter(|word| !word.starts_with("--"));
    let (base, _, name) = (words.next().unwrap_or_default(), words.next(), words.next());
    let is_base = |name: &Option<String>| name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(base));
    let below = stages.iter().rev().find(|(name, _)| is_base(name)).map(|(_, image)| image.clone());
    let image = below.unwrap_or_else(|| Image { base: filled(base, defaults), line, ..Image::default() });
    (name.map(str::to_owned), image)
}

/// A text with `$NAME`, `${NAME}` and `${NAME:-default}` put in; `None` if nothing says what they are.
pub(crate) fn filled(text: &str, defaults: &[Variable]) -> Option<String> {
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

/// Notes what `COPY` or `ADD` brings: folders only, as their contents land in the target.
fn copy(image: &mut Image, text: &str) {
    let words: Vec<String> = match serde_json::from_str(text.trim()) {
        Ok(words) => words,
        Err(_) => text.split_whitespace().map(str::to_owned).collect(),
    };
    // What comes from another stage is none of the project's.
    if words.iter().any(|word| word.starts_with("--from")) {
        return;
    }
    let mut words: Vec<&String> = words.iter().filter(|word| !word.starts_with("--")).collect();
    let Some(target) = words.pop().and_then(|target| folder(image.folder.as_deref(), target)) else { return };
    for source in words {
        let source = source.trim_start_matches("./").trim_matches('/');
        let source = if source == "." { "" } else { source };
        if !source.contains(['*', '$', '?']) {
            image.copies.push((source.to_owned(), target.clone()));
        }
    }
}

/// The folder after `WORKDIR`, which may be relative to the one before.
fn folder(before: Option<&str>, path: &str) -> Option<String> {
    let path = path.trim_matches(['"', '\'']);
    if path.contains('$') {
        return None;
    }
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = if path == "." { "" } else { path };
    let joined = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", before.unwrap_or_default())
    };
    let trimmed = joined.trim_end_matches('/');
    Some(if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_stage_has_what_is_below_it() {
        let text = "ARG PYTHON=3.12\nFROM python:${PYTHON}-alpine AS base\nENV PYTHONPATH=/app A=1\nWORKDIR /srv\n\
                    FROM node AS web\nFROM --platform=x base\nWORKDIR app\nENV A=2\n";
        let image = Image::of(text).expect("an image");
        assert_eq!(image.base.as_deref(), Some("python:3.12-alpine"));
        assert_eq!((image.line, image.folder.as_deref()), (2, Some("/srv/app")));
        let value = |name: &str| image.variable(name).and_then(|v| v.value.as_deref());
        assert_eq!((value("PYTHONPATH"), value("A"), value("B")), (Some("/app"), Some("2"), None));
    }

    #[test]
    fn what_only_the_build_knows_is_unknown() {
        for (text, base) in [
            ("FROM $IMAGE\n", None),
            ("FROM ${IMAGE:-python:3.11-slim}\n", Some("python:3.11-slim")),
            ("ARG T\nFROM python:$T\n", None),
            ("FROM python\n", Some("python")),
        ] {
            assert_eq!(Image::of(text).expect("an image").base.as_deref(), base, "{text}");
        }
        assert_eq!(Image::of("CMD x\n"), None);
        let image = Image::of(
            "FROM x\nWORKDIR /srv\nCOPY --from=y /a /b\nCOPY req.txt ./\nCOPY . .\nADD src/ app/\n",
        );
        let image = image.expect("an image");
        let place = |folder: &str| image.place_of(folder);
        assert_eq!(place("").as_deref(), Some("/srv"));
        assert_eq!(place("web").as_deref(), Some("/srv/web"));
        assert_eq!(place("src/shop").as_deref(), Some("/srv/app/shop"));
        let image = Image::of("FROM x\nWORKDIR $HOME\n").expect("an image");
        assert_eq!(image.folder, None);
    }
}
