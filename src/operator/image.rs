//! Images as a `Dockerfile` makes them: what they are made from, where their programs start, and their variables.
//!
//! Source of the rules: Docker's reference, "Dockerfile reference".

use crate::doctor::{
    launch::{Variable, add},
    read::{
        base::Base,
        dockerfile::{Instruction, environment},
        image::Stage,
    },
};

/// The image that the last stage of a `Dockerfile` makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// What is known of what it is made from.
    pub base: Base,
    /// The line that names the image at the bottom.
    pub line: usize,
    /// The folder that programs start in; `None` if that is the one of the image at the bottom, or unknown.
    pub folder: Option<String>,
    /// The variables that are set, the later of two with the same name counts.
    pub variables: Vec<Variable>,
    /// What is copied into it from beside the `Dockerfile`: the path there, and the folder in the image.
    pub copies: Vec<(String, String)>,
}

impl Image {
    /// From the stages of a `Dockerfile`; `None` if there are none.
    #[must_use]
    pub fn of(stages: &[Stage]) -> Option<Self> {
        let mut images = Vec::<Self>::new();
        for stage in stages {
            let bottom = || Self { line: stage.line, ..Self::default() };
            let mut image = stage.inherited(&images).unwrap_or_else(bottom);
            for Instruction { line, name, at, text } in &stage.instructions {
                match name.as_str() {
                    "ENV" => add(&mut image.variables, environment(text, *line, *at)),
                    "COPY" | "ADD" => copy(&mut image, text),
                    "WORKDIR" => image.folder = folder(image.folder.as_deref(), text.trim()),
                    _ => {}
                }
            }
            images.push(image);
        }
        let base = Base::of(stages, stages.len().checked_sub(1)?);
        images.pop().map(|image| Self { base, ..image })
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
    use crate::{doctor::read::image::stages, operator::libc::Libc};

    fn image(text: &str) -> Option<Image> {
        Image::of(&stages(text))
    }

    #[test]
    fn the_last_stage_has_what_is_below_it() {
        let text = "ARG PYTHON=3.12\nFROM python:${PYTHON}-alpine AS base\nENV PYTHONPATH=/app A=1\nWORKDIR /srv\n\
                    FROM node AS web\nFROM --platform=x base\nWORKDIR app\nENV A=2\n";
        let image = image(text).expect("an image");
        assert_eq!((image.base.python, image.base.libc), (Some([3, 12]), Some(Libc::Musl)));
        assert_eq!((image.line, image.folder.as_deref()), (2, Some("/srv/app")));
        let value = |name: &str| image.variable(name).and_then(|v| v.value.as_deref());
        assert_eq!((value("PYTHONPATH"), value("A"), value("B")), (Some("/app"), Some("2"), None));
    }

    #[test]
    fn what_only_the_build_knows_is_unknown() {
        for (text, python) in [
            ("FROM $IMAGE\n", None),
            ("FROM ${IMAGE:-python:3.11-slim}\n", Some([3, 11])),
            ("ARG T\nFROM python:$T\n", None),
            ("FROM python\n", None),
            ("\u{feff}FROM python:3.13\n", Some([3, 13])),
        ] {
            assert_eq!(image(text).expect("an image").base.python, python, "{text}");
        }
        assert_eq!(image("CMD x\n"), None);
        let copied =
            image("FROM x\nWORKDIR /srv\nCOPY --from=y /a /b\nCOPY req.txt ./\nCOPY . .\nADD src/ app/\n");
        let copied = copied.expect("an image");
        let place = |folder: &str| copied.place_of(folder);
        assert_eq!(place("").as_deref(), Some("/srv"));
        assert_eq!(place("web").as_deref(), Some("/srv/web"));
        assert_eq!(place("src/shop").as_deref(), Some("/srv/app/shop"));
        assert_eq!(image("FROM x\nWORKDIR $HOME\n").expect("an image").folder, None);
    }
}
