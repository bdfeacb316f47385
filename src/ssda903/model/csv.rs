//! The bytes of the files: CSV in UTF-8, one heading, cells quoted only where they must be.
//!
//! Lines end in CR LF, as RFC 4180 has it; on the way in LF alone is taken too, and so is a byte order
//! mark. Nothing else is guessed.
use super::{
    fault::Fault,
    table::{Return, Table},
    year::read_day,
};

/// A file of a return, byte by byte.
#[must_use]
pub fn write(table: Table, whole: &Return) -> String {
    let mut text = String::new();
    put(&mut text, table.columns());
    for row in whole.rows(table) {
        put(&mut text, &row);
    }
    text
}

fn put(text: &mut String, cells: &[&str]) {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}

/// Reads a file into the return; says of which table it is, and what is wrong with it. A row that does
/// not fit is left out.
pub fn read(file: &str, bytes: &[u8], into: &mut Return, faults: &mut Vec<Fault>) -> Option<Table> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        faults.push(Fault::of_file(file, "encoding", "is not UTF-8"));
        return None;
    };
    let mut lines = Lines { text, line: 1 };
    let table = match lines.next() {
        Some((_, Ok(columns))) => Table::with_columns(&columns),
        _ => None,
    };
    let Some(table) = table else {
        let detail = "its first line has the columns of no file of the return, in their order";
        faults.push(Fault { line: 1, ..Fault::of_file(file, "columns", detail) });
        return None;
    };
    for (line, cells) in lines {
        let at = |code, detail: &str| Fault { line, ..Fault::of_file(file, code, detail) };
        match cells {
            Err(detail) => faults.push(at("quotes", detail)),
            Ok(cells) if cells.len() != table.columns().len() => {
                faults.push(at("row", "has not one cell for each column"));
            }
            Ok(cells) => {
                let of = table.columns().iter().copied().zip(&cells);
                for (column, _) in of.filter(|(column, cell)| !fits(column, cell)) {
                    let detail = "is no day written dd/mm/yyyy";
                    faults.push(Fault { column: Some(column), ..at("day", detail) });
                }
                into.add(table, line, cells);
            }
        }
    }
    Some(table)
}

/// Whether a cell holds a day where it must. England's check 102 says the same of birth dates, and
/// part of a day that nobody knows exactly is written `zz`.
fn fits(column: &str, cell: &str) -> bool {
    let known =
        if column == "DATE_PERM" { cell.replacen("zz/", "01/", 1) } else { cell.to_owned() };
    !Table::is_day(column) || column == "DOB" || cell.is_empty() || read_day(&known).is_some()
}

/// The rows of a text, each with the line in which it begins.
struct Lines<'t> {
    text: &'t str,
    line: usize,
}

impl Iterator for Lines<'_> {
    type Item = (usize, Result<Vec<String>, &'static str>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.text.is_empty() {
            return None;
        }
        let line = self.line;
        let (mut cells, mut cell) = (Vec::new(), String::new());
        loop {
            let (ended, rest) = match self.cell(&mut cell) {
                Ok(next) => next,
                Err(detail) => {
                    self.skip();
                    return Some((line, Err(detail)));
                }
            };
            self.text = rest;
            cells.push(std::mem::take(&mut cell));
            if ended {
                self.line += 1;
                return Some((line, Ok(cells)));
            }
        }
    }
}

impl<'t> Lines<'t> {
    /// Takes one cell; says whether the row ends with it, and what follows.
    fn cell(&mut self, cell: &mut String) -> Result<(bool, &'t str), &'static str> {
        let rest = if let Some(quoted) = self.text.strip_prefix('"') {
            self.quoted(cell, quoted)?
        } else {
            self.plain(cell)?
        };
        if rest.is_empty() {
            return Ok((true, rest));
        }
        let ended = |end: &str| rest.strip_prefix(end).map(|rest| (true, rest));
        let next = rest.strip_prefix(',').map(|rest| (false, rest));
        next.or_else(|| ended("\r\n"))
            .or_else(|| ended("\n"))
            .ok_or("has something behind the end of a quoted cell")
    }

    /// Takes a cell without quotes; says what follows it.
    fn plain(&self, cell: &mut String) -> Result<&'t str, &'static str> {
        let end = self.text.find([',', '"', '\n']).unwrap_or(self.text.len());
        let (plain, rest) = self.text.split_at(end);
        let last = rest.starts_with('\n');
        let plain = plain.strip_suffix('\r').filter(|_| last).unwrap_or(plain);
        if plain.contains('\r') || rest.starts_with('"') {
            return Err("has a quotation mark or a line end inside a cell without quotes");
        }
        cell.push_str(plain);
        Ok(rest)
    }

    /// Takes the rest of a quoted cell; says what follows it.
    fn quoted(&mut self, cell: &mut String, mut rest: &'t str) -> Result<&'t str, &'static str> {
        loop {
            let (inside, after) = rest.split_once('"').ok_or("has a quoted cell without an end")?;
            self.line += inside.matches('\n').count();
            cell.push_str(inside);
            let Some(more) = after.strip_prefix('"') else { return Ok(after) };
            cell.push('"');
            rest = more;
        }
    }

    /// Goes on after the line in which nothing could be read.
    fn skip(&mut self) {
        let rest = self.text.split_once('\n').map_or("", |(_, rest)| rest);
        (self.text, self.line) = (rest, self.line + 1);
    }
}
