//! Taking over returns: what they say goes through the stores as if somebody had entered it, child by child.
//!
//! The registry knows more of a placement than a return tells, and less of what a return asks besides. So
//! homes are written down as places of which nothing was told ([`homes`]), and what the return says
//! that the registry would say otherwise, or not at all, is kept beside it ([`super::kept`]). What must
//! agree are the days: a return from which other episodes would come is refused.
mod care;
mod child;
mod homes;
mod plan;
mod reverse;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;

use self::{homes::Facilities, reverse::Reverse};
use super::{
    checks::check,
    derive::{Means, Postcodes, of_child},
    kept::{ReturnFact, ReturnFactId, differing},
    model::{Codes, Episode, Fault, Return, Table, Year},
    store::gather,
};
use crate::{
    children::ChildId,
    platform::{
        db::{Tx, maintain_on},
        error::{Error, Result},
        idempotency::PLATFORM,
    },
    reference::{
        areas::{self, AreaLevel, NewArea},
        organisations::{self, NewOrganisation, OrganisationId},
        parameters,
    },
    schema::return_facts,
};

/// England, by ISO 3166-2.
const ENGLAND: &str = "GB-ENG";

/// What was taken over.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Imported {
    pub children: usize,
    pub care_periods: usize,
    pub placements: usize,
    /// Children and years of which something was kept beside.
    pub kept: usize,
}

/// A fault, and the year whose return has it.
pub type Found = (Year, Fault);

/// What speaks against returns before anything is written: England's checks, each year by itself and
/// against the one before, and children of whom it is not said who they are.
pub fn judge(years: &[(Year, Return)]) -> Result<Vec<Found>> {
    let codes = Codes::load()?;
    let mut found = Vec::new();
    let mut before: Option<(Year, &Return)> = None;
    for (year, whole) in years {
        let last = before.filter(|(last, _)| last.number() + 1 == year.number());
        let faults = check(*year, &codes, whole, last.map(|(_, whole)| whole));
        found.extend(faults.into_iter().chain(nameless(whole)).map(|fault| (*year, fault)));
        before = Some((*year, whole));
    }
    Ok(found)
}

/// Rows about children who are not in the header, or are in it twice.
fn nameless(whole: &Return) -> Vec<Fault> {
    let known: BTreeSet<&str> = whole.headers.iter().map(|row| row.child.as_str()).collect();
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for &table in Table::ALL {
        for (line, cells) in whole.lines(table) {
            let child = cells.first().copied().unwrap_or_default();
            let fits = child.len() <= 20 && child.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let detail = match table {
                _ if child.is_empty() || !fits => {
                    "is no number of a child: 1 to 20 letters and digits"
                }
                Table::Header if !seen.insert(child) => "the child is in the file twice",
                _ if !known.contains(child) => "the child is not in Header",
                _ => continue,
            };
            let fault = Fault::of_file(table.title(), "child", detail);
            faults.push(Fault { line, column: Some("CHILD"), ..fault });
        }
    }
    faults
}

/// Takes over returns, all or none; says what speaks against it if nothing was written. Years come in
/// their order. The children are those of the authority of this area, of the whole country unless said.
pub fn import(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    years: &[(Year, Return)],
    authority: Option<&str>,
) -> Result<Result<Imported, Vec<Found>>> {
    let refused = RefCell::new(Vec::new());
    let done = maintain_on(conn, PLATFORM, now, |tx| {
        let mut intake = Intake::begin(tx, years, authority)?;
        let imported = intake.all(tx)?;
        refused.replace(intake.refused);
        if refused.borrow().is_empty() {
            return Ok(imported);
        }
        Err(Error::State("the registry refuses a row of the return".to_owned()))
    });
    match (done, refused.into_inner()) {
        (Err(Error::State(_)), refused) if !refused.is_empty() => Ok(Err(refused)),
        (done, _) => done.map(Ok),
    }
}

/// Where children who are taken over belong.
pub struct Place {
    pub organisation: OrganisationId,
    pub area: String,
}

/// The code of the country; a registry that holds nothing becomes that of one authority in England.
fn country(tx: &mut Tx<'_>, years: &[(Year, Return)]) -> Result<String> {
    if let Some(code) = gather::country(tx.conn)? {
        return Ok(code);
    }
    let area = NewArea {
        code: ENGLAND.to_owned(),
        national_code: None,
        level: AreaLevel::Country,
        parent_code: None,
        names: BTreeMap::from([("en".to_owned(), "England".to_owned())]),
        lat: None,
        lon: None,
    };
    let _area = areas::store::add(tx, &area)?;
    let first = years.first().map(|(year, _)| year.first()).unwrap_or_default();
    let authority = NewOrganisation {
        kind: "authority".to_owned(),
        name: "The authority of the return".to_owned(),
        area_code: ENGLAND.to_owned(),
        parent_id: None,
        valid_from: first,
    };
    let _authority = organisations::store::register(tx, &authority)?;
    Ok(ENGLAND.to_owned())
}

/// The work of an import.
struct Intake<'r> {
    years: &'r [(Year, Return)],
    reverse: Reverse,
    place: Place,
    own: BTreeSet<OrganisationId>,
    ethnicity: bool,
    facilities: Facilities,
    refused: Vec<Found>,
}

impl<'r> Intake<'r> {
    fn begin(
        tx: &mut Tx<'_>,
        years: &'r [(Year, Return)],
        authority: Option<&str>,
    ) -> Result<Self> {
        let country = if authority.is_none() { country(tx, years)? } else { String::new() };
        let authority = authority.unwrap_or(&country);
        let walk = gather::crosswalk(tx.conn)?;
        let reverse = Reverse::read(tx.conn, walk)?;
        let own = gather::authority(tx.conn, authority)?;
        let (organisation, area) = gather::responsible(tx.conn, authority)?;
        let today = parameters::today(tx.conn, tx.now)?;
        let recorded = parameters::store::value(tx.conn, "ethnicity_recorded", today)?;
        Ok(Self {
            years,
            reverse,
            place: Place { organisation, area },
            own,
            ethnicity: recorded == "true",
            facilities: Facilities::new(),
            refused: Vec::new(),
        })
    }

    fn all(&mut self, tx: &mut Tx<'_>) -> Result<Imported> {
        let plans = self.plans();
        self.open_facilities(tx, &plans)?;
        let mut imported = Imported::default();
        let mut made = BTreeMap::new();
        for plan in &plans {
            match self.child(tx, plan) {
                Ok(id) => {
                    made.insert(plan.number, id);
                    imported.children += 1;
                    imported.care_periods += plan.periods.len();
                    imported.placements += plan.care.iter().map(Vec::len).sum::<usize>();
                }
                Err(error) => {
                    let (year, header) = plan.header;
                    self.refuse(year, Table::Header, header.line, error)?;
                }
            }
        }
        if self.refused.is_empty() {
            imported.kept = self.keep(tx, &made)?;
        }
        Ok(imported)
    }

    /// Notes that the registry refused a row; what is no refusal ends the work.
    fn refuse(&mut self, year: Year, table: Table, line: usize, error: Error) -> Result<()> {
        if matches!(error, Error::Internal(_) | Error::Busy) {
            return Err(error);
        }
        let problem = error.problem();
        let faults =
            problem.errors.iter().map(|fault| format!("{} {}", fault.pointer, fault.detail));
        let details: Vec<String> =
            problem.rule.into_iter().chain(problem.detail).chain(faults).collect();
        let detail = format!("{}: {}", problem.title, details.join("; "));
        let fault = Fault { line, ..Fault::of_file(table.title(), "registry", &detail) };
        self.refused.push((year, fault));
        Ok(())
    }

    /// Keeps what the returns said of these children that the registry says otherwise.
    fn keep(&mut self, tx: &mut Tx<'_>, made: &BTreeMap<&str, ChildId>) -> Result<usize> {
        let ids: Vec<ChildId> = made.values().copied().collect();
        let files = gather::files(tx.conn, &ids, &self.own)?;
        let files: BTreeMap<ChildId, _> = files.iter().map(|file| (file.child.id, file)).collect();
        let postcodes = Postcodes::load()?;
        let mut kept = 0;
        for (year, whole) in self.years {
            let means = Means { year: *year, walk: &self.reverse.walk, postcodes: &postcodes };
            for row in &whole.headers {
                let file = made.get(row.child.as_str()).and_then(|id| files.get(id));
                let file = file.ok_or_else(|| Error::internal("a child was lost"))?;
                let (said, makes) = (whole.of_child(&row.child), of_child(&means, file));
                self.refused.extend(other_days(&said, &makes).map(|fault| (*year, fault)));
                let files = differing(&said, &makes);
                if files.is_empty() {
                    continue;
                }
                let id = ReturnFactId::generate();
                let (child_id, year) = (file.child.id, year.number());
                let fact = ReturnFact { id, child_id, year, files, version: 1 };
                let sealed = tx.seal(return_facts::files, id.untyped(), &fact.files)?;
                diesel::insert_into(return_facts::table)
                    .values((&fact, return_facts::files.eq(sealed)))
                    .execute(tx.conn)?;
                let _kept = tx.created("taken_over", fact)?;
                kept += 1;
            }
        }
        Ok(kept)
    }
}

/// Episodes of which the registry would tell other days.
fn other_days<'r>(said: &'r Return, makes: &Return) -> impl Iterator<Item = Fault> + use<'r> {
    let days = |row: &Episode| (row.decom.clone(), row.dec.clone());
    let made: BTreeSet<(String, String)> = makes.episodes.iter().map(days).collect();
    let more = made.len() > said.episodes.len();
    let other = said.episodes.iter().filter(move |row| more || !made.contains(&days(row)));
    other.map(|row| {
        let detail = "the registry would tell other days of this child's care";
        let fault = Fault::of_file(Table::Episode.title(), "registry", detail);
        Fault { line: row.line, column: Some("DECOM"), ..fault }
    })
}
