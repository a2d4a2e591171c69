//! Units of systemd: `ExecStart=` and `Environment=`.
//!
//! Source of the rules: `systemd.syntax(7)`, `systemd.service(5)` and `systemd.exec(5)`.

use super::{
    of_text,
    words::{Word, words},
};
use crate::doctor::launch::{Launch, add, variable};

/// The commands of a unit.
#[must_use]
pub fn launches(text: &str) -> Vec<Launch> {
    let (mut commands, mut environment) = (Vec::new(), Vec::new());
    for (line, key, value) in entries(text) {
        match key.as_str() {
            "ExecStart" => {
                commands.push((line, value.trim_start_matches(['@', '-', ':', '+', '!', '|']).to_owned()));
            }
            "Environment" => {
                let words = words(&value);
                add(&mut environment, words.iter().filter_map(|word: &Word| variable(word, line)));
            }
            _ => {}
        }
    }
    commands.iter().flat_map(|(line, command)| of_text(command, *line, &environment)).collect()
}

/// The entries of all sections: line, key and value, with continued lines joined.
fn entries(text: &str) -> Vec<(usize, String, String)> {
    let mut entries = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let line = line.trim();
        if line.starts_with(['#', ';', '[']) {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let mut value = value.trim().to_owned();
        while let Some(kept) = value.strip_suffix('\\') {
            let mut joined = kept.to_owned();
            match lines.by_ref().find(|(_, next)| !next.trim_start().starts_with(['#', ';'])) {
                Some((_, next)) => {
                    joined.push(' ');
                    joined.push_str(next.trim());
                    value = joined;
                }
                None => value = joined,
            }
        }
        entries.push((index + 1, key.trim_end().to_owned(), value));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::{super::tests::told, *};

    #[test]
    fn a_unit_starts_commands_in_its_environment() {
        let text = "[Service]\nEnvironment=\"A=x y\" B=2\nExecStart=-/opt/v/bin/gunicorn \\\n  # no\n  -w 4 app\n\
                    ; C\nEnvironment=C=3\nExecStop=kill\n";
        assert_eq!(told(&launches(text)), ["3 A=x y B=2 C=3 /opt/v/bin/gunicorn -w 4 app"]);
        assert_eq!(launches("ExecStart=\\"), []);
    }
}
