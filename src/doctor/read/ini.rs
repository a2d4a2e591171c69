//! Files of sections with `key = value`: settings of uWSGI and of supervisord.

use super::{
    fill, lines, of_text,
    words::{Raw, Word, words},
};
use crate::doctor::launch::{Launch, Variable, add, variable};

/// How many programs of supervisord are looked at.
const MOST_PROGRAMS: usize = 200;

/// An entry of a section.
struct Entry<'t> {
    line: usize,
    section: &'t str,
    key: &'t str,
    /// Where the value begins in the file.
    at: usize,
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
    for Entry { line, key, at, value, .. } in own() {
        let is_known = !value.contains("$(") && !value.contains("%(");
        if *key == "env" {
            let raw =
                Raw { start: *at, text: Some(*at), value: value.find('=').map(|equals| at + equals + 1) };
            let word = Word { text: value.clone(), is_known, raw: Some(raw) };
            add(&mut launch.environment, variable(&word, *line));
        } else {
            let text = if value == "true" { format!("--{key}") } else { format!("--{key}={value}") };
            launch.words.push(Word { text, is_known, raw: None });
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
            let parts = separated.into_iter().filter_map(|(at, part)| {
                let word = words(part).into_iter().next()?;
                variable(&word.moved(Some(entry.at + at)), entry.line)
            });
            parts.collect::<Vec<_>>()
        })
        .collect()
    };
    let general = environment("supervisord");
    let mut found = Vec::new();
    for Entry { line, section, key, at, value } in &entries {
        if *key == "command" && section.starts_with("program:") && found.len() < MOST_PROGRAMS {
            let mut all = Vec::new();
            add(&mut all, general.iter().cloned().chain(environment(section)));
            let at = Some(*at).filter(|_| !value.contains("%%"));
            found.extend(of_text(&value.replace("%%", "%"), *line, at, &all));
        }
    }
    found
}

/// The parts of a text between commas that are not quoted, each with the place where it begins.
fn separated(text: &str) -> Vec<(usize, &str)> {
    let (mut parts, mut start, mut quote) = (Vec::new(), 0, None);
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (',', None) => {
                parts.push((start, &text[start..at]));
                start = at + 1;
            }
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
    }
    parts.push((start, &text[start..]));
    parts
}

/// The entries of all sections. A line that is indented goes on with the value before it.
fn entries(text: &str) -> Vec<Entry<'_>> {
    let (mut entries, mut section) = (Vec::<Entry<'_>>::new(), "");
    for (index, (start, line)) in lines(text).enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.trim();
        } else if line.starts_with([' ', '\t']) && !trimmed.contains('=') {
            if let Some(entry) = entries.last_mut().filter(|entry| entry.section == section) {
                fill(&mut entry.value, entry.at, start, line);
            }
        } else if let Some((key, value)) = trimmed.split_once('=') {
            let at = start + line.trim_end().len() - value.trim_start().len();
            let value = value.split(" ;").next().unwrap_or_default().trim().to_owned();
            entries.push(Entry { line: index + 1, section, key: key.trim(), at, value });
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
