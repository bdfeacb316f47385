//! Where children could live who must leave a facility: which homes are an option for each, and which is left
//! for it beside the others. Everything is gathered in some statements, however many they are.
mod assign;
mod gather;
mod siblings;
mod ways;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::PgConnection;

use self::{
    assign::{Rooms, assign},
    gather::Facts,
    ways::{Place, Way},
};
use super::{homes::Homes, provider::Newcomer};
use crate::{
    children::ChildId,
    facilities::FacilityId,
    placements::{
        model::{NextHomeKind, NextHomes},
        rules::{ChildFacts, Span},
    },
    platform::error::Result,
};

/// Most homes of a kind that are named for a child.
const NAMED: usize = 10;

/// Children who leave a facility together.
pub struct Leaving<'a> {
    pub facility: FacilityId,
    pub on: NaiveDate,
    pub children: &'a [ChildId],
    /// Those whose return to their families is planned.
    pub going_home: &'a BTreeSet<ChildId>,
}

/// Where these children could live from that day on, by id: families that are approved and near by, kin first,
/// and small group homes, each only as far as the rules let it take the child, it takes such children, and it has
/// room. Youngest first: a group of siblings that is to be kept together stands where its youngest child does.
pub fn next_homes(conn: &mut PgConnection, leaving: &Leaving<'_>) -> Result<Vec<NextHomes>> {
    let (facts, homes) = gather::gather(conn, leaving)?;
    let mut answers: BTreeMap<ChildId, NextHomes> = BTreeMap::new();
    let mut options: BTreeMap<ChildId, Vec<Way>> = BTreeMap::new();
    for child in facts.children.values() {
        let (ways, none_because) = ways::ways(&facts, &homes, child)?;
        let named = named(&ways).iter().map(Way::told).collect();
        let answer = NextHomes {
            child_id: child.id,
            options: named,
            proposed: None,
            parts_siblings: false,
            none_because,
        };
        answers.insert(child.id, answer);
        options.insert(child.id, ways);
    }
    let mut rooms = Room { facts: &facts, homes };
    let assigned = assign(&facts.groups(), &options, &mut rooms);
    for (child, way) in &assigned {
        if let Some(answer) = answers.get_mut(child) {
            answer.proposed = Some(way.told());
            answer.parts_siblings = is_parted(&facts, &assigned, *child, *way);
        }
    }
    Ok(answers.into_values().collect())
}

/// Whether a child would be parted from a brother or sister who leaves as well and stays in care (PL-21).
fn is_parted(facts: &Facts, assigned: &BTreeMap<ChildId, Way>, child: ChildId, way: Way) -> bool {
    let elsewhere = |other: ChildId| match assigned.get(&other) {
        Some(theirs) => theirs.place != way.place && theirs.place != Place::Own,
        None => true,
    };
    way.place != Place::Own && facts.kept.leaving_with(child).any(elsewhere)
}

/// The first of each kind, and no home twice.
fn named(ways: &[Way]) -> Vec<Way> {
    let mut named: Vec<Way> = Vec::new();
    for way in ways {
        let alike = named.iter().filter(|other| other.kind == way.kind);
        if alike.clone().count() < NAMED && !alike.clone().any(|other| other.place == way.place) {
            named.push(*way);
        }
    }
    named
}

/// What is left of all homes.
struct Room<'f> {
    facts: &'f Facts,
    homes: Homes,
}

impl Rooms<ChildId, Way> for Room<'_> {
    fn take(&mut self, child: ChildId, way: Way) -> bool {
        if way.kind == NextHomeKind::Reunification {
            return true;
        }
        let Some(child) = self.facts.children.get(&child) else { return false };
        let (newcomer, provider) = (newcomer(self.facts, child, way.kind), way.provider());
        let siblings = self.facts.siblings_of(child.id);
        let fits = self.homes.judge(&provider, &newcomer, siblings, self.facts.limits).is_ok();
        if fits {
            self.homes.add(&provider, &newcomer);
        }
        fits
    }

    fn give_back(&mut self, way: Way) {
        self.homes.take_back(&way.provider());
    }
}

fn newcomer<'f>(facts: &'f Facts, child: &'f ChildFacts, kind: NextHomeKind) -> Newcomer<'f> {
    let span = Span { from: facts.on, until: None };
    Newcomer { child, care_type: facts.care_type(kind), temporary_approval: None, span }
}
