//! `.pth` files: one path in each line.
//!
//! Source of the rules: `site.addpackage` of `CPython`. Lines that start with `import` are code, which is not
//! run; blank lines and those that start with `#` say nothing; blanks at the end are no part of a path.

use std::str::Utf8Error;

use super::header::split_line;

/// The paths of a `.pth` file, as written.
pub fn paths(bytes: &[u8]) -> Result<Vec<&str>, Utf8Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes)?;
    let mut rest = bytes;
    let mut paths = Vec::new();
    while !rest.is_empty() {
        let (line, after) = split_line(rest);
        rest = after;
        let line = std::str::from_utf8(line)?;
        let says_nothing = line.starts_with('#') || line.trim().is_empty();
        let is_code = line.starts_with("import ") || line.starts_with("import\t");
        if !says_nothing && !is_code {
            paths.push(line.trim_end());
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_are_paths_count() {
        let text = "\u{feff}# a comment\n../src  \r\n\n   \nimport os; os.x\nimport\tsys\nimportant\r./egg\n /blank before\n";
        assert_eq!(paths(text.as_bytes()), Ok(vec!["../src", "important", "./egg", " /blank before"]));
        assert_eq!(paths(b""), Ok(vec![]));
    }

    #[test]
    fn what_is_not_utf_8_is_an_error() {
        assert!(paths(b"/good\n/bad\xff\n").is_err());
    }
}
