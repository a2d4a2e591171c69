//! `.env`: `NAME=value` on every line.

use super::words::{commands, is_name};
use crate::doctor::launch::{Launch, Variable, add};

/// One environment without a command line; none if nothing is set.
#[must_use]
pub fn launches(text: &str) -> Vec<Launch> {
    let mut environment = Vec::new();
    add(&mut environment, text.lines().enumerate().filter_map(|(index, line)| variable(line, index + 1)));
    let Some(first) = environment.first() else { return Vec::new() };
    vec![Launch { line: first.line, environment, ..Launch::default() }]
}

/// The variable that a line sets. A value that is quoted ends with its quote, another with its line or a comment.
fn variable(line: &str, number: usize) -> Option<Variable> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim_end(), value.trim());
    if !is_name(name) {
        return None;
    }
    let value = if value.starts_with(['"', '\'']) {
        let word = commands(value, 1).into_iter().next()?.words.into_iter().next()?;
        word.is_known.then_some(word.text)
    } else {
        let value = value.split(" #").next().unwrap_or_default().trim_end();
        (!value.contains('$')).then(|| value.to_owned())
    };
    Some(Variable { name: name.to_owned(), value, line: number })
}

#[cfg(test)]
mod tests {
    use super::{super::tests::told, *};

    #[test]
    fn lines_set_variables() {
        let text = "# A=1\nB = two words # three\nexport C='x # y'\nD=\"a$E\"\n\nE=\nnot a line\n";
        assert_eq!(told(&launches(text)), ["2 B=two words C=x # y D=? E="]);
        assert_eq!(launches("# nothing\n"), []);
    }
}
