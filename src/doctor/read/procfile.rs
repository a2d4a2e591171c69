//! `Procfile`: `NAME: COMMAND` on every line.

use super::{lines, of_text};
use crate::doctor::launch::Launch;

/// The commands of its processes.
#[must_use]
pub fn launches(text: &str) -> Vec<Launch> {
    let mut found = Vec::new();
    for (index, (at, line)) in lines(text).enumerate() {
        let Some((name, command)) = line.split_once(':') else { continue };
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !name.is_empty() && name.chars().all(is_part) {
            found.extend(of_text(command, index + 1, Some(at + name.len() + 1), &[]));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::tests::told, *};

    #[test]
    fn every_process_is_a_command() {
        let text = "# web: x\nweb: A=1 gunicorn app --bind=0.0.0.0:$PORT\n\nworker: a && b\nno process\n";
        assert_eq!(told(&launches(text)), ["2 A=1 gunicorn app --bind=0.0.0.0:$PORT", "4 a", "4 b"]);
    }
}
