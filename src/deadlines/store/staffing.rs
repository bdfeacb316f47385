//! The facts about who works in every facility, by its latest staff snapshot.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    facilities::{StaffRole, StaffShift},
    platform::error::{Error, Result},
    reference::code_lists::Codes,
    rules::deadlines::{ShiftFacts, StaffFacts},
    schema::{code_list_entries, facilities, facility_staff_snapshots as snapshots},
};

/// The attribute of a type of facility, or of a shift, that names the norm of children to a carer.
const NORM: &str = "ratio_parameter";

/// Facility, its type, the day, staff, shifts.
type Row = (Uuid, String, NaiveDate, Value, Value);

/// What the latest snapshot of each facility says; of one day the last that was recorded.
pub fn staff(conn: &mut PgConnection) -> Result<BTreeMap<Uuid, StaffFacts>> {
    let codes = Codes::read(conn, &["staff_role"])?;
    let asked = codes.with("staff_role", "qualification_asked", &json!(true));
    let (types, shifts) = (norms(conn, "facility_type")?, norms(conn, "staff_shift")?);
    let rows: Vec<Row> = snapshots::table
        .inner_join(facilities::table)
        .distinct_on(snapshots::facility_id)
        .order((snapshots::facility_id, snapshots::taken_on.desc(), snapshots::id.desc()))
        .select((
            snapshots::facility_id,
            facilities::facility_type,
            snapshots::taken_on,
            snapshots::staff,
            snapshots::shifts,
        ))
        .load(conn)?;
    let known = |(facility, of_type, taken_on, staff, worked): Row| {
        let staff: Vec<StaffRole> = serde_json::from_value(staff).map_err(Error::internal)?;
        let worked: Vec<StaffShift> = serde_json::from_value(worked).map_err(Error::internal)?;
        let (headcount, qualified) = counted(&staff, &asked);
        // Where children do not live there is no norm, whatever the shift is.
        let norm = types.get(&of_type);
        let of_shift = |shift: StaffShift| {
            let limit = shifts.get(&shift.shift).or(norm).filter(|_| norm.is_some())?.clone();
            Some(ShiftFacts { children_per_carer: shift.children_per_carer, limit })
        };
        let shifts = worked.into_iter().filter_map(of_shift).collect();
        Ok((facility, StaffFacts { taken_on, headcount, qualified, shifts }))
    };
    rows.into_iter().map(known).collect()
}

/// Those in roles of whom a qualification is asked, and those of them who have it.
fn counted(staff: &[StaffRole], asked: &BTreeSet<String>) -> (u32, u32) {
    let number = |count: i32| u32::try_from(count).unwrap_or_default();
    let counting = staff.iter().filter(|of| asked.contains(&of.role));
    counting.fold((0, 0), |(all, qualified), of| {
        (all + number(of.headcount), qualified + number(of.qualified))
    })
}

/// The parameter that an entry of this list names, by code.
fn norms(conn: &mut PgConnection, list: &str) -> Result<BTreeMap<String, String>> {
    let rows: Vec<(String, Value)> = code_list_entries::table
        .filter(code_list_entries::list.eq(list))
        .select((code_list_entries::code, code_list_entries::attributes))
        .load(conn)?;
    let norm = |(code, attributes): (String, Value)| {
        let name = attributes.get(NORM).and_then(Value::as_str)?;
        Some((code, name.to_owned()))
    };
    Ok(rows.into_iter().filter_map(norm).collect())
}
