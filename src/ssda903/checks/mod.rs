//! England's checks of a return, each with its number: `domain.md` 6.4.
//!
//! A check is a row of [`CHECKS`]: its number, what it asks, and the function that finds what breaks it.
//! Those that look at two years are silent where only one is there.
mod adoption;
mod changes;
mod codes;
mod measures;
mod order;
mod others;
mod years;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::model::{Codes, Episode, Fault, Record, Return, Year, read_day};

/// One of England's checks.
#[derive(Debug)]
pub struct Check {
    /// Its number.
    pub code: &'static str,
    /// What it asks.
    pub asks: &'static str,
    find: fn(&Judged<'_>, &mut Found<'_>),
}

/// All of them, by what they look at.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    let all = [
        codes::CHECKS,
        order::CHECKS,
        changes::CHECKS,
        measures::CHECKS,
        adoption::CHECKS,
        others::CHECKS,
        years::CHECKS,
    ];
    all.into_iter().flatten()
}

/// What breaks a check in the return of a year, by file, line and check; `before` is the return of the
/// year before, if it is there.
#[must_use]
pub fn check(year: Year, codes: &Codes, now: &Return, before: Option<&Return>) -> Vec<Fault> {
    let judged = Judged {
        year,
        codes,
        now,
        before,
        children: by_child(now),
        children_before: before.map(by_child).unwrap_or_default(),
        born: births(now),
    };
    let mut faults = Vec::new();
    for check in checks() {
        (check.find)(&judged, &mut Found { check, faults: &mut faults });
    }
    faults.sort();
    faults.dedup();
    faults
}

/// A return, and what all checks need of it.
struct Judged<'r> {
    year: Year,
    codes: &'r Codes,
    now: &'r Return,
    before: Option<&'r Return>,
    /// The episodes of each child, by first day.
    children: BTreeMap<&'r str, Vec<Spell<'r>>>,
    children_before: BTreeMap<&'r str, Vec<Spell<'r>>>,
    born: BTreeMap<&'r str, NaiveDate>,
}

/// An episode with its days.
#[derive(Clone, Copy)]
struct Spell<'r> {
    row: &'r Episode,
    from: NaiveDate,
    to: Option<NaiveDate>,
}

/// Where faults of a check are put.
struct Found<'f> {
    check: &'static Check,
    faults: &'f mut Vec<Fault>,
}

impl Found<'_> {
    /// The row breaks the check, and this column says so.
    fn at<R: Record>(&mut self, row: &R, column: &'static str) {
        self.faults.push(Fault {
            file: R::TABLE.title().to_owned(),
            line: row.line(),
            column: Some(column),
            code: self.check.code,
            detail: self.check.asks.to_owned(),
        });
    }

    /// A row of last year's return does.
    fn last_year<R: Record>(&mut self, row: &R, column: &'static str) {
        self.at(row, column);
        if let Some(fault) = self.faults.last_mut() {
            fault.file.push_str(" of the year before");
        }
    }

    /// The row does, if this is so.
    fn when<R: Record>(&mut self, broken: bool, row: &R, column: &'static str) {
        if broken {
            self.at(row, column);
        }
    }
}

fn by_child(whole: &Return) -> BTreeMap<&str, Vec<Spell<'_>>> {
    let mut children: BTreeMap<&str, Vec<Spell<'_>>> = BTreeMap::new();
    for row in &whole.episodes {
        let Some(from) = read_day(&row.decom) else { continue };
        let spell = Spell { row, from, to: read_day(&row.dec) };
        children.entry(row.child.as_str()).or_default().push(spell);
    }
    for spells in children.values_mut() {
        spells.sort_by_key(|spell| (spell.from, spell.to.unwrap_or(NaiveDate::MAX)));
    }
    children
}

fn births(whole: &Return) -> BTreeMap<&str, NaiveDate> {
    let born = |row: &'_ super::model::Header| read_day(&row.dob);
    whole.headers.iter().filter_map(|row| Some((row.child.as_str(), born(row)?))).collect()
}

impl<'r> Judged<'r> {
    /// Every episode.
    fn spells(&self) -> impl Iterator<Item = &Spell<'r>> {
        self.children.values().flatten()
    }

    /// Each episode with the next one of the same child.
    fn pairs(&self) -> impl Iterator<Item = (&Spell<'r>, &Spell<'r>)> {
        self.children.values().flat_map(|spells| spells.iter().zip(spells.iter().skip(1)))
    }

    /// Each episode with its child's birth, if that is known.
    fn aged(&self) -> impl Iterator<Item = (&Spell<'r>, NaiveDate)> {
        self.spells()
            .filter_map(|spell| self.born.get(spell.row.child.as_str()).map(|born| (spell, *born)))
    }

    /// The day on which an episode ended, or the last one that the return tells of.
    fn end(&self, spell: &Spell<'_>) -> NaiveDate {
        spell.to.unwrap_or(self.year.last())
    }
}

impl Spell<'_> {
    /// Whether the child is away for a while, and comes back.
    fn is_away(&self) -> bool {
        self.row.place.starts_with('T')
    }

    /// Whether the care period goes on after it.
    fn goes_on(&self) -> bool {
        self.row.rec == "X1"
    }

    /// Whether the next one goes on from it, on the very day.
    fn leads_to(&self, next: &Spell<'_>) -> bool {
        self.goes_on() && self.to == Some(next.from)
    }

    /// The child was adopted.
    fn adopted(&self) -> bool {
        matches!(self.row.rec.as_str(), "E11" | "E12")
    }
}

/// The child lives with those who want to adopt it.
fn with_adopters(spell: &Spell<'_>) -> bool {
    matches!(spell.row.place.as_str(), "A3" | "A4" | "A5" | "A6")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_check_has_a_number_of_its_own() {
        let codes: Vec<&str> = checks().map(|check| check.code).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert!(checks().all(|check| check.asks.len() > 10));
    }
}
