//! Verdicts: what was looked at, what it proved, and the first thing that is wrong.
use std::fmt;

/// What is looked at, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// It can be read.
    Form,
    /// The log signed the checkpoint.
    Signature,
    /// Witnesses cosigned it.
    Witnesses,
    /// It continues what was received earlier.
    History,
    /// Each entry is about the subject, has the next number, and is what was committed to.
    Entries,
    /// The leaf of each entry is in the log, in order.
    Log,
    /// The tag of each entry is among the sorted tags.
    Tags,
    /// There is no further entry.
    End,
    /// The trees are those of the leaves in the mirror, and the tags are sorted.
    Mirror,
    /// What was promised with answers is in the log.
    Receipts,
}

impl Check {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Signature => "signature",
            Self::Witnesses => "witnesses",
            Self::History => "history",
            Self::Entries => "entries",
            Self::Log => "log",
            Self::Tags => "tags",
            Self::End => "end",
            Self::Mirror => "mirror",
            Self::Receipts => "receipts",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub check: Check,
    /// In words, for a person.
    pub detail: String,
}

/// What was proven, up to the first thing that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    pub proven: Vec<Finding>,
    pub wrong: Option<Finding>,
}

impl Verdict {
    #[must_use]
    pub fn holds(&self) -> bool {
        self.wrong.is_none()
    }

    /// Notes what a check found; `None` if it may not go on.
    pub(super) fn note<T>(
        &mut self,
        check: Check,
        found: Result<(T, String), String>,
    ) -> Option<T> {
        match found {
            Ok((value, detail)) => {
                self.proven.push(Finding { check, detail });
                Some(value)
            }
            Err(detail) => {
                self.wrong = Some(Finding { check, detail });
                None
            }
        }
    }
}
