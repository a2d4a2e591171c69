//! The tags of wheels (PEP 425): which Python, ABI and platform one was built for.

use std::{collections::BTreeSet, fmt, str::FromStr};

use thiserror::Error;

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// The Python (`cp312`, `py3`).
    pub python: String,
    /// The ABI (`cp312`, `abi3`, `none`).
    pub abi: String,
    /// The platform (`manylinux_2_17_x86_64`, `any`).
    pub platform: String,
}

/// A text that is no tag.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{}` is not the tag of a wheel", .0.escape_debug())]
pub struct InvalidTag(pub String);

impl FromStr for Tag {
    type Err = InvalidTag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word =
            |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let parts: Vec<&str> = text.split('-').filter(is_word).collect();
        match parts[..] {
            [python, abi, platform] if text.len() == python.len() + abi.len() + platform.len() + 2 => {
                let [python, abi, platform] = [python, abi, platform].map(str::to_ascii_lowercase);
                Ok(Self { python, abi, platform })
            }
            _ => Err(InvalidTag(text.chars().take(120).collect())),
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.python, self.abi, self.platform)
    }
}

/// The tags that the name of a wheel's file stands for; empty if it is none.
#[must_use]
pub(super) fn of_file(name: &str) -> BTreeSet<Tag> {
    let stem = name.strip_suffix(".whl").unwrap_or_default();
    let mut parts = stem.rsplitn(4, '-');
    let (Some(platforms), Some(abis), Some(pythons), Some(_)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return BTreeSet::new();
    };
    let of = |python: &str| {
        let python = python.to_owned();
        abis.split('.').flat_map(move |abi| {
            let python = python.clone();
            platforms.split('.').map(move |platform| format!("{python}-{abi}-{platform}"))
        })
    };
    pythons.split('.').flat_map(of).filter_map(|text| text.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(name: &str) -> String {
        of_file(name).iter().map(Tag::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_name_of_a_file_stands_for_its_tags() {
        assert_eq!(show("idna-3.20-py3-none-any.whl"), "py3-none-any");
        assert_eq!(show("six-1.17-py2.py3-none-any.whl"), "py2-none-any py3-none-any");
        assert_eq!(
            show("wrapt-2.5.2-1-cp312-cp312-manylinux1_x86_64.manylinux_2_5_x86_64.whl"),
            "cp312-cp312-manylinux1_x86_64 cp312-cp312-manylinux_2_5_x86_64"
        );
        for odd in ["", "a.whl", "py3-none-any.whl", "x-1.tar.gz", "x-1-py3-none-a/b.whl"] {
            assert_eq!(show(odd), "", "{odd}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for odd in ["", "py3", "py3-none", "py3-none-any-x", "py3--any", "py3-none-any-", "p y-none-any"] {
            assert_eq!(odd.parse::<Tag>(), Err(InvalidTag(odd.to_owned())));
        }
    }
}
