//! Writing who works in institutions.
use chrono::NaiveDate;

use super::{Writer, lost};
use crate::{
    facilities::{NewStaffSnapshot, StaffRole, StaffShift, store},
    platform::{db::Tx, error::Result},
    seed::plan::{Ix, Staffing},
};

impl Writer<'_> {
    pub(super) fn staff(
        &mut self,
        tx: &mut Tx<'_>,
        facility: Ix,
        staffing: Staffing,
        on: NaiveDate,
    ) -> Result<()> {
        let record = self.facilities.get(&facility).ok_or_else(|| lost("facility"))?;
        let of = |role: &str, headcount: i32, qualified: i32, checked: i32| StaffRole {
            role: role.to_owned(),
            headcount,
            full_time_equivalents: f64::from(headcount * 9) / 10.0,
            qualified,
            checked,
        };
        let shifts = ["day", "evening_night", "weekend"].into_iter().zip(staffing.on_shift);
        let shift = |(name, carers): (&str, i32)| {
            let each = f64::from(staffing.children) / f64::from(carers.max(1));
            let children_per_carer = (each * 100.0).round() / 100.0;
            StaffShift { shift: name.to_owned(), children_per_carer }
        };
        let new = NewStaffSnapshot {
            taken_on: on,
            staff: vec![
                of("manager", 1, 1, 1),
                of("carer", staffing.carers, staffing.qualified, staffing.checked),
                of("support", 2, 0, 2),
            ],
            shifts: shifts.map(shift).collect(),
            vacancies: staffing.vacancies,
        };
        let _recorded = store::record_staff(tx, record.id, &new)?;
        Ok(())
    }
}
