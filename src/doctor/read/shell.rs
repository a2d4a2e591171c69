//! Shell scripts: their commands, with what is exported before.

use super::{
    of_words,
    words::{assignment, commands},
};
use crate::doctor::launch::{Launch, Variable, add, variable};

/// The commands of a script. What `export` has set before counts for each.
#[must_use]
pub fn launches(text: &str) -> Vec<Launch> {
    let (mut found, mut environment) = (Vec::new(), Vec::<Variable>::new());
    let mut set = Vec::<Variable>::new();
    for command in commands(text, 1) {
        let first = command.words.first().map_or("", |word| word.text.as_str());
        if matches!(first, "export" | "declare" | "typeset" | "readonly") {
            for word in &command.words[1..] {
                match variable(word, command.line) {
                    Some(variable) => add(&mut environment, [variable]),
                    // `export NAME` of something that was set before.
                    None => add(&mut environment, set.iter().rev().find(|v| v.name == word.text).cloned()),
                }
            }
        } else if command.words.iter().all(|word| assignment(&word.text).is_some()) {
            add(&mut set, command.words.iter().filter_map(|word| variable(word, command.line)));
        } else {
            of_words(command.line, command.words, &environment, &mut found, 0);
        }
    }
    if !environment.is_empty() {
        found.push(Launch { line: environment[0].line, environment, ..Launch::default() });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::tests::told, *};

    #[test]
    fn what_is_exported_counts_for_what_follows() {
        let text = "#!/bin/sh\na\nB=1\nexport A=x B\nexec opentelemetry-instrument \"$@\"\n";
        assert_eq!(told(&launches(text)), ["2 a", "5 A=x B=1 exec opentelemetry-instrument $@", "4 A=x B=1"]);
    }
}
