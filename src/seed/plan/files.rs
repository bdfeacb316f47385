//! The files of the centres: families of origin, cases, care plans, reviews, visits, contact. They are
//! taken over on the last day as they are then; what was decided before is in the older registers.
//!
//! Nobody keeps every term. How many are missed is told in `docs/performance.md`; where there is no source
//! it is our assumption.
use std::collections::HashMap;

use chrono::NaiveDate;

use super::{
    Entry, Ix, Person, Stay, With, World,
    file::{CaseFile, ChildFile, FamilyOfOrigin, Files, Parent, PlanFile, ReviewFile, Worker},
};
use crate::{
    cases::CaseState,
    contact::ContactWith,
    families::RiskSubject,
    platform::time::{add_months, age_on, birthday},
    seed::dice::after,
};

/// Cases that one worker is in charge of, and in one of so many towns, where there are too few workers.
const CASELOAD: usize = 18;
const HIGH_CASELOAD: usize = 24;
const TOWNS_FOR_ONE_SHORT_OF_STAFF: usize = 9;
/// Days for which the families of those who came into care are known.
const FAMILIES_KNOWN_FOR: i64 = 5 * 365;
/// Children in care for one family at risk outside it whose file is opened.
const CARE_FOR_FAMILY_AT_RISK: usize = 20;
/// Share of children without a care plan, of reviews that are held late, and how late they are on average as
/// a share of the time between two.
const NEVER_PLANNED: f64 = 0.035;
const HELD_LATE: f64 = 0.25;
const LATE_BY: f64 = 0.32;
/// Share of children who were last seen, or last met their family, longer ago than they should have been, and
/// of those whom nobody of the family comes to see at all.
const SEEN_LATE: f64 = 0.05;
const MET_LATE: f64 = 0.06;
const NEVER_MET: f64 = 0.03;

const SOURCES: [(&str, i64); 6] = [
    ("school", 22),
    ("police", 18),
    ("family_relative", 18),
    ("health_gp", 14),
    ("maternity_ward", 6),
    ("acquaintance", 22),
];
const PARTICIPATION: [(&str, i64); 5] = [
    ("attended_spoke", 58),
    ("attended_no_contribution", 8),
    ("absent_other_medium", 18),
    ("absent_advocate_briefed", 6),
    ("absent_no_views", 10),
];
const OUTCOMES: [(&str, i64); 3] = [("continue", 88), ("change_plan", 8), ("adjourn", 4)];
const LEVELS: [(&str, i64); 3] = [("high", 55), ("medium", 35), ("low", 10)];
const MORE_FACTORS: [(&str, RiskSubject); 4] = [
    ("mental_health_parent", RiskSubject::Parent),
    ("alcohol_parent", RiskSubject::Parent),
    ("domestic_abuse_parent", RiskSubject::Parent),
    ("neglect", RiskSubject::Child),
];

/// Who works where, and on how much.
#[derive(Default)]
struct Staff {
    cases: HashMap<usize, usize>,
    names: HashMap<(usize, usize), String>,
}

impl World {
    /// The files of everybody who is in care, and of some families at risk.
    pub(super) fn files(&mut self) -> Files {
        let (mut files, mut staff) = (Files::default(), Staff::default());
        let last = self.span.last;
        for group in 0..self.groups.len() {
            let of = self.groups.at(group);
            if let (Some(stay), Some(entry)) = (of.stay, of.entry) {
                self.in_care(&mut files, &mut staff, group, (stay, entry));
            } else if of.home_since.is_some_and(|day| day > after(last, -365))
                && self.dice.chance(0.5)
            {
                let (children, since) = (of.children.clone(), of.home_since.unwrap_or(last));
                self.at_risk(&mut files, &mut staff, children, since);
            }
        }
        for _ in 0..self.region.children / CARE_FOR_FAMILY_AT_RISK {
            let known = after(last, -self.dice.number(5, 400));
            let child = self.child_at_risk(known);
            self.at_risk(&mut files, &mut staff, vec![child], known);
        }
        files.carer_reviews = self.carer_reviews();
        files
    }

    /// A child who is known to be at risk since that day.
    fn child_at_risk(&mut self, known: NaiveDate) -> Ix {
        let home = self.town();
        let code = self.region.municipalities.get(home).map_or("RS", |town| &town.code).to_owned();
        let kin = self.people_maker.kinship(&mut self.dice, home, &code);
        let age = super::People::age(&mut self.dice).clamp(1, 15 * 365);
        let basis = "at_risk_of_separation";
        let born = after(known, -age);
        let child = self.people_maker.child(&mut self.dice, &kin, born, basis);
        self.add_person(child, known)
    }

    fn at_risk(
        &mut self,
        files: &mut Files,
        staff: &mut Staff,
        children: Vec<Ix>,
        since: NaiveDate,
    ) {
        let today = self.span.last;
        let alive = |child: &Ix| age_on(self.people.at(*child).born, today) < 18;
        let children: Vec<Ix> = children.into_iter().filter(alive).collect();
        let Some(first) = children.first() else { return };
        let home = self.people.at(*first).home;
        let reason = self.dice.weighted(&super::care::REASONS, "neglect");
        let mut family = self.family(children, reason, since);
        let worker = self.worker(staff, home);
        let state =
            if self.dice.chance(0.7) { CaseState::Implementing } else { CaseState::Assessing };
        let (need, source) = (need(reason), self.dice.weighted(&SOURCES, "school"));
        family.together = true;
        family.case = Some(CaseFile { opened: since, need, source, worker, state, since });
        files.families.push(family);
    }

    fn family(&mut self, children: Vec<Ix>, reason: &str, registered: NaiveDate) -> FamilyOfOrigin {
        let one = children.first().map(|child| self.people.at(*child));
        let status = one.and_then(|it| it.new.parental_status.clone()).unwrap_or_default();
        let name = one.map(|it| it.family.clone()).unwrap_or_default();
        let area_code = one.map(|it| it.new.area_code.clone()).unwrap_or_default();
        let mut parents = Vec::new();
        let dead = |mother: bool| match status.as_str() {
            "both_dead" => true,
            "mother_dead" => mother,
            "father_dead" => !mother,
            _ => false,
        };
        for mother in [true, false] {
            // Of many fathers nothing is known.
            let named = status != "unknown" && (mother || dead(mother) || self.dice.chance(0.35));
            if named {
                let given = self.people_maker.words.given(&mut self.dice, mother);
                parents.push(Parent { mother, given, family: name.clone(), dead: dead(mother) });
            }
        }
        let mut factors = vec![factor(reason)];
        if self.dice.chance(0.25)
            && let Some(other) = self.dice.pick(&MORE_FACTORS).copied()
            && !factors.contains(&other)
        {
            factors.push(other);
        }
        let risk = self.dice.weighted(&LEVELS, "medium");
        let (together, case) = (false, None);
        FamilyOfOrigin { children, together, area_code, registered, risk, parents, factors, case }
    }

    fn in_care(
        &mut self,
        files: &mut Files,
        staff: &mut Staff,
        group: Ix,
        (stay, entry): (Stay, Entry),
    ) {
        let (of, last) = (self.groups.at(group), self.span.last);
        let (children, entered, home) = (of.children.clone(), of.entered, of.home);
        let born = children.iter().map(|child| self.people.at(*child).born).max();
        let known = after(entered, -self.dice.number(8, 60));
        let opened = known.max(born.unwrap_or(known)).min(entered);
        let source = self.dice.weighted(&SOURCES, "school");
        if entered > after(last, -FAMILIES_KNOWN_FOR) {
            files.families.push(self.family(children.clone(), entry.reason, opened));
        }
        let worker = self.worker(staff, home);
        for child in children {
            let plan = self.care_plan(child, entered, stay);
            let (state, since) = match plan {
                Some(plan) => (CaseState::Implementing, plan.approved),
                None => (CaseState::Assessing, opened),
            };
            let (need, worker) = (need(entry.reason), worker.clone());
            let case = CaseFile { opened, need, source, worker, state, since };
            let assessed = entry.emergency && after(entered, 8) <= last && self.dice.chance(0.92);
            files.children.push(ChildFile {
                child,
                case,
                plan,
                review: self.review(child, entered, stay),
                visited: self.visit(entered),
                contact: self.contact(child, entered),
                met: self.met(child, entered, stay),
                statuses: self.rights(child, entered),
                assessed: assessed.then_some((entered, stay)),
            });
        }
    }

    fn worker(&mut self, staff: &mut Staff, home: usize) -> Worker {
        let cases = staff.cases.entry(home).or_default();
        *cases += 1;
        let short = home % TOWNS_FOR_ONE_SHORT_OF_STAFF == 1;
        let number = *cases / if short { HIGH_CASELOAD } else { CASELOAD };
        let words = &self.people_maker.words;
        let name = staff.names.entry((home, number)).or_insert_with(|| {
            let female = self.dice.chance(0.85);
            let given = words.given(&mut self.dice, female);
            format!("{given} {}", words.family(&mut self.dice))
        });
        let id = format!("worker-{}{home:02}{number:02}", self.region.number);
        Worker { name: name.clone(), id }
    }

    /// The plan that is active: that of the entry, or a later one of the last twelve months.
    fn care_plan(&mut self, child: Ix, entered: NaiveDate, stay: Stay) -> Option<PlanFile> {
        let last = self.span.last;
        if self.dice.chance(NEVER_PLANNED) {
            return None;
        }
        let late = self.dice.chance(0.12);
        let days = if late { self.dice.number(31, 80) } else { self.dice.number(9, 30) };
        let first = after(entered, days);
        if first > last {
            return None;
        }
        let approved = first.max(after(last, -self.dice.number(0, 364)));
        let drafted = after(approved, -self.dice.number(3, 9)).max(entered);
        let goal = self.goal(child, stay);
        let of_age = birthday(self.people.at(child).born, 18);
        let target = if goal == "return_6m" { after(approved, 180) } else { of_age };
        Some(PlanFile { goal, drafted, approved, target: target.max(after(drafted, 30)) })
    }

    fn goal(&mut self, child: Ix, stay: Stay) -> &'static str {
        let born = self.people.at(child).born;
        let leaving = birthday(born, self.span.terms.leaving_plan_years);
        let soon = |days| leaving <= after(self.span.last, days);
        let prepared = if soon(0) { 0.92 } else { 0.6 };
        if soon(120) && self.dice.chance(prepared) {
            return "supported_living";
        }
        match stay.care_type {
            "pre_adoptive" => "adoption",
            "kinship_formal" => "long_term_kin",
            "foster_long_term" | "foster_specialised" => "long_term_foster_to_18",
            "supervised_independent_living" => "supported_living",
            _ if matches!(stay.with, With::Facility(..)) => "return_eventually",
            _ => "return_6m",
        }
    }

    /// The last review, if one was held yet: each is due some time after the one before, and some are late.
    fn review(&mut self, child: Ix, entered: NaiveDate, stay: Stay) -> Option<ReviewFile> {
        let (born, last, terms) = (self.people.at(child).born, self.span.last, self.span.terms);
        let there = matches!(stay.with, With::Facility(..));
        let young = there && age_on(born, stay.from) < super::stays::AGE_LIMIT;
        let months = if young { 1 } else { terms.review_months };
        let (mut held, mut due) = (None, after(entered, terms.first_review_days));
        if young {
            due = due.min(add_months(stay.from, 1));
        }
        loop {
            let late = if self.dice.chance(HELD_LATE) {
                self.dice.wait(LATE_BY * 30.4 * f64::from(months)).min(240)
            } else {
                -self.dice.number(0, 10)
            };
            let earliest = held.map_or(entered, |(_, on)| after(on, 1));
            let on = after(due, late).max(earliest);
            if on > last {
                break;
            }
            held = Some((due, on));
            due = add_months(on, months);
        }
        let (was_due, on) = held?;
        let participation = if age_on(born, on) < 4 {
            "under_four"
        } else {
            self.dice.weighted(&PARTICIPATION, "attended_spoke")
        };
        // What a review decides is done within weeks, mostly.
        let open = on > after(last, -45) && on > stay.from && self.dice.chance(0.04);
        let outcome = if open { "reintegrate" } else { self.dice.weighted(&OUTCOMES, "continue") };
        let kind = if young { "under3_residential" } else { "placement" };
        Some(ReviewFile { kind, due: was_due, held: on, next: due, participation, outcome })
    }

    fn visit(&mut self, entered: NaiveDate) -> Option<NaiveDate> {
        let term = self.span.terms.visit_days;
        let late = self.dice.chance(SEEN_LATE);
        let days =
            if late { self.dice.number(term, 2 * term) } else { self.dice.number(0, term - 1) };
        let seen = after(self.span.last, -days);
        (seen > entered).then_some(seen)
    }

    fn contact(&mut self, child: Ix, entered: NaiveDate) -> Option<(ContactWith, NaiveDate)> {
        let from = after(entered, self.dice.number(5, 30));
        let with = self.parent(child)?;
        (self.dice.chance(0.2) && from <= self.span.last).then_some((with, from))
    }

    /// The last time that it met a parent with whom it does not live.
    fn met(
        &mut self,
        child: Ix,
        entered: NaiveDate,
        stay: Stay,
    ) -> Option<(ContactWith, NaiveDate)> {
        let with = self.parent(child)?;
        if stay.care_type == "kinship_formal" || self.dice.chance(NEVER_MET) {
            return None;
        }
        let term = i64::from(self.span.terms.contact_months) * 30;
        let late = self.dice.chance(MET_LATE);
        let days =
            if late { self.dice.number(term, 2 * term) } else { self.dice.number(0, term - 1) };
        let met = after(self.span.last, -days);
        (met > entered).then_some((with, met))
    }

    /// The parent who is most often there.
    fn parent(&self, child: Ix) -> Option<ContactWith> {
        match parents(self.people.at(child)) {
            "both_alive" | "father_dead" => Some(ContactWith::Mother),
            "mother_dead" => Some(ContactWith::Father),
            _ => None,
        }
    }
}

/// What a child's record says of its parents.
pub(super) fn parents(person: &Person) -> &str {
    person.new.parental_status.as_deref().unwrap_or("unknown")
}

/// What endangered a child that came into care for this reason.
fn factor(reason: &str) -> (&'static str, RiskSubject) {
    match reason {
        "physical_abuse" => ("physical_abuse_adult", RiskSubject::Child),
        "emotional_abuse" => ("emotional_abuse", RiskSubject::Child),
        "domestic_violence" => ("domestic_abuse_parent", RiskSubject::Parent),
        "parent_alcohol" => ("alcohol_parent", RiskSubject::Parent),
        "parent_illness" => ("physical_illness_parent", RiskSubject::Parent),
        "caretaker_inability" => ("learning_disability_parent", RiskSubject::Parent),
        "child_disability" => ("physical_illness_child", RiskSubject::Child),
        "child_behaviour" => ("behaviour", RiskSubject::Child),
        "parent_death" | "parent_incarceration" => ("other", RiskSubject::Parent),
        _ => ("neglect", RiskSubject::Child),
    }
}

/// The need of a child that came into care for this reason.
fn need(reason: &str) -> &'static str {
    match reason {
        "domestic_violence" | "parent_alcohol" => "family_dysfunction",
        "parent_illness" | "caretaker_inability" => "parental_illness_or_disability",
        "parent_death" | "parent_incarceration" => "absent_parenting",
        "abandonment" => "abandonment",
        "child_disability" => "child_disability",
        "child_behaviour" => "unacceptable_behaviour",
        _ => "abuse_or_neglect",
    }
}
