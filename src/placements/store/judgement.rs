//! What every rule says to a placement on its first day: the write, and the dry run, ask here.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use super::{
    ending,
    entering::{self, Entering},
    facts, find, gatekeeping,
    provider::{self, Newcomer},
    steps::opened,
};
use crate::{
    overrides::{self, Judged, Override, store::Subject},
    placements::{
        model::{CareEntry, CarePeriod, Placement, PlacementDecision, PlacementId},
        rules::{self, CareTypeFacts, ChildFacts},
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        id::Kind as _,
        vault::Opened,
    },
    reference::rules::store::book,
    rules::{Finding, Rulebook, nearness as near_rules, residential},
    schema::placement_decisions,
    sealed_columns,
};

/// The rules that are judged besides those of `crate::rules`, by who judges them.
const OF_DAY: &[&str] = &["PL-05", "PL-06", "PL-07"];
const OF_AGE: &[&str] = &["PL-10"];
const OF_PERIOD: &[&str] = &["PL-01", "PL-04"];
const OF_PROVIDER: &[&str] = &["PL-11", "PL-12", "PL-13"];

/// A step into a placement.
pub struct Step<'a> {
    pub child: &'a ChildFacts,
    pub placement: &'a Placement,
    pub care_type: &'a CareTypeFacts,
    /// How care begins, if it does.
    pub entry: Option<&'a CareEntry>,
    /// Where the child lived until then, if it is in care.
    pub before: Option<&'a Placement>,
    /// Its care periods, by first day.
    pub periods: &'a [CarePeriod],
    /// The latest day on which it may begin.
    pub latest: NaiveDate,
}

impl Step<'_> {
    fn day(&self) -> NaiveDate {
        self.placement.started_on.unwrap_or(self.placement.starts_on)
    }

    fn entering(&self) -> Entering<'_> {
        let left = self.before.map(|before| before.care_type.as_str());
        Entering { child: self.child, placement: self.placement, entry: self.entry, left }
    }

    /// What overrides of rules are made for.
    pub fn subject(&self) -> Subject {
        let (id, child, day) = (self.placement.id.untyped(), self.child.id, self.day());
        Subject { kind: Placement::NAME, id, child, day }
    }
}

/// Judges a step by every rule: none that is broken stops the others. Takes the locks that the step needs.
pub fn judge(tx: &mut Tx<'_>, step: &Step<'_>) -> Result<Judged> {
    let (day, child, care_type) = (step.day(), step.child, step.care_type);
    gatekeeping::check_exception(tx.conn, step.placement, care_type)?;
    let codes = [OF_DAY, OF_AGE, OF_PERIOD, OF_PROVIDER, &crate::rules::of_placements()].concat();
    let numbers = [residential::PARAMETERS, near_rules::PARAMETERS].concat();
    let book = book(tx.conn, day, &codes, &numbers)?;
    let limits = facts::limits(tx.conn, day)?;
    let in_care = step.before.is_some();
    let first_day = rules::check_first_day(child, day, step.latest, limits, in_care);
    let mut findings = book.said(OF_DAY, first_day);
    findings.extend(book.said(OF_AGE, rules::check_age_for(care_type, child, day)));
    if let Some(entry) = step.entry {
        let opened = opened(step.periods, child.id, day, entry).map(drop);
        findings.extend(said(&book, OF_PERIOD, opened)?);
    }
    findings.extend(entering::judge(tx.conn, &[step.entering()], &book)?.into_iter().flatten());
    let newcomer = Newcomer::of(step.placement, child, care_type);
    let taken = provider::judge(tx, &step.placement.provider, &newcomer, limits);
    findings.extend(said(&book, OF_PROVIDER, taken)?);
    Ok(Judged { findings, book })
}

fn said(book: &Rulebook, codes: &[&str], judged: Result<()>) -> Result<Vec<Finding>> {
    match judged {
        Ok(()) => Ok(book.said(codes, Ok(()))),
        Err(Error::Rule(refusal)) => Ok(book.said(codes, Err(*refusal))),
        Err(other) => Err(other),
    }
}

/// What is kept beside a placement that begins.
pub struct Admitted {
    pub findings: Vec<Finding>,
    pub overrides: Vec<Override>,
}

impl Admitted {
    /// Writes what was found and what was stepped over, once the placement is written.
    pub fn keep(self, tx: &mut Tx<'_>, placement: &Placement) -> Result<()> {
        let id = placement.id.untyped();
        let findings = tx.seal(placement_decisions::findings, id, &self.findings)?;
        diesel::insert_into(placement_decisions::table)
            .values((
                placement_decisions::id.eq(id),
                placement_decisions::child_id.eq(placement.child_id),
                placement_decisions::made_at.eq(tx.now),
                placement_decisions::findings.eq(findings),
            ))
            .execute(tx.conn)?;
        overrides::store::keep(tx, self.overrides)
    }
}

/// How findings lie in their table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = placement_decisions, check_for_backend(diesel::pg::Pg))]
struct Kept {
    made_at: DateTime<Utc>,
    #[diesel(select_expression = (placement_decisions::id, placement_decisions::findings))]
    #[diesel(select_expression_type = (placement_decisions::id, placement_decisions::findings))]
    #[diesel(deserialize_as = Opened<placement_decisions::findings, Vec<Finding>>)]
    findings: Vec<Finding>,
}

sealed_columns!(placement_decisions: Identifying { findings });

impl From<Opened<placement_decisions::findings, Vec<Finding>>> for Vec<Finding> {
    fn from(opened: Opened<placement_decisions::findings, Self>) -> Self {
        opened.into_value()
    }
}

/// What a placement was judged on when it began, and when care ended with it. Nothing began of one that was taken
/// over from the past.
pub fn decision(conn: &mut PgConnection, id: PlacementId) -> Result<PlacementDecision> {
    let placement = find(conn, id)?;
    let row = placement_decisions::table.find(id.untyped());
    let began: Option<Kept> = row.select(Kept::as_select()).first(conn).optional()?;
    let (ending, stepped_over) = ending::of(conn, &placement)?.unzip();
    let (made_at, findings) = match (began, &ending) {
        (Some(kept), _) => (kept.made_at, kept.findings),
        (None, Some(ending)) => (ending.made_at, Vec::new()),
        (None, None) => return Err(Error::NotFound(Placement::NAME)),
    };
    let mut overrides = overrides::store::of_subject(conn, id.untyped())?;
    overrides.extend(stepped_over.into_iter().flatten());
    Ok(PlacementDecision {
        placement_id: id,
        child_id: placement.child_id,
        made_at,
        findings,
        ending,
        overrides,
    })
}
