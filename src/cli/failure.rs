//! How a command fails: in one sentence, with an exit code.
use std::fmt;

use kinstead::{config::Faults, platform::error::Error};

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub enum Failure {
    /// It tried and failed.
    Failed(String),
    /// What it was asked for cannot be.
    WrongUse(String),
    /// The configuration is faulty.
    Config(Faults),
    /// It failed with this code, and its output has said why already.
    Said(u8),
}

impl Failure {
    pub fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::WrongUse(_) => 2,
            Self::Config(_) => 3,
            Self::Said(code) => *code,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) | Self::WrongUse(why) => f.write_str(why),
            Self::Config(faults) => fmt::Display::fmt(faults, f),
            Self::Said(_) => Ok(()),
        }
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::Config(faults)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Whoever runs a command is its operator: internal errors are told with their causes.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Failed(sentence(&error))
    }
}

/// What an error says to an operator.
pub fn sentence(error: &Error) -> String {
    if let Error::Internal(cause) = error {
        let mut text = cause.to_string();
        let mut next = cause.source();
        while let Some(cause) = next {
            text = format!("{text}: {cause}");
            next = cause.source();
        }
        return text.trim().to_owned();
    }
    let problem = error.problem();
    let faults = problem.errors.iter().map(|fault| format!("{} {}", fault.pointer, fault.detail));
    let details: Vec<String> = problem.detail.into_iter().chain(faults).collect();
    if details.is_empty() {
        return problem.title;
    }
    format!("{}: {}", problem.title, details.join("; "))
}
