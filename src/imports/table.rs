//! Tables (CSV): each row becomes the line that a file of lines would have.
use std::collections::{BTreeMap, BTreeSet};

use csv::{ByteRecord, ReaderBuilder};
use serde_json::{Map, Value};

use super::cutter::malformed;
use crate::platform::error::Result;

/// What can stand between cells: whichever of them the header has first.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// A mark that some programs put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Columns of a table.
const MOST_COLUMNS: usize = 500;

/// One step on the way to a member.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Item(u32),
    Name(String),
}

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Text,
    /// A number, a truth or anything else as JSON writes it. What is none is taken as text, and refused as such.
    Json,
}

/// A column: the member of a line that its cells are.
struct Column {
    path: Vec<Part>,
    cell: Cell,
}

/// A table as it comes.
#[derive(Default)]
pub struct Table {
    separator: u8,
    columns: Vec<Column>,
}

impl Table {
    /// The line that a row stands for; none for the header, which comes first.
    pub fn line(&mut self, row: &[u8], number: i64) -> Result<Option<Vec<u8>>> {
        if !self.has_begun() {
            return self.begin(row.strip_prefix(BYTE_ORDER_MARK).unwrap_or(row)).map(|()| None);
        }
        let cells = cells(row, self.separator)?;
        if cells.len() != self.columns.len() {
            let (has, wants) = (cells.len(), self.columns.len());
            return Err(malformed(&format!(
                "the row at line {number} has {has} cells, and the header has {wants}"
            )));
        }
        let mut members = Vec::new();
        for (column, cell) in self.columns.iter().zip(cells.iter()) {
            let text = std::str::from_utf8(cell)
                .map_err(|_| malformed(&format!("the row at line {number} is no UTF-8")))?;
            if !text.is_empty() {
                members.push((column.path.as_slice(), column.cell.read(text)));
            }
        }
        let mut line = built(&members);
        if let Some(line) = line.as_object_mut() {
            line.entry("data").or_insert_with(|| Value::Object(Map::new()));
        }
        Ok(Some(line.to_string().into_bytes()))
    }

    /// Whether its header has come.
    pub fn has_begun(&self) -> bool {
        !self.columns.is_empty()
    }

    fn begin(&mut self, header: &[u8]) -> Result<()> {
        let found = header.iter().find(|byte| SEPARATORS.contains(byte));
        self.separator = found.copied().unwrap_or(b',');
        let names = cells(header, self.separator)?;
        if names.len() > MOST_COLUMNS {
            return Err(malformed(&format!("a table has {MOST_COLUMNS} columns at most")));
        }
        let columns = names.iter().map(|name| {
            let name = std::str::from_utf8(name).ok().map(str::trim);
            name.and_then(Column::named).ok_or_else(|| {
                malformed(
                    "the header names a column that cannot be: a member of the record is named \
                           such as names.0.given, one that is no text such as total:number",
                )
            })
        });
        self.columns = columns.collect::<Result<Vec<Column>>>()?;
        if !self.columns.iter().any(Column::is_kind) {
            return Err(malformed("the header has no column `kind`: no row says what it is"));
        }
        check(&self.columns)
    }
}

impl Column {
    /// The column of this name: what the record is known by, or the way to a member of its data.
    fn named(name: &str) -> Option<Self> {
        let (way, cell) = match name.split_once(':') {
            Some((way, "number" | "boolean" | "json")) => (way, Cell::Json),
            Some(_) => return None,
            None if name == "source_version" => (name, Cell::Json),
            None => (name, Cell::Text),
        };
        let whole = match way {
            "kind" | "source_version" | "step" | "of.kind" | "of.system" | "of.value" => {
                way.to_owned()
            }
            "system" | "value" => format!("external.{way}"),
            _ => format!("data.{way}"),
        };
        let path: Option<Vec<Part>> = whole.split('.').map(Part::read).collect();
        Some(Self { path: path?, cell })
    }

    fn is_kind(&self) -> bool {
        matches!(self.path.as_slice(), [Part::Name(name)] if name == "kind")
    }
}

impl Part {
    fn read(text: &str) -> Option<Self> {
        let named = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        match text.parse::<u32>() {
            Ok(item) => Some(Self::Item(item)),
            Err(_) => {
                (!text.is_empty() && text.bytes().all(named)).then(|| Self::Name(text.to_owned()))
            }
        }
    }
}

impl Cell {
    fn read(self, text: &str) -> Value {
        match self {
            Self::Text => Value::from(text),
            Self::Json => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        }
    }
}

/// Refuses columns of which two are the same, one lies within the other, or items lie beside names.
fn check(columns: &[Column]) -> Result<()> {
    let mut known: BTreeSet<&[Part]> = BTreeSet::new();
    let mut kinds: BTreeMap<&[Part], bool> = BTreeMap::new();
    let mut fits = true;
    for Column { path, .. } in columns {
        fits &= known.insert(path);
        for (depth, part) in path.iter().enumerate() {
            let is_item = matches!(part, Part::Item(_));
            let above = path.get(..depth).unwrap_or_default();
            fits &= *kinds.entry(above).or_insert(is_item) == is_item;
        }
    }
    fits &= known.iter().all(|path| !kinds.contains_key(path));
    if fits {
        return Ok(());
    }
    Err(malformed("the header names a member twice, or in two ways"))
}

fn cells(row: &[u8], separator: u8) -> Result<ByteRecord> {
    let mut reader = ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(row);
    let first = reader.byte_records().next().transpose();
    let first = first.map_err(|_| malformed("a row of the table cannot be read"))?;
    Ok(first.unwrap_or_default())
}

/// Puts members together. Items keep their order, and close up where one is empty.
fn built(members: &[(&[Part], Value)]) -> Value {
    if let [(path, value)] = members
        && path.is_empty()
    {
        return value.clone();
    }
    let mut parts: BTreeMap<&Part, Vec<(&[Part], Value)>> = BTreeMap::new();
    for (path, value) in members {
        if let Some((first, rest)) = path.split_first() {
            parts.entry(first).or_default().push((rest, value.clone()));
        }
    }
    if parts.keys().any(|part| matches!(part, Part::Item(_))) {
        return parts.values().map(|members| built(members)).collect();
    }
    let named = parts.iter().filter_map(|(part, members)| match part {
        Part::Name(name) => Some((name.clone(), built(members))),
        Part::Item(_) => None,
    });
    Value::Object(named.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Table;

    fn lines(text: &str) -> Vec<Value> {
        let mut table = Table::default();
        let rows = text.split('\n').zip(1..);
        let lines = rows.filter_map(|(row, number)| table.line(row.as_bytes(), number).unwrap());
        lines.map(|line| serde_json::from_slice(&line).unwrap()).collect()
    }

    #[test]
    fn rows_become_lines() {
        let text = "\u{feff}kind;system;value;source_version;of.kind;names.0.given;names.1.given;total:number;open:boolean;note\n\
                    child;urn:x;K-1;3;;Zora;;7;true;\"a; \"\"b\"\"\"\n\
                    child;urn:x;K-2;;child;;Zvonka;many;;11000";
        let expected = [
            json!({"kind": "child", "external": {"system": "urn:x", "value": "K-1"}, "source_version": 3,
                   "data": {"names": [{"given": "Zora"}], "total": 7, "open": true, "note": "a; \"b\""}}),
            json!({"kind": "child", "external": {"system": "urn:x", "value": "K-2"}, "of": {"kind": "child"},
                   "data": {"names": [{"given": "Zvonka"}], "total": "many", "note": "11000"}}),
        ];
        assert_eq!(lines(text), expected);
        assert_eq!(
            lines("kind,step\nchild,end"),
            [json!({"kind": "child", "step": "end", "data": {}})]
        );
    }

    #[test]
    fn headers_that_cannot_be_are_refused() {
        for header in
            ["kind,kind", "a,a.b", "a.0,a.b", "a:colour", "A", "a..b", "kind,", "a b", "a:json,a"]
        {
            assert!(Table::default().line(header.as_bytes(), 1).is_err(), "{header}");
        }
        let mut table = Table::default();
        assert!(table.line(b"kind,value", 1).unwrap().is_none());
        assert!(table.line(b"child", 2).is_err());
        assert!(table.line(b"child,\xff", 2).is_err());
    }
}
