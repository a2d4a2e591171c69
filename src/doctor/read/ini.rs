//! Files of sections with `key = value`: settings of uWSGI and of supervisord.

use super::{
    of_text,
    words::{Word, words},
};
use crate::doctor::launch::{Launch, Variable, add, variable};

/// How many programs of supervisord are looked at.
const MOST_PROGRAMS: usize = 200;

/// An entry of a section.
struct Entry<'t> {
    line: usize,
    section: &'t str,
    key: &'t str,
    value: String,
}

/// The settings of uWSGI, as the command line that would mean the same.
///
/// Source of the rule: the documentation of uWSGI, "Configuring uWSGI".
#[must_use]
pub fn uwsgi(text: &str) -> Vec<Launch> {
    let entries = entries(text);
    let own = || entries.iter().filter(|entry| entry.section == "uwsgi");
    let Some(first) = own().next() else { return Vec::new() };
    let mut launch = Launch { line: first.line, words: vec![Word::known("uwsgi")], ..Launch::default() };
    for Entry { line, key, value, .. } in own() {
        let is_known = !value.contains("$(") && !value.contains("%(");
        if *key == "env" {
            add(&mut launch.environment, variable(&Word { text: value.clone(), is_known }, *line));
        } else {
            let text = if value == "true" { format!("--{key}") } else { format!("--{key}={value}") };
            launch.words.push(Word { text, is_known });
        }
    }
    vec![launch]
}

/// The programs of supervisord.
///
/// Source of the rules: the documentation of supervisor, "Configuration File".
#[must_use]
pub fn supervisor(text: &str) -> Vec<Launch> {
    let entries = entries(text);
    let environment = |section: &str| -> Vec<Variable> {
        let own = entries.iter().filter(|entry| entry.section == section && entry.key == "environment");
        own.flat_map(|entry| {
            // `A="x",B="y"`: a comma outside of quotes separates.
            let separated = separated(&entry.value);
            separated.iter().filter_map(|part| variable(words(part).first()?, entry.line)).collect::<Vec<_>>()
        })
        .collect()
    };
    let general = environment("supervisord");
    let mut found = Vec::new();
    for Entry { line, section, key, value } in &entries {
        if *key == "command" && section.starts_with("program:") && found.len() < MOST_PROGRAMS {
            let mut all = Vec::new();
            add(&mut all, general.iter().cloned().chain(environment(section)));
            found.extend(of_text(&value.replace("%%", "%"), *line, &all));
        }
    }
    found
}

/// The parts of a text between commas that are not quoted.
fn separated(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut quote) = (Vec::new(), String::new(), None);
    for c in text.chars() {
        match (c, quote) {
            (',', None) => parts.push(std::mem::take(&mut part)),
            ('"' | '\'', None) => {
                quote = Some(c);
                part.push(c);
            }
            (c, _) => {
                if quote == Some(c) {
                    quote = None;
                }
                part.push(c);
            }
        }
    }
    parts.push(part);
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// The entries of all sections. A line that is indented goes on with the value before it.
fn entries(text: &str) -> Vec<Entry<'_>> {
    let (mut entries, mut section) = (Vec::<Entry<'_>>::new(), "");
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.trim();
        } else if line.starts_with([' ', '\t']) && !trimmed.contains('=') {
            if let Some(entry) = entries.last_mut().filter(|entry| entry.section == section) {
                entry.value.push(' ');
                entry.value.push_str(trimmed);
            }
        } else if let Some((key, value)) = trimmed.split_once('=') {
            let value = value.split(" ;").next().unwrap_or_default().trim().to_owned();
            entries.push(Entry { line: index + 1, section, key: key.trim(), value });
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::{super::tests::told, *};

    #[test]
    fn settings_of_uwsgi_are_its_command_line() {
        let text = "[uwsgi]\nmaster = true\nprocesses = %(cores)\n# x = y\nenv = A=1\n[other]\nmodule = x\n";
        assert_eq!(told(&uwsgi(text)), ["2 A=1 uwsgi --master --processes=%(cores)"]);
        assert!(!uwsgi(text)[0].words[2].is_known);
        assert_eq!(uwsgi("[x]\na = b\n"), []);
    }

    #[test]
    fn programs_of_supervisor_have_its_environment() {
        let text = "[supervisord]\nenvironment=A=\"1,2\",B=3\n[program:web]\ncommand=gunicorn\n  app:app\n\
                    environment=C='%(ENV_X)s'\n[eventlistener:x]\ncommand=y\n";
        assert_eq!(told(&supervisor(text)), ["4 A=1,2 B=3 C=%(ENV_X)s gunicorn app:app"]);
    }
}
