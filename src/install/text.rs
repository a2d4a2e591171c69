//! Keeps a file's bytes outside the lines that an edit changes: byte order mark, line ends, and a
//! missing end of the last line.

use diffy::{DiffOptions, Line};

/// What some editors put in front of a UTF-8 file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text without byte order mark and carriage returns, as the TOML editor wants it.
pub(super) fn plain(raw: &str) -> String {
    raw.strip_prefix(BYTE_ORDER_MARK).unwrap_or(raw).replace("\r\n", "\n")
}

/// The raw text with the changes that were made to its [`plain`] form: lines that are the same keep
/// their bytes, new ones end as most lines of the file do.
pub(super) fn graft(raw: &str, edited: &str) -> String {
    let body = raw.strip_prefix(BYTE_ORDER_MARK).unwrap_or(raw);
    let old: Vec<&str> = body.split_inclusive('\n').collect();
    let end = usual_end(&old);
    let mut text = String::with_capacity(raw.len() + edited.len());
    let mut push = |line: &str| {
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str(end);
        }
    };

    let [before, after] = [&plain(raw), edited].map(ended);
    let patch = DiffOptions::new().set_context_len(old.len()).create_patch(&before, &after);
    let changes = patch.hunks().iter().flat_map(diffy::Hunk::lines);
    let mut kept = old.iter();
    for change in changes {
        match change {
            Line::Context(_) => kept.next().copied().into_iter().for_each(&mut push),
            Line::Delete(_) => _ = kept.next(),
            Line::Insert(line) => push(content(line)),
        }
    }
    kept.copied().for_each(&mut push);
    if !body.is_empty() && !body.ends_with('\n') && text.ends_with(end) {
        text.truncate(text.len() - end.len());
    }
    if body.len() < raw.len() {
        text.insert(0, BYTE_ORDER_MARK);
    }
    text
}

/// The text with an end of its last line, should it have lines.
fn ended(text: &str) -> String {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{end}")
}

/// A line without its end.
fn content(line: &str) -> &str {
    line.strip_suffix('\n').unwrap_or(line)
}

/// The line end that most lines have.
fn usual_end(lines: &[&str]) -> &'static str {
    let windows = lines.iter().filter(|line| line.ends_with("\r\n")).count();
    let ended = lines.iter().filter(|line| line.ends_with('\n')).count();
    if windows * 2 > ended { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_edit_leaves_alone_keeps_its_bytes() {
        let append = |text: &str| {
            let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            format!("{text}{end}new\n")
        };
        for (raw, expected) in [
            ("", "new\n"),
            ("a\n", "a\nnew\n"),
            ("a", "a\nnew"),
            ("a\r\nb\r\n", "a\r\nb\r\nnew\r\n"),
            ("a\r\nb", "a\r\nb\r\nnew"),
            ("a\r\nb\r\nc", "a\r\nb\r\nc\r\nnew"),
            ("a\r\nb\nc\n", "a\r\nb\nc\nnew\n"),
            ("\u{feff}a\n", "\u{feff}a\nnew\n"),
        ] {
            assert_eq!(graft(raw, &append(&plain(raw))), expected, "{raw:?}");
            let ended = plain(raw) + if raw.ends_with('\n') { "" } else { "\n" };
            assert_eq!(graft(raw, &ended), if raw.is_empty() { "\n" } else { raw }, "{raw:?}");
        }
    }

    #[test]
    fn lines_in_the_middle_may_come_and_go() {
        let raw = "one\r\ntwo\r\nthree\r\nfour\r\n";
        assert_eq!(graft(raw, "one\n2\nthree\nfour\n"), "one\r\n2\r\nthree\r\nfour\r\n");
        assert_eq!(graft(raw, "one\nfour\n"), "one\r\nfour\r\n");
    }
}
