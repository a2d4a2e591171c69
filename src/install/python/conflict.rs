//! What an installer said, for people: without what only tells that it works, and with the names of those
//! that do not go together.

use super::{Pin, Wanted};
use crate::install::ProgramError;

/// How many lines of what an installer said are kept.
const MOST_LINES: usize = 40;

/// How the lines begin that only tell that something is being worked on.
const CHATTER: [&str; 12] = [
    "Collecting ",
    "Downloading ",
    "Using cached ",
    "Looking in ",
    "Requirement already satisfied",
    "Installing build dependencies",
    "Getting requirements to build",
    "Preparing metadata",
    "INFO: pip is looking at multiple versions",
    "Using Python ",
    "Obtaining dependency information",
    "[notice]",
];

/// Two sides that do not go together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflict {
    /// What is installed and held.
    pub held: Vec<Pin>,
    /// What is required.
    pub wanted: Vec<Wanted>,
}

/// The error with what is worth reading of what was said.
pub(super) fn digest(error: ProgramError) -> ProgramError {
    match error {
        ProgramError::Failed { command, status, said } => {
            let is_chatter = |line: &&str| CHATTER.iter().any(|start| line.trim_start().starts_with(start));
            let lines: Vec<&str> =
                said.lines().filter(|line| !line.trim().is_empty() && !is_chatter(line)).collect();
            let said = lines[lines.len().saturating_sub(MOST_LINES)..].join("\n");
            ProgramError::Failed { command, status, said }
        }
        other => other,
    }
}

/// Who does not go together, if that is what an installer said.
pub(super) fn read(said: &str, held: &[Pin], wanted: &[Wanted]) -> Option<Conflict> {
    let words = ["No solution found when resolving", "ResolutionImpossible", "conflicting dependencies"];
    // Without an index nothing is found, which is not a conflict.
    let unreachable = ["network was disabled", "from versions: none"];
    if !words.iter().any(|word| said.contains(word)) || unreachable.iter().any(|word| said.contains(word)) {
        return None;
    }
    Some(sides(said, held, wanted))
}

/// Who of both sides is named in what an installer said.
pub(super) fn sides(said: &str, held: &[Pin], wanted: &[Wanted]) -> Conflict {
    let spoken: Vec<&str> = said
        .split(|c: char| c.is_whitespace() || "(),;`'\"".contains(c))
        .map(|w| w.trim_end_matches(['.', ':']))
        .collect();
    let is_named = |text: &str| spoken.contains(&text);
    let held = held.iter().filter(|pin| is_named(&pin.to_string())).cloned().collect();
    let wanted =
        wanted.iter().filter(|w| is_named(&w.to_string()) || is_named(w.name.as_str())).cloned().collect();
    Conflict { held, wanted }
}

/// Whether an installer said that it could not reach an index.
pub(super) fn is_unreachable(said: &str) -> bool {
    let words = [
        "Failed to fetch",
        "error sending request",
        "dns error",
        "NewConnectionError",
        "ConnectTimeout",
        "Max retries exceeded",
        "Connection refused",
        "ProxyError",
        "SSLError",
    ];
    words.iter().any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install::python::parse_lines;

    fn show(said: &str) -> Option<String> {
        let pin = |name: &str, version: &str| Pin {
            name: name.parse().expect("a name"),
            version: version.parse().expect("a version"),
        };
        let held = [pin("typing-extensions", "3.7.4"), pin("idna", "3.20"), pin("idn", "3.2")];
        let wanted =
            parse_lines("opentelemetry-instrumentation-flask==0.60b1\nwrapt==1.16.0\n").expect("lines");
        read(said, &held, &wanted).map(|Conflict { held, wanted }| {
            let held: Vec<_> = held.iter().map(ToString::to_string).collect();
            let wanted: Vec<_> = wanted.iter().map(ToString::to_string).collect();
            format!("{} | {}", held.join(" "), wanted.join(" "))
        })
    }

    #[test]
    fn both_sides_are_found_in_what_is_said() {
        let uv = "error: No solution found when resolving dependencies\n  cause: Because opentelemetry-semantic-conventions==0.60b1 \
            depends on typing-extensions>=4.5.0 and typing-extensions==3.7.4, we can conclude that opentelemetry-semantic-conventions==0.60b1 \
            cannot be used.\n And because opentelemetry-instrumentation-flask==0.60b1 depends on opentelemetry-semantic-conventions==0.60b1 \
            and you require opentelemetry-instrumentation-flask==0.60b1, we can conclude that your requirements are unsatisfiable.\n";
        let sides = "typing-extensions==3.7.4 | opentelemetry-instrumentation-flask==0.60b1";
        assert_eq!(show(uv).as_deref(), Some(sides));
        let pip = "The conflict is caused by:\n    opentelemetry-semantic-conventions 0.60b1 depends on typing-extensions>=4.5.0\n    \
            The user requested (constraint) typing-extensions==3.7.4\nERROR: Cannot install opentelemetry-instrumentation-flask because \
            these package versions have conflicting dependencies.\nERROR: ResolutionImpossible: for help visit x\n";
        assert_eq!(show(pip).as_deref(), Some(sides));
        assert_eq!(show("error: No space left on device"), None);
        let offline = "No solution found when resolving dependencies\nhint: the network was disabled";
        assert_eq!(show(offline), None);
    }
}
