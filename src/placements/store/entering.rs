//! What the rules of `crate::rules` say to placements that begin: to one that is written or tried, and to very many
//! of which somebody asks what another rule would mean. The facts of all of them are gathered in some statements,
//! however many they are; then each is judged by itself.
use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::PgConnection;
use serde_json::Value;

use super::{gatekeeping, nearness, stays, stays::Young};
use crate::{
    carers::{self, CarerFamilyId},
    placements::{
        model::{CareEntry, Placement},
        rules::ChildFacts,
    },
    platform::error::Result,
    reference::code_lists::Codes,
    rules::{
        Finding, Rulebook, allegations,
        gatekeeping::{self as entry_rules, Admission},
        nearness::{self as near_rules, Nearness},
        poverty::{self, Reason},
        residential,
    },
};

/// The lists whose codes say what the rules ask of a placement.
const LISTS: [&str; 3] = ["care_type", "entry_reason", "recommendation"];

/// A placement that begins.
#[derive(Clone, Copy)]
pub struct Entering<'a> {
    pub child: &'a ChildFacts,
    pub placement: &'a Placement,
    /// How care begins, if it does.
    pub entry: Option<&'a CareEntry>,
    /// The type of care that it leaves, if it is in care.
    pub left: Option<&'a str>,
}

impl Entering<'_> {
    /// The first day.
    pub fn day(&self) -> NaiveDate {
        self.placement.started_on.unwrap_or(self.placement.starts_on)
    }
}

/// What is known of one: as far as the rules of the book ask for it.
pub struct Facts<'a> {
    pub of: Entering<'a>,
    reasons: Option<Vec<Reason<'a>>>,
    pub young: Option<Young<'a>>,
    pub admission: Option<Admission>,
    allegation_open: Option<bool>,
    pub near: Nearness,
}

impl<'a> Facts<'a> {
    fn new(of: &Entering<'a>) -> Self {
        Self {
            of: *of,
            reasons: None,
            young: None,
            admission: None,
            allegation_open: None,
            near: Nearness::default(),
        }
    }

    fn judge(&self, book: &Rulebook) -> Vec<Finding> {
        let mut findings = Vec::new();
        findings.extend(self.reasons.iter().flat_map(|it| poverty::judge(it, book)));
        findings.extend(self.young.iter().flat_map(|it| it.judge(book)));
        findings.extend(self.admission.iter().flat_map(|it| entry_rules::judge(it, book)));
        findings.extend(self.allegation_open.and_then(|it| allegations::judge(it, book)));
        findings.extend(near_rules::judge(&self.near, book));
        findings
    }
}

/// What the rules in this book say to each of these, in their order.
pub fn judge(
    conn: &mut PgConnection,
    entering: &[Entering<'_>],
    book: &Rulebook,
) -> Result<Vec<Vec<Finding>>> {
    let codes = Codes::read(conn, &LISTS)?;
    let mut facts: Vec<Facts<'_>> = entering.iter().map(Facts::new).collect();
    let has = |rules: &[&str]| rules.iter().any(|rule| book.rules.contains_key(*rule));
    if has(poverty::RULES) {
        add_reasons(&mut facts, &codes)?;
    }
    if has(residential::RULES) {
        stays::add(conn, &mut facts, &codes, book)?;
    }
    if has(entry_rules::RULES) {
        gatekeeping::add(conn, &mut facts, &codes)?;
    }
    if has(allegations::RULES) {
        add_allegations(conn, &mut facts)?;
    }
    if has(near_rules::RULES) {
        nearness::add(conn, &mut facts)?;
    }
    Ok(facts.iter().map(|it| it.judge(book)).collect())
}

/// PL-22: what the reasons for an entry into care are.
fn add_reasons(facts: &mut [Facts<'_>], codes: &Codes) -> Result<()> {
    for it in facts {
        let Some(entry) = it.of.entry else { continue };
        let mut reasons = Vec::new();
        for code in std::iter::once(&entry.entry_reason).chain(&entry.other_reasons) {
            let pointer = "/care_entry/entry_reason";
            let attributes = codes.attributes("entry_reason", pointer, code, it.of.day())?;
            let alone = attributes.get("sole_ground_allowed").and_then(Value::as_bool);
            reasons.push(Reason { code, suffices: alone != Some(false) });
        }
        it.reasons = Some(reasons);
    }
    Ok(())
}

/// CF-05: whether an allegation against the family is open. Whoever lives there already does not come.
fn add_allegations(conn: &mut PgConnection, facts: &mut [Facts<'_>]) -> Result<()> {
    let comes_to = |it: &Facts<'_>| -> Option<(CarerFamilyId, NaiveDate)> {
        let family = it.of.placement.provider.carer_family_id;
        Some((family.filter(|_| !it.of.placement.same_carer)?, it.of.day()))
    };
    let asked: BTreeSet<_> = facts.iter().filter_map(comes_to).collect();
    let open = carers::store::under_allegation(conn, &asked)?;
    for it in facts {
        it.allegation_open = comes_to(it).map(|asked| open.contains(&asked));
    }
    Ok(())
}
