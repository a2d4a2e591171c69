//! `compose.yaml`: the services.
//!
//! Source of the rules: the Compose Specification, "Services top-level elements".

use super::{
    of_words,
    words::{Word, words},
    yaml::{Content, Node},
};
use crate::doctor::launch::{Launch, Spot, Variable, add};

/// What the services start; those of foreign images that start nothing of Python's are left out.
#[must_use]
pub fn launches(document: &Node) -> Vec<Launch> {
    let Some(services) = document.get("services") else { return Vec::new() };
    let mut found = Vec::new();
    for (_, service) in services.entries() {
        let environment = service.get("environment").map(environment).unwrap_or_default();
        let entrypoint = service.get("entrypoint");
        let command = service.get("command");
        let line = command.or(entrypoint).map_or(service.line, |node| node.line);
        let all: Vec<Word> = entrypoint.into_iter().chain(command).flat_map(line_words).collect();
        let mut own = Vec::new();
        if all.is_empty() {
            own.push(Launch { line, environment, ..Launch::default() });
        } else {
            of_words(line, all, &environment, &mut own, 0);
        }
        let is_built = service.get("build").is_some();
        own.retain(|launch| is_built || launch.start().program.is_some());
        found.extend(own);
    }
    found
}

/// A command: a text that is split, or a list of words.
fn line_words(node: &Node) -> Vec<Word> {
    match &node.content {
        Content::Scalar(text) => {
            let at = node.at.filter(|_| !text.contains("$$"));
            words(&text.replace("$$", "$")).into_iter().map(|word| word.moved(at)).collect()
        }
        Content::Sequence(items) => items.iter().filter_map(Node::text).map(word).collect(),
        Content::Mapping(_) => Vec::new(),
    }
}

fn word(text: &str) -> Word {
    Word { text: text.replace("$$", "$"), is_known: !text.contains('$'), raw: None }
}

/// Variables: a mapping, or a list of `NAME=value`. One without a value comes from the machine.
fn environment(node: &Node) -> Vec<Variable> {
    let known = |value: &str| (!value.contains('$')).then(|| value.to_owned());
    let entries = node.all_entries().into_iter().map(|(name, value)| Variable {
        name: name.to_owned(),
        value: value.text().filter(|text| !text.is_empty()).and_then(known),
        line: value.line,
        spot: value.key_at.map(|at| Spot { name: at, value: value.at }),
    });
    let items = node.items().iter().filter_map(|item| {
        let text = item.text()?;
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let spot = item.at.map(|at| Spot { name: at, value: value.map(|_| at + name.len() + 1) });
        Some(Variable { name: name.to_owned(), value: value.and_then(known), line: item.line, spot })
    });
    let mut all = Vec::new();
    add(&mut all, entries.chain(items));
    all
}

#[cfg(test)]
mod tests {
    use super::{
        super::{tests::told, yaml::documents},
        *,
    };

    #[test]
    fn services_start_commands_in_their_environment() {
        let text = "x-env: &env\n  A: 1\nservices:\n  web:\n    build: .\n    command: gunicorn -w 2 app\n    environment:\n      <<: *env\n\
                    \x20     B: ${B:-x}\n  api:\n    image: x\n    entrypoint: [\"opentelemetry-instrument\"]\n    command: [uvicorn, a]\n\
                    \x20   environment:\n      - C=d=e\n      - F\n  db:\n    image: postgres\n    environment:\n      X: y\n  own:\n    build: .\n";
        let documents = documents(text).expect("YAML");
        assert_eq!(
            told(&launches(&documents[0])),
            ["6 A=1 B=? gunicorn -w 2 app", "13 C=d=e F=? opentelemetry-instrument uvicorn a", "22 "]
        );
    }
}
