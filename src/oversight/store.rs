//! Queries and changes of accesses in an emergency and of notices. None opens a transaction.
mod notices;

use chrono::{DateTime, Duration, Utc};
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

pub use notices::{
    Audience, NoticeFilter, NoticeSort, acknowledge, contested_records, find_notice, list_notices,
    tell_of_contest, tell_of_trawling, total_notices,
};

use notices::{notice, notify};

use super::model::{
    EmergencyAccess, EmergencyAccessId, NewEmergencyAccess, Notice, NoticeKind, Review, ReviewState,
};
use crate::{
    children::{self, Child, ChildId},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        order::{Order, Sort},
        page::{Page, PageQuery},
        reach::beyond,
        total::CountQuery,
        version::IfMatch,
    },
    reference::{code_lists, organisations::OrganisationId, parameters},
    schema::emergency_accesses,
    sort_fields,
};

/// For how long a record stays open unless said, and at most, in minutes.
const MINUTES: i32 = 60;
/// By when an access is to be reviewed.
const REVIEW_WITHIN: Duration = Duration::hours(72);

sort_fields! {
    /// What the list of accesses can be sorted by.
    pub enum AccessField by "emergency_accesses.id" {
        OpenedAt = "opened_at": "emergency_accesses.opened_at" as "timestamptz",
        ReviewDueAt = "review_due_at": "emergency_accesses.review_due_at" as "timestamptz",
    }
}

pub type AccessSort = Sort<AccessField>;

/// Which accesses to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EmergencyAccessFilter {
    /// How far the review has come; repeat it for one of several.
    #[serde(default)]
    pub state: Vec<ReviewState>,
    /// The child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Whether the review is late.
    #[param(nullable = false, example = true)]
    pub overdue: Option<bool>,
    /// Order, oldest first unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 2, example = json!(["-opened_at"]))]
    pub sort: Vec<AccessSort>,
}

impl EmergencyAccessFilter {
    fn query(&self, now: DateTime<Utc>) -> emergency_accesses::BoxedQuery<'_, Pg> {
        use emergency_accesses::{child_id, review_due_at, state, table};
        let mut query = table.into_boxed();
        if !self.state.is_empty() {
            query = query.filter(state.eq_any(&self.state));
        }
        if let Some(child) = self.child_id {
            query = query.filter(child_id.eq(child));
        }
        let late = state.eq(ReviewState::ToReview).and(review_due_at.le(now));
        match self.overdue {
            Some(true) => query.filter(late),
            Some(false) => query.filter(diesel::dsl::not(late)),
            None => query,
        }
    }
}

pub fn find(conn: &mut PgConnection, id: EmergencyAccessId) -> Result<EmergencyAccess> {
    let access = emergency_accesses::table.find(id).select(EmergencyAccess::as_select());
    access.first(conn).found::<EmergencyAccess>()
}

/// Oldest first unless said.
pub fn list(
    conn: &mut PgConnection,
    filter: &EmergencyAccessFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<EmergencyAccess>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query(now).order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((EmergencyAccess::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many accesses the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &EmergencyAccessFilter,
    count: CountQuery,
    now: DateTime<Utc>,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query(now)))
}

/// Opens a child's record for a while, with its two notices.
pub fn open(tx: &mut Tx<'_>, new: &NewEmergencyAccess) -> Result<Recorded<EmergencyAccess>> {
    let today = parameters::today(tx.conn, tx.now)?;
    code_lists::check(tx.conn, "emergency_reason", "/reason_code", &new.reason_code, today)?;
    // Whoever opens it cannot see the child yet.
    let child = beyond(tx.conn, |conn| asked(conn, new))?;
    let minutes = new.minutes.unwrap_or(MINUTES);
    let access = EmergencyAccess {
        id: EmergencyAccessId::generate(),
        child_id: child.id,
        client_id: tx.actor,
        organisation_id: tx.organisation.map(OrganisationId::from_untyped),
        reason_code: new.reason_code.clone(),
        reason: new.reason.clone(),
        opened_at: tx.now,
        valid_until: tx.now + Duration::minutes(i64::from(minutes)),
        review_due_at: tx.now + REVIEW_WITHIN,
        state: ReviewState::ToReview,
        reviewed_at: None,
        reviewed_by: None,
        findings: None,
        version: 1,
    };
    children::store::grant_emergency(tx, child.id, access.valid_until)?;
    let reason = tx.seal(emergency_accesses::reason, access.id.untyped(), &access.reason)?;
    diesel::insert_into(emergency_accesses::table)
        .values((&access, emergency_accesses::reason.eq(reason)))
        .execute(tx.conn)?;
    // Where both are the same, or there is none, those who watch over the country are told instead.
    let (theirs, ours) = (child.organisation_id, access.organisation_id);
    for organisation in [theirs, ours.filter(|own| Some(*own) != theirs)] {
        let notice = notice(NoticeKind::EmergencyAccess, organisation, tx.actor, tx.now);
        notify(tx, Notice { emergency_access_id: Some(access.id), ..notice })?;
    }
    tx.created("opened", access)
}

fn asked(conn: &mut PgConnection, new: &NewEmergencyAccess) -> Result<Child> {
    let (pointer, found) = match (&new.child_id, &new.registry_no) {
        (Some(id), None) => ("/child_id", children::store::find(conn, *id)),
        (None, Some(number)) => ("/registry_no", children::store::find_by_number(conn, number)),
        _ => {
            let detail = "needs the child's id or its registry number, and not both";
            return Err(Error::value("/child_id", "one_of_two", detail));
        }
    };
    found.map_err(|error| match error {
        Error::NotFound(_) => Error::value(pointer, "unknown_reference", "is that of no child"),
        other => other,
    })
}

/// Records what a review found. It is somebody else's than whose access it was.
pub fn review(
    tx: &mut Tx<'_>,
    id: EmergencyAccessId,
    seen: &IfMatch,
    review: &Review,
) -> Result<Recorded<EmergencyAccess>> {
    let row = emergency_accesses::table.find(id).for_update();
    let before: EmergencyAccess =
        row.select(EmergencyAccess::as_select()).first(tx.conn).found::<EmergencyAccess>()?;
    seen.check(&before)?;
    if before.client_id == tx.actor {
        return Err(Error::State("whoever opened the record does not review it".to_owned()));
    }
    if before.state != ReviewState::ToReview {
        return Err(Error::State("the access was reviewed already".to_owned()));
    }
    let state = if review.justified { ReviewState::Justified } else { ReviewState::NotJustified };
    let after = EmergencyAccess {
        state,
        reviewed_at: Some(tx.now),
        reviewed_by: Some(tx.actor),
        findings: Some(review.findings.clone()),
        version: before.version + 1,
        ..before.clone()
    };
    let findings = tx.seal(emergency_accesses::findings, id.untyped(), &review.findings)?;
    diesel::update(emergency_accesses::table.find(id))
        .set((&after, emergency_accesses::findings.eq(findings)))
        .execute(tx.conn)?;
    tx.changed("reviewed", &before, after)
}
