//! Units of systemd: `ExecStart=` and `Environment=`.
//!
//! Source of the rules: `systemd.syntax(7)`, `systemd.service(5)` and `systemd.exec(5)`.

use super::{
    fill, lines, of_text,
    words::{Word, words},
};
use crate::doctor::launch::{Launch, add, variable};

/// The commands of a unit.
#[must_use]
pub fn launches(text: &str) -> Vec<Launch> {
    let (mut commands, mut environment) = (Vec::new(), Vec::new());
    for (line, key, at, value) in entries(text) {
        match key.as_str() {
            "ExecStart" => {
                let command = value.trim_start_matches(['@', '-', ':', '+', '!', '|']);
                commands.push((line, at + value.len() - command.len(), command.to_owned()));
            }
            "Environment" => {
                let words = words(&value).into_iter().map(|word| word.moved(Some(at)));
                add(&mut environment, words.filter_map(|word: Word| variable(&word, line)));
            }
            _ => {}
        }
    }
    let launches =
        |(line, at, command): &(usize, usize, String)| of_text(command, *line, Some(*at), &environment);
    commands.iter().flat_map(launches).collect()
}

/// The entries of all sections: line, key, where the value begins, and the value. Where it goes on over several lines,
/// their ends and comments between them are blanks, so that everything keeps its place.
fn entries(text: &str) -> Vec<(usize, String, usize, String)> {
    let mut entries = Vec::new();
    let mut lines = lines(text).enumerate();
    while let Some((index, (start, line))) = lines.next() {
        if line.trim_start().starts_with(['#', ';', '[']) {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let begin = start + line.len() - value.trim_start().len();
        let mut value = value.trim().to_owned();
        while value.ends_with('\\') {
            value.pop();
            let next = lines.by_ref().find(|(_, (_, next))| !next.trim_start().starts_with(['#', ';']));
            let Some((_, (start, next))) = next else { break };
            fill(&mut value, begin, start, next);
        }
        entries.push((index + 1, key.trim().to_owned(), begin, value));
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
