//! Who works in a facility on a day, and with how many children.
use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::{
    deserialize,
    pg::{Pg, PgValue},
    prelude::*,
    sql_types::Jsonb,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::FacilityId;
use crate::{
    page_of,
    platform::{
        error::{Error, Fault, Result},
        id::Id,
    },
    record,
    schema::facility_staff_snapshots,
};

pub type StaffSnapshotId = Id<StaffSnapshot>;

/// Those who work in one role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FacilityStaffRole)]
pub struct StaffRole {
    /// The role: a code of the list `staff_role`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "carer")]
    pub role: String,
    /// How many people.
    #[validate(range(min = 0, max = 2000))]
    #[schema(minimum = 0, maximum = 2000, example = 12)]
    pub headcount: i32,
    /// What they work together, in full-time posts.
    #[validate(range(min = 0.0, max = 2000.0))]
    #[schema(minimum = 0, maximum = 2000, example = 10.5)]
    pub full_time_equivalents: f64,
    /// Those of them with the least qualification that child care and development ask for.
    #[validate(range(min = 0, max = 2000))]
    #[schema(minimum = 0, maximum = 2000, example = 9)]
    pub qualified: i32,
    /// Those of them whose background check is valid on that day.
    #[validate(range(min = 0, max = 2000))]
    #[schema(minimum = 0, maximum = 2000, example = 12)]
    pub checked: i32,
}

/// How many children there are to each carer in a shift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FacilityStaffShift)]
pub struct StaffShift {
    /// The shift: a code of the list `staff_shift`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "day")]
    pub shift: String,
    /// Children to each carer.
    #[validate(range(min = 0.0, max = 500.0))]
    #[schema(minimum = 0, maximum = 500, example = 4.5)]
    pub children_per_carer: f64,
}

/// Who works in a facility on a day (UN Guidelines ¶126; formal care indicator 11). Of one day the snapshot
/// counts that was recorded last.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable,
)]
#[diesel(table_name = facility_staff_snapshots, check_for_backend(Pg), treat_none_as_default_value = false)]
#[schema(as = FacilityStaffSnapshot)]
pub struct StaffSnapshot {
    pub id: StaffSnapshotId,
    /// The facility.
    pub facility_id: FacilityId,
    /// The day.
    #[schema(example = "2026-02-01")]
    pub taken_on: NaiveDate,
    /// Those who work there, by role.
    #[diesel(deserialize_as = Stored<StaffRole>, skip_insertion)]
    pub staff: Vec<StaffRole>,
    /// Children to each carer, by shift.
    #[diesel(deserialize_as = Stored<StaffShift>, skip_insertion)]
    pub shifts: Vec<StaffShift>,
    /// Posts that nobody has.
    #[schema(example = 2)]
    pub vacancies: i32,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some staff snapshots, latest day first.
    FacilityStaffSnapshotPage, StaffSnapshot
);

record!(StaffSnapshot {
    name: "facility_staff_snapshot",
    id: "FacilityStaffSnapshotId",
    example: "0199a5b2-0043-7000-8000-000000000001",
    under: facility_id,
});

/// A list as it is stored.
#[derive(Debug, diesel::FromSqlRow)]
pub struct Stored<T>(Vec<T>);

impl<T> deserialize::FromSql<Jsonb, Pg> for Stored<T>
where
    T: serde::de::DeserializeOwned,
{
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let value = <serde_json::Value as deserialize::FromSql<Jsonb, Pg>>::from_sql(bytes)?;
        Ok(Self(serde_json::from_value(value)?))
    }
}

impl<T> From<Stored<T>> for Vec<T> {
    fn from(stored: Stored<T>) -> Self {
        stored.0
    }
}

/// A new staff snapshot. A mistake is put right by another one of the same day.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFacilityStaffSnapshot)]
pub struct NewStaffSnapshot {
    /// The day: today at the latest.
    #[schema(example = "2026-02-01")]
    pub taken_on: NaiveDate,
    /// Those who work there, by role, each role once.
    #[validate(nested, length(min = 1, max = 50))]
    #[schema(min_items = 1, max_items = 50)]
    pub staff: Vec<StaffRole>,
    /// Children to each carer, by shift, each shift once.
    #[validate(nested, length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10)]
    pub shifts: Vec<StaffShift>,
    /// Posts that nobody has.
    #[validate(range(min = 0, max = 2000))]
    #[schema(minimum = 0, maximum = 2000, example = 2)]
    pub vacancies: i32,
}

impl NewStaffSnapshot {
    /// Refuses what cannot be, all at once: parts of those of a role that are more than there are, and
    /// a role or a shift that is there twice.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        for (index, of) in self.staff.iter().enumerate() {
            for (member, too_many) in [
                ("full_time_equivalents", of.full_time_equivalents > f64::from(of.headcount)),
                ("qualified", of.qualified > of.headcount),
                ("checked", of.checked > of.headcount),
            ] {
                if too_many {
                    let detail = "must not be more than the people in this role";
                    let pointer = format!("/staff/{index}/{member}");
                    faults.push(Fault::new(pointer, "above_headcount", detail));
                }
            }
        }
        twice("/staff", self.staff.iter().map(|of| &of.role), &mut faults);
        twice("/shifts", self.shifts.iter().map(|of| &of.shift), &mut faults);
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }
}

/// The faults of items that stand under `at` and have a code that was there before.
fn twice<'c>(at: &str, codes: impl Iterator<Item = &'c String>, faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for (index, code) in codes.enumerate() {
        if !seen.insert(code) {
            faults.push(Fault::new(format!("{at}/{index}"), "duplicate", "is there twice"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carers() -> StaffRole {
        StaffRole {
            role: "carer".to_owned(),
            headcount: 4,
            full_time_equivalents: 4.0,
            qualified: 4,
            checked: 4,
        }
    }

    fn pointers(staff: Vec<StaffRole>, shifts: &[&str]) -> Vec<String> {
        let shift = |name: &&str| StaffShift { shift: (*name).to_owned(), children_per_carer: 4.0 };
        let new = NewStaffSnapshot {
            taken_on: "2026-02-01".parse().unwrap(),
            staff,
            shifts: shifts.iter().map(shift).collect(),
            vacancies: 0,
        };
        match new.check() {
            Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn nobody_is_counted_who_is_not_there() {
        let all = pointers(vec![carers()], &["day", "weekend"]);
        assert_eq!(all, Vec::<String>::new());
        let more = StaffRole { full_time_equivalents: 4.01, ..carers() };
        assert_eq!(pointers(vec![more], &["day"]), ["/staff/0/full_time_equivalents"]);
        let more = StaffRole { qualified: 5, checked: 5, ..carers() };
        assert_eq!(pointers(vec![more], &["day"]), ["/staff/0/qualified", "/staff/0/checked"]);
        let twice = pointers(vec![carers(), carers()], &["day", "night", "day"]);
        assert_eq!(twice, ["/staff/1", "/shifts/2"]);
    }
}
