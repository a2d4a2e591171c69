//! The commands of a text for a shell: its words without quotes, and the variables that are set.
//!
//! Nothing is expanded. A word with something that only the shell knows is marked as not known; substitutions and
//! the bodies of here-documents are passed over.
//!
//! Source of the rules: POSIX.1-2024, "Shell Command Language", 2.2 (quoting), 2.7.4 (here-documents), 2.9.

/// A word of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Its text without quotes; what would be expanded stands as it is written.
    pub text: String,
    /// Whether the text is all there is to know: nothing is to be expanded in it.
    pub is_known: bool,
    /// Where it stands, if that is known.
    pub raw: Option<Raw>,
}

/// Where a word stands in the text that was read, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw {
    /// Where it begins, quotes included.
    pub start: usize,
    /// Where its text stands as it is.
    pub text: Option<usize>,
    /// Where the value stands as it is, if the word is `NAME=value`.
    pub value: Option<usize>,
}

impl Word {
    /// A word that means itself.
    #[must_use]
    pub fn known(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_known: true, raw: None }
    }

    /// The same word in a text that begins at that place of a file; nowhere, if there is no such place.
    #[must_use]
    pub fn moved(mut self, to: Option<usize>) -> Self {
        self.raw = self.raw.zip(to).map(|(raw, by)| Raw {
            start: raw.start + by,
            text: raw.text.map(|at| at + by),
            value: raw.value.map(|at| at + by),
        });
        self
    }

    /// The text, if nothing is to be expanded in it.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.is_known.then_some(self.text.as_str())
    }
}

impl Raw {
    /// Where the parts of a word stand that is written in that way.
    fn of(written: &str, start: usize, text: &str) -> Self {
        let is_quoted = |written: &str, text: &str| {
            ['"', '\''].iter().any(|quote| {
                let inner = written.strip_prefix(*quote).and_then(|rest| rest.strip_suffix(*quote));
                inner == Some(text)
            })
        };
        let at = match written {
            _ if written == text => Some(start),
            _ if is_quoted(written, text) => Some(start + 1),
            _ => None,
        };
        let value = assignment(text).and_then(|(name, value)| {
            let rest = written.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
            match (at, rest) {
                (Some(at), _) => Some(at + name.len() + 1),
                (None, Some(rest)) if is_quoted(rest, value) => Some(start + name.len() + 2),
                _ => None,
            }
        });
        Self { start, text: at, value }
    }
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The line it begins on, from 1.
    pub line: usize,
    /// Its words, the variables in front included.
    pub words: Vec<Word>,
}

/// Words that stand before a command and are none of it.
const KEYWORDS: [&str; 13] =
    ["!", "(", ")", "case", "do", "done", "elif", "else", "fi", "if", "then", "until", "while"];

/// The simple commands of a text; `first` is the line that it begins on.
#[must_use]
pub fn commands(text: &str, first: usize) -> Vec<Command> {
    let mut lexer = Lexer {
        text,
        rest: text,
        line: first,
        commands: Vec::new(),
        open: Command::default(),
        documents: Vec::new(),
    };
    lexer.run();
    lexer.commands
}

/// All words of a text that holds one command, whatever separates commands included.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    commands(text, 1).into_iter().next().map(|command| command.words).unwrap_or_default()
}

/// A variable that is set: `NAME=value`.
#[must_use]
pub fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    is_name(name).then_some((name, value))
}

/// Whether a text can be the name of a variable.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(is_part)
}

struct Lexer<'t> {
    text: &'t str,
    rest: &'t str,
    line: usize,
    commands: Vec<Command>,
    open: Command,
    /// The words that end the here-documents that begin after this line.
    documents: Vec<String>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                '\n' => {
                    self.next();
                    self.end();
                    self.pass_documents();
                }
                ' ' | '\t' | '\r' => {
                    self.next();
                }
                '#' => self.pass_line(),
                ';' | '&' | '|' | '(' | ')' => {
                    self.next();
                    self.end();
                }
                '<' | '>' => self.redirection(),
                '\\' if self.rest[1..].starts_with(['\n', '\r']) => {
                    self.next();
                    self.pass_line_end();
                }
                _ => {
                    let line = self.line;
                    let word = self.word();
                    let is_number = !word.text.is_empty() && word.text.bytes().all(|b| b.is_ascii_digit());
                    if is_number && self.rest.starts_with(['<', '>']) {
                        continue;
                    }
                    if self.open.words.is_empty() {
                        if KEYWORDS.contains(&word.text.as_str()) || word.text == "{" || word.text == "}" {
                            continue;
                        }
                        self.open.line = line;
                    }
                    self.open.words.push(word);
                }
            }
        }
        self.end();
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn end(&mut self) {
        let command = std::mem::take(&mut self.open);
        if !command.words.is_empty() {
            self.commands.push(command);
        }
    }

    fn pass_line(&mut self) {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        self.rest = &self.rest[end..];
    }

    fn pass_line_end(&mut self) {
        if self.rest.starts_with('\r') {
            self.next();
        }
        if self.rest.starts_with('\n') {
            self.next();
        }
    }

    /// `>file`, `2>&1`, `<<EOF`: none of it is a word of the command.
    fn redirection(&mut self) {
        let is_document = self.rest.starts_with("<<") && !self.rest.starts_with("<<<");
        while self.rest.starts_with(['<', '>', '&', '-']) {
            self.next();
        }
        while self.rest.starts_with([' ', '\t']) {
            self.next();
        }
        let target = self.word();
        if is_document && !target.text.is_empty() {
            self.documents.push(target.text);
        }
    }

    /// Passes over the bodies of the here-documents that begin here.
    fn pass_documents(&mut self) {
        for end in std::mem::take(&mut self.documents) {
            while !self.rest.is_empty() {
                let line = self.rest.lines().next().unwrap_or_default();
                let is_end = line.trim_start_matches('\t').trim_end_matches('\r') == end;
                self.pass_line();
                self.next();
                if is_end {
                    break;
                }
            }
        }
    }

    /// A word, up to a blank or an operator that is not quoted.
    fn word(&mut self) -> Word {
        let start = self.text.len() - self.rest.len();
        let mut word = Word::known("");
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\'' => {
                    self.next();
                    let end = self.rest.find('\'').unwrap_or(self.rest.len());
                    let quoted = self.rest[..end].to_owned();
                    self.line += quoted.matches('\n').count();
                    word.text.push_str(&quoted);
                    self.rest = self.rest[end..].strip_prefix('\'').unwrap_or_default();
                }
                '"' => {
                    self.next();
                    self.quoted(&mut word);
                }
                '\\' => {
                    self.next();
                    match self.next() {
                        None | Some('\n') => {}
                        Some('\r') => self.pass_line_end(),
                        Some(c) => word.text.push(c),
                    }
                }
                '$' | '`' => self.expansion(&mut word),
                _ => {
                    self.next();
                    word.is_known &= !matches!(c, '*' | '?');
                    word.text.push(c);
                }
            }
        }
        let end = self.text.len() - self.rest.len();
        word.raw = Some(Raw::of(&self.text[start..end], start, &word.text));
        word
    }

    /// What stands in quotes inside a substitution, as it is written.
    fn pass_quoted(&mut self, quote: char, word: &mut Word) {
        while let Some(c) = self.next() {
            word.text.push(c);
            if c == quote {
                return;
            }
        }
    }

    /// What stands in double quotes.
    fn quoted(&mut self, word: &mut Word) {
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    self.next();
                    return;
                }
                '\\' => {
                    self.next();
                    match self.next() {
                        Some(c @ ('"' | '\\' | '$' | '`')) => word.text.push(c),
                        Some('\n') | None => {}
                        Some(c) => word.text.extend(['\\', c]),
                    }
                }
                '$' | '`' => self.expansion(word),
                _ => {
                    self.next();
                    word.text.push(c);
                }
            }
        }
    }

    /// `$NAME`, `${…}`, `$(…)` or `` `…` ``, as it is written.
    fn expansion(&mut self, word: &mut Word) {
        let Some(start) = self.next() else { return };
        word.text.push(start);
        let close = match (start, self.peek()) {
            ('`', _) => '`',
            (_, Some('{')) => '}',
            (_, Some('(')) => ')',
            // `$` before anything else is the name of a variable, or stands for itself.
            (_, Some(c)) if c.is_ascii_alphanumeric() || "_@*#?!-$".contains(c) => {
                word.is_known = false;
                return;
            }
            _ => return,
        };
        word.is_known = false;
        let mut depth = 0_usize;
        while let Some(c) = self.next() {
            word.text.push(c);
            if c == close && depth <= 1 {
                return;
            }
            match (c, close) {
                ('"' | '\'', ')') => self.pass_quoted(c, word),
                ('(', ')') | ('{', '}') => depth += 1,
                (')', ')') | ('}', '}') => depth -= 1,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commands as `LINE:word|word`, with `~` before what is not known.
    fn told(text: &str) -> Vec<String> {
        let word = |word: &Word| format!("{}{}", if word.is_known { "" } else { "~" }, word.text);
        let command =
            |c: &Command| format!("{}:{}", c.line, c.words.iter().map(word).collect::<Vec<_>>().join("|"));
        commands(text, 1).iter().map(command).collect()
    }

    #[test]
    fn commands_are_split_as_a_shell_splits_them() {
        for (text, expected) in [
            ("a b  c", &["1:a|b|c"][..]),
            ("a 'b c' \"d e\"f\\ g", &["1:a|b c|d ef g"]),
            ("a \\\n  b # no\nc", &["1:a|b", "3:c"]),
            ("a && b || c; d | e &", &["1:a", "1:b", "1:c", "1:d", "1:e"]),
            ("A=1 B='x y' exec a", &["1:A=1|B=x y|exec|a"]),
            ("a $X ${Y:-1 2} \"$@\" \\$z", &["1:a|~$X|~${Y:-1 2}|~$@|$z"]),
            ("a $(b \"c) d\") `e f` x", &["1:a|~$(b \"c) d\")|~`e f`|x"]),
            ("if a; then b; else c; fi", &["1:a", "1:b", "1:c"]),
            ("a > out.txt 2>&1 b < in", &["1:a|b"]),
            ("cat <<EOF > x\ngunicorn app\nEOF\nb", &["1:cat", "4:b"]),
            ("cat <<-'E'\n\tx\n\tE\nb", &["1:cat", "4:b"]),
            ("a\r\nb c\r\n", &["1:a", "2:b|c"]),
            ("a *.py", &["1:a|~*.py"]),
            ("a \"x\ny\"\nb", &["1:a|x\ny", "3:b"]),
            ("a 'x", &["1:a|x"]),
            ("", &[]),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn words_know_where_they_stand() {
        let text = "A=1 B=\"x y\" 'C=z' D=a\"b\" e\\f";
        let command = commands(text, 1).remove(0);
        let told = command.words.iter().map(|word| {
            let raw = word.raw.expect("a place");
            let value = word.text.split_once('=').map_or("", |(_, value)| value);
            let is_there = |at: Option<usize>, part: &str| at.is_some_and(|at| text[at..].starts_with(part));
            (raw.start, is_there(raw.text, &word.text), is_there(raw.value, value))
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [(0, true, true), (4, false, true), (12, true, true), (18, false, false), (25, false, false)]
        );
        assert_eq!(command.words[0].clone().moved(Some(7)).raw.map(|raw| raw.start), Some(7));
        assert_eq!(command.words[0].clone().moved(None).raw, None);
    }

    #[test]
    fn assignments_have_names() {
        assert_eq!(assignment("A_1=b=c"), Some(("A_1", "b=c")));
        assert_eq!(assignment("--a=b"), None);
        assert_eq!(assignment("1A=b"), None);
    }
}
