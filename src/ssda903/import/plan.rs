//! What is to be written of each child, before any of it is, and the facilities in which they lived.
use std::collections::{BTreeMap, BTreeSet};

use super::{
    Intake,
    care::{self, Period, Told},
    homes::{self, FacilityKey, FacilitySeen},
    reverse::Care,
};
use crate::{
    placements::ProviderKind,
    platform::{db::Tx, error::Result},
    ssda903::model::{Header, Table, Year},
};

/// A child before it is written.
pub struct Plan<'r> {
    pub number: &'r str,
    pub header: (Year, &'r Header),
    pub episodes: Vec<Told<'r>>,
    pub periods: Vec<Period<'r>>,
    /// What each placement of each period is recorded as.
    pub care: Vec<Vec<Care>>,
}

impl<'r> Intake<'r> {
    /// Every child of whom a return says who it is; what the last one says holds.
    pub(super) fn plans(&self) -> Vec<Plan<'r>> {
        let mut episodes = care::episodes(self.years);
        let mut headers: BTreeMap<&'r str, (Year, &'r Header)> = BTreeMap::new();
        for (year, whole) in self.years {
            headers.extend(whole.headers.iter().map(|row| (row.child.as_str(), (*year, row))));
        }
        let plan = |(number, header)| {
            let episodes = episodes.remove(number).unwrap_or_default();
            let periods = care::periods(&episodes);
            let care = periods.iter().map(|period| self.care(period)).collect();
            Plan { number, header, episodes, periods, care }
        };
        headers.into_iter().map(plan).collect()
    }

    fn care(&self, period: &Period<'_>) -> Vec<Care> {
        let mut all: Vec<Care> = Vec::new();
        let mut home = None;
        for stay in &period.stays {
            let same_carer = home == Some(stay.home);
            let before = all.last().filter(|_| same_carer);
            let care = self.reverse.care(&stay.first, same_carer, before);
            all.push(care);
            home = Some(stay.home);
        }
        all
    }

    /// Writes the facilities in which any of the children lived.
    pub(super) fn open_facilities(&mut self, tx: &mut Tx<'_>, plans: &[Plan<'r>]) -> Result<()> {
        let mut seen: BTreeMap<FacilityKey, FacilitySeen<'r>> = BTreeMap::new();
        for plan in plans {
            for (period, care) in plan.periods.iter().zip(&plan.care) {
                for (stay, care) in period.stays.iter().zip(care) {
                    if care.provider != ProviderKind::Facility {
                        continue;
                    }
                    let told = stay.first.clone();
                    let since = told.from;
                    let home = seen.entry(FacilityKey::of(&told, care)).or_insert(FacilitySeen {
                        told,
                        care: care.clone(),
                        since,
                        children: BTreeSet::new(),
                    });
                    home.since = home.since.min(since);
                    home.children.insert(plan.number);
                }
            }
        }
        for (key, home) in seen {
            match homes::facility(tx, &self.reverse, &self.place, &home) {
                Ok(id) => drop(self.facilities.insert(key, id)),
                Err(error) => {
                    self.refuse(home.told.year, Table::Episode, home.told.row.line, error)?;
                }
            }
        }
        Ok(())
    }
}
