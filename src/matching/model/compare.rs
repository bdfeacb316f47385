//! The comparison of two records, field by field. No SQL, no clock.
use std::{collections::BTreeSet, fmt};

use super::{
    likeness::{self, Birth},
    weights::{Weighing, Weights},
};
use crate::{children::search_key::search_key, families::FamilyId, text_enum};

text_enum! {
    /// What the comparison of a field gave.
    pub enum FieldOutcome {
        /// The two are the same.
        Agreement = "agreement",
        /// The two are alike.
        Partial = "partial",
        /// The two differ.
        Disagreement = "disagreement",
        /// One of them is not known: it says nothing.
        Missing = "missing",
    }
}

/// A name by its search keys, so that scripts and marks do not matter.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Named {
    pub given: String,
    pub family: String,
}

impl Named {
    /// The keys of a name whose parts may be missing.
    #[must_use]
    pub fn of(given: Option<&str>, family: Option<&str>) -> Self {
        let key = |part: Option<&str>| part.map(search_key).unwrap_or_default();
        Self { given: key(given), family: key(family) }
    }

    /// The key of the whole name as it is stored, in both orders.
    #[must_use]
    pub fn whole(&self) -> [String; 2] {
        let both = |one: &str, other: &str| format!("{one} {other}").trim().to_owned();
        [both(&self.given, &self.family), both(&self.family, &self.given)]
    }
}

/// A number in another system, by its blind indexes: under each key that there is.
#[derive(Clone, PartialEq, Eq)]
pub struct Number {
    pub system: String,
    pub blinds: BTreeSet<Vec<u8>>,
}

/// What is known of a child, as far as it identifies the child.
#[derive(Clone, Default)]
pub struct Facts {
    pub names: Vec<Named>,
    pub birth: Option<Birth>,
    /// Absent if it is not known.
    pub sex: Option<String>,
    pub mothers: Vec<Named>,
    pub numbers: Vec<Number>,
    /// The area and those above it, the nearest first.
    pub areas: Vec<String>,
    /// The families that it is a child of. They say something of the mother; of one family are siblings.
    pub families: BTreeSet<FamilyId>,
}

/// One field of two records.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Code of the list `match_field`.
    pub field: String,
    pub outcome: FieldOutcome,
    /// In bits.
    pub weight: f64,
    /// What agreement would have said, in bits.
    pub most: f64,
}

/// Two records, field by field.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub fields: Vec<Compared>,
    /// What all fields say together, in bits.
    pub weight: f64,
}

const GIVEN_NAME: &str = "given_name";
const IDENTIFIER: &str = "identifier";

impl Comparison {
    /// Compares two records by these weights.
    #[must_use]
    pub fn of(one: &Facts, other: &Facts, weights: &Weights) -> Self {
        let names = likeness_of_names(one, other, weights);
        let field = |(code, by): (&str, &Weighing)| {
            let alike = match code {
                GIVEN_NAME => names.0,
                "family_name" => names.1,
                "birth_date" => {
                    one.birth.zip(other.birth).map(|(a, b)| likeness::of_days(a, b, by))
                }
                "sex" => one.sex.as_ref().zip(other.sex.as_ref()).map(|(a, b)| of(a == b)),
                "mother_name" => likeness_of_mothers(one, other, by),
                IDENTIFIER => likeness_of_numbers(&one.numbers, &other.numbers),
                "area" => likeness::of_areas(&one.areas, &other.areas, by),
                _ => None,
            };
            compared(code, by, alike)
        };
        let fields: Vec<Compared> = weights.iter().map(field).collect();
        let weight = fields.iter().map(|field| field.weight).sum();
        Self { fields, weight }
    }

    /// How much of what the fields could say they do say, 0 to 1.
    #[must_use]
    pub fn score(&self) -> f64 {
        let known = self.fields.iter().filter(|field| field.outcome != FieldOutcome::Missing);
        let most: f64 = known.map(|field| field.most).sum();
        if most > 0.0 { (self.weight / most).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Whether the two may be one child, from this weight on. Who differs in the given name is a twin more
    /// often than the same child, unless a number says otherwise.
    #[must_use]
    pub fn may_be_one(&self, from: f64) -> bool {
        let is = |code: &str, outcome| {
            self.fields.iter().any(|field| field.field == code && field.outcome == outcome)
        };
        let twin =
            is(GIVEN_NAME, FieldOutcome::Disagreement) && !is(IDENTIFIER, FieldOutcome::Agreement);
        self.weight >= from && !twin
    }
}

fn of(same: bool) -> f64 {
    if same { 1.0 } else { 0.0 }
}

fn compared(code: &str, by: &Weighing, alike: Option<f64>) -> Compared {
    let (outcome, weight) = match alike {
        None => (FieldOutcome::Missing, 0.0),
        Some(alike) if alike >= 1.0 => (FieldOutcome::Agreement, by.agreement()),
        Some(alike) if by.is_partial(alike) => (FieldOutcome::Partial, by.weight(alike)),
        Some(_) => (FieldOutcome::Disagreement, by.disagreement()),
    };
    Compared { field: code.to_owned(), outcome, weight, most: by.agreement() }
}

/// How alike the given names are, and the family names: of those two names that fit best, in either order.
fn likeness_of_names(one: &Facts, other: &Facts, weights: &Weights) -> (Option<f64>, Option<f64>) {
    let by = |code: &str| weights.iter().find(|(known, _)| *known == code).map(|(_, by)| by);
    let Some((given, family)) = by(GIVEN_NAME).zip(by("family_name")) else { return (None, None) };
    let worth = |pair: &(Option<f64>, Option<f64>)| {
        let weight = |by: &Weighing, alike: Option<f64>| alike.map_or(0.0, |it| by.weight(it));
        weight(given, pair.0) + weight(family, pair.1)
    };
    let mut best: Option<(Option<f64>, Option<f64>)> = None;
    for mine in &one.names {
        for theirs in &other.names {
            let straight = (
                likeness::of_words(&mine.given, &theirs.given, given),
                likeness::of_words(&mine.family, &theirs.family, family),
            );
            // Each in the other's place: only if both are, and no more than the less alike of them.
            let one = likeness::of_words(&mine.given, &theirs.family, given);
            let other = likeness::of_words(&mine.family, &theirs.given, given);
            let crossed = one.zip(other).map(|(one, other)| {
                let alike = one.min(other) * given.likeness("swapped");
                (Some(alike), Some(alike))
            });
            for pair in [Some(straight), crossed].into_iter().flatten() {
                if best.as_ref().is_none_or(|known| worth(&pair) > worth(known)) {
                    best = Some(pair);
                }
            }
        }
    }
    best.unwrap_or_default()
}

fn likeness_of_mothers(one: &Facts, other: &Facts, by: &Weighing) -> Option<f64> {
    let pairs = one.mothers.iter().flat_map(|mine| other.mothers.iter().map(move |it| (mine, it)));
    let alike = |(mine, theirs): (&Named, &Named)| {
        let given = likeness::of_words(&mine.given, &theirs.given, by);
        let family = likeness::of_words(&mine.family, &theirs.family, by);
        match (given, family) {
            (Some(given), Some(family)) => Some(f64::midpoint(given, family)),
            // One name of two is not all of it.
            (one, other) => one.or(other).map(|alike| alike * by.likeness("words")),
        }
    };
    pairs.filter_map(alike).max_by(f64::total_cmp)
}

fn likeness_of_numbers(one: &[Number], other: &[Number]) -> Option<f64> {
    let pairs = one.iter().flat_map(|mine| other.iter().map(move |theirs| (mine, theirs)));
    let of_one_system = pairs.filter(|(mine, theirs)| mine.system == theirs.system);
    let alike = of_one_system.map(|(mine, theirs)| of(!mine.blinds.is_disjoint(&theirs.blinds)));
    alike.max_by(f64::total_cmp)
}

/// Without what it says.
impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Facts(…)")
    }
}

/// Without the name.
impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Named(…)")
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({})", self.system)
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::*;
    use crate::children::DatePrecision;

    /// As the registry begins with.
    fn weights() -> Weights {
        let list = include_str!("../../reference/data/code-lists/match_field.json");
        let list: serde_json::Value = serde_json::from_str(list).unwrap();
        let entries = list["entries"].as_array().unwrap().iter();
        let entry = |it: &serde_json::Value| {
            (it["code"].as_str().unwrap().to_owned(), it["attributes"].clone())
        };
        Weights::of(entries.map(entry).collect()).unwrap()
    }

    fn name() -> impl Strategy<Value = Named> {
        ("(ana|jelena|zelena|mariza ana||o)", "(dordevic|kos|kosic|)")
            .prop_map(|(given, family)| Named { given, family })
    }

    fn facts() -> impl Strategy<Value = Facts> {
        let birth =
            (2000..2003_i32, 1..13_u32, 1..29_u32, 0..4_usize).prop_map(|(y, m, d, how)| {
                (NaiveDate::from_ymd_opt(y, m, d).unwrap(), DatePrecision::ALL[how])
            });
        let number = (0..2_u8, 0..3_u8).prop_map(|(system, value)| Number {
            system: system.to_string(),
            blinds: BTreeSet::from([vec![value]]),
        });
        let sex = proptest::option::of("(male|female)");
        let areas = prop_oneof![
            Just(vec![]),
            Just(vec!["a".to_owned()]),
            Just(vec!["b".to_owned(), "a".to_owned()]),
            Just(vec!["c".to_owned(), "b".to_owned(), "a".to_owned()]),
            Just(vec!["d".to_owned(), "b".to_owned(), "a".to_owned()]),
        ];
        let some = |strategy| proptest::collection::vec(strategy, 0..3);
        let numbers = proptest::collection::vec(number, 0..3);
        let all = (some(name()), proptest::option::of(birth), sex, some(name()), numbers, areas);
        all.prop_map(|(names, birth, sex, mothers, numbers, areas)| Facts {
            names,
            birth,
            sex,
            mothers,
            numbers,
            areas,
            families: BTreeSet::new(),
        })
    }

    proptest! {
        #[test]
        fn two_records_are_as_alike_as_each_other_and_never_more_than_the_same(
            one in facts(), other in facts(),
        ) {
            let weights = weights();
            let there = Comparison::of(&one, &other, &weights);
            let back = Comparison::of(&other, &one, &weights);
            prop_assert!((there.weight - back.weight).abs() < 1e-9, "{there:?} {back:?}");
            prop_assert!((0.0..=1.0).contains(&there.score()));
            for field in &there.fields {
                let (least, most) = (-20.0, field.most);
                prop_assert!(least < field.weight && field.weight <= most, "{field:?}");
                prop_assert_eq!(field.outcome == FieldOutcome::Missing, field.weight == 0.0);
            }
            let itself = Comparison::of(&one, &one, &weights);
            let is_against = |field: &Compared| field.outcome == FieldOutcome::Disagreement;
            prop_assert!(!itself.fields.iter().any(is_against), "{itself:?}");
        }
    }

    #[test]
    fn a_field_says_what_its_shares_say() {
        let whole = Facts { sex: Some("female".to_owned()), ..Facts::default() };
        let other = Facts { sex: Some("male".to_owned()), ..Facts::default() };
        let agreed = Comparison::of(&whole, &whole, &weights());
        let differed = Comparison::of(&whole, &other, &weights());
        // Agreement: log2(0.99 / 0.5). Disagreement: log2(0.01 / 0.5).
        assert!((agreed.weight - 0.985_500_4).abs() < 1e-6, "{}", agreed.weight);
        assert!((differed.weight + 5.643_856_2).abs() < 1e-6, "{}", differed.weight);
        assert!((agreed.score() - 1.0).abs() < 1e-9 && differed.score() < 1e-9);
    }
}
