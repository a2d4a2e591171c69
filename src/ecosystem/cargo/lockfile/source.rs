//! Where a locked package comes from: `registry+URL`, `sparse+URL`, `git+URL?ref#commit`, or nothing.

use super::super::inventory::Source;

/// The name of the repository that holds the crates.io index; mirrors keep it.
const INDEX: &str = "crates.io-index";

/// Reads sources, remembering the last: most packages come from one registry.
#[derive(Debug, Default)]
pub(super) struct Sources<'t>(Option<(&'t str, Source)>);

impl<'t> Sources<'t> {
    /// Reads the `source` of a package; `None` if it cannot be an address.
    pub(super) fn parse(&mut self, text: Option<&'t str>) -> Option<Source> {
        let Some(text) = text else { return Some(Source::Path) };
        match &self.0 {
            Some((last, source)) if *last == text => Some(source.clone()),
            _ => self.0.insert((text, parse(text)?)).1.clone().into(),
        }
    }
}

/// Reads a source; `None` if it cannot be an address.
fn parse(text: &str) -> Option<Source> {
    if text.is_empty() || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let source = if let Some(url) = text.strip_prefix("git+") {
        Source::Git(without_commit(url).into())
    } else {
        let url = text.strip_prefix("registry+").unwrap_or(text);
        if is_crates_io(url) { Source::CratesIo } else { Source::Registry(url.into()) }
    };
    Some(source)
}

/// Whether two sources are the same but for the commit, which dependency strings may leave out.
pub(super) fn is_same(source: Option<&str>, other: &str) -> bool {
    source.is_some_and(|source| without_commit(source) == without_commit(other))
}

/// A git address without the commit that was found there.
fn without_commit(url: &str) -> &str {
    url.split_once('#').map_or(url, |(url, _)| url)
}

/// Whether a registry is crates.io: a repository that holds its index, or the host that serves it,
/// which is named after the repository.
fn is_crates_io(url: &str) -> bool {
    url.trim_end_matches('/').split('/').any(|part| {
        let host_of_index =
            || part.strip_prefix("index.").is_some_and(|name| INDEX.strip_suffix("-index") == Some(name));
        part.strip_suffix(".git").unwrap_or(part) == INDEX || host_of_index()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_source_is_told_from_the_others() {
        let index = "crates.io-index";
        for (text, source) in [
            (format!("registry+https://host.example/team/{index}"), Source::CratesIo),
            (format!("registry+https://mirror.example/git/{index}.git"), Source::CratesIo),
            (format!("sparse+https://index.{}/", &index[..9]), Source::CratesIo),
            ("registry+https://own.example/index".to_owned(), registry("https://own.example/index")),
            ("sparse+https://own.example/i/".to_owned(), registry("sparse+https://own.example/i/")),
            ("git+https://g.example/x?rev=ab#abcd".to_owned(), git("https://g.example/x?rev=ab")),
            ("git+ssh://git@g.example/x#abcd".to_owned(), git("ssh://git@g.example/x")),
        ] {
            let mut sources = Sources::default();
            for _ in 0..2 {
                assert_eq!(sources.parse(Some(&text)), Some(source.clone()), "{text}");
            }
            assert_eq!(sources.parse(None), Some(Source::Path));
            assert_eq!(sources.parse(Some("")), None);
        }
        assert_eq!(parse("git+https://g.example/\u{1b}[31m"), None);
    }

    /// Another registry.
    fn registry(url: &str) -> Source {
        Source::Registry(url.into())
    }

    /// A git repository.
    fn git(url: &str) -> Source {
        Source::Git(url.into())
    }
}
