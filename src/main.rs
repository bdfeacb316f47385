//! The command line: what was asked for is parsed, done and ended with an exit code.
mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
