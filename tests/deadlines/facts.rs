//! Facts about children, carer families and facilities, for the boundary table.
use std::{collections::BTreeMap, fs, sync::LazyLock};

use kinstead::rules::deadlines::{
    AbsenceFacts, CheckFacts, ChildFacts, FacilityFacts, FamilyFacts, MeasureFacts, ParentsMeaning,
    PeriodFacts, PlacementFacts, PlanFacts, ReviewFacts, ShiftFacts, StaffFacts, StatusMeaning,
    TransformationFacts,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::day;

/// A child in care since that day, born in 2015.
pub fn in_care(from: &str) -> ChildFacts {
    let period =
        PeriodFacts { id: Uuid::from_u128(1), started_on: day(from), ..PeriodFacts::default() };
    ChildFacts {
        id: Uuid::from_u128(2),
        born: Some(day("2015-05-01")),
        registered_on: day(from),
        without_parental_care: true,
        period: Some(period),
        ..ChildFacts::default()
    }
}

pub fn emergency(from: &str) -> ChildFacts {
    let mut facts = in_care(from);
    facts.period.as_mut().unwrap().unassessed = true;
    facts
}

pub fn recorded(from: &str, on: &str) -> ChildFacts {
    let mut facts = in_care(from);
    facts.period.as_mut().unwrap().recorded_on = Some(day(on));
    facts
}

pub fn stay(from: &str, until: Option<&str>, residential: bool, emergency: bool) -> PlacementFacts {
    PlacementFacts {
        id: Uuid::from_u128(3),
        started_on: day(from),
        ended_on: until.map(day),
        residential,
        emergency,
        kin: false,
        same_home: false,
    }
}

/// A child who lived there, and was born on that day.
pub fn lived(born: &str, stays: Vec<PlacementFacts>) -> ChildFacts {
    let from = stays[0].started_on.to_string();
    ChildFacts { born: Some(day(born)), placements: stays, ..in_care(&from) }
}

pub fn moved(on: [&str; 3]) -> ChildFacts {
    lived("2015-05-01", on.map(|from| stay(from, None, false, false)).into())
}

pub fn reviewed(from: &str, held: &[&str], moves: bool) -> ChildFacts {
    let review = |on: &&str| ReviewFacts {
        id: Uuid::from_u128(4),
        due_on: day(on),
        held_on: Some(day(on)),
        next_due_on: None,
        moves,
    };
    ChildFacts { reviews: held.iter().map(review).collect(), ..in_care(from) }
}

/// The attributes that the registry begins with, by list and code.
static ATTRIBUTES: LazyLock<BTreeMap<(&str, String), Value>> = LazyLock::new(|| {
    let lists = ["legal_status", "parental_rights", "guardianship", "parental_status"];
    let entries = |list| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/reference/data/code-lists");
        let text = fs::read(format!("{path}/{list}.json")).unwrap();
        let mut whole: Value = serde_json::from_slice(&text).unwrap();
        let entries = whole["entries"].as_array_mut().unwrap().drain(..).collect::<Vec<_>>();
        entries.into_iter().map(move |mut entry| {
            let attributes = entry["attributes"].take();
            let attributes = if attributes.is_null() { json!({}) } else { attributes };
            ((list, entry["code"].as_str().unwrap().to_owned()), attributes)
        })
    };
    lists.into_iter().flat_map(entries).collect()
});

fn meaning<T: DeserializeOwned>(list: &'static str, code: &str) -> T {
    T::deserialize(&ATTRIBUTES[&(list, code.to_owned())]).unwrap()
}

pub fn means(axis: &str, status: &str) -> StatusMeaning {
    let list = match axis {
        "care_authority" => "legal_status",
        "guardianship" => "guardianship",
        _ => "parental_rights",
    };
    meaning(list, status)
}

pub fn parents(status: &str) -> ParentsMeaning {
    meaning("parental_status", status)
}

pub fn measure(axis: &str, status: &str, from: &str, to: Option<&str>) -> MeasureFacts {
    MeasureFacts {
        id: Uuid::from_u128(5),
        axis: axis.to_owned(),
        means: means(axis, status),
        valid_from: day(from),
        valid_to: to.map(day),
    }
}

pub fn under(measures: Vec<MeasureFacts>, from: &str) -> ChildFacts {
    ChildFacts { measures, ..in_care(from) }
}

pub fn absent(from: &str, limit: &str) -> ChildFacts {
    let absence =
        AbsenceFacts { id: Uuid::from_u128(6), started_on: day(from), limit: limit.to_owned() };
    ChildFacts { absences: vec![absence], ..in_care("2025-01-01") }
}

pub fn planned(facts: ChildFacts, leaving: bool) -> ChildFacts {
    let plan = PlanFacts { period_id: Some(Uuid::from_u128(1)), leaving };
    ChildFacts { plans: vec![plan], ..facts }
}

pub fn born(on: &str) -> ChildFacts {
    ChildFacts { born: Some(day(on)), ..in_care("2025-01-01") }
}

/// A family with children, approved for that time and reviewed until its end.
pub fn approved(from: &str, to: &str) -> FamilyFacts {
    FamilyFacts {
        id: Uuid::from_u128(7),
        approved: true,
        occupied: true,
        approval: Some((Uuid::from_u128(8), day(from), day(to))),
        reviewed_on: Some(day(to)),
        ..FamilyFacts::default()
    }
}

pub fn checked(until: &str) -> FamilyFacts {
    let check = CheckFacts { id: Uuid::from_u128(9), valid_until: day(until) };
    FamilyFacts { checks: vec![check], ..approved("2020-01-01", "2040-01-01") }
}

pub fn inspected(on: &str, unannounced: &str) -> FacilityFacts {
    FacilityFacts {
        inspected_on: Some(day(on)),
        visited_unannounced_on: Some(day(unannounced)),
        ..FacilityFacts::default()
    }
}

pub fn registered(until: Option<&str>) -> FacilityFacts {
    FacilityFacts { registered_until: until.map(day), ..FacilityFacts::default() }
}

/// A facility in which so many of ten are qualified, with so many children to each carer by day.
pub fn staffed(on: &str, qualified: u32, children_per_carer: f64) -> FacilityFacts {
    let limit = "children_per_carer_small_group".to_owned();
    let shifts = vec![ShiftFacts { children_per_carer, limit }];
    let staff = StaffFacts { taken_on: day(on), headcount: 10, qualified, shifts };
    FacilityFacts { staff: Some(staff), ..FacilityFacts::default() }
}

/// A facility of which nobody ever recorded who works there.
pub fn open_since(on: &str) -> FacilityFacts {
    FacilityFacts { since: Some(day(on)), ..FacilityFacts::default() }
}

/// A facility with two children that is transformed, by these targets and with this left to be done.
pub fn transformed(targets: &[(&str, u32)], milestones: &[&str]) -> FacilityFacts {
    let plan = TransformationFacts {
        id: Uuid::from_u128(10),
        children: 2,
        targets: targets.iter().map(|(on, most)| (day(on), *most)).collect(),
        milestones: milestones.iter().map(|on| day(on)).collect(),
    };
    FacilityFacts { transformation: Some(plan), ..FacilityFacts::default() }
}

/// A facility that a child is to have left by that day.
pub fn leaving(by: &str) -> FacilityFacts {
    FacilityFacts { transitions: vec![(Uuid::from_u128(11), day(by))], ..FacilityFacts::default() }
}
