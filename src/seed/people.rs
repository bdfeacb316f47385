//! Who the children are: names, ages, origins, needs.
use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Deserialize;

use super::{
    dice::Dice,
    plan::{Look, Person},
};
use crate::{
    children::{
        ChildName, NewChild, YesNoUnknown, model::rules::JMBG, national_id::make_jmbg,
        search_key::to_cyrillic,
    },
    platform::{
        error::{Error, Result},
        external_id::ExternalId,
    },
};

const NAMES: &str = include_str!("data/names.json");

/// Ages at the first entry into care, by weight (USA 2012, infants first).
const AGES: [(i64, i64); 18] = [
    (0, 15),
    (1, 8),
    (2, 7),
    (3, 6),
    (4, 6),
    (5, 6),
    (6, 5),
    (7, 5),
    (8, 5),
    (9, 5),
    (10, 5),
    (11, 5),
    (12, 5),
    (13, 5),
    (14, 5),
    (15, 4),
    (16, 2),
    (17, 1),
];
const OTHER_ETHNICITIES: [(&str, i64); 9] = [
    ("serb", 800),
    ("hungarian", 60),
    ("bosniak", 50),
    ("albanian", 15),
    ("croat", 8),
    ("slovak", 8),
    ("romanian", 6),
    ("vlach", 8),
    ("not_obtained", 45),
];
const PARENTS: [(&str, i64); 5] = [
    ("both_alive", 68),
    ("mother_dead", 10),
    ("father_dead", 10),
    ("both_dead", 5),
    ("unknown", 7),
];
const CAUSES: [(&str, i64); 4] = [
    ("parents_temporarily_unable", 62),
    ("deprivation_of_parental_rights", 14),
    ("abandonment_or_relinquishment", 14),
    ("other", 10),
];
const NEEDS: [&str; 7] = [
    "wheelchair_access",
    "medical_care",
    "special_diet",
    "special_education",
    "early_intervention",
    "behavioural_support",
    "one_to_one_care",
];

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the file's members")]
pub struct Words {
    pub given_female: Vec<String>,
    pub given_male: Vec<String>,
    pub family: Vec<String>,
    pub streets: Vec<String>,
    pub facility_words: Vec<String>,
}

impl Words {
    pub fn read() -> Result<Self> {
        serde_json::from_str(NAMES).map_err(Error::internal)
    }

    pub fn given(&self, dice: &mut Dice, female: bool) -> String {
        let names = if female { &self.given_female } else { &self.given_male };
        dice.pick(names).cloned().unwrap_or_default()
    }

    pub fn family(&self, dice: &mut Dice) -> String {
        dice.pick(&self.family).cloned().unwrap_or_default()
    }

    pub fn street(&self, dice: &mut Dice) -> String {
        let street = dice.pick(&self.streets).cloned().unwrap_or_default();
        format!("{street} {}", dice.number(1, 120))
    }
}

/// What brothers and sisters have in common.
#[derive(Clone)]
pub struct Kinship {
    pub family: String,
    pub home: usize,
    pub area_code: String,
    cyrillic: bool,
    both_scripts: bool,
    ethnicity: &'static str,
    parents: &'static str,
    cause: &'static str,
}

impl Kinship {
    /// The same kin by another name.
    pub fn called(&self, family: &str) -> Self {
        Self { family: family.to_owned(), cyrillic: false, ..self.clone() }
    }
}

/// Makes people up.
pub struct People {
    pub words: Words,
    serials: HashMap<(NaiveDate, u8, bool), u16>,
}

impl People {
    pub fn new() -> Result<Self> {
        Ok(Self { words: Words::read()?, serials: HashMap::new() })
    }

    /// An age at the first entry, in days.
    pub fn age(dice: &mut Dice) -> i64 {
        let years = dice.weighted(&AGES, 5);
        // Most infants come in their first weeks.
        let days =
            if years == 0 && dice.chance(0.6) { dice.number(2, 60) } else { dice.number(0, 364) };
        (years * 365 + days).min(17 * 365 + 200)
    }

    pub fn kinship(&self, dice: &mut Dice, home: usize, area_code: &str) -> Kinship {
        let parents = dice.weighted(&PARENTS, "unknown");
        Kinship {
            family: self.words.family(dice),
            home,
            area_code: area_code.to_owned(),
            cyrillic: dice.chance(0.4),
            both_scripts: dice.chance(0.15),
            ethnicity: if dice.chance(0.25) {
                "roma"
            } else {
                dice.weighted(&OTHER_ETHNICITIES, "serb")
            },
            parents,
            cause: if parents == "both_dead" { "orphan" } else { dice.weighted(&CAUSES, "other") },
        }
    }

    /// A child of that family, born then.
    pub fn child(
        &mut self,
        dice: &mut Dice,
        kin: &Kinship,
        born: NaiveDate,
        basis: &str,
    ) -> Person {
        let female = dice.chance(0.43);
        let given = self.words.given(dice, female);
        let look = Look { given, family: kin.family.clone(), female, age_in_days: 0 };
        let disabled = dice.chance(0.16);
        self.person(dice, kin, &look, born, disabled, basis)
    }

    /// A child that looks like this.
    pub fn person(
        &mut self,
        dice: &mut Dice,
        kin: &Kinship,
        look: &Look,
        born: NaiveDate,
        disabled: bool,
        basis: &str,
    ) -> Person {
        let numbered = dice.chance(0.93);
        let jmbg = if numbered { self.number(kin, born, look.female) } else { None };
        let id =
            |value| ExternalId { system: JMBG.to_owned(), value, valid_from: None, valid_to: None };
        let mut languages = vec!["sr".to_owned()];
        match kin.ethnicity {
            "roma" if dice.chance(0.5) => languages.push("rom".to_owned()),
            "hungarian" => languages.insert(0, "hu".to_owned()),
            "albanian" => languages.insert(0, "sq".to_owned()),
            _ => {}
        }
        let new = NewChild {
            names: names(kin, look),
            external_ids: jmbg.map(id).into_iter().collect(),
            sex: if look.female { "female" } else { "male" }.to_owned(),
            birth_date: Some(born),
            birth_date_precision: None,
            expected_birth_date: None,
            birth_registered: Some(if numbered {
                YesNoUnknown::Yes
            } else {
                YesNoUnknown::Unknown
            }),
            citizenships: vec!["RS".to_owned()],
            ethnicity: Some(kin.ethnicity.to_owned()),
            languages,
            // Whoever writes it knows which centre that is.
            organisation_id: None,
            area_code: kin.area_code.clone(),
            registration_basis: basis.to_owned(),
            parental_status: Some(kin.parents.to_owned()),
            cause_without_parental_care: (basis == "without_parental_care")
                .then(|| kin.cause.to_owned()),
            disability_status: Some(if disabled { "yes" } else { "no" }.to_owned()),
            special_needs: needs(dice, disabled),
            unaccompanied_status: Some("none".to_owned()),
            is_parent: false,
            confidentiality: None,
        };
        let (given, family) = (look.given.clone(), look.family.clone());
        Person { new, female: look.female, born, disabled, given, family, home: kin.home }
    }

    fn number(&mut self, kin: &Kinship, born: NaiveDate, female: bool) -> Option<String> {
        let region = region_of(&kin.area_code);
        let first = if female { 500 } else { 0 };
        let next = self.serials.entry((born, region, female)).or_insert(first);
        while *next < first + 499 {
            *next += 1;
            if let Some(number) = make_jmbg(born, region, *next) {
                return Some(number);
            }
        }
        None
    }
}

/// The region in a JMBG, by district.
fn region_of(area_code: &str) -> u8 {
    let district: u8 = area_code.get(3..5).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    match district {
        0 => 71,
        1..=7 => 79 + district,
        8 | 9 => 77,
        10 | 11 => 76,
        12 | 13 => 72,
        14 | 15 => 75,
        16 | 17 => 79,
        18 | 19 => 78,
        20..=22 => 73,
        _ => 74,
    }
}

fn names(kin: &Kinship, look: &Look) -> Vec<ChildName> {
    let name = |usage: &str, cyrillic: bool| {
        let written = |text: &str| if cyrillic { to_cyrillic(text) } else { text.to_owned() };
        ChildName {
            r#use: usage.to_owned(),
            given: Some(written(&look.given)),
            middle: None,
            family: Some(written(&look.family)),
            valid_from: None,
            valid_to: None,
        }
    };
    let mut names = vec![name("official", kin.cyrillic)];
    if kin.both_scripts {
        names.push(name("usual", !kin.cyrillic));
    }
    names
}

fn needs(dice: &mut Dice, disabled: bool) -> Vec<String> {
    let mut needs = Vec::new();
    if disabled {
        needs.push(dice.word(&NEEDS).to_owned());
    }
    if dice.chance(0.1) {
        needs.push("trauma_informed_care".to_owned());
    }
    needs
}
