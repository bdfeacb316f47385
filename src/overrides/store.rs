//! Queries and changes of overrides. None opens a transaction, so any can be part of a larger one.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use super::model::{
    NewOverride, Override, OverrideId, OverrideKind, OverrideReview, OverrideState, SealedColumns,
};
use crate::{
    children::{self, ChildId},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
        version::IfMatch,
    },
    reference::parameters,
    rules::{
        Finding, Rulebook,
        overriding::{Claim, Granted, Unfit, step_over, take_over},
    },
    schema::overrides::{self, dsl},
    sort_fields,
};

/// The role of whoever has none: the registry itself.
const REGISTRY: &str = "registry";
/// Fewest characters of a justification that say something.
const SAYS_SOMETHING: usize = 30;

sort_fields! {
    /// What the list of overrides can be sorted by.
    pub enum OverrideField by "overrides.id" {
        BeginsOn = "begins_on": "overrides.begins_on" as "date",
        ValidUntil = "valid_until": "overrides.valid_until" as "date",
    }
}

pub type OverrideSort = Sort<OverrideField>;

/// Which overrides to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OverrideFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// For this record.
    #[param(nullable = false)]
    pub subject_id: Option<Uuid>,
    /// Of this rule; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["PL-23"]))]
    pub rule: Vec<String>,
    /// How it came about; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["authorised"]))]
    pub kind: Vec<OverrideKind>,
    /// How far the review has come; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["to_review"]))]
    pub state: Vec<OverrideState>,
    /// Those by which the rule is stepped over on this day.
    #[param(nullable = false, example = "2026-03-02")]
    pub in_force_on: Option<NaiveDate>,
    /// Those that have ended by this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub ended_by: Option<NaiveDate>,
    /// Order, by id unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 2, example = json!(["valid_until"]))]
    pub sort: Vec<OverrideSort>,
}

impl OverrideFilter {
    fn query(&self) -> overrides::BoxedQuery<'_, Pg> {
        let mut query = overrides::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(dsl::child_id.eq(child));
        }
        if let Some(subject) = self.subject_id {
            query = query.filter(dsl::subject_id.eq(subject));
        }
        if !self.rule.is_empty() {
            query = query.filter(dsl::rule_code.eq_any(&self.rule));
        }
        if !self.kind.is_empty() {
            query = query.filter(dsl::kind.eq_any(&self.kind));
        }
        if !self.state.is_empty() {
            query = query.filter(dsl::state.eq_any(&self.state));
        }
        if let Some(day) = self.in_force_on {
            query = query.filter(dsl::begins_on.le(day).and(dsl::valid_until.gt(day)));
        }
        if let Some(day) = self.ended_by {
            query = query.filter(dsl::valid_until.le(day));
        }
        query
    }
}

/// One override.
pub fn find(conn: &mut PgConnection, id: OverrideId) -> Result<Override> {
    overrides::table.find(id).select(Override::as_select()).first(conn).found::<Override>()
}

/// By id unless said: that order says nothing, but it stays.
pub fn list(
    conn: &mut PgConnection,
    filter: &OverrideFilter,
    page: &PageQuery,
) -> Result<Page<Override>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Override::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &OverrideFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}

/// The overrides that were made for a record, by rule.
pub fn of_subject(conn: &mut PgConnection, subject: Uuid) -> Result<Vec<Override>> {
    Ok(overrides::table
        .filter(dsl::subject_id.eq(subject))
        .order(dsl::rule_code)
        .select(Override::as_select())
        .load(conn)?)
}

/// What an override is made for.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    pub kind: &'static str,
    pub id: Uuid,
    pub child: ChildId,
    /// The day from which the rule is stepped over.
    pub day: NaiveDate,
}

/// Judges what is said to step over rules, marks the findings that it covers, and gives the overrides
/// that stand to reason. What else breaks soft rules is stepped over if it is history that is taken over.
/// They are written by [`keep`], once the record is there.
pub fn weigh(
    tx: &Tx<'_>,
    said: &[NewOverride],
    findings: &mut [Finding],
    (subject, book): (Subject, &Rulebook),
) -> Result<Vec<Override>> {
    let weighed = said.iter().enumerate().map(|(place, new)| {
        let at = |member: &str| format!("/overrides/{place}{member}");
        check_said(new, subject.day, at)?;
        let claim = Claim { rule: &new.rule, valid_until: new.valid_until };
        let granted = step_over(findings, claim, (&tx.roles, subject.day), book)
            .map_err(|unfit| refused(unfit, at))?;
        Ok(made(tx, subject, OverrideKind::Authorised, new, granted))
    });
    let mut all = weighed.collect::<Result<Vec<Override>>>()?;
    if tx.history_before.is_some_and(|first_day| subject.day < first_day) {
        let history = take_over(findings, subject.day, book).into_iter();
        all.extend(history.map(|(rule, rule_version, valid_until)| {
            let role = tx.roles.first().cloned().unwrap_or_else(|| REGISTRY.to_owned());
            let granted = Granted { role, rule_version, valid_until };
            made(tx, subject, OverrideKind::Legacy, &history_of(rule, subject.day), granted)
        }));
    }
    Ok(all)
}

/// What stands where nobody said anything.
fn history_of(rule: String, day: NaiveDate) -> NewOverride {
    NewOverride {
        rule,
        justification: "History from before the first day of the registry, taken over.".to_owned(),
        authorised_by: "Not known: taken over".to_owned(),
        authorised_on: day,
        valid_until: None,
        evidence_ref: None,
    }
}

fn made(
    tx: &Tx<'_>,
    subject: Subject,
    kind: OverrideKind,
    said: &NewOverride,
    granted: Granted,
) -> Override {
    Override {
        id: OverrideId::generate(),
        rule_code: said.rule.clone(),
        rule_version: granted.rule_version,
        child_id: subject.child,
        subject_kind: subject.kind.to_owned(),
        subject_id: subject.id,
        kind,
        justification: said.justification.clone(),
        authorised_by: said.authorised_by.clone(),
        authorised_on: said.authorised_on,
        evidence_ref: said.evidence_ref.clone(),
        client_id: tx.actor,
        role: granted.role,
        begins_on: subject.day,
        valid_until: granted.valid_until,
        state: OverrideState::ToReview,
        reviewed_on: None,
        reviewed_by: None,
        review_note: None,
        version: 1,
    }
}

fn check_said(new: &NewOverride, day: NaiveDate, at: impl Fn(&str) -> String) -> Result<()> {
    if new.justification.trim().chars().count() < SAYS_SOMETHING {
        let detail = "must say why in at least 30 characters, spaces around them not counted";
        return Err(Error::value(&at("/justification"), "says_nothing", detail));
    }
    if new.authorised_on > day {
        let detail = "must be authorised by the first day";
        return Err(Error::value(&at("/authorised_on"), "out_of_order", detail));
    }
    Ok(())
}

fn refused(unfit: Unfit, at: impl Fn(&str) -> String) -> Error {
    let (member, code, detail) = match unfit {
        Unfit::NotNeeded => {
            ("/rule", "override_not_needed", "is a rule that nothing is known to break here")
        }
        Unfit::Hard => ("/rule", "override_of_hard", "is a hard rule: nobody steps over it"),
        Unfit::Role => (
            "/rule",
            "override_by_wrong_role",
            "is a rule that others may step over, by its version",
        ),
        Unfit::TooLong => (
            "/valid_until",
            "override_too_long",
            "must be after the first day, within the rule's limit",
        ),
    };
    Error::value(&at(member), code, detail)
}

/// Writes overrides beside the record that they are for.
pub fn keep(tx: &mut Tx<'_>, made: Vec<Override>) -> Result<()> {
    for it in made {
        let sealed = SealedColumns::of(tx, &it)?;
        diesel::insert_into(overrides::table).values((&it, sealed)).execute(tx.conn)?;
        let _made = tx.created("made", it)?;
    }
    Ok(())
}

/// Says what somebody else found of an override.
pub fn review(
    tx: &mut Tx<'_>,
    id: OverrideId,
    seen: &IfMatch,
    review: &OverrideReview,
) -> Result<Recorded<Override>> {
    let child = find(tx.conn, id)?.child_id;
    let _locked = children::store::lock(tx, child).map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound("override"),
        other => other,
    })?;
    let before = find(tx.conn, id)?;
    seen.check(&before)?;
    if before.client_id == tx.actor {
        return Err(Error::State("whoever stepped over the rule does not review it".to_owned()));
    }
    if before.state != OverrideState::ToReview {
        return Err(Error::State("the override was reviewed already".to_owned()));
    }
    let state = if review.upheld { OverrideState::Upheld } else { OverrideState::NotUpheld };
    let after = Override {
        state,
        reviewed_on: Some(parameters::today(tx.conn, tx.now)?),
        reviewed_by: Some(tx.actor),
        review_note: Some(review.note.clone()),
        version: before.version + 1,
        ..before.clone()
    };
    let sealed = SealedColumns::of(tx, &after)?;
    diesel::update(overrides::table.find(id)).set((&after, sealed)).execute(tx.conn)?;
    tx.changed("reviewed", &before, after)
}
