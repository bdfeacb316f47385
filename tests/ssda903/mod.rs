//! England's return of looked-after children: its files, its checks, what the registry makes of it.
mod checks;
mod command;
mod derived;
mod files;
mod imported;
mod seeded;

use std::{fs, path::PathBuf};

use kinstead::ssda903::model::{Return, Table, Year, csv};

pub fn year(number: i32) -> Year {
    Year::of(number).unwrap()
}

/// The folder of the sample of a year: an authority that nobody has heard of.
pub fn folder(number: i32) -> PathBuf {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ssda903/sample");
    PathBuf::from(sample).join(number.to_string())
}

/// Every file of a return, one after the other.
pub fn written(number: i32, whole: &Return) -> Vec<(&'static str, String)> {
    let tables = Table::of_year(year(number));
    tables.map(|table| (table.title(), csv::write(table, whole))).collect()
}

/// The bytes of a file of the sample.
pub fn bytes(number: i32, table: Table) -> Vec<u8> {
    fs::read(folder(number).join(format!("{}.csv", table.title()))).unwrap()
}

/// The sample of a year.
pub fn sample(number: i32) -> Return {
    let (mut whole, mut faults) = (Return::default(), Vec::new());
    for table in Table::of_year(year(number)) {
        let read = csv::read(table.title(), &bytes(number, table), &mut whole, &mut faults);
        assert_eq!(read, Some(table));
    }
    assert_eq!(faults, []);
    whole
}
