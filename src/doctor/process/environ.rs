//! `/proc/N/environ`: the variables that a process was started with, as they were then.

use std::collections::BTreeMap;

use crate::doctor::read::words::is_name;

/// The variables of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Environ {
    /// By name; no value where it is no text.
    Known(BTreeMap<String, Option<String>>),
    /// The process has written something else there, as those do that give themselves another title.
    Overwritten,
}

impl Environ {
    /// Reads them. Of several with the same name the first counts, as for Python.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let (mut variables, mut sound) = (BTreeMap::new(), 0);
        for entry in bytes.split(|byte| *byte == 0) {
            let Some(at) = memchr::memchr(b'=', entry) else { continue };
            sound += entry.len() + 1;
            let Ok(name) = std::str::from_utf8(&entry[..at]) else { continue };
            if is_name(name) {
                let value = std::str::from_utf8(&entry[at + 1..]).ok().map(str::to_owned);
                variables.entry(name.to_owned()).or_insert(value);
            }
        }
        // A title takes the place of the first ones, and zeros that of the rest.
        if sound * 2 < bytes.len() { Self::Overwritten } else { Self::Known(variables) }
    }

    /// The text of a variable; an empty one counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let Self::Known(variables) = self else { return None };
        variables.get(name)?.as_deref().filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_name_counts_and_what_is_no_variable_is_none() {
        let environ = Environ::parse(b"A=1\0A=2\0B=\xff\0C=x=y\nz\0=no\0BAD-NAME=1\0nothing\0D=\0");
        let Environ::Known(variables) = &environ else { panic!("overwritten") };
        assert_eq!(variables.keys().map(String::as_str).collect::<Vec<_>>(), ["A", "B", "C", "D"]);
        assert_eq!(environ.get("A"), Some("1"));
        assert_eq!(environ.get("B"), None);
        assert_eq!(environ.get("C"), Some("x=y\nz"));
        assert_eq!(environ.get("D"), None);
    }

    #[test]
    fn a_title_in_its_place_is_recognised() {
        assert_eq!(Environ::parse(b""), Environ::Known(BTreeMap::new()));
        assert_eq!(Environ::parse(&[0; 300]), Environ::Overwritten);
        assert_eq!(Environ::parse(b"ter [app:app]\0\0\0\0\0\0\0\0\0\0"), Environ::Overwritten);
    }
}
