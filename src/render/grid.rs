//! Columns for people.

use std::fmt::Write;

use anstyle::Style;

use crate::terminal::visible;

/// The gap between columns.
const GAP: usize = 2;
/// Below this width the last column is not wrapped any more but left to the terminal.
const NARROWEST: usize = 20;

/// Rows below a heading; the last column takes what is left of the width, on several lines.
pub(super) struct Grid {
    heading: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A grid without rows.
    pub(super) fn new(heading: &[&'static str]) -> Self {
        Self { heading: heading.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: one cell per column. Cells are made safe to show.
    pub(super) fn row(&mut self, cells: &[String]) {
        debug_assert_eq!(cells.len(), self.heading.len());
        self.rows.push(cells.iter().map(|cell| visible(cell).replace(['\n', '\t'], " ")).collect());
    }

    /// The text, with lines of at most the width where one is given.
    pub(super) fn render(&self, width: Option<usize>) -> String {
        let columns = self.heading.len();
        let widest = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.chain([self.heading[column].chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns.saturating_sub(1)).map(widest).collect();
        let start: usize = widths.iter().map(|w| w + GAP).sum();
        let room = width.map(|w| w.saturating_sub(start)).filter(|room| *room >= NARROWEST);

        let mut text = String::new();
        let heading: Vec<String> = self.heading.iter().map(ToString::to_string).collect();
        line(&mut text, &heading, &widths, Style::new().bold());
        for row in &self.rows {
            let Some((last, cells)) = row.split_last() else { continue };
            for (number, part) in wrapped(last, room).into_iter().enumerate() {
                let shown = |cell: &String| if number == 0 { cell.clone() } else { String::new() };
                let parts: Vec<String> = cells.iter().map(shown).chain([part]).collect();
                line(&mut text, &parts, &widths, Style::new());
            }
        }
        text
    }
}

fn line(text: &mut String, cells: &[String], widths: &[usize], style: Style) {
    let mut line = String::new();
    for (index, cell) in cells.iter().enumerate() {
        let width = widths.get(index).map_or(0, |w| w + GAP);
        let _ = write!(line, "{cell:width$}");
    }
    let _ = writeln!(text, "{style}{}{style:#}", line.trim_end());
}

/// The text in lines of at most that many characters, broken at spaces where there are any.
fn wrapped(text: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room else { return vec![text.to_owned()] };
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let full = lines.last().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(line) if full == 0 => line.push_str(word),
            Some(line) if full + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;

    fn sample() -> Grid {
        let mut grid = Grid::new(&["NAME", "WHY"]);
        grid.row(&["a".to_owned(), "one two three four five six seven".to_owned()]);
        grid.row(&["a-long-name".to_owned(), "\u{1b}[31mred\nline".to_owned()]);
        grid
    }

    #[test]
    fn columns_are_aligned_and_steering_is_shown() {
        insta::assert_snapshot!(strip_str(&sample().render(None)).to_string(), @r"
        NAME         WHY
        a            one two three four five six seven
        a-long-name  \u{1b}[31mred line
        ");
    }

    #[test]
    fn the_last_column_is_wrapped_to_the_width() {
        insta::assert_snapshot!(strip_str(&sample().render(Some(34))).to_string(), @r"
        NAME         WHY
        a            one two three four
                     five six seven
        a-long-name  \u{1b}[31mred line
        ");
    }

    #[test]
    fn a_very_narrow_terminal_is_left_to_wrap_itself() {
        assert_eq!(sample().render(Some(10)), sample().render(None));
    }
}
