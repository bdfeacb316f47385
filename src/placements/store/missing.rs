//! Missing episodes: times in which nobody who should know knows where a child in care is.
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{facts, periods_of};
use crate::{
    children::ChildId,
    placements::model::{
        CarePeriod, CarePeriodState, EndMissingRequest, MissingEpisode, MissingEpisodeId,
        NewMissingEpisode,
    },
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::{self, Recorded},
        page::{Page, PageQuery},
        prepared,
        rule::Refusal,
        version::IfMatch,
    },
    reference::{code_lists, parameters},
    schema::missing_episodes as table,
};

/// The missing episodes of a child, by their beginning, as they are known now or were at an instant.
pub fn missing_episodes(
    conn: &mut PgConnection,
    child: ChildId,
    known_at: Option<DateTime<Utc>>,
    page: &PageQuery,
) -> Result<Page<MissingEpisode>> {
    facts::check_known(conn, child)?;
    let (bound, limit) = (page.bind(&(child, known_at)), page.limit()?);
    let mut rows: Vec<MissingEpisode> = match known_at {
        Some(at) => journal::known_under(conn, child.untyped(), at)?,
        None => table::table
            .filter(table::child_id.eq(child))
            .select(MissingEpisode::as_select())
            .load(conn)?,
    };
    rows.sort_by_key(|episode| (episode.started_at, episode.id));
    bound.cut(rows, limit, |episode| episode.id, |_| true)
}

/// One missing episode of a child.
pub fn find_missing(
    conn: &mut PgConnection,
    child: ChildId,
    id: MissingEpisodeId,
) -> Result<MissingEpisode> {
    let row = table::table.find(id).filter(table::child_id.eq(child));
    row.select(MissingEpisode::as_select()).first(conn).found::<MissingEpisode>()
}

/// Reports a child in care missing.
pub fn report_missing(
    tx: &mut Tx<'_>,
    child: ChildId,
    new: &NewMissingEpisode,
) -> Result<Recorded<MissingEpisode>> {
    facts::lock_child(tx, child)?;
    let today = parameters::today(tx.conn, tx.now)?;
    code_lists::check(tx.conn, "missing_kind", "/kind", &new.kind, today)?;
    if new.started_at > tx.now {
        return Err(Error::value("/started_at", "future", "must not lie in the future"));
    }
    let open = periods_of(tx.conn, child)?
        .into_iter()
        .find(|period| period.state == CarePeriodState::Open);
    let first_day = parameters::day(tx.conn, new.started_at)?;
    let period = open.filter(|period| period.started_on <= first_day).ok_or_else(|| {
        Refusal::conflict("PL-32", "only a child in care is reported missing from care")
    })?;
    let overlapping = table::table
        .filter(table::child_id.eq(child))
        .filter(table::ended_at.is_null().or(table::ended_at.gt(new.started_at)));
    if diesel::select(diesel::dsl::exists(overlapping)).get_result(tx.conn)? {
        return Err(
            Refusal::conflict("PL-32", "the child is or was missing at that time already").into()
        );
    }
    let episode = MissingEpisode {
        id: MissingEpisodeId::generate(),
        child_id: child,
        care_period_id: period.id,
        kind: new.kind.clone(),
        started_at: new.started_at,
        ended_at: None,
        interview_offered: None,
        interview_accepted: None,
        version: 1,
    };
    diesel::insert_into(table::table).values(&episode).execute(tx.conn)?;
    tx.created("reported", episode)
}

/// Reports that the child was found or came back.
pub fn end_missing(
    tx: &mut Tx<'_>,
    child: ChildId,
    id: MissingEpisodeId,
    seen: &IfMatch,
    request: &EndMissingRequest,
) -> Result<Recorded<MissingEpisode>> {
    facts::lock_child(tx, child)?;
    let before = find_missing(tx.conn, child, id)?;
    seen.check(&before)?;
    if before.ended_at.is_some() {
        return Err(Error::State("the episode has ended already".to_owned()));
    }
    if request.ended_at > tx.now || request.ended_at <= before.started_at {
        let detail = "must be after the beginning and not in the future";
        return Err(Refusal::values("PL-32", detail).at("/ended_at").into());
    }
    if request.interview_accepted == Some(true) && !request.interview_offered {
        let detail = "only a talk that was offered can be taken up";
        return Err(Error::value("/interview_accepted", "not_offered", detail));
    }
    let mut after = before.clone();
    after.ended_at = Some(request.ended_at);
    after.interview_offered = Some(request.interview_offered);
    after.interview_accepted = request.interview_accepted;
    after.version += 1;
    prepared::update(table::table.find(id)).set(&after).execute(tx.conn)?;
    tx.changed("ended", &before, after)
}

/// PL-32: care cannot end while the child is missing.
pub fn refuse_open(conn: &mut PgConnection, period: &CarePeriod) -> Result<()> {
    let open =
        table::table.filter(table::care_period_id.eq(period.id)).filter(table::ended_at.is_null());
    if diesel::select(diesel::dsl::exists(open)).get_result(conn)? {
        let detail = "the child is missing: end the missing episode first";
        return Err(Refusal::conflict("PL-32", detail).into());
    }
    Ok(())
}
