//! `kinstead export ssda903`, `kinstead import ssda903`: England's return, as a folder of files.
use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use clap::{Args, value_parser};
use kinstead::{
    config::Config,
    platform::db,
    ssda903::{
        model::{Fault, Return, Table, Year, csv},
        store,
    },
};
use serde_json::json;

use super::{
    failure::Failure,
    output::Output,
    registry::{Company, Registry},
    serve::refuse_pending,
    signals::Signals,
};

#[derive(Args)]
pub struct Export {
    /// The reporting year, by the year in which it ends: 2026 is 1 April 2025 to 31 March 2026.
    #[arg(long, value_name = "YEAR", value_parser = value_parser!(i32))]
    year: i32,
    /// The authority, by the code of its area: its children, and those of the areas below.
    #[arg(long, value_name = "CODE")]
    authority: String,
    /// Folder for the files; it is made, and must hold no CSV file yet.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub fn export(arguments: &Export, output: &Output) -> Result<(), Failure> {
    let year = Year::of(arguments.year)?;
    refuse_files(&arguments.folder)?;
    let config = Config::from_env_for_work()?;
    let signals = Signals::listen()?;
    let registry = Registry::open(&config, Company::Beside, &signals, output)?;
    let made = make(&registry, year, arguments);
    let exported = made.or_else(|failure| signals.check().and(Err(failure)))?;
    write(&arguments.folder, year, &exported.whole)?;
    tell(output, &exported.faults);
    let (children, episodes) = (exported.children, exported.whole.episodes.len());
    let found = exported.faults.len();
    output.result(
        &format!("wrote {children} children with {episodes} episodes; England's checks find {found} faults"),
        &json!({"event": "exported", "children": children, "episodes": episodes, "faults": found}),
    );
    Ok(())
}

fn make(registry: &Registry, year: Year, arguments: &Export) -> Result<store::Exported, Failure> {
    let url = registry.service()?;
    refuse_pending(url)?;
    let mut conn = db::connect_for_work(url)?;
    Ok(store::export(&mut conn, year, &arguments.authority)?)
}

/// Files of another return beside these would be taken for a part of it.
fn refuse_files(folder: &Path) -> Result<(), Failure> {
    if folder.exists() && !files(folder)?.is_empty() {
        let folder = folder.display();
        return Err(Failure::Failed(format!("{folder} holds CSV files already")));
    }
    Ok(())
}

/// Writes the files, which nobody else may read.
fn write(folder: &Path, year: Year, whole: &Return) -> Result<(), Failure> {
    let failed = |path: &Path, error: &std::io::Error| {
        Failure::Failed(format!("{} cannot be written: {error}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    for table in Table::of_year(year) {
        let path = folder.join(format!("{}.csv", table.title()));
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let text = csv::write(table, whole);
        let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

/// The CSV files of a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: std::io::Error| {
        Failure::Failed(format!("{} cannot be read: {error}", folder.display()))
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("csv")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// One line for each fault.
fn tell(output: &Output, faults: &[Fault]) {
    for fault in faults {
        let mut object = json!(fault);
        if let Some(members) = object.as_object_mut() {
            members.insert("event".to_owned(), json!("fault"));
        }
        output.result(&fault.to_string(), &object);
    }
}
