//! What `--dry-run` shows: the commands and the files.

use std::fmt::Write as _;

use super::{Plan, Proof, Recording, hold};
use crate::install::{Command, diff::diff};

/// The plan and what it leads to, as text: what could be typed into a shell instead, and how a file of
/// requirements changes.
#[must_use]
pub fn describe(plan: &Plan, proof: &Proof) -> String {
    let mut text = String::new();
    match plan.record.as_ref().map(|record| &record.recording) {
        Some(Recording::Edit(edit)) => text.push_str(&diff(edit, &plan.options.root)),
        Some(Recording::Command { command, .. }) => {
            let _ = writeln!(text, "{}", typed(command));
        }
        None => {}
    }
    if let Some(command) = &proof.command {
        let _ = writeln!(text, "{} --constraint /dev/stdin <<'END'", typed(command));
        text.push_str(&hold::lines(&proof.constraints));
        text.push_str("END\n");
    }
    text
}

/// A command as it would be typed into a shell; a program that is found by its name is called by it.
#[must_use]
pub fn typed(command: &Command) -> String {
    let name = command.program.file_name().unwrap_or_default().to_string_lossy();
    let is_known = ["uv", "pip", "pip3", "poetry", "pdm", "pipenv"].contains(&&*name);
    let program = if is_known { name.into_owned() } else { command.program.display().to_string() };
    let words = [&program].into_iter().chain(&command.args).map(|word| quoted(word));
    words.collect::<Vec<_>>().join(" ")
}

/// A word that a shell takes for one.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=<>+:@,~!".contains(c);
    let needs = word.is_empty() || !word.chars().all(plain) || word.contains(['<', '>', '!']);
    if !needs {
        return word.to_owned();
    }
    let escaped: String = word
        .chars()
        .map(|c| {
            if c == '\'' {
                "'\\''".to_owned()
            } else if c.is_control() {
                c.escape_default().to_string()
            } else {
                c.to_string()
            }
        })
        .collect();
    format!("'{escaped}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_typed() {
        let command = Command {
            program: "/opt/my env/bin/python".into(),
            args: ["-m", "pip", "a>=1", "b==2+x", "it's"].map(str::to_owned).to_vec(),
            folder: "/".into(),
        };
        assert_eq!(typed(&command), "'/opt/my env/bin/python' -m pip 'a>=1' b==2+x 'it'\\''s'");
        let uv = Command { program: "/usr/bin/uv".into(), args: vec!["sync".into()], folder: "/".into() };
        assert_eq!(typed(&uv), "uv sync");
    }
}
