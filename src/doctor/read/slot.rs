//! Where a variable can be set for what a file starts: beside others that stand there, or in front of the command.

use super::lines;
use crate::doctor::{
    kind::Kind,
    launch::{Launch, Slot},
};

/// What starts a program as somebody else, without the variables in front.
const DROPS: [&str; 4] = ["chpst", "doas", "su", "sudo"];

/// Finds the place for each launch of a program.
pub(super) fn fill(kind: Kind, text: &str, launches: &mut [Launch]) {
    for index in 0..launches.len() {
        if launches[index].start().program.is_some() {
            launches[index].slot = find(kind, text, launches, index);
        }
    }
}

fn find(kind: Kind, text: &str, launches: &[Launch], index: usize) -> Option<Slot> {
    let launch = &launches[index];
    let own = lines(text).nth(launch.line.checked_sub(1)?);
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let before = |words: &[&str], form: &str, between: &str| {
        let (start, line) = own?;
        let rest = line.trim_start();
        let begins = |word: &&str| rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        words.iter().any(begins).then(|| Slot {
            at: start,
            before: format!("{}{form}", &line[..line.len() - rest.len()]),
            between: between.to_owned(),
            after: end,
        })
    };
    match kind {
        Kind::Procfile | Kind::Shell => {
            let first = launch.words.first()?;
            let raw = first.raw.filter(|_| !DROPS.contains(&first.text.as_str()))?;
            Some(Slot { at: raw.start, before: String::new(), between: "=".to_owned(), after: " " })
        }
        Kind::Dockerfile => before(&["CMD", "ENTRYPOINT"], "ENV ", "="),
        Kind::Systemd => before(&["ExecStart"], "Environment=", "="),
        Kind::Uwsgi => before(&[""], "env = ", "="),
        Kind::Yaml => beside(text, end, launches, index),
        Kind::Python | Kind::Rust | Kind::Supervisor | Kind::Dotenv | Kind::Pyproject => None,
    }
}

/// The place before a variable that is set for this launch alone, in the form of that one.
fn beside(text: &str, end: &'static str, launches: &[Launch], index: usize) -> Option<Slot> {
    let others =
        || launches.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, launch)| launch);
    let is_own = |at: usize| {
        let mut theirs = others().flat_map(|launch| &launch.environment).filter_map(|v| v.spot);
        !theirs.any(|spot| spot.name == at)
    };
    launches[index].environment.iter().find_map(|variable| {
        let at = variable.spot.map(|spot| spot.name).filter(|at| is_own(*at))?;
        let (start, line) = lines(text).take_while(|(start, _)| *start <= at).last()?;
        let rest = line.trim_start();
        let indent = &line[..line.len() - rest.len()];
        let head = line.get(..at - start)?.trim_start();
        let head = head.trim_end_matches(['"', '\'']);
        let slot = |before: String, between: String| Some(Slot { at: start, before, between, after: end });
        match head {
            // `NAME: value`
            "" if rest.contains(':') => slot(indent.to_owned(), ": ".to_owned()),
            // `- NAME=value`
            "- " if line[at - start..].starts_with(&format!("{}=", variable.name)) => {
                slot(format!("{indent}- "), "=".to_owned())
            }
            "- name: " => slot(format!("{indent}- name: "), format!("{end}{indent}  value: ")),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{super::launches, *};

    /// The text with `N=v` set for the first program that is started.
    fn set(kind: Kind, text: &str) -> Option<String> {
        let found = launches(kind, text).expect("a file");
        let launch = found.iter().find(|launch| launch.start().program.is_some()).expect("a program");
        let cure = launch.setting("f", "N", "v")?;
        let change = &cure.changes[0];
        let mut text = text.to_owned();
        text.insert_str(change.start, &change.new);
        Some(text)
    }

    #[test]
    fn variables_find_their_place() {
        let compose = "services:\n  a:\n    command: gunicorn x\n    environment:\n";
        let pod = "kind: Pod\nspec:\n  containers:\n  - command: [gunicorn, x]\n    env:\n";
        for (kind, text, expected) in [
            (
                Kind::Procfile,
                "web: A=1 gunicorn x\n".to_owned(),
                Some("web: A=1 N=v gunicorn x\n".to_owned()),
            ),
            (Kind::Procfile, "web: sudo gunicorn x\n".to_owned(), None),
            (
                Kind::Shell,
                "#!/bin/sh\nsh -c 'cd y && gunicorn x'\n".to_owned(),
                Some("#!/bin/sh\nsh -c 'cd y && N=v gunicorn x'\n".to_owned()),
            ),
            (Kind::Shell, "\u{feff}gunicorn x\n".to_owned(), Some("\u{feff}N=v gunicorn x\n".to_owned())),
            (
                Kind::Dockerfile,
                "FROM p\r\nCMD gunicorn x\r\n".to_owned(),
                Some("FROM p\r\nENV N=v\r\nCMD gunicorn x\r\n".to_owned()),
            ),
            (
                Kind::Systemd,
                "[Service]\nExecStart=/bin/gunicorn x\n".to_owned(),
                Some("[Service]\nEnvironment=N=v\nExecStart=/bin/gunicorn x\n".to_owned()),
            ),
            (
                Kind::Uwsgi,
                "[uwsgi]\nmaster = true\n".to_owned(),
                Some("[uwsgi]\nenv = N=v\nmaster = true\n".to_owned()),
            ),
            (
                Kind::Yaml,
                format!("{compose}      A: 1\n"),
                Some(format!("{compose}      N: v\n      A: 1\n")),
            ),
            (Kind::Yaml, format!("{compose}    - A=1\n"), Some(format!("{compose}    - N=v\n    - A=1\n"))),
            (
                Kind::Yaml,
                format!("{compose}    - 'A=1'\n"),
                Some(format!("{compose}    - N=v\n    - 'A=1'\n")),
            ),
            (Kind::Yaml, format!("{compose}      {{A: 1}}\n"), None),
            (Kind::Yaml, format!("{compose}    - N=1\n"), None),
            (
                Kind::Yaml,
                format!("{pod}    - name: A\n      value: b\n"),
                Some(format!("{pod}    - name: N\n      value: v\n    - name: A\n      value: b\n")),
            ),
        ] {
            assert_eq!(set(kind, &text), expected, "{text}");
        }
    }

    #[test]
    fn what_others_share_is_left_alone() {
        let text = "x: &e\n  A: 1\nservices:\n  a:\n    command: gunicorn x\n    environment: *e\n  b:\n\
                    \x20   command: gunicorn y\n    environment: *e\n";
        assert_eq!(set(Kind::Yaml, text), None);
    }
}
