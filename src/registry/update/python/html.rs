//! The HTML of a list of files: its links.

use html5gum::{Token, Tokenizer};

use super::simple::{File, PROTOCOL, PageError};

/// What a list says about the version of its protocol.
const VERSION: &[u8] = b"pypi:repository-version";

/// The links of a list of files, and what they are relative to if that is not its own address.
pub(super) fn files(body: &[u8]) -> Result<(Option<String>, Vec<File>), PageError> {
    let mut base = None;
    let mut files = Vec::new();
    // The link that is open.
    let mut open: Option<File> = None;
    for Ok(token) in Tokenizer::new(body) {
        match token {
            Token::StartTag(tag) => {
                let attribute = |name: &[u8]| {
                    let value = tag.attributes.get(name)?;
                    Some(String::from_utf8_lossy(value).into_owned())
                };
                match &tag.name[..] {
                    b"meta" if tag.attributes.get(&b"name"[..]).is_some_and(|name| name[..] == *VERSION) => {
                        let version = attribute(b"content").unwrap_or_default();
                        if version.split('.').next() != Some(PROTOCOL) {
                            return Err(PageError::Protocol(version));
                        }
                    }
                    b"base" if base.is_none() => base = attribute(b"href"),
                    b"a" => {
                        files.extend(open.take());
                        open = attribute(b"href").map(|href| File {
                            name: String::new(),
                            href,
                            sha256: None,
                            metadata: attribute(b"data-core-metadata")
                                .or_else(|| attribute(b"data-dist-info-metadata")),
                            yanked: tag.attributes.contains_key(&b"data-yanked"[..]),
                        });
                    }
                    _ => {}
                }
            }
            Token::String(text) => {
                if let Some(file) = &mut open {
                    file.name.push_str(String::from_utf8_lossy(&text).trim());
                }
            }
            Token::EndTag(tag) if tag.name[..] == *b"a" => files.extend(open.take()),
            _ => {}
        }
    }
    files.extend(open);
    Ok((base, files))
}
