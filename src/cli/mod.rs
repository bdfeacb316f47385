//! The commands: what each is for, where its words go, how it ends.
mod client;
mod demo;
mod doctor;
mod failure;
mod health;
mod import;
mod issuer;
mod keys;
mod migrate;
mod openapi;
mod output;
mod registry;
mod seed;
mod serve;
mod signals;
mod ssda903;
mod sweep;
mod token;
mod verify;

use std::{fmt::Write as _, process::ExitCode};

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use kinstead::config::SETTINGS;

use failure::Failure;
use output::Output;

/// The national child-care registry.
///
/// Kinstead keeps who is in care, who could take them and who lives where, and answers over
/// HTTP/JSON. With nothing configured it runs a private PostgreSQL of its own.
#[derive(Parser)]
#[command(name = "kinstead", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    /// Write plain machine-readable output: one JSON object a line.
    #[arg(long, global = true)]
    json: bool,
    /// Write results only, nothing about the way there.
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the registry over HTTP.
    ///
    /// For a ministry's deployment, and for work on Kinstead. Without `DATABASE_URL` it makes, starts
    /// and migrates a private PostgreSQL in the data folder; with it, it refuses to start until
    /// `kinstead migrate` was run. Prints `ready` when it answers; Ctrl-C or SIGTERM stops it after
    /// the requests that have begun.
    Serve,
    /// Try the registry out: a private database with a made-up country.
    ///
    /// For a first look, for writing a client, for showing it around. Listens on this machine only
    /// and writes tokens for every kind of user to demo.json in its data folder. The first start
    /// fills the country; later ones keep what is there. Configuration of a service is ignored.
    Demo(demo::Arguments),
    /// Bring the database up to this release.
    ///
    /// To run before the first start and after each upgrade, as the owner of the tables
    /// (`KINSTEAD_DATABASE_OWNER_URL`). Runs what is missing, renews the code lists, and changes nothing
    /// when nothing is to be done.
    Migrate(migrate::Arguments),
    /// Print the contract (OpenAPI 3.1).
    ///
    /// For generating clients, and for checking in after a change of the API.
    Openapi(openapi::Arguments),
    /// Fill an empty registry with a made-up country.
    ///
    /// For load tests and training. Refuses a registry that holds areas already. An outside database
    /// needs `DATABASE_URL` and `KINSTEAD_DATABASE_OWNER_URL`.
    Seed(seed::Arguments),
    /// Work deadlines and alerts out.
    ///
    /// For a night's work by a scheduler, and after a restore; a service does it by itself. Looks at
    /// everybody once a day, and else at those whose records changed since. A sweep that finds another one
    /// at work leaves it alone.
    Sweep(sweep::Arguments),
    /// Print an access token for a registered client.
    ///
    /// For trying out a service that signs its own tokens; systems get theirs at `/oauth/token`.
    Token(token::Arguments),
    /// Manage the clients: the systems that may ask.
    ///
    /// For the operator, who registers whoever manages clients over HTTP, and for the day on which nobody
    /// else can. Works on the database, beside a service or without; every service knows within seconds.
    #[command(subcommand)]
    Client(client::Command),
    /// Manage the keys that sign the service's own tokens.
    ///
    /// For the operator of a service that issues tokens: lists the keys, and makes the next one, which is
    /// published before it signs, so that nobody is ever refused.
    #[command(subcommand)]
    Issuer(issuer::Command),
    /// Manage the keys of the encryption at rest.
    ///
    /// For the operator: which keys seal, and new ones in their place without an outage. The master key is
    /// a file or a setting, never an argument.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Check the configuration, the database and this machine.
    ///
    /// To run first when something does not work: one line for each check, `ok`, `warning` or
    /// `fault`, each fault with what to do.
    Doctor(doctor::Arguments),
    /// Write what the registry has as the files of somebody else's return.
    ///
    /// For the operator, beside a service or without. The access log has every child that the files tell
    /// of before they are written.
    #[command(subcommand)]
    Export(Export),
    /// Take files of records in, or somebody else's return.
    ///
    /// For the operator, and for the first load from an older register. Each record is written as if the client
    /// had sent it alone: by its permissions, under the same rules. A return is checked first; what breaks a check
    /// is told line by line, and then nothing is written. Exits with 1 if a record was refused.
    Import(Import),
    /// Check an extract of the access log, offline.
    ///
    /// For the person concerned, an auditor or a court, who need not believe the registry: says what
    /// the extract proves, one line each, and the first thing that is wrong. Asks no service.
    Verify(verify::Arguments),
}

#[derive(Subcommand)]
enum Export {
    /// England's return of looked-after children (SSDA903), of one authority and one year.
    ///
    /// One CSV file for each table. What England's own checks find in it is told line by line.
    Ssda903(ssda903::Export),
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Import {
    #[command(subcommand)]
    of: Option<Return>,
    #[command(flatten)]
    records: Option<import::Arguments>,
}

#[derive(Subcommand)]
enum Return {
    /// England's returns of looked-after children (SSDA903), of one year or of several.
    ///
    /// All of it in one change, by the same rules as everything that is entered singly.
    Ssda903(ssda903::Import),
}

const EXAMPLES: &str = "\
Examples:
  kinstead demo --port 8081         a registry with a made-up country, on port 8081
  kinstead serve                    an empty registry with a database of its own
  kinstead token --as case_worker   a token to try a filled one out with
  kinstead client list              who may ask

Exit codes:
  0  done
  1  failed; the last line on standard error says why
  2  wrong use of the command line
  3  the configuration is faulty; every fault is listed

Configuration comes from the environment (logging: RUST_LOG, `info` unless set):
";

/// The end of `--help`: examples, exit codes, settings.
fn epilogue() -> String {
    let mut text = EXAMPLES.to_owned();
    for (name, default, what) in SETTINGS {
        let default = if default.is_empty() { String::new() } else { format!(" [{default}]") };
        let _ = writeln!(text, "  {name:<28} {what}{default}");
    }
    text.trim_end().to_owned()
}

/// Does what the command line says.
pub fn run() -> ExitCode {
    let command = Cli::command().after_long_help(epilogue()).after_help(
        "`kinstead --help` shows examples, exit codes and the configuration; `kinstead help serve` one command.",
    );
    let cli = match Cli::from_arg_matches(&command.get_matches()) {
        Ok(cli) => cli,
        Err(wrong) => wrong.exit(),
    };
    let filter = env_logger::Env::default().default_filter_or("info,actix_server=warn");
    env_logger::Builder::from_env(filter).init();
    let output = Output::new(cli.json, cli.quiet);
    let done = match cli.command {
        Command::Serve => serve::run(&output),
        Command::Demo(arguments) => demo::run(&arguments, &output),
        Command::Migrate(arguments) => migrate::run(&arguments, &output),
        Command::Openapi(arguments) => openapi::run(&arguments, &output),
        Command::Seed(arguments) => seed::run(&arguments, &output),
        Command::Sweep(arguments) => sweep::run(&arguments, &output),
        Command::Token(arguments) => token::run(&arguments, &output),
        Command::Client(command) => client::run(&command, &output),
        Command::Issuer(command) => issuer::run(&command, &output),
        Command::Keys(command) => keys::run(&command, &output),
        Command::Doctor(arguments) => doctor::run(&arguments, &output),
        Command::Export(Export::Ssda903(arguments)) => ssda903::export(&arguments, &output),
        Command::Import(Import { of: Some(Return::Ssda903(arguments)), .. }) => {
            ssda903::import(&arguments, &output)
        }
        Command::Import(Import { records: Some(arguments), .. }) => {
            import::run(&arguments, &output)
        }
        Command::Import(_) => Err(Failure::WrongUse("say which files to take in".to_owned())),
        Command::Verify(arguments) => verify::run(&arguments, &output),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.code().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_lists_every_setting() {
        for (name, ..) in SETTINGS {
            assert!(epilogue().contains(name));
        }
    }
}
