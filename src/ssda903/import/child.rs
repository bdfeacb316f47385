//! Writing a child that a return tells of, and its care.
use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    Intake,
    care::{self, Period, Told},
    homes::{self, FacilityKey, NOT_TOLD},
    plan::Plan,
    reverse::Care,
};
use crate::{
    children::{self, ChildId, ChildName, ChildPatch, LegalAxis, NewChild, NewLegalStatus},
    placements::{
        CareEntry, CareExit, NewAbsence, PastCarePeriod, PastPlacement, Provider, ProviderKind,
        store as placements,
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        external_id::ExternalId,
        version::IfMatch,
    },
    ssda903::{
        derive::{CHILD, UPN},
        model::read_day,
    },
};

impl Intake<'_> {
    /// Writes a child and its care.
    pub(super) fn child(&self, tx: &mut Tx<'_>, plan: &Plan<'_>) -> Result<ChildId> {
        let child = children::store::register(tx, self.registration(plan))?.into_value();
        let mut died = plan.periods.iter().filter_map(|period| period.exit);
        if let Some((day, _)) = died.rfind(|(_, rec)| *rec == "E2") {
            let patch = ChildPatch { death_date: Some(Some(day)), ..ChildPatch::default() };
            let _died = children::store::change(tx, child.id, &IfMatch::of(&child), &patch)?;
        }
        let mut periods = Vec::new();
        for (period, care) in plan.periods.iter().zip(&plan.care) {
            periods.push(self.period(tx, child.id, period, care)?);
        }
        if !periods.is_empty() {
            let made = placements::take_over(tx, &periods)?.into_value();
            for (period, made) in plan.periods.iter().zip(made) {
                for away in &period.absences {
                    let stay = made.placements.get(away.stay);
                    let stay = stay.ok_or_else(|| Error::internal("a placement was lost"))?;
                    let _made = placements::report_absence(tx, stay.id, &self.absence(away))?;
                }
            }
            let statuses = self.statuses(child.id, plan);
            if !statuses.is_empty() {
                let _set = children::store::set_statuses(tx, statuses)?;
            }
        }
        Ok(child.id)
    }

    /// Who the child is, as far as the return says. It has no names.
    fn registration(&self, plan: &Plan<'_>) -> NewChild {
        let (year, header) = plan.header;
        let number = |system: &str, value: &str| ExternalId {
            system: system.to_owned(),
            value: value.to_owned(),
            valid_from: None,
            valid_to: None,
        };
        let mut external_ids = vec![number(CHILD, plan.number)];
        // Shorter ones say why the child has none.
        if header.upn.len() == 13 {
            external_ids.push(number(UPN, &header.upn));
        }
        let declared =
            || self.reverse.code_or("ethnicity", "ETHNIC", &header.ethnic, year, "other");
        let came_alone = self
            .years
            .iter()
            .any(|(_, whole)| whole.uasc.iter().any(|row| row.child == plan.number));
        NewChild {
            names: vec![ChildName {
                r#use: "official".to_owned(),
                given: None,
                middle: None,
                family: Some(NOT_TOLD.to_owned()),
                valid_from: None,
                valid_to: None,
            }],
            external_ids,
            sex: self.reverse.code_or("sex", "SEX", &header.sex, year, "unknown"),
            birth_date: read_day(&header.dob),
            birth_date_precision: None,
            expected_birth_date: None,
            birth_registered: None,
            citizenships: Vec::new(),
            ethnicity: self.ethnicity.then(declared),
            languages: Vec::new(),
            organisation_id: Some(self.place.organisation),
            area_code: self.place.area.clone(),
            registration_basis: "without_parental_care".to_owned(),
            parental_status: None,
            cause_without_parental_care: None,
            disability_status: None,
            special_needs: Vec::new(),
            unaccompanied_status: came_alone.then(|| "unaccompanied".to_owned()),
            is_parent: header.mother == "1",
            confidentiality: None,
        }
    }

    fn period(
        &self,
        tx: &mut Tx<'_>,
        child: ChildId,
        period: &Period<'_>,
        care: &[Care],
    ) -> Result<PastCarePeriod> {
        let mut families = BTreeMap::new();
        let mut lived = Vec::new();
        let last = period.stays.len().saturating_sub(1);
        for (place, (stay, is)) in period.stays.iter().zip(care).enumerate() {
            if is.provider == ProviderKind::CarerFamily && !families.contains_key(&stay.home) {
                let days = with_family(period, care, stay.home);
                families.insert(stay.home, homes::family(tx, &self.place, child, &days)?);
            }
            let provider = match (is.provider, families.get(&stay.home)) {
                (ProviderKind::CarerFamily, Some(id)) => Provider::carer_family(*id),
                (ProviderKind::Facility, _) => {
                    let id = self.facilities.get(&FacilityKey::of(&stay.first, is)).copied();
                    Provider::facility(id.ok_or(Error::NotFound("facility"))?, None)
                }
                (kind, _) => Provider::of_kind(kind),
            };
            let ended = place < last || period.exit.is_some();
            lived.push(PastPlacement {
                starts_on: stay.first.from,
                care_type: is.kind.clone(),
                planned_kind: is.planned_kind.to_owned(),
                provider,
                expected_end_on: None,
                legal_basis: NOT_TOLD.to_owned(),
                decision: None,
                temporary_approval: None,
                end_reason: ended.then(|| self.why(stay)),
            });
        }
        Ok(PastCarePeriod {
            child_id: child,
            care_entry: self.entry(&period.first),
            placements: lived,
            exit: period.exit.map(|(day, rec)| self.exit(period, day, rec)),
        })
    }

    fn why(&self, stay: &care::Stay<'_>) -> String {
        let (column, year) = ("REASON_PLACE_CHANGE", stay.first.year);
        self.reverse.code_or("move_reason", column, stay.why, year, "other")
    }

    fn entry(&self, first: &Told<'_>) -> CareEntry {
        let (need, year) = (first.row.cin.as_str(), first.year);
        CareEntry {
            entry_reason: self.reverse.code_or("entry_reason", "CIN", need, year, "other"),
            other_reasons: Vec::new(),
            entry_route: "from_family".to_owned(),
            emergency: false,
        }
    }

    fn exit(&self, period: &Period<'_>, day: NaiveDate, rec: &str) -> CareExit {
        let reason = self.reverse.code_or("exit_reason", "REC", rec, period.first.year, "other");
        let planned = !matches!(rec, "E2" | "E4B" | "E8");
        CareExit { ended_on: day, exit_reason: reason, planned_exit: planned, exit_area_code: None }
    }

    fn absence(&self, away: &care::Away<'_>) -> NewAbsence {
        let year = self.years.last().map(|(year, _)| *year);
        let code =
            |year| self.reverse.code_or("absence_reason", "PLACE", &away.row.place, year, "other");
        NewAbsence {
            reason: year.map_or_else(|| "other".to_owned(), code),
            started_on: away.from,
            ended_on: away.to,
        }
    }

    fn statuses(&self, child: ChildId, plan: &Plan<'_>) -> Vec<(ChildId, NewLegalStatus)> {
        let status = |status: care::Status<'_>| {
            let year = plan.header.0;
            let code = self.reverse.code("legal_status", "LS", &status.row.ls, year)?.to_owned();
            let new = NewLegalStatus {
                axis: LegalAxis::CareAuthority,
                status: code,
                basis: None,
                decision: None,
                valid_from: status.from,
                valid_to: status.to,
            };
            Some((child, new))
        };
        care::statuses(&plan.episodes).into_iter().filter_map(status).collect()
    }
}

/// The stays of a period with one family: first days, and what they are recorded as.
fn with_family<'p>(
    period: &Period<'_>,
    care: &'p [Care],
    home: usize,
) -> Vec<(NaiveDate, &'p Care)> {
    let stays = period.stays.iter().zip(care);
    let there =
        stays.filter(|(stay, is)| stay.home == home && is.provider == ProviderKind::CarerFamily);
    there.map(|(stay, is)| (stay.first.from, is)).collect()
}
