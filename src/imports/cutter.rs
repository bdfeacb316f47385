//! A file as it comes, cut into chunks of lines.
use super::{model::Chunk, table::Table};
use crate::platform::{
    error::{Error, Result},
    extract::MAX_BODY,
};

/// Lines that are taken in together, in two lanes mostly: savepoints beyond some sixty in a transaction cost the
/// database more.
const LINES: usize = 120;
/// Bytes after which no line is added to a chunk.
const BYTES: usize = 512 * 1024;
/// Records of a file.
const MOST_RECORDS: i64 = 1_000_000;

/// Cuts what comes into lines, and the rows of a table into the lines that they stand for.
#[derive(Default)]
pub struct Cutter {
    table: Option<Table>,
    rest: Vec<u8>,
    /// How much of the rest holds no line's end.
    looked: usize,
    /// Whether the end of what was looked at lies within quotes, where a line's end ends no row.
    quoted: bool,
    line: i64,
    records: i64,
    chunk: Chunk,
    full: Vec<Chunk>,
}

impl Cutter {
    /// Of a table.
    #[must_use]
    pub fn of_table() -> Self {
        Self { table: Some(Table::default()), ..Self::default() }
    }

    /// Takes what comes next.
    pub fn take(&mut self, bytes: &[u8]) -> Result<()> {
        let mut whole = std::mem::take(&mut self.rest);
        whole.extend(bytes);
        let mut begun = 0;
        for (place, byte) in whole.iter().enumerate().skip(self.looked) {
            self.quoted ^= *byte == b'"' && self.table.is_some();
            if *byte == b'\n' && !self.quoted {
                self.add(whole.get(begun..place).unwrap_or_default())?;
                begun = place + 1;
            }
        }
        whole.drain(..begun);
        (self.looked, self.rest) = (whole.len(), whole);
        if self.looked > MAX_BODY { Err(Error::TooLarge(MAX_BODY)) } else { Ok(()) }
    }

    fn add(&mut self, raw: &[u8]) -> Result<()> {
        let number = self.line + 1;
        let within = raw.split(|byte| *byte == b'\n').skip(1).count();
        self.line = number + i64::try_from(within).map_err(Error::internal)?;
        if raw.trim_ascii().is_empty() {
            return Ok(());
        }
        let line = match &mut self.table {
            None => Some(raw.trim_ascii_end().to_vec()),
            Some(table) => table.line(raw.strip_suffix(b"\r").unwrap_or(raw), number)?,
        };
        let Some(line) = line else { return Ok(()) };
        self.records += 1;
        if self.records > MOST_RECORDS {
            return Err(malformed("a file has one million records at most"));
        }
        self.chunk.add(number, line);
        if self.chunk.lines.len() == LINES || self.chunk.bytes >= BYTES {
            self.full.push(std::mem::take(&mut self.chunk));
        }
        Ok(())
    }

    /// What is left when everything has come.
    pub fn finish(&mut self) -> Result<()> {
        if self.quoted {
            return Err(malformed("a quote in the table is not closed"));
        }
        let last = std::mem::take(&mut self.rest);
        self.add(&last)?;
        if self.table.as_ref().is_some_and(|table| !table.has_begun()) {
            return Err(malformed("a table begins with its header"));
        }
        if !self.chunk.lines.is_empty() {
            self.full.push(std::mem::take(&mut self.chunk));
        }
        Ok(())
    }

    /// How many chunks are full.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.full.len()
    }

    /// The chunks that are full; they are the caller's from then on.
    #[must_use]
    pub fn full(&mut self) -> Vec<Chunk> {
        std::mem::take(&mut self.full)
    }

    /// How many records came.
    #[must_use]
    pub fn records(&self) -> i64 {
        self.records
    }
}

/// The file is not what it should be.
pub fn malformed(detail: &str) -> Error {
    Error::Malformed("malformed_upload", detail.to_owned())
}
