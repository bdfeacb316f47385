//! Which homes are an option for one child, and what stands against the others.
use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Homes,
    assign::Candidate,
    gather::{Facts, Home},
    newcomer,
};
use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    facilities::{AcceptedSex, FacilityId, UnitId},
    placements::{
        model::{NextHome, NextHomeKind, NoNextHome, Provider, ProviderKind},
        rules::{self, ChildFacts},
        store::{nearness::Point, stays::youngest},
    },
    platform::{
        error::{Error, Result},
        near::Near,
        rule::Refusal,
        time::age_on,
    },
    rules::{
        Finding,
        nearness::{self, Nearness},
        residential::{self, Entry},
    },
};

/// The home itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    Own,
    Family(CarerFamilyId),
    Facility(FacilityId),
}

/// A home as an option for a child.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way {
    pub kind: NextHomeKind,
    pub place: Place,
    unit: Option<UnitId>,
    km: Option<f64>,
}

impl Candidate for Way {
    type Place = Place;

    fn place(self) -> Place {
        self.place
    }
}

impl Way {
    /// The provider of a placement there. Its own family is none.
    pub fn provider(&self) -> Provider {
        match self.place {
            Place::Own => Provider::of_kind(ProviderKind::Nobody),
            Place::Family(id) => Provider::carer_family(id),
            Place::Facility(id) => Provider::facility(id, self.unit),
        }
    }

    /// As it is answered.
    pub fn told(&self) -> NextHome {
        let provider = self.provider();
        NextHome {
            kind: self.kind,
            carer_family_id: provider.carer_family_id,
            facility_id: provider.facility_id,
            facility_unit_id: provider.facility_unit_id,
            distance_km: self.km.map(|km| (km * 10.0).round() / 10.0),
        }
    }
}

/// What stands against homes, counted.
#[derive(Default)]
struct Against(BTreeMap<(NextHomeKind, Option<String>, String), i32>);

impl Against {
    fn note(&mut self, kind: NextHomeKind, rule: Option<&str>, why: &str, homes: i32) {
        let rule = rule.map(ToOwned::to_owned);
        *self.0.entry((kind, rule, why.to_owned())).or_default() += homes;
    }

    fn refused(&mut self, kind: NextHomeKind, refusal: &Refusal, homes: i32) {
        self.note(kind, Some(&refusal.rule), &why(refusal), homes);
    }

    /// Of the kinds of which there is no option.
    fn told(mut self, ways: &[Way]) -> Vec<NoNextHome> {
        for &kind in NextHomeKind::ALL {
            if !self.0.keys().any(|(noted, ..)| *noted == kind) {
                let none =
                    if kind == NextHomeKind::Reunification { "no_goal" } else { "none_known" };
                self.note(kind, None, none, 0);
            }
        }
        let missing = |kind: NextHomeKind| !ways.iter().any(|way| way.kind == kind);
        let told = |((kind, rule, why), homes)| NoNextHome { kind, rule, why, homes };
        self.0.into_iter().filter(|((kind, ..), _)| missing(*kind)).map(told).collect()
    }
}

/// The fact by which a rule refused, in a word.
fn why(refusal: &Refusal) -> String {
    let facts = &refusal.facts;
    let fact = facts.get("why").or_else(|| facts.get("term")).and_then(Value::as_str);
    let by_rule = match refusal.rule.as_str() {
        "PL-12" => "no_room",
        "PL-05" | "PL-10" => "age",
        "PL-07" => "over",
        _ => "refused",
    };
    fact.unwrap_or(by_rule).to_owned()
}

/// The homes that could take this child if it were the only one, best kind first and nearest first; and what
/// stands against each kind of which there is none.
pub fn ways(
    facts: &Facts,
    homes: &Homes,
    child: &ChildFacts,
) -> Result<(Vec<Way>, Vec<NoNextHome>)> {
    let (mut ways, mut against) = (Vec::new(), Against::default());
    if facts.going_home.contains(&child.id) {
        let kind = NextHomeKind::Reunification;
        ways.push(Way { kind, place: Place::Own, unit: None, km: None });
    }
    // What keeps the child from every placement.
    let barred = rules::check_first_day(child, facts.on, facts.on, facts.limits, true);
    if let Err(refusal) = barred {
        for kind in [NextHomeKind::Kinship, NextHomeKind::Foster, NextHomeKind::SmallGroupHome] {
            against.refused(kind, &refusal, 0);
        }
    } else {
        families(facts, homes, child, (&mut ways, &mut against))?;
        small_homes(facts, homes, child, (&mut ways, &mut against))?;
    }
    ways.sort_by(|a, b| {
        let far = |way: &Way| way.km.unwrap_or(f64::INFINITY);
        a.kind.cmp(&b.kind).then(far(a).total_cmp(&far(b)))
    });
    let none_because = against.told(&ways);
    Ok((ways, none_because))
}

type Found<'a> = (&'a mut Vec<Way>, &'a mut Against);

fn families(
    facts: &Facts,
    homes: &Homes,
    child: &ChildFacts,
    (ways, against): Found<'_>,
) -> Result<()> {
    for family in &facts.families {
        let Some(kind) = kind_for(facts, homes, family.id, child.id) else { continue };
        let km = distance(facts.home_of(child), family.point);
        let way = Way { kind, place: Place::Family(family.id), unit: None, km };
        // Kin is kin wherever it lives, and was approved for this very child.
        if kind == NextHomeKind::Foster {
            if facts.disabled.contains(&child.id) && !family.disability {
                against.note(kind, None, "disability", 1);
                continue;
            }
            if let Some((rule, why)) = not_near(facts, child.id, way) {
                against.note(kind, Some(&rule), why, 1);
                continue;
            }
        }
        match judged(facts, homes, child, way)? {
            None => ways.push(way),
            Some(refusal) => against.refused(kind, &refusal, 1),
        }
    }
    Ok(())
}

/// As what the family could take the child: as kin, if it is approved as such for this very child. Absent if it
/// fosters no children, or other ones.
fn kind_for(
    facts: &Facts,
    homes: &Homes,
    family: CarerFamilyId,
    child: ChildId,
) -> Option<NextHomeKind> {
    let terms = homes.family(family)?;
    let approval = terms.approvals.iter().find(|approval| approval.in_force_on(facts.on))?;
    let covers = |purpose: &str| approval.purposes.iter().any(|covered| covered == purpose);
    let for_child = approval.named_children.iter().any(|one| one.untyped() == child.untyped());
    if for_child && covers("kinship") {
        return Some(NextHomeKind::Kinship);
    }
    let meant = for_child || approval.named_children.is_empty();
    (meant && covers("foster")).then_some(NextHomeKind::Foster)
}

fn small_homes(
    facts: &Facts,
    homes: &Homes,
    child: &ChildFacts,
    (ways, against): Found<'_>,
) -> Result<()> {
    let kind = NextHomeKind::SmallGroupHome;
    if let Some((rule, why)) = too_young(facts, child) {
        against.note(kind, Some(&rule), why, 0);
        return Ok(());
    }
    for home in &facts.small_homes {
        if let Some(why) = not_accepted(facts, home, child) {
            against.note(kind, None, why, 1);
            continue;
        }
        let (km, place) = (distance(facts.home_of(child), home.point), Place::Facility(home.id));
        if let Some((rule, why)) = not_near(facts, child.id, Way { kind, place, unit: None, km }) {
            against.note(kind, Some(&rule), why, 1);
            continue;
        }
        let mut units: Vec<_> = homes.units_on(home.id, facts.on).into_iter().map(Some).collect();
        if units.is_empty() {
            units.push(None);
        }
        let (mut refused, mut fits) = (None, false);
        for unit in units {
            let way = Way { kind, place, unit, km };
            match judged(facts, homes, child, way)? {
                None => {
                    ways.push(way);
                    fits = true;
                }
                Some(refusal) => refused = Some(refusal),
            }
        }
        if let Some(refusal) = refused.filter(|_| !fits) {
            against.refused(kind, &refusal, 1);
        }
    }
    Ok(())
}

/// PL-16 to PL-20, as they are judged when a child moves to another institution: a plan may not count on
/// exceptions. The rule, and in a word why.
fn too_young(facts: &Facts, child: &ChildFacts) -> Option<(String, &'static str)> {
    let birth = youngest(child, facts.on)?;
    let stays = facts.stays_of(child.id);
    let entry = Entry { day: facts.on, birth, expected_end_on: None, exception: None, stays };
    let findings = residential::judge(&entry, &facts.book);
    let rule = findings.into_iter().find(Finding::is_refused)?.rule;
    let why = if rule == "PL-16" { "age_limit" } else { "days_in_residential_care" };
    Some((rule, why))
}

/// Why the home takes no such child.
fn not_accepted(facts: &Facts, home: &Home, child: &ChildFacts) -> Option<&'static str> {
    let accepts = &home.accepts;
    let age = child.birth_date.map_or(0, |birth| age_on(birth, facts.on));
    let together = facts.kept.leaving_with(child.id).next().is_some();
    if !(accepts.age_min..=accepts.age_max).contains(&age) {
        Some("age")
    } else if accepts.sex != AcceptedSex::Any && accepts.sex.as_str() != child.sex {
        Some("sex")
    } else if facts.disabled.contains(&child.id) && !accepts.disability {
        Some("disability")
    } else {
        (together && !accepts.siblings).then_some("siblings")
    }
}

/// PL-21 and PL-23, as they are judged when a child is placed there. The rule, and in a word why.
fn not_near(facts: &Facts, child: ChildId, way: Way) -> Option<(String, &'static str)> {
    let (siblings_in_care, siblings_elsewhere) = facts.kept.around(child, way.place);
    let near = Nearness { siblings_in_care, siblings_elsewhere, distance_km: way.km };
    let findings = nearness::judge(&near, &facts.book);
    let rule = findings.into_iter().find(Finding::is_refused)?.rule;
    let why = if rule == "PL-21" { "siblings_elsewhere" } else { "too_far" };
    Some((rule, why))
}

fn distance(from: Option<Point>, to: Option<Point>) -> Option<f64> {
    let ((lat, lon), to) = from.zip(to)?;
    Some(Near { lat, lon, within_km: 0.0 }.distance_km(to.0, to.1))
}

/// What the rules say to the child in this home, as it is now.
fn judged(facts: &Facts, homes: &Homes, child: &ChildFacts, way: Way) -> Result<Option<Refusal>> {
    let newcomer = newcomer(facts, child, way.kind);
    if let Err(refusal) = rules::check_age_for(newcomer.care_type, child, facts.on) {
        return Ok(Some(refusal));
    }
    let siblings = facts.siblings_of(child.id);
    match homes.judge(&way.provider(), &newcomer, siblings, facts.limits) {
        Ok(()) => Ok(None),
        Err(Error::Rule(refusal)) => Ok(Some(*refusal)),
        Err(other) => Err(other),
    }
}
