//! Queries and changes of referrals and transfers. None opens a transaction, so any can be part of a
//! larger one.
use chrono::{Duration, NaiveDate};
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::model::{
    Acceptance, NewTransfer, StepReason, Transfer, TransferDirection, TransferId, TransferKind,
    TransferState, TransferStep,
};
use crate::{
    cases,
    children::{self, Child, ChildId},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        order::{Order, Sort},
        page::{Page, PageQuery},
        prepared,
        rule::Refusal,
        total::CountQuery,
        version::IfMatch,
    },
    reference::{
        organisations::{self, OrganisationId},
        parameters,
    },
    schema::transfers::{self, dsl},
    sort_fields,
};

/// The parameter that says for how long an offer stands.
const OFFER_DAYS: &str = "transfer_offer_days";
/// The parameter that says for how long the former organisation still knows of the child.
const FORMER_DAYS: &str = "former_authority_access_days";
/// How many offers that have run out are recorded as such at a time.
const AT_A_TIME: i64 = 100;

diesel::define_sql_function! {
    /// Whether the caller may decide in the name of an organisation.
    fn speaks_for(organisation: diesel::sql_types::Uuid) -> diesel::sql_types::Bool;
}

sort_fields! {
    /// What the list of transfers can be sorted by.
    pub enum TransferField by "transfers.id" {
        OfferedAt = "offered_at": "transfers.offered_at" as "timestamptz",
        ExpiresAt = "expires_at": "transfers.expires_at" as "timestamptz",
    }
}

pub type TransferSort = Sort<TransferField>;

/// Which referrals and transfers to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TransferFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["offered"]))]
    pub state: Vec<TransferState>,
    /// To the organisation of whoever asks, or from it.
    #[param(nullable = false, inline)]
    pub direction: Option<TransferDirection>,
    /// Order, by id unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 2, example = json!(["-offered_at"]))]
    pub sort: Vec<TransferSort>,
}

impl TransferFilter {
    fn query(&self, own: Option<OrganisationId>) -> transfers::BoxedQuery<'_, Pg> {
        let mut query = transfers::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(dsl::child_id.eq(child));
        }
        if !self.state.is_empty() {
            query = query.filter(dsl::state.eq_any(&self.state));
        }
        match self.direction {
            Some(TransferDirection::Incoming) => {
                query.filter(dsl::to_organisation_id.nullable().eq(own))
            }
            Some(TransferDirection::Outgoing) => {
                query.filter(dsl::from_organisation_id.nullable().eq(own))
            }
            None => query,
        }
    }
}

/// By id unless said: that order says nothing, but it stays. `own` is the organisation of whoever asks.
pub fn list(
    conn: &mut PgConnection,
    filter: &TransferFilter,
    own: Option<OrganisationId>,
    page: &PageQuery,
) -> Result<Page<Transfer>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query(own).order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Transfer::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &TransferFilter,
    own: Option<OrganisationId>,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query(own)))
}

/// One referral or transfer.
pub fn find(conn: &mut PgConnection, id: TransferId) -> Result<Transfer> {
    transfers::table.find(id).select(Transfer::as_select()).first(conn).found::<Transfer>()
}

/// Offers a child to another organisation, which knows of the child from now on until it has answered.
pub fn offer(tx: &mut Tx<'_>, child: ChildId, new: &NewTransfer) -> Result<Recorded<Transfer>> {
    let child = children::store::lock(tx, child)?;
    answerable(tx, child.id)?;
    let open = transfers::table
        .filter(dsl::child_id.eq(child.id).and(dsl::state.eq(TransferState::Offered)));
    if let Some(open) = open.select(Transfer::as_select()).first(tx.conn).optional()? {
        if !open.has_lapsed(tx.now) {
            let detail = "the child is offered already: wait for the answer, or revoke that offer";
            return Err(Refusal::conflict("TR-01", detail).into());
        }
        let _lapsed = lapse(tx, &open)?;
    }
    let today = parameters::today(tx.conn, tx.now)?;
    let own = tx.organisation.map(OrganisationId::from_untyped);
    let nobody = || Error::State("no organisation is responsible for the child".to_owned());
    let from = child.organisation_id.or(own).ok_or_else(nobody)?;
    check_asked(tx.conn, from, new.to_organisation_id, today)?;
    let days = parameters::integer(tx.conn, OFFER_DAYS, today)?;
    let transfer = Transfer {
        id: TransferId::generate(),
        child_id: child.id,
        kind: new.kind,
        from_organisation_id: from,
        to_organisation_id: new.to_organisation_id,
        offer_reason: new.reason.clone(),
        state: TransferState::Offered,
        offered_at: tx.now,
        offered_by: tx.actor,
        expires_at: tx.now + Duration::days(days.into()),
        decided_at: None,
        decided_by: None,
        decision_reason: None,
        ended_at: None,
        ended_by: None,
        ending_reason: None,
        version: 1,
    };
    diesel::insert_into(transfers::table).values(&transfer).execute(tx.conn)?;
    let (grant, until) = (transfer.id.untyped(), transfer.expires_at);
    children::store::grant(tx, grant, child.id, transfer.to_organisation_id, until)?;
    tx.created("offered", transfer)
}

/// Refuses an organisation that is none, acts no longer, or is responsible already.
fn check_asked(
    conn: &mut PgConnection,
    from: OrganisationId,
    to: OrganisationId,
    today: NaiveDate,
) -> Result<()> {
    let refused = |code, detail| Err(Error::value("/to_organisation_id", code, detail));
    organisations::store::check(conn, "/to_organisation_id", to)?;
    if from == to {
        return refused("same_organisation", "is responsible for the child already");
    }
    if organisations::store::find(conn, to)?.valid_to.is_some_and(|end| end <= today) {
        return refused("not_acting", "acts no longer");
    }
    Ok(())
}

/// Accepts an offer. Of a transfer, the organisation that was asked becomes responsible, for the child's
/// open case, too, and the former one knows of the child for some days more; of a referral, it knows of the child until that is ended.
pub fn accept(
    tx: &mut Tx<'_>,
    id: TransferId,
    seen: &IfMatch,
    request: &Acceptance,
) -> Result<Recorded<Transfer>> {
    let (child, before) = lock(tx, id, seen)?;
    asked(tx, &before)?;
    let after = decided(tx, &before, TransferStep::Accept, request.reason.clone())?;
    let accepted = save(tx, "accepted", &before, after)?;
    match before.kind {
        TransferKind::Referral => children::store::extend_grant(tx, id.untyped())?,
        TransferKind::Transfer => {
            let _child = children::store::hand_over(tx, &child, before.to_organisation_id)?;
            // Work with the child goes on there; whoever sees the child sees its case.
            let _case = cases::store::follow(tx, &child, before.to_organisation_id)?;
            children::store::end_grant(tx, id.untyped())?;
            let today = parameters::today(tx.conn, tx.now)?;
            let days = parameters::integer(tx.conn, FORMER_DAYS, today)?;
            let (former, until) =
                (before.from_organisation_id, tx.now + Duration::days(days.into()));
            children::store::grant(tx, uuid::Uuid::new_v4(), child.id, former, until)?;
        }
    }
    Ok(accepted)
}

/// Refuses an offer: whoever was asked knows of the child no longer.
pub fn refuse(
    tx: &mut Tx<'_>,
    id: TransferId,
    seen: &IfMatch,
    request: &StepReason,
) -> Result<Recorded<Transfer>> {
    let (_, before) = lock(tx, id, seen)?;
    asked(tx, &before)?;
    let after = decided(tx, &before, TransferStep::Refuse, Some(request.reason.clone()))?;
    withdraw(tx, "refused", &before, after)
}

/// Takes an offer back: whoever was asked knows of the child no longer.
pub fn revoke(
    tx: &mut Tx<'_>,
    id: TransferId,
    seen: &IfMatch,
    request: &StepReason,
) -> Result<Recorded<Transfer>> {
    let (child, before) = lock(tx, id, seen)?;
    answerable(tx, child.id)?;
    let after = decided(tx, &before, TransferStep::Revoke, Some(request.reason.clone()))?;
    withdraw(tx, "revoked", &before, after)
}

/// Ends a referral that was accepted: whoever helped knows of the child no longer.
pub fn end(
    tx: &mut Tx<'_>,
    id: TransferId,
    seen: &IfMatch,
    request: &StepReason,
) -> Result<Recorded<Transfer>> {
    let (child, before) = lock(tx, id, seen)?;
    if !may_speak_for(tx, before.to_organisation_id)? {
        answerable(tx, child.id)?;
    }
    let mut after = before.clone();
    after.state = before.state.after(before.kind, TransferStep::End)?;
    after.ended_at = Some(tx.now);
    after.ended_by = Some(tx.actor);
    after.ending_reason = Some(request.reason.clone());
    withdraw(tx, "ended", &before, after)
}

/// Records which offers have run out, in the order of their children; says how many.
pub fn expire(tx: &mut Tx<'_>) -> Result<usize> {
    let due: Vec<(TransferId, ChildId)> = transfers::table
        .filter(dsl::state.eq(TransferState::Offered).and(dsl::expires_at.le(tx.now)))
        .order(dsl::child_id)
        .limit(AT_A_TIME)
        .select((dsl::id, dsl::child_id))
        .load(tx.conn)?;
    let mut expired = 0;
    for (id, child) in due {
        let _child = children::store::lock(tx, child)?;
        let before = find(tx.conn, id)?;
        if before.has_lapsed(tx.now) {
            let _lapsed = lapse(tx, &before)?;
            expired += 1;
        }
    }
    Ok(expired)
}

/// The child first, as for every change of what hangs on one, then the transfer as it has become.
fn lock(tx: &mut Tx<'_>, id: TransferId, seen: &IfMatch) -> Result<(Child, Transfer)> {
    let child = find(tx.conn, id)?.child_id;
    // While it waited, the child may have got another authority: who knows of it now is asked anew.
    let child = match children::store::lock(tx, child) {
        Err(Error::NotFound(_)) => {
            children::store::lock(tx, child).map_err(|_| Error::NotFound("transfer"))?
        }
        locked => locked?,
    };
    let transfer = find(tx.conn, id)?;
    seen.check(&transfer)?;
    Ok((child, transfer))
}

/// Refuses whoever knows of the child by a grant alone (TR-02).
fn answerable(tx: &mut Tx<'_>, child: ChildId) -> Result<()> {
    if children::store::is_answerable(tx.conn, child)? {
        return Ok(());
    }
    let detail = "only the organisation that is responsible, or one above it, may do this";
    Err(Refusal::conflict("TR-02", detail).into())
}

/// Refuses an answer by another organisation than was asked (TR-02).
fn asked(tx: &mut Tx<'_>, transfer: &Transfer) -> Result<()> {
    if may_speak_for(tx, transfer.to_organisation_id)? {
        return Ok(());
    }
    let detail = "only the organisation that was asked answers";
    Err(Refusal::conflict("TR-02", detail).into())
}

fn may_speak_for(tx: &mut Tx<'_>, organisation: OrganisationId) -> Result<bool> {
    Ok(diesel::select(speaks_for(organisation.untyped())).get_result(tx.conn)?)
}

/// The transfer after an answer, which comes in time (TR-03).
fn decided(
    tx: &Tx<'_>,
    before: &Transfer,
    step: TransferStep,
    reason: Option<String>,
) -> Result<Transfer> {
    let mut after = before.clone();
    after.state = before.state.after(before.kind, step)?;
    if before.has_lapsed(tx.now) {
        let refusal = Refusal::conflict("TR-03", "the offer has run out: it is made anew");
        return Err(refusal.fact("expires_at", before.expires_at).into());
    }
    after.decided_at = Some(tx.now);
    after.decided_by = Some(tx.actor);
    after.decision_reason = reason;
    Ok(after)
}

/// Records that an offer has run out.
fn lapse(tx: &mut Tx<'_>, before: &Transfer) -> Result<Recorded<Transfer>> {
    let mut after = before.clone();
    after.state = before.state.after(before.kind, TransferStep::Expire)?;
    after.decided_at = Some(tx.now);
    after.decided_by = Some(crate::platform::idempotency::PLATFORM);
    withdraw(tx, "expired", before, after)
}

/// Writes a transfer and then ends its grant: in this order, as whoever was asked sees nothing after it.
fn withdraw(
    tx: &mut Tx<'_>,
    event: &str,
    before: &Transfer,
    after: Transfer,
) -> Result<Recorded<Transfer>> {
    let saved = save(tx, event, before, after)?;
    children::store::end_grant(tx, before.id.untyped())?;
    Ok(saved)
}

/// Writes a transfer whose row is covered by the child's lock; counts its version up.
fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &Transfer,
    mut after: Transfer,
) -> Result<Recorded<Transfer>> {
    after.version = before.version + 1;
    prepared::update(transfers::table.find(after.id)).set(&after).execute(tx.conn)?;
    tx.changed(event, before, after)
}
