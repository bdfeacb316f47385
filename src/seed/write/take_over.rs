//! Writing what the registry took over on its first day, many records of a kind at a time.
use std::cell::RefCell;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use diesel::PgConnection;

use super::{
    Meter, Writer,
    care::{LAW, care_entry},
    carers::{enquiry, missing_checks, training},
    commit, lost,
    past::{Past, PastAbsence, PastPeriod},
    plan_anew,
};
use crate::{
    carers::{
        model::{CarerStep, CarerStepRequest},
        store::{self as carers, FamilyFile},
    },
    children::store as children,
    placements::{
        CareExit, NewAbsence, PastCarePeriod, PastPlacement, Placement, store as placements,
    },
    platform::{db::Tx, error::Result},
    seed::plan::{Event, FamilyStep, Ix, Stay},
};

/// Records of a kind that are committed together.
const TOGETHER: usize = 200;

/// Takes over what these steps left behind.
pub(super) fn take_over(
    conn: &mut PgConnection,
    writer: &RefCell<Writer<'_>>,
    events: &[Event],
    since: NaiveDate,
    meter: &Meter<'_>,
) -> Result<()> {
    let past = Past::of(events);
    let mut intake = Intake { conn, writer, now: morning(since) };
    intake.all(&past.children, Writer::register_all)?;
    intake.all(&past.siblings, |writer, tx, some| {
        some.iter().try_for_each(|(one, other)| writer.siblings(tx, *one, *other))
    })?;
    let exits = past.periods.iter().filter_map(|period| Some((period.child, period.exit?)));
    let deaths: Vec<(Ix, NaiveDate)> = exits
        .filter(|(_, exit)| exit.reason == "died")
        .map(|(child, exit)| (child, exit.on))
        .collect();
    intake.all(&deaths, |writer, tx, some| {
        some.iter().try_for_each(|(child, on)| writer.died(tx, *child, *on))
    })?;
    intake.all(&past.facilities, |writer, tx, some| {
        some.iter().try_for_each(|event| writer.take(tx, event))
    })?;
    meter.add(events.len() / 5);
    intake.all(&past.families, Writer::take_over_families)?;
    meter.add(events.len() / 5);
    intake.all(&past.periods, Writer::take_over_periods)?;
    meter.add(events.len() / 5);
    intake.all(&past.statuses, |writer, tx, some| {
        let mut new = Vec::new();
        for (child, status) in some {
            new.push((writer.child(*child)?, writer.legal_status(*status)));
        }
        let made = children::set_statuses(tx, new)?.into_value();
        let of = some.iter().map(|(child, status)| (*child, status.axis));
        writer.statuses.extend(of.zip(made));
        Ok(())
    })?;
    meter.add(events.len() / 5);
    intake.all(&past.absences, |writer, tx, some| {
        some.iter().try_for_each(|absence| writer.was_away(tx, absence))
    })?;
    intake.all(&past.missing, |writer, tx, some| {
        some.iter().try_for_each(|(child, kind)| writer.report_missing(tx, *child, kind))
    })?;
    writer.borrow_mut().past.clear();
    meter.add(events.len() - events.len() / 5 * 4);
    Ok(())
}

fn morning(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() + Duration::hours(7)
}

/// The work of the first day.
struct Intake<'w, 'p> {
    conn: &'w mut PgConnection,
    writer: &'w RefCell<Writer<'p>>,
    now: DateTime<Utc>,
}

impl<'p> Intake<'_, 'p> {
    /// Takes over all records of a kind, some in each second. Then the tables have grown.
    fn all<T>(
        &mut self,
        all: &[T],
        work: impl Fn(&mut Writer<'p>, &mut Tx<'_>, &[T]) -> Result<()>,
    ) -> Result<()> {
        for some in all.chunks(TOGETHER) {
            self.now += Duration::seconds(1);
            commit(self.conn, self.writer, self.now, |writer, tx| work(writer, tx, some))?;
        }
        plan_anew(self.conn)
    }
}

impl Writer<'_> {
    fn register_all(&mut self, tx: &mut Tx<'_>, some: &[Ix]) -> Result<()> {
        let new = some.iter().map(|child| self.registration(*child)).collect();
        let made = children::register_all(tx, new)?.into_value();
        self.children.extend(some.iter().copied().zip(made.into_iter().map(|child| child.id)));
        Ok(())
    }

    fn take_over_families(
        &mut self,
        tx: &mut Tx<'_>,
        some: &[(Ix, Vec<FamilyStep>)],
    ) -> Result<()> {
        let mut past = Vec::new();
        for (family, steps) in some {
            past.push(self.past_family(tx, *family, steps)?);
        }
        let made = carers::take_over(tx, past)?.into_value();
        self.families.extend(some.iter().map(|(family, _)| *family).zip(made));
        Ok(())
    }

    fn past_family(
        &mut self,
        tx: &mut Tx<'_>,
        family: Ix,
        steps: &[FamilyStep],
    ) -> Result<FamilyFile> {
        let household = self.plan.households.at(family);
        let (first, rest) = steps.split_first().ok_or_else(|| lost("family"))?;
        let FamilyStep::Enquire(on) = first else { return Err(lost("family")) };
        let centre = self.centre(&household.area_code);
        let mut past = FamilyFile::enquired(tx, &enquiry(household, centre, *on))?;
        for step in rest {
            match *step {
                FamilyStep::Enquire(_) => {}
                FamilyStep::Apply(on) => {
                    took(tx, &mut past, CarerStep::Submit, on)?;
                    took(tx, &mut past, CarerStep::BeginChecks, on)?;
                }
                FamilyStep::Check(on) => {
                    past.add_checks(tx, &missing_checks(past.family(), on))?;
                    took(tx, &mut past, CarerStep::BeginHomeStudy, on)?;
                }
                FamilyStep::Train(on) => {
                    took(tx, &mut past, CarerStep::BeginTraining, on)?;
                    past.add_training(tx, &training(on))?;
                }
                FamilyStep::Panel(on) => took(tx, &mut past, CarerStep::ConvenePanel, on)?,
                FamilyStep::Approve(on, from, to) => {
                    past.add_checks(tx, &missing_checks(past.family(), on))?;
                    past.approve(tx, &self.terms(household, (on, from, to))?)?;
                }
                FamilyStep::Resign(on) => took(tx, &mut past, CarerStep::Resign, on)?,
                FamilyStep::Suspend(on) => took(tx, &mut past, CarerStep::Suspend, on)?,
                FamilyStep::Expire(on) => took(tx, &mut past, CarerStep::Expire, on)?,
            }
        }
        Ok(past)
    }

    fn take_over_periods(&mut self, tx: &mut Tx<'_>, some: &[PastPeriod]) -> Result<()> {
        let mut new = Vec::new();
        for period in some {
            new.push(self.past_period(period)?);
        }
        let made = placements::take_over(tx, &new)?.into_value();
        for (period, made) in some.iter().zip(made) {
            if period.exit.is_none()
                && let Some(last) = made.placements.last()
            {
                self.placements.insert(period.child, last.clone());
            }
            self.past.entry(period.child).or_default().extend(made.placements);
        }
        Ok(())
    }

    fn past_period(&mut self, period: &PastPeriod) -> Result<PastCarePeriod> {
        let mut lived = Vec::new();
        for (place, stay) in period.stays.iter().enumerate() {
            let ended = period.reasons.get(place).copied();
            let last = place + 1 == period.stays.len();
            let reason = ended.or_else(|| period.exit.filter(|_| last).map(|_| "care_plan"));
            let first = place == 0;
            lived.push(self.past_placement(*stay, first, reason)?);
        }
        Ok(PastCarePeriod {
            child_id: self.child(period.child)?,
            care_entry: care_entry(period.entry),
            placements: lived,
            exit: period.exit.map(|exit| CareExit {
                ended_on: exit.on,
                exit_reason: exit.reason.to_owned(),
                planned_exit: exit.planned,
                exit_area_code: self.exit_area(period.child, exit),
            }),
        })
    }

    fn past_placement(
        &mut self,
        stay: Stay,
        first: bool,
        reason: Option<&str>,
    ) -> Result<PastPlacement> {
        Ok(PastPlacement {
            starts_on: stay.from,
            care_type: stay.care_type.to_owned(),
            planned_kind: stay.kind.to_owned(),
            provider: self.provider(stay.with)?,
            expected_end_on: stay.expected_end,
            legal_basis: LAW.to_owned(),
            decision: first.then(|| self.first_decision(stay.from)),
            temporary_approval: None,
            end_reason: reason.map(ToOwned::to_owned),
        })
    }

    fn was_away(&self, tx: &mut Tx<'_>, absence: &PastAbsence) -> Result<()> {
        let lived = self.past.get(&absence.child).ok_or_else(|| lost("placement"))?;
        let there = |placement: &&Placement| placement.covers(absence.from);
        let placement = lived.iter().find(there).ok_or_else(|| lost("placement"))?;
        let new = NewAbsence {
            reason: absence.why.to_owned(),
            started_on: absence.from,
            ended_on: Some(absence.to),
        };
        let _reported = placements::report_absence(tx, placement.id, &new)?;
        Ok(())
    }
}

fn took(tx: &mut Tx<'_>, past: &mut FamilyFile, step: CarerStep, on: NaiveDate) -> Result<()> {
    past.take(tx, step, &CarerStepRequest { on, reason: None, decision_no: None })
}
