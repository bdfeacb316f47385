//! A file as it comes, cut into chunks of lines.
use super::model::Chunk;
use crate::platform::{
    error::{Error, Result},
    extract::MAX_BODY,
};

/// Lines that are taken in together: savepoints beyond these cost the database more.
const LINES: usize = 60;
/// Bytes after which no line is added to a chunk.
const BYTES: usize = 512 * 1024;
/// Records of a file.
const MOST_RECORDS: i64 = 1_000_000;

/// Cuts what comes into lines.
#[derive(Default)]
pub struct Cutter {
    rest: Vec<u8>,
    /// How much of the rest holds no line's end.
    looked: usize,
    line: i64,
    records: i64,
    chunk: Chunk,
    full: Vec<Chunk>,
}

impl Cutter {
    /// Takes what comes next.
    pub fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.rest.extend(bytes);
        while let Some(end) = self.rest.iter().skip(self.looked).position(|byte| *byte == b'\n') {
            let rest = self.rest.split_off(self.looked + end + 1);
            let line = std::mem::replace(&mut self.rest, rest);
            self.looked = 0;
            self.add(line)?;
        }
        self.looked = self.rest.len();
        if self.looked > MAX_BODY { Err(Error::TooLarge(MAX_BODY)) } else { Ok(()) }
    }

    fn add(&mut self, mut line: Vec<u8>) -> Result<()> {
        self.line += 1;
        line.truncate(line.trim_ascii_end().len());
        if line.is_empty() {
            return Ok(());
        }
        self.records += 1;
        if self.records > MOST_RECORDS {
            return Err(malformed("a file has one million records at most"));
        }
        self.chunk.add(self.line, line);
        if self.chunk.lines.len() == LINES || self.chunk.bytes >= BYTES {
            self.full.push(std::mem::take(&mut self.chunk));
        }
        Ok(())
    }

    /// What is left when everything has come.
    pub fn finish(&mut self) -> Result<()> {
        let last = std::mem::take(&mut self.rest);
        self.add(last)?;
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
