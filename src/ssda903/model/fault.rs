//! What is wrong with a return: where, and by which check.
use std::fmt;

use serde::Serialize;

/// A fault of a return. It names no child and quotes no cell: whoever has the files finds both.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line of the row, the heading being the first; of the file as a whole, 0.
    pub line: usize,
    /// The column; of the row as a whole, none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<&'static str>,
    /// The number of England's check, or a word for what no check has a number for.
    pub code: &'static str,
    /// What the check asks.
    pub detail: String,
}

impl Fault {
    /// A fault of a file as a whole.
    #[must_use]
    pub fn of_file(file: &str, code: &'static str, detail: &str) -> Self {
        let (file, detail) = (file.to_owned(), detail.to_owned());
        Self { file, line: 0, column: None, code, detail }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if let Some(column) = self.column {
            write!(f, " {column}")?;
        }
        write!(f, " [{}] {}", self.code, self.detail)
    }
}
