//! The rules of a child's own record: dates, numbers, corrections, and which codes it uses.
use chrono::NaiveDate;

use super::child::{Child, ChildName};
use crate::{
    children::national_id::{NationalIdFault, check_jmbg, check_pinfl},
    platform::{
        error::{Error, Fault, Result},
        external_id::{self, ExternalId},
        items::{is_citizenship, is_language_tag},
        rule::Refusal,
        time::{add_months, check_period},
    },
};

/// Serbia's unique master citizen number.
pub const JMBG: &str = "urn:kinstead:rs:jmbg";
/// Uzbekistan's personal identification number.
pub const PINFL: &str = "urn:kinstead:uz:pinfl";
/// How far ahead a birth may be expected.
const PREGNANCY_MONTHS: u32 = 10;

/// Refuses what the record may not say. Of a change only the members that differ are judged, so
/// that what was right when it was written stays as it is.
pub fn check(before: Option<&Child>, after: &Child, today: NaiveDate) -> Result<()> {
    let mut faults = Vec::new();
    birth(before, after, today, &mut faults);
    later_days(after, today, &mut faults);
    if before.is_none_or(|before| before.names != after.names) {
        names(&after.names, &mut faults);
    }
    if before.is_none_or(|before| before.external_ids != after.external_ids) {
        external_ids(&after.external_ids, &mut faults);
    }
    listed("/citizenships", &after.citizenships, is_citizenship, &mut faults);
    listed("/languages", &after.languages, is_language_tag, &mut faults);
    listed("/special_needs", &after.special_needs, |_| true, &mut faults);
    if matches!(after.confidentiality.as_str(), "public" | "sealed")
        && before.is_none_or(|before| before.confidentiality != after.confidentiality)
    {
        let detail = "a child is internal, restricted or highly_restricted";
        faults.push(Fault::new("/confidentiality", "not_for_children", detail));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

fn birth(before: Option<&Child>, after: &Child, today: NaiveDate, faults: &mut Vec<Fault>) {
    match (after.birth_date, after.expected_birth_date) {
        (Some(_), Some(_)) => {
            let detail =
                "a child is born or expected: of birth_date and expected_birth_date only one";
            faults.push(Fault::new("/expected_birth_date", "born_and_expected", detail));
        }
        (None, None) => {
            let detail = "birth_date is required, or expected_birth_date of a child not yet born";
            faults.push(Fault::new("/birth_date", "missing_member", detail));
        }
        (Some(born), None) => past("/birth_date", born, today, faults),
        (None, Some(expected)) => {
            let unchanged =
                before.is_some_and(|before| before.expected_birth_date == Some(expected));
            let latest = add_months(today, PREGNANCY_MONTHS);
            if !unchanged && !(today..=latest).contains(&expected) {
                let detail = "must be today or in the coming ten months";
                faults.push(Fault::new("/expected_birth_date", "out_of_range", detail));
            }
        }
    }
    if after.birth_date.is_none() && after.birth_date_precision.is_some() {
        let detail = "goes with birth_date only";
        faults.push(Fault::new("/birth_date_precision", "no_birth_date", detail));
    }
}

/// Death and adoption: neither in the future nor before birth.
fn later_days(after: &Child, today: NaiveDate, faults: &mut Vec<Fault>) {
    for (pointer, day) in [("/death_date", after.death_date), ("/adopted_on", after.adopted_on)] {
        let Some(day) = day else { continue };
        past(pointer, day, today, faults);
        if after.birth_date.is_none_or(|born| day < born) {
            faults.push(Fault::new(pointer, "before_birth", "must not lie before the birth"));
        }
    }
}

fn past(pointer: &str, day: NaiveDate, today: NaiveDate, faults: &mut Vec<Fault>) {
    if day > today {
        faults.push(Fault::new(pointer, "future_date", "must not lie in the future"));
    }
}

fn names(names: &[ChildName], faults: &mut Vec<Fault>) {
    for (index, name) in names.iter().enumerate() {
        let at = format!("/names/{index}");
        if name.whole().trim().is_empty() {
            let detail = "needs a given, middle or family name";
            faults.push(Fault::new(&at, "empty_name", detail));
        }
        check_period(&at, name.valid_from, name.valid_to, faults);
    }
}

fn external_ids(ids: &[ExternalId], faults: &mut Vec<Fault>) {
    external_id::check(ids, faults);
    for (index, id) in ids.iter().enumerate() {
        let at = format!("/external_ids/{index}/value");
        faults.extend(national(id).map(|(code, detail)| Fault::new(at, code, detail)));
    }
}

/// What is wrong with a national identifier, as code and detail.
fn national(id: &ExternalId) -> Option<(&'static str, String)> {
    let checked = match id.system.as_str() {
        JMBG => check_jmbg(&id.value).map(drop),
        PINFL => check_pinfl(&id.value).map(drop),
        _ => return None,
    };
    let fault = checked.err()?;
    let code = match fault {
        NationalIdFault::Length => "length",
        NationalIdFault::NotDigits => "digits",
        NationalIdFault::SexAndCentury => "first_digit",
        NationalIdFault::Date => "date",
        NationalIdFault::CheckDigit | NationalIdFault::DisputedCheckDigit => "check_digit",
    };
    Some((code, fault.to_string()))
}

fn listed(at: &str, items: &[String], fits: fn(&str) -> bool, faults: &mut Vec<Fault>) {
    for (index, item) in items.iter().enumerate() {
        let pointer = format!("{at}/{index}");
        if !fits(item) {
            faults.push(Fault::new(pointer, "wrong_form", "has not the form that is asked for"));
        } else if items.iter().take(index).any(|other| other == item) {
            faults.push(Fault::new(pointer, "duplicate", "is there twice"));
        }
    }
}

/// Whether a change corrects the child's identity; without a reason it is refused (DI-02).
///
/// To learn what was unknown (the birth of an expected child, an ethnicity nobody had asked for) is
/// no correction.
pub fn correction(before: &Child, after: &Child, reason: Option<&str>) -> Result<bool> {
    let declared =
        before.ethnicity.as_deref().is_some_and(|code| !matches!(code, "not_obtained" | "refused"));
    let corrected: Vec<&str> = [
        ("birth_date", before.birth_date.is_some() && before.birth_date != after.birth_date),
        ("sex", before.sex != after.sex),
        ("ethnicity", declared && before.ethnicity != after.ethnicity),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect();
    if corrected.is_empty() || reason.is_some() {
        return Ok(!corrected.is_empty());
    }
    let detail =
        "another birth date, sex or ethnicity is a correction: say why in correction_reason";
    Err(Refusal::values("DI-02", detail)
        .at("/correction_reason")
        .fact("corrected", corrected)
        .into())
}

/// The codes that differ from `before`: list, pointer, code.
pub fn codes<'a>(before: Option<&Child>, after: &'a Child) -> Vec<(&'static str, String, &'a str)> {
    type Of = fn(&Child) -> Option<&str>;
    let single: [(&str, &str, Of); 8] = [
        ("sex", "/sex", |child| Some(&child.sex)),
        ("ethnicity", "/ethnicity", |child| child.ethnicity.as_deref()),
        ("registration_basis", "/registration_basis", |child| Some(&child.registration_basis)),
        ("parental_status", "/parental_status", |child| Some(&child.parental_status)),
        ("cause_no_parental_care", "/cause_without_parental_care", |child| {
            child.cause_without_parental_care.as_deref()
        }),
        ("disability_status", "/disability_status", |child| Some(&child.disability_status)),
        ("unaccompanied_status", "/unaccompanied_status", |child| {
            child.unaccompanied_status.as_deref()
        }),
        ("confidentiality", "/confidentiality", |child| Some(&child.confidentiality)),
    ];
    let mut codes = Vec::new();
    for (list, pointer, of) in single {
        let Some(code) = of(after) else { continue };
        if before.and_then(of) != Some(code) {
            codes.push((list, pointer.to_owned(), code));
        }
    }
    if before.is_none_or(|before| before.special_needs != after.special_needs) {
        let needs = after.special_needs.iter().enumerate();
        codes.extend(needs.map(|(index, code)| {
            ("special_need", format!("/special_needs/{index}"), code.as_str())
        }));
    }
    if before.is_none_or(|before| before.names != after.names) {
        let uses = after.names.iter().enumerate();
        codes.extend(
            uses.map(|(index, name)| {
                ("name_use", format!("/names/{index}/use"), name.r#use.as_str())
            }),
        );
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::children::model::NewChild;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn child(extra: serde_json::Value) -> Child {
        let mut body = serde_json::json!({
            "sex": "female", "area_code": "RS-20", "registration_basis": "without_parental_care",
        });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let new: NewChild = serde_json::from_value(body).unwrap();
        new.into_child("CH-2026-000123-07".to_owned(), day("2026-11-22"))
    }

    fn faults(extra: serde_json::Value) -> Vec<String> {
        match check(None, &child(extra), day("2026-11-22")) {
            Err(Error::Invalid(faults)) => {
                faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
            }
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn what_a_record_may_not_say() {
        let id = |system: &str, value: &str| serde_json::json!({"birth_date": "2017-05-14", "external_ids": [{"system": system, "value": value}]});
        let cases = [
            serde_json::json!({"birth_date": "2026-11-22"}),
            serde_json::json!({"birth_date": "2026-11-23"}),
            serde_json::json!({"birth_date": "+12345-01-01"}),
            serde_json::json!({"expected_birth_date": "2026-11-22"}),
            serde_json::json!({"expected_birth_date": "2027-09-22"}),
            serde_json::json!({"expected_birth_date": "2027-09-23"}),
            serde_json::json!({"expected_birth_date": "2026-11-21"}),
            serde_json::json!({"expected_birth_date": "2027-01-01", "birth_date_precision": "day"}),
            serde_json::json!({"expected_birth_date": "2027-01-01", "birth_date": "2026-01-01"}),
            serde_json::json!({}),
            id(JMBG, "1405017715007"),
            id(JMBG, "1405017715008"),
            id(JMBG, "14050177150070"),
            id(JMBG, "140501771500x"),
            id(JMBG, "3105017715007x"),
            id(PINFL, "61405177030001"),
            id("no uri", "1"),
            id("urn:x:y", "1405017715008"),
            serde_json::json!({"birth_date": "2017-05-14", "names": [{"use": "official", "given": " "}]}),
            serde_json::json!({"birth_date": "2017-05-14", "names": [{"use": "official", "given": "A", "valid_from": "2020-01-01", "valid_to": "2020-01-01"}]}),
            serde_json::json!({"birth_date": "2017-05-14", "citizenships": ["RS", "stateless", "rs", "RS"]}),
            serde_json::json!({"birth_date": "2017-05-14", "languages": ["sr-Latn-RS", "x", "uz--"]}),
            serde_json::json!({"birth_date": "2017-05-14", "confidentiality": "sealed"}),
        ];
        let table: Vec<String> = cases.into_iter().map(|case| faults(case).join(", ")).collect();
        insta::assert_snapshot!(table.join("\n"), @r"
        Ok(())
        /birth_date future_date
        /birth_date future_date
        Ok(())
        Ok(())
        /expected_birth_date out_of_range
        /expected_birth_date out_of_range
        /birth_date_precision no_birth_date
        /expected_birth_date born_and_expected
        /birth_date missing_member
        Ok(())
        /external_ids/0/value check_digit
        /external_ids/0/value length
        /external_ids/0/value digits
        /external_ids/0/value length
        /external_ids/0/value check_digit
        /external_ids/0/system not_a_uri
        Ok(())
        /names/0 empty_name
        /names/0/valid_to out_of_order
        /citizenships/2 wrong_form, /citizenships/3 duplicate
        /languages/1 wrong_form, /languages/2 wrong_form
        /confidentiality not_for_children
        ");
    }

    #[test]
    fn a_disputed_number_says_so() {
        // A body that would need the check digit 10.
        let body = (0..1000)
            .map(|serial| format!("140501771{serial:03}0"))
            .find(|number| check_jmbg(number) == Err(NationalIdFault::DisputedCheckDigit));
        let id = ExternalId {
            system: JMBG.to_owned(),
            value: body.unwrap(),
            valid_from: None,
            valid_to: None,
        };
        let (code, detail) = national(&id).unwrap();
        assert_eq!((code, detail.contains("doubt")), ("check_digit", true));
    }

    #[test]
    fn only_what_was_known_is_corrected() {
        let born =
            child(serde_json::json!({"birth_date": "2017-05-14", "ethnicity": "not_obtained"}));
        let expected = child(serde_json::json!({"expected_birth_date": "2027-01-01"}));
        let corrects = |before: &Child, change: fn(&mut Child)| {
            let mut after = before.clone();
            change(&mut after);
            correction(before, &after, Some("the document was seen")).unwrap()
        };
        assert!(corrects(&born, |child| child.birth_date = None));
        assert!(corrects(&born, |child| child.sex = "male".to_owned()));
        assert!(!corrects(&born, |child| child.ethnicity = Some("roma".to_owned())));
        assert!(!corrects(&born, |child| child.area_code = "RS-00".to_owned()));
        assert!(!corrects(&expected, |child| {
            child.birth_date = child.expected_birth_date.take();
        }));
        let mut after = born.clone();
        after.sex = "male".to_owned();
        assert_eq!(correction(&born, &after, None).unwrap_err().code(), "rule_breached");
    }
}
