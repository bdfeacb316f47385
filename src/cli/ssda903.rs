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
    platform::{
        clock::{Clock as _, SystemClock},
        db,
    },
    ssda903::{
        import::{self, Imported},
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

#[derive(Args)]
pub struct Import {
    /// Folder of the CSV files of a year, or of such folders, each called by the year in which its year ends.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The authority whose children these are, by the code of its area [default: that of the country].
    #[arg(long, value_name = "CODE")]
    authority: Option<String>,
    /// Read and check only, and write nothing; needs no database.
    #[arg(long)]
    validate: bool,
}

pub fn import(arguments: &Import, output: &Output) -> Result<(), Failure> {
    let (years, faults) = read(&arguments.folder)?;
    let mut found = faults;
    if found.is_empty() {
        found.extend(import::judge(&years)?);
    }
    if found.is_empty() && !arguments.validate {
        let config = Config::from_env_for_work()?;
        let signals = Signals::listen()?;
        let registry = Registry::open(&config, Company::Beside, &signals, output)?;
        let written = take_over(&registry, &years, arguments.authority.as_deref());
        match written.or_else(|failure| signals.check().and(Err(failure)))? {
            Ok(Imported { children, care_periods, placements, kept }) => output.result(
                &format!("took over {children} children with {care_periods} care periods and {placements} placements; of {kept} children and years something is kept beside"),
                &json!({"event": "imported", "children": children, "care_periods": care_periods, "placements": placements, "kept": kept}),
            ),
            Err(refused) => found = refused,
        }
    }
    for (year, fault) in &found {
        let mut object = json!(fault);
        if let Some(members) = object.as_object_mut() {
            members.insert("event".to_owned(), json!("fault"));
            members.insert("year".to_owned(), json!(year.number()));
        }
        output.result(&format!("{} {fault}", year.number()), &object);
    }
    if found.is_empty() {
        if arguments.validate {
            let rows: usize = years.iter().map(|(_, whole)| whole.episodes.len()).sum();
            let text = format!("{} years with {rows} episodes break no check", years.len());
            output
                .result(&text, &json!({"event": "valid", "years": years.len(), "episodes": rows}));
        }
        return Ok(());
    }
    Err(Failure::Failed(format!("nothing was taken over: {} faults", found.len())))
}

fn take_over(
    registry: &Registry,
    years: &[(Year, Return)],
    authority: Option<&str>,
) -> Result<Result<Imported, Vec<import::Found>>, Failure> {
    let url = registry.service()?;
    refuse_pending(url)?;
    let mut conn = db::connect_for_work(url)?;
    Ok(import::import(&mut conn, SystemClock.now(), years, authority)?)
}

type Years = Vec<(Year, Return)>;

/// The returns of a folder, by year, and what is wrong with their files.
fn read(folder: &Path) -> Result<(Years, Vec<import::Found>), Failure> {
    let (mut years, mut found) = (Years::new(), Vec::new());
    if files(folder)?.is_empty() {
        let entries = fs::read_dir(folder).map_err(|error| Failure::Failed(error.to_string()))?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(year) = name.parse().ok().and_then(|number| Year::of(number).ok()) {
                let (whole, faults) = read_year(&entry.path())?;
                found.extend(faults.into_iter().map(|fault| (year, fault)));
                years.push((year, whole));
            }
        }
    } else {
        let (whole, faults) = read_year(folder)?;
        let year = Year::of_return(&whole).ok_or_else(|| {
            Failure::Failed(format!("{} tells of no day of a year", folder.display()))
        })?;
        found.extend(faults.into_iter().map(|fault| (year, fault)));
        years.push((year, whole));
    }
    if years.is_empty() {
        return Err(Failure::Failed(format!("{} holds no CSV files", folder.display())));
    }
    years.sort_by_key(|(year, _)| *year);
    Ok((years, found))
}

/// The return of one folder.
fn read_year(folder: &Path) -> Result<(Return, Vec<Fault>), Failure> {
    let (mut whole, mut faults, mut seen) = (Return::default(), Vec::new(), Vec::new());
    for path in files(folder)? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let bytes = fs::read(&path).map_err(|error| {
            Failure::Failed(format!("{} cannot be read: {error}", path.display()))
        })?;
        if let Some(table) = csv::read(&name, &bytes, &mut whole, &mut faults) {
            if seen.contains(&table) {
                faults.push(Fault::of_file(
                    &name,
                    "columns",
                    "is of a table that another file is of",
                ));
            }
            seen.push(table);
        }
    }
    for table in [Table::Header, Table::Episode] {
        if !seen.contains(&table) {
            faults.push(Fault::of_file(table.title(), "columns", "is missing"));
        }
    }
    Ok((whole, faults))
}
