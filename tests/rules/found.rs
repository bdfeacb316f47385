//! The cases of rules that go by what somebody assessed: separations from the family.
use kinstead::rules::assessing::{self, Body, Separation};

use super::{book, boundaries::Case};

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
