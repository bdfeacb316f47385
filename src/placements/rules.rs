//! The rules of placements (PL-01 to PL-13) as pure functions: facts in, a refusal or nothing out.
use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use diesel::{Queryable, Selectable, pg::Pg};

use super::model::{ProviderKind, TemporaryApproval};
use crate::{
    carers::Approval,
    children::{ChildId, DatePrecision},
    facilities::{Capacity, FacilityTerms, Occupants, Stay, age_band},
    platform::{
        rule::Refusal,
        time::{age_on, birthday, within},
    },
    rules::residential,
    schema::children,
};

/// What the rules need to know of a child.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = children, check_for_backend(Pg))]
pub struct ChildFacts {
    pub id: ChildId,
    pub sex: String,
    pub area_code: String,
    pub birth_date: Option<NaiveDate>,
    pub birth_date_precision: Option<DatePrecision>,
    pub death_date: Option<NaiveDate>,
    pub adopted_on: Option<NaiveDate>,
    pub merged_into: Option<ChildId>,
}

/// What the rules need to know of a type of care, from its code list.
#[derive(Debug, Clone)]
pub struct CareTypeFacts {
    pub code: String,
    pub provider: ProviderKind,
    /// What a carer family must be approved for.
    pub carer_purpose: Option<String>,
    /// What kind of care it is: `residential` (UN Guidelines ¶29), `family_based` and so on.
    pub group: String,
    /// The youngest age in years at the start, if there is one.
    pub min_age: Option<i32>,
}

impl CareTypeFacts {
    #[must_use]
    pub fn is_residential(&self) -> bool {
        self.group == residential::GROUP
    }
}

/// What national law sets, on the day of the start.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub majority_age: i32,
    pub aftercare_max_age: i32,
    pub temporary_approval_hours: i32,
}

/// The days of a stay that is judged: half-open, open-ended if `until` is absent.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub from: NaiveDate,
    pub until: Option<NaiveDate>,
}

impl Span {
    fn holds(self, day: NaiveDate) -> bool {
        within(day, self.from, self.until)
    }
}

type Judged = Result<(), Refusal>;

/// PL-05, PL-06, PL-07: the first day lies in the child's life, before it is of age, and not ahead.
/// A stay in a care period that is open may go on into aftercare.
pub fn check_first_day(
    child: &ChildFacts,
    start: NaiveDate,
    today: NaiveDate,
    limits: Limits,
    in_care: bool,
) -> Judged {
    if start > today {
        return Err(Refusal::values("PL-06", "only a planned placement may begin in the future"));
    }
    let Some(birth) = child.birth_date else {
        return Err(Refusal::conflict("PL-05", "a child that is not yet born cannot be placed"));
    };
    if start < birth {
        let detail = "a placement cannot begin before the child was born";
        return Err(Refusal::values("PL-05", detail).fact("starts_on", start));
    }
    check_alive_and_listed(child, start)?;
    let limit = if in_care { limits.aftercare_max_age } else { limits.majority_age };
    if start >= birthday(birth, u32::try_from(limit).unwrap_or(0)) {
        let detail = "the child is too old on that day: care begins before it is of age, and may only be extended after";
        return Err(Refusal::conflict("PL-05", detail).fact("age_limit", limit));
    }
    Ok(())
}

/// PL-07: nothing begins after the child's death or final adoption.
pub fn check_alive_and_listed(child: &ChildFacts, day: NaiveDate) -> Judged {
    let over = child.death_date.into_iter().chain(child.adopted_on).any(|end| end <= day);
    if over {
        let detail = "after a child's death or final adoption nothing more begins";
        return Err(Refusal::conflict("PL-07", detail));
    }
    Ok(())
}

/// PL-10: some types of care are for older children only.
pub fn check_age_for(care_type: &CareTypeFacts, child: &ChildFacts, start: NaiveDate) -> Judged {
    let (Some(min_age), Some(birth)) = (care_type.min_age, child.birth_date) else { return Ok(()) };
    if start >= birthday(birth, u32::try_from(min_age).unwrap_or(0)) {
        return Ok(());
    }
    let detail = format!("this type of care is for children of {min_age} years and older");
    Err(Refusal::conflict("PL-10", detail)
        .fact("care_type", &care_type.code)
        .fact("min_age", min_age))
}

/// PL-11: leave for kin who are not yet approved holds for a few days from the start only.
pub fn check_temporary_approval(
    approval: &TemporaryApproval,
    start: NaiveDate,
    limits: Limits,
) -> Judged {
    let days = u64::try_from(limits.temporary_approval_hours).unwrap_or(0).div_ceil(24);
    let latest = start.checked_add_days(Days::new(days)).unwrap_or(start);
    if start < approval.valid_until && approval.valid_until <= latest {
        return Ok(());
    }
    let detail = format!(
        "leave before approval must end within {} hours of the start",
        limits.temporary_approval_hours
    );
    Err(Refusal::values("PL-11", detail).at("/temporary_approval/valid_until"))
}

/// A child's stay with a carer family, as far as its limit asks.
#[derive(Debug, Clone)]
pub struct FamilyStay {
    pub child: ChildId,
    pub started_on: NaiveDate,
    pub ended_on: Option<NaiveDate>,
}

/// PL-12 for families: never more children than the approval allows, unless all are siblings of
/// each other or the newcomer is exempt by name. Judged on every day on which the number may grow.
pub fn check_family_room(
    approvals: &[Approval],
    stays: &[FamilyStay],
    newcomer: ChildId,
    siblings: &BTreeSet<ChildId>,
    span: Span,
) -> Judged {
    let arrivals = stays.iter().map(|stay| stay.started_on);
    let changes = approvals.iter().map(|approval| approval.valid_from);
    let days: BTreeSet<NaiveDate> =
        arrivals.chain(changes).filter(|day| span.holds(*day)).chain([span.from]).collect();
    days.into_iter().try_for_each(|day| family_room_on(approvals, stays, newcomer, siblings, day))
}

fn family_room_on(
    approvals: &[Approval],
    stays: &[FamilyStay],
    newcomer: ChildId,
    siblings: &BTreeSet<ChildId>,
    day: NaiveDate,
) -> Judged {
    // After an approval has run out its children stay, and an alert calls for a review (CF-02).
    let Some(approval) = approvals.iter().find(|approval| approval.in_force_on(day)) else {
        return Ok(());
    };
    let counted: Vec<ChildId> = stays
        .iter()
        .filter(|stay| stay.child != newcomer && within(day, stay.started_on, stay.ended_on))
        .map(|stay| stay.child)
        .filter(|child| !approval.exempts(child.untyped(), day))
        .collect();
    let placed = i32::try_from(counted.len()).unwrap_or(i32::MAX);
    let one_group =
        approval.siblings_allowed && counted.iter().all(|child| siblings.contains(child));
    if placed < approval.max_children || one_group || approval.exempts(newcomer.untyped(), day) {
        return Ok(());
    }
    let detail = "the family has no free place on that day; it may take more only if all are siblings of each other \
                  or the child is exempt by name";
    Err(Refusal::conflict("PL-12", detail)
        .fact("day", day)
        .fact("max_children", approval.max_children)
        .fact("placed", placed))
}

/// PL-12 for facilities: never more children than the authorised capacity, in total, by sex and by
/// unit on every day on which the number may grow, and by age band on the first day: children who
/// live there grow older without being admitted again.
pub fn check_facility_room(
    terms: &FacilityTerms,
    stays: &[Stay],
    newcomer: &Stay,
    span: Span,
) -> Judged {
    let arrivals = stays.iter().map(|stay| stay.started_on);
    let days: BTreeSet<NaiveDate> = arrivals
        .chain(terms.change_days(span.from, span.until))
        .filter(|day| span.holds(*day))
        .chain([span.from])
        .collect();
    days.into_iter()
        .try_for_each(|day| facility_room_on(terms, stays, newcomer, day, day == span.from))
}

fn facility_room_on(
    terms: &FacilityTerms,
    stays: &[Stay],
    newcomer: &Stay,
    day: NaiveDate,
    first: bool,
) -> Judged {
    let mut there = Occupants::on(day, stays);
    there.add(newcomer, day);
    let full = |limit: &str, capacity: i32, occupied: i32| {
        let detail = "the facility has no free place on that day";
        Err(Refusal::conflict("PL-12", detail)
            .fact("day", day)
            .fact("limit", limit)
            .fact("capacity", capacity)
            .fact("occupied", occupied - 1))
    };
    let Some(capacity) = terms.capacity_on(day) else { return full("total", 0, there.total) };
    for (limit, places, occupied) in limits_of(capacity, newcomer, &there, day, first) {
        if occupied > places {
            return full(limit, places, occupied);
        }
    }
    Ok(())
}

/// The limits that this child counts against: name, places, children with the newcomer.
fn limits_of<'a>(
    capacity: &Capacity,
    newcomer: &Stay,
    there: &Occupants,
    day: NaiveDate,
    first: bool,
) -> impl Iterator<Item = (&'a str, i32, i32)> {
    let total = Some(("total", capacity.total, there.total));
    let by_sex = capacity
        .by_sex
        .of(&newcomer.sex)
        .map(|places| ("sex", places, there.by_sex.get(&newcomer.sex).copied().unwrap_or(0)));
    let unit = newcomer.unit_id.map(|id| {
        let places = capacity.units.iter().find(|unit| unit.id == id).map_or(0, |unit| unit.places);
        ("unit", places, there.by_unit.get(&id).copied().unwrap_or(0))
    });
    let band = newcomer.birth_date.filter(|_| first).map(|birth| age_band(age_on(birth, day)));
    let by_band = band.and_then(|band| {
        let places = capacity.by_age_band.get(band).copied()?;
        Some(("age_band", places, there.by_age_band.get(band).copied().unwrap_or(0)))
    });
    [total, by_sex, unit, by_band].into_iter().flatten()
}
