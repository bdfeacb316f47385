//! The care of a child, read back out of its episodes: periods, placements, days away, legal statuses.
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::ssda903::model::{Episode, Return, Year, read_day};

/// An episode, the year whose return told of it last, and its days.
#[derive(Clone)]
pub struct Told<'r> {
    pub row: &'r Episode,
    pub year: Year,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

impl Told<'_> {
    fn is_away(&self) -> bool {
        self.row.place.starts_with('T')
    }

    fn goes_on(&self) -> bool {
        self.row.rec == "X1"
    }

    /// What is told of the placement itself.
    fn placement(&self) -> [&str; 4] {
        let row = self.row;
        [&row.place, &row.place_provider, &row.pl_post, &row.urn]
    }
}

/// A care period.
pub struct Period<'r> {
    pub first: Told<'r>,
    pub stays: Vec<Stay<'r>>,
    pub absences: Vec<Away<'r>>,
    /// How it ended: the day, and the code of the return.
    pub exit: Option<(NaiveDate, &'r str)>,
}

/// A placement.
pub struct Stay<'r> {
    pub first: Told<'r>,
    /// Which of the child's homes it is with.
    pub home: usize,
    /// Why it ended: the code of the return, if it says why.
    pub why: &'r str,
}

/// Days away from a placement of the period.
pub struct Away<'r> {
    pub stay: usize,
    pub row: &'r Episode,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

/// A legal status, by the code of the return.
pub struct Status<'r> {
    pub row: &'r Episode,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

/// The episodes of each child, by first day: what a later year says of one holds.
pub fn episodes(years: &[(Year, Return)]) -> BTreeMap<&str, Vec<Told<'_>>> {
    let mut children: BTreeMap<&str, BTreeMap<NaiveDate, Told<'_>>> = BTreeMap::new();
    for (year, whole) in years {
        for row in &whole.episodes {
            let Some(from) = read_day(&row.decom) else { continue };
            let told = Told { row, year: *year, from, to: read_day(&row.dec) };
            children.entry(row.child.as_str()).or_default().insert(from, told);
        }
    }
    children.into_iter().map(|(child, rows)| (child, rows.into_values().collect())).collect()
}

/// The care periods of these episodes, which England's checks have found to follow one another.
pub fn periods<'r>(episodes: &[Told<'r>]) -> Vec<Period<'r>> {
    let mut periods: Vec<Period<'r>> = Vec::new();
    let (mut homes, mut goes_on) = (0, false);
    for told in episodes {
        if let Some(period) = periods.last_mut().filter(|_| goes_on) {
            follow(period, told, &mut homes);
        } else {
            let stay = Stay { first: told.clone(), home: homes, why: "" };
            homes += 1;
            let (first, stays) = (told.clone(), vec![stay]);
            periods.push(Period { first, stays, absences: Vec::new(), exit: None });
        }
        goes_on = told.goes_on();
        if let Some(period) = periods.last_mut() {
            period.exit = told.to.filter(|_| !goes_on).map(|day| (day, told.row.rec.as_str()));
            if let Some(stay) = period.stays.last_mut().filter(|_| !told.is_away()) {
                stay.why = &told.row.reason_place_change;
            }
        }
    }
    periods
}

/// Another episode of a period: days away from where the child lives, the same placement, or another.
fn follow<'r>(period: &mut Period<'r>, told: &Told<'r>, homes: &mut usize) {
    let place = period.stays.len().saturating_sub(1);
    if told.is_away() {
        let (from, to) = (told.from, told.to);
        let before = period.absences.last_mut();
        // Away for the same reason, under another legal status.
        match before.filter(|away| away.to == Some(from) && away.row.place == told.row.place) {
            Some(away) => away.to = to,
            None => period.absences.push(Away { stay: place, row: told.row, from, to }),
        }
        return;
    }
    let Some(last) = period.stays.last() else { return };
    if last.first.placement() == told.placement() {
        return;
    }
    let same_carer = matches!(told.row.rne.as_str(), "T" | "U");
    if !same_carer {
        *homes += 1;
    }
    let home = if same_carer { last.home } else { *homes - 1 };
    period.stays.push(Stay { first: told.clone(), home, why: "" });
}

/// Who had authority over the child, from day to day.
pub fn statuses<'r>(episodes: &[Told<'r>]) -> Vec<Status<'r>> {
    let mut statuses: Vec<Status<'r>> = Vec::new();
    for told in episodes {
        let last = statuses.last_mut();
        match last.filter(|last| last.to == Some(told.from) && last.row.ls == told.row.ls) {
            Some(last) => last.to = told.to,
            None => statuses.push(Status { row: told.row, from: told.from, to: told.to }),
        }
    }
    statuses
}
