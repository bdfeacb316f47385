//! `kinstead verify`: what an extract of the access log proves, offline.
use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use kinstead::log::{
    extract::{AccessLogExtract, MAX_BYTES},
    key::Keys,
    proof::{Demand, Earlier, Finding, judge},
};
use serde_json::json;

use super::{failure::Failure, output::Output};

#[derive(Args)]
pub struct Arguments {
    /// The extract, a JSON file.
    file: PathBuf,
    /// Verifier key of the log, or of a witness; or a file with one a line. May be repeated.
    #[arg(long, value_name = "FILE_OR_KEY")]
    key: Vec<String>,
    /// How many witnesses must have cosigned [default: all whose keys are given].
    #[arg(long, value_name = "N")]
    witnesses: Option<usize>,
    /// A checkpoint, or an extract about the same person, that was received earlier.
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// All leaves of the log, from a mirror.
    #[arg(long, value_name = "FILE")]
    leaves: Option<PathBuf>,
    /// Receipts that came with answers (header `Access-Receipt`), one a line.
    #[arg(long, value_name = "FILE")]
    receipts: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let demand = Demand {
        keys: keys(&arguments.key)?,
        witnesses: arguments.witnesses,
        since: arguments.since.as_deref().map(earlier).transpose()?,
        leaves: arguments.leaves.as_deref().map(read).transpose()?,
        receipts: arguments.receipts.as_deref().map(text).transpose()?,
    };
    let verdict = judge(&extract(&arguments.file)?, &demand);
    for finding in &verdict.proven {
        say(output, "ok", finding);
    }
    let Some(wrong) = &verdict.wrong else { return Ok(()) };
    say(output, "fault", wrong);
    Err(Failure::Failed(format!("{} is not proven: {}", arguments.file.display(), wrong.detail)))
}

fn say(output: &Output, status: &str, Finding { check, detail }: &Finding) {
    let object = json!({"check": check.as_str(), "status": status, "detail": detail});
    output.result(&format!("{status:<8} {check}: {detail}"), &object);
}

/// Every key that was given; what is no file is a key.
fn keys(given: &[String]) -> Result<Keys, Failure> {
    let mut keys = Keys::default();
    for given in given {
        let path = Path::new(given);
        let text = if path.is_file() { text(path)? } else { given.clone() };
        keys.extend(Keys::read(&text).map_err(Failure::WrongUse)?);
    }
    Ok(keys)
}

fn earlier(path: &Path) -> Result<Earlier, Failure> {
    let bytes = extract(path)?;
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Ok(Earlier::Checkpoint(String::from_utf8_lossy(&bytes).into_owned()));
    }
    let extract = AccessLogExtract::read(&bytes)
        .map_err(|why| Failure::WrongUse(format!("{}: {why}", path.display())))?;
    Ok(Earlier::Extract(Box::new(extract)))
}

/// A file that is no larger than an extract can be.
fn extract(path: &Path) -> Result<Vec<u8>, Failure> {
    let size = fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
    if usize::try_from(size).is_ok_and(|size| size <= MAX_BYTES) {
        return read(path);
    }
    Err(Failure::Failed(format!("{} is larger than an extract can be", path.display())))
}

fn text(path: &Path) -> Result<String, Failure> {
    Ok(String::from_utf8_lossy(&read(path)?).into_owned())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{} cannot be read: {error}", path.display()))
}
