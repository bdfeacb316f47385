//! Who works in institutions: as many as the children need, but in a few of them. Chance has no part in it,
//! so that nothing else in the country depends on who works where.
use super::{Ix, Staffing, Step, World};
use crate::seed::dice::{float, whole};

/// One of so many facilities has too few qualified staff, and one of so many too few at night.
const UNQUALIFIED: usize = 9;
const ALONE_AT_NIGHT: usize = 14;

impl World {
    /// Each January it is counted who works in a facility.
    pub(super) fn staff(&mut self, facility: Ix) {
        let home = self.homes.at(facility);
        let living = home.living.len();
        // Facilities are numbered anew in each part of the country.
        let turn = facility + 3 * usize::try_from(self.region.number).unwrap_or(0);
        let each = match home.facility_type {
            "infant_home" | "institution_disability" => 3.5,
            "small_group_home" => 4.5,
            _ => 7.0,
        };
        let for_each = |children: f64| whole(float(living) / children + 0.5).max(1);
        let at_night = if turn % ALONE_AT_NIGHT == 6 { 16.0 } else { 9.0 };
        let on_shift = [for_each(each), for_each(at_night), for_each(each)];
        // Everybody is there for a quarter of the week.
        let carers = (on_shift.iter().sum::<usize>() * 4).div_ceil(3);
        let share = if turn % UNQUALIFIED == 4 { 0.55 } else { 0.88 };
        let number = |count: usize| i32::try_from(count).unwrap_or(0);
        let staffing = Staffing {
            children: number(living),
            on_shift: on_shift.map(number),
            carers: number(carers),
            qualified: number(whole(float(carers) * share)),
            checked: number(carers - usize::from(turn % 5 == 2)),
            vacancies: number(turn % 3 + usize::from(turn % UNQUALIFIED == 4)),
        };
        self.note(Step::Staff(facility, staffing));
    }
}
