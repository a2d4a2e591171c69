//! What an installer says it would do, read from its own words.

use serde::Deserialize;

use super::Pin;
use crate::package::PackageName;

/// What pip writes with `--report`. Source: pip's documentation, "Installation Report".
#[derive(Deserialize)]
struct Report {
    /// What would be installed.
    install: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    metadata: Metadata,
}

/// The fields of a distribution's metadata that say which it is.
#[derive(Deserialize)]
pub(super) struct Metadata {
    name: String,
    version: String,
}

impl Metadata {
    pub(super) fn pin(&self) -> Option<Pin> {
        pin(&self.name, &self.version)
    }
}

/// Reads pip's report; `None` if it is none.
pub(super) fn of_report(json: &str) -> Option<Vec<Pin>> {
    let report: Report = serde_json::from_str(json).ok()?;
    let pins = report.install.into_iter().map(|item| item.metadata.pin());
    sorted(pins.collect::<Option<_>>()?)
}

/// Reads what uv says with `--dry-run`: ` + NAME==VERSION` comes, ` - …` goes, ` ~ …` is installed again;
/// `None` if a line is none of these, or if something goes that does not come back.
pub(super) fn of_uv(said: &str) -> Option<Vec<Pin>> {
    let (mut come, mut gone) = (Vec::new(), Vec::new());
    for line in said.lines() {
        let Some((sign, rest)) = line.strip_prefix(' ').and_then(|line| line.split_once(' ')) else {
            continue;
        };
        let list = match sign {
            "+" | "~" => &mut come,
            "-" => &mut gone,
            _ => continue,
        };
        let (name, version) = rest.split_whitespace().next()?.split_once("==")?;
        list.push(pin(name, version)?);
    }
    let replaced = gone.iter().all(|old| come.iter().any(|new: &Pin| new.name == old.name));
    if replaced { sorted(come) } else { None }
}

pub(super) fn pin(name: &str, version: &str) -> Option<Pin> {
    Some(Pin { name: PackageName::of_distribution(name).ok()?, version: version.parse().ok()? })
}

#[expect(clippy::unnecessary_wraps, reason = "the last step of a chain of options")]
fn sorted(mut pins: Vec<Pin>) -> Option<Vec<Pin>> {
    pins.sort();
    Some(pins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(pins: Option<Vec<Pin>>) -> Option<Vec<String>> {
        pins.map(|pins| pins.iter().map(Pin::to_string).collect())
    }

    #[test]
    fn the_words_of_uv_are_read() {
        let said = "Using Python 3.11.7 environment at: venv\nResolved 4 packages in 164ms\nWould download 1 package\n\
            Would uninstall 1 package\nWould install 2 packages\n - idna==3.20\n + idna==3.10\n + Foo.Bar==1.0+x.1 (from file:///a)\n";
        assert_eq!(show(of_uv(said)), Some(vec!["foo-bar==1.0+x.1".to_owned(), "idna==3.10".to_owned()]));
        assert_eq!(show(of_uv("Checked 1 package in 5ms\nWould make no changes\n")), Some(vec![]));
        for odd in [" - idna==3.20\n", " + idna\n", " + idna==x\n", " + -x==1\n", " + \n"] {
            assert_eq!(of_uv(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_report_of_pip_is_read() {
        let report = r#"{"version": "1", "pip_version": "26.3", "install": [
            {"metadata": {"name": "wrapt", "version": "1.16.0", "requires_dist": []}, "is_direct": false},
            {"metadata": {"name": "Deprecated", "version": "1.2.14"}}], "environment": {}}"#;
        assert_eq!(
            show(of_report(report)),
            Some(vec!["deprecated==1.2.14".to_owned(), "wrapt==1.16.0".to_owned()])
        );
        for odd in ["", "{}", r#"{"install": [{"metadata": {"name": "a b", "version": "1"}}]}"#] {
            assert_eq!(of_report(odd), None, "{odd}");
        }
    }
}
