//! The cases of rules that go by what somebody assessed: separations from the family, and returns to it.
use kinstead::rules::{
    assessing::{self, Body, Separation},
    returning::{self, Return},
};

use super::{book, boundaries::Case};
use crate::support::day;

pub fn of_assessments() -> Vec<Case> {
    let separated = |poverty_only, necessary, services_tried| {
        let found = Separation { poverty_only, necessary, services_tried };
        assessing::judge_separation(found, &book(&[]))
    };
    let decided = |kind, assessed_alone| {
        let fitting_kinds = &["court".to_owned(), "authority".to_owned()];
        let body = Body { kind, fitting_kinds, assessed_alone };
        assessing::judge_body(body, &book(&[])).into_iter().collect()
    };
    let case = |rule, about, kept, findings| Case { rule, about, kept, findings };
    vec![
        case("PL-22", "another ground than poverty", true, separated(false, true, 1)),
        case("PL-22", "poverty as the only ground", false, separated(true, true, 1)),
        case("AS-01", "one service was tried", true, separated(false, true, 1)),
        case("AS-01", "none was tried", false, separated(false, true, 0)),
        case("AS-02", "it was found necessary", true, separated(false, true, 1)),
        case("AS-02", "it was found needless", false, separated(false, false, 1)),
        case("AS-05", "an authority that did not assess alone", true, decided("authority", false)),
        case("AS-05", "one that did", false, decided("authority", true)),
        case("AS-05", "an organisation of another kind", false, decided("ngo", false)),
    ]
}

pub fn of_returns() -> Vec<Case> {
    let returned = |recommended: Option<bool>, visit: Option<&str>| {
        let assessed = recommended.map(|recommended| returning::Assessed {
            assessment_id: uuid::Uuid::nil(),
            decided_on: day("2028-01-20"),
            valid_until: day("2028-07-20"),
            recommended,
        });
        let returned_on = day("2028-02-01");
        let asked = Return { returned_on, assessed, first_visit_on: visit.map(day) };
        returning::judge(&asked, &book(&[])).into_iter().collect()
    };
    let (yes, soon) = (Some(true), Some("2028-02-01"));
    let case = |about, kept, findings| Case { rule: "PLN-01", about, kept, findings };
    vec![
        case("visited on the day of the return", true, returned(yes, soon)),
        case("visited on the 28th day, a leap day", true, returned(yes, Some("2028-02-29"))),
        case("visited on the 29th day", false, returned(yes, Some("2028-03-01"))),
        case("visited the day before the return", false, returned(yes, Some("2028-01-31"))),
        case("no visit", false, returned(yes, None)),
        case("no assessment", false, returned(None, soon)),
        case("one by which the child does not return", false, returned(Some(false), soon)),
    ]
}
