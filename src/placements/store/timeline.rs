//! The timeline of a child, of the present or of the past.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use super::{facts, row::PlacementRow};
use crate::{
    children::{Child, ChildId},
    placements::model::{
        CarePeriod, ChildTimeline, MissingEpisode, Placement, PlacementState, TemporaryAbsence,
        TimelinePeriod, Whereabouts,
    },
    platform::{
        error::{Error, Result},
        journal,
        time::{AsOf, within},
    },
    reference::parameters,
    schema::{care_periods, missing_episodes, placements, temporary_absences},
};

/// All rows of a child that a timeline is made of.
struct Rows {
    periods: Vec<CarePeriod>,
    placements: Vec<Placement>,
    absences: Vec<TemporaryAbsence>,
    missing: Vec<MissingEpisode>,
}

/// Where a child lived until `as_of` (today unless said), as far as was known at `known_at`.
pub fn timeline(
    conn: &mut PgConnection,
    child: ChildId,
    asked: AsOf,
    now: DateTime<Utc>,
) -> Result<ChildTimeline> {
    facts::check_known(conn, child)?;
    let today = parameters::today(conn, now)?;
    let day = asked.as_of.unwrap_or(today);
    if day > today {
        return Err(Error::query("as_of", "future", "must not lie in the future"));
    }
    let rows = match asked.known_at {
        Some(at) if at > now => {
            return Err(Error::query("known_at", "future", "must not lie in the future"));
        }
        Some(at) => rows_known(conn, child, at)?,
        None => rows_now(conn, child)?,
    };
    let present = asked.as_of.is_none();
    let zone_day = |at: DateTime<Utc>| parameters::day(conn, at);
    rows.whole(child, day, asked.known_at, present, zone_day)
}

fn rows_now(conn: &mut PgConnection, child: ChildId) -> Result<Rows> {
    let placed: Vec<PlacementRow> = placements::table
        .filter(placements::child_id.eq(child))
        .select(PlacementRow::as_select())
        .load(conn)?;
    Ok(Rows {
        periods: care_periods::table
            .filter(care_periods::child_id.eq(child))
            .select(CarePeriod::as_select())
            .load(conn)?,
        placements: placed.into_iter().map(TryInto::try_into).collect::<Result<_>>()?,
        absences: temporary_absences::table
            .filter(temporary_absences::child_id.eq(child))
            .select(TemporaryAbsence::as_select())
            .load(conn)?,
        missing: missing_episodes::table
            .filter(missing_episodes::child_id.eq(child))
            .select(MissingEpisode::as_select())
            .load(conn)?,
    })
}

fn rows_known(conn: &mut PgConnection, child: ChildId, at: DateTime<Utc>) -> Result<Rows> {
    // A child that was not yet registered then was not known at all.
    let _known: Child = journal::known(conn, child.untyped(), at)?;
    Ok(Rows {
        periods: journal::known_under(conn, child.untyped(), at)?,
        placements: journal::known_under(conn, child.untyped(), at)?,
        absences: journal::known_under(conn, child.untyped(), at)?,
        missing: journal::known_under(conn, child.untyped(), at)?,
    })
}

impl Rows {
    fn whole(
        self,
        child_id: ChildId,
        as_of: NaiveDate,
        known_at: Option<DateTime<Utc>>,
        present: bool,
        mut day_of: impl FnMut(DateTime<Utc>) -> Result<NaiveDate>,
    ) -> Result<ChildTimeline> {
        let (planned, begun): (Vec<_>, Vec<_>) = self
            .placements
            .into_iter()
            .partition(|placement| placement.state == PlacementState::Planned);
        let mut begun: Vec<Placement> =
            begun.into_iter().filter_map(|placement| placement.on(as_of)).collect();
        begun.sort_by_key(|placement| placement.started_on);
        let mut absences: Vec<_> =
            self.absences.into_iter().filter_map(|absence| absence.on(as_of)).collect();
        absences.sort_by_key(|absence| absence.started_on);
        let mut missing = Vec::new();
        for mut episode in self.missing {
            if day_of(episode.started_at)? <= as_of {
                if let Some(end) = episode.ended_at
                    && !present
                    && day_of(end)? > as_of
                {
                    (episode.ended_at, episode.interview_offered, episode.interview_accepted) =
                        (None, None, None);
                }
                missing.push(episode);
            }
        }
        missing.sort_by_key(|episode| episode.started_at);
        let mut periods: Vec<CarePeriod> =
            self.periods.into_iter().filter_map(|period| period.on(as_of)).collect();
        periods.sort_by_key(|period| period.started_on);
        Ok(ChildTimeline {
            child_id,
            as_of,
            known_at,
            lives: lives(&begun, &absences, &missing, as_of),
            care_periods: periods
                .into_iter()
                .map(|care_period| TimelinePeriod {
                    placements: begun
                        .iter()
                        .filter(|placement| placement.care_period_id == Some(care_period.id))
                        .cloned()
                        .collect(),
                    care_period,
                })
                .collect(),
            planned: if present { planned } else { Vec::new() },
            absences,
            missing_episodes: missing,
        })
    }
}

fn lives(
    placements: &[Placement],
    absences: &[TemporaryAbsence],
    missing: &[MissingEpisode],
    day: NaiveDate,
) -> Option<Whereabouts> {
    let placement = placements.iter().find(|placement| placement.covers(day))?;
    let away = absences.iter().find(|absence| within(day, absence.started_on, absence.ended_on));
    Some(Whereabouts {
        placement_id: placement.id,
        care_type: placement.care_type.clone(),
        provider: placement.provider.clone(),
        since: placement.started_on?,
        absent: away.map(|absence| absence.reason.clone()),
        missing: missing
            .iter()
            .find(|episode| episode.ended_at.is_none())
            .map(|episode| episode.kind.clone()),
    })
}
