//! `.env`: `NAME=value` on every line.

use super::{
    lines,
    words::{commands, is_name},
};
use crate::doctor::launch::{Launch, Spot, Variable, add};

/// One environment without a command line; none if nothing is set.
#[must_use]
pub fn launches(text: &str) -> Vec<Launch> {
    let mut environment = Vec::new();
    add(
        &mut environment,
        lines(text).enumerate().filter_map(|(index, (at, line))| variable(line, at, index + 1)),
    );
    let Some(first) = environment.first() else { return Vec::new() };
    vec![Launch { line: first.line, environment, ..Launch::default() }]
}

/// The variable that a line sets. A value that is quoted ends with its quote, another with its line or a comment.
fn variable(whole: &str, start: usize, number: usize) -> Option<Variable> {
    let line = whole.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, value) = line.split_once('=')?;
    // All that follows are parts of the line.
    let at = |part: &str| start + (part.as_ptr().addr() - whole.as_ptr().addr());
    let (name, value) = (name.trim_end(), value.trim());
    if !is_name(name) {
        return None;
    }
    let (name_at, quoted_at) = (at(name), at(value));
    let mut value_at = Some(quoted_at);
    let value = if value.starts_with(['"', '\'']) {
        let word = commands(value, 1).into_iter().next()?.words.into_iter().next()?;
        value_at = word.raw.and_then(|raw| raw.text).map(|at| at + quoted_at);
        word.is_known.then_some(word.text)
    } else {
        let value = value.split(" #").next().unwrap_or_default().trim_end();
        (!value.contains('$')).then(|| value.to_owned())
    };
    let spot = Some(Spot { name: name_at, value: value_at });
    Some(Variable { name: name.to_owned(), value, line: number, spot })
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
