//! Checks of codes and of what must be there.
use super::{Check, Found, Judged};
use crate::ssda903::model::{Record, read_day};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "101",
        asks: "sex is a code of the list",
        find: |j, found| coded(j, found, &j.now.headers, "SEX", |row| &row.sex, true),
    },
    Check { code: "102", asks: "the birth date is a day written dd/mm/yyyy", find: births },
    Check {
        code: "103",
        asks: "ethnicity is a code of the list",
        find: |j, found| coded(j, found, &j.now.headers, "ETHNIC", |row| &row.ethnic, true),
    },
    Check {
        code: "143",
        asks: "the reason for the new episode is a code of the list",
        find: |j, found| coded(j, found, &j.now.episodes, "RNE", |row| &row.rne, true),
    },
    Check {
        code: "144",
        asks: "the legal status is a code of the list",
        find: |j, found| coded(j, found, &j.now.episodes, "LS", |row| &row.ls, true),
    },
    Check {
        code: "145",
        asks: "the category of need is a code of the list",
        find: |j, found| coded(j, found, &j.now.episodes, "CIN", |row| &row.cin, true),
    },
    Check {
        code: "146",
        asks: "the type of placement is a code of the list",
        find: |j, found| coded(j, found, &j.now.episodes, "PLACE", |row| &row.place, true),
    },
    Check {
        code: "149",
        asks: "the reason why the episode ended is a code of the list",
        find: |j, found| coded(j, found, &j.now.episodes, "REC", |row| &row.rec, false),
    },
    Check {
        code: "1009",
        asks: "the reason why the placement changed is a code of the list",
        find: |j, found| {
            let reason = "REASON_PLACE_CHANGE";
            coded(j, found, &j.now.episodes, reason, |row| &row.reason_place_change, false);
        },
    },
    Check {
        code: "166",
        asks: "a review has the day on which it was held",
        find: |j, found| {
            let missing = |cell: &str| read_day(cell).is_none();
            j.now.reviews.iter().for_each(|row| found.when(missing(&row.review), row, "REVIEW"));
        },
    },
    Check {
        code: "167",
        asks: "a review says how the child took part",
        find: |j, found| {
            coded(j, found, &j.now.reviews, "REVIEW_CODE", |row| &row.review_code, true);
        },
    },
];

/// Cells that hold no code that the column takes in the year.
fn coded<R: Record>(
    judged: &Judged<'_>,
    found: &mut Found<'_>,
    rows: &[R],
    column: &'static str,
    cell: impl Fn(&R) -> &String,
    needed: bool,
) {
    for row in rows {
        let code = cell(row);
        let fine =
            if code.is_empty() { !needed } else { judged.codes.takes(column, code, judged.year) };
        found.when(!fine, row, column);
    }
}

fn births(judged: &Judged<'_>, found: &mut Found<'_>) {
    for row in &judged.now.headers {
        found.when(read_day(&row.dob).is_none(), row, "DOB");
    }
}
