//! Writing what happens to children.
use chrono::{Duration, NaiveDate};

use super::{Writer, homes::unit_of, lost, overrides::stepping_over};
use crate::{
    children::{
        self, ChildPatch, LegalAxis, LegalDecision, LegalDecisionKind, NewChild, NewLegalStatus,
        NewRelation, RelationKind, SiblingWish,
    },
    placements::{
        CareEntry, Decision, EndMissingRequest, EndRequest, ExceptionFindings, MoveRequest,
        MoveTarget, NewAbsence, NewMissingEpisode, NewPlacement, PlacementException,
        PlacementIntent, Provider, ProviderKind, SiblingPlacements, store,
    },
    platform::{db::Tx, error::Result, version::IfMatch},
    seed::{
        dice::after,
        plan::{Entry, Exit, Ix, Status, Stay, With},
    },
};

pub(super) const LAW: &str = "Porodični zakon, čl. 113–124";

impl Writer<'_> {
    pub(super) fn register(&mut self, tx: &mut Tx<'_>, child: Ix) -> Result<()> {
        let made = children::store::register(tx, self.registration(child))?.into_value();
        self.children.insert(child, made.id);
        Ok(())
    }

    /// The registration of a child by the centre of its municipality.
    pub(super) fn registration(&self, child: Ix) -> NewChild {
        let new = self.plan.people.at(child).new.clone();
        NewChild { organisation_id: Some(self.centre(&new.area_code)), ..new }
    }

    pub(super) fn siblings(&mut self, tx: &mut Tx<'_>, one: Ix, other: Ix) -> Result<()> {
        let new = NewRelation {
            kind: RelationKind::FullSibling,
            related_child_id: Some(self.child(other)?),
            person: None,
            to_be_kept_together: Some(SiblingWish::Yes),
            keep_together_reason: None,
            existing_bond: Some(true),
        };
        let _added = children::store::relate(tx, self.child(one)?, new)?;
        Ok(())
    }

    pub(super) fn provider(&self, with: With) -> Result<Provider> {
        Ok(match with {
            With::Family(family) => {
                let family = self.families.get(&family).ok_or_else(|| lost("family"))?;
                Provider::carer_family(family.id)
            }
            With::Facility(home, unit) => {
                let home = self.facilities.get(&home).ok_or_else(|| lost("facility"))?;
                Provider::facility(home.id, unit.and_then(|unit| unit_of(home, unit)))
            }
            With::OwnDwelling => Provider::of_kind(ProviderKind::OwnDwelling),
        })
    }

    fn placement(&mut self, child: Ix, stay: Stay, entry: Option<Entry>) -> Result<NewPlacement> {
        let started = entry.is_some();
        Ok(NewPlacement {
            child_id: self.child(child)?,
            intent: if started { PlacementIntent::Start } else { PlacementIntent::Plan },
            care_type: stay.care_type.to_owned(),
            planned_kind: stay.kind.to_owned(),
            provider: self.provider(stay.with)?,
            starts_on: stay.from,
            expected_end_on: stay.expected_end,
            legal_basis: LAW.to_owned(),
            decision: started.then(|| self.first_decision(stay.from)),
            temporary_approval: None,
            exception: stay.exception.map(|kind| exception(kind, stay.from)),
            care_entry: entry.map(care_entry),
            overrides: Vec::new(),
        })
    }

    /// The decision by which a child came into care.
    pub(super) fn first_decision(&mut self, from: NaiveDate) -> Decision {
        Decision {
            body: "guardianship_authority".to_owned(),
            number: self.decision(from),
            decided_on: after(from, -1),
        }
    }

    pub(super) fn enter(
        &mut self,
        tx: &mut Tx<'_>,
        children: &[Ix],
        stay: Stay,
        entry: Entry,
    ) -> Result<()> {
        let mut new = Vec::new();
        for child in children {
            if !entry.emergency {
                self.assess(tx, *child, stay)?;
            }
            new.push(self.placement(*child, stay, Some(entry))?);
        }
        let (made, stepped_over) = stepping_over(tx, stay.from, |tx, overrides| {
            let with =
                |one: &NewPlacement| NewPlacement { overrides: overrides.to_vec(), ..one.clone() };
            let all: Vec<NewPlacement> = new.iter().map(with).collect();
            if let [one] = all.as_slice() {
                return Ok(vec![store::create(tx, one)?.into_value()]);
            }
            Ok(store::create_siblings(tx, &SiblingPlacements { placements: all })?.into_value())
        })?;
        for placement in made.iter().filter(|_| stepped_over) {
            self.stepped_over(stay.from, placement.id);
        }
        self.placements.extend(children.iter().copied().zip(made));
        Ok(())
    }

    pub(super) fn move_on(
        &mut self,
        tx: &mut Tx<'_>,
        child: Ix,
        stay: Stay,
        reason: &str,
    ) -> Result<()> {
        let provider = self.provider(stay.with)?;
        let resides = |with: ProviderKind| with == ProviderKind::Facility;
        let from = self.placements.get(&child).map(|before| before.provider.kind);
        if resides(provider.kind) && stay.kind != "emergency" && !from.is_some_and(resides) {
            self.assess(tx, child, stay)?;
        }
        let before = self.placements.get(&child).ok_or_else(|| lost("placement"))?;
        let planned_placement_id = self.planned.remove(&child);
        let request = MoveRequest {
            moved_on: stay.from,
            reason: reason.to_owned(),
            to: planned_placement_id.is_none().then(|| MoveTarget {
                care_type: stay.care_type.to_owned(),
                planned_kind: stay.kind.to_owned(),
                provider,
                expected_end_on: stay.expected_end,
                legal_basis: LAW.to_owned(),
                decision: None,
                temporary_approval: None,
                exception: stay.exception.map(|kind| exception(kind, stay.from)),
            }),
            planned_placement_id,
            overrides: Vec::new(),
        };
        let (made, stepped_over) = stepping_over(tx, stay.from, |tx, overrides| {
            let request = MoveRequest { overrides: overrides.to_vec(), ..request.clone() };
            Ok(store::move_on(tx, before.id, &IfMatch::of(before), &request)?.into_value())
        })?;
        if stepped_over {
            self.stepped_over(stay.from, made.id);
        }
        self.placements.insert(child, made);
        Ok(())
    }

    pub(super) fn leave(&mut self, tx: &mut Tx<'_>, child: Ix, exit: Exit) -> Result<()> {
        if exit.reason == "died" {
            self.died(tx, child, exit.on)?;
        }
        let before = self.placements.remove(&child).ok_or_else(|| lost("placement"))?;
        let first_visit_on = self.prepare_return(tx, (child, exit), &before)?;
        let request = EndRequest {
            ended_on: exit.on,
            reason: "care_plan".to_owned(),
            exit_reason: exit.reason.to_owned(),
            planned_exit: exit.planned,
            exit_area_code: self.exit_area(child, exit),
            first_visit_on,
            overrides: Vec::new(),
        };
        let _ended = store::end(tx, before.id, &IfMatch::of(&before), &request)?;
        Ok(())
    }

    pub(super) fn exit_area(&self, child: Ix, exit: Exit) -> Option<String> {
        let home = self.plan.people.at(child).home;
        (exit.reason != "moved_abroad" && exit.reason != "died").then(|| self.area_code(home))
    }

    /// A death is recorded on the child before its care ends by it.
    pub(super) fn died(&self, tx: &mut Tx<'_>, child: Ix, on: NaiveDate) -> Result<()> {
        let patch = ChildPatch { death_date: Some(Some(on)), ..ChildPatch::default() };
        let before = children::store::find(tx.conn, self.child(child)?)?;
        let _changed = children::store::change(tx, before.id, &IfMatch::of(&before), &patch)?;
        Ok(())
    }

    pub(super) fn intend(&mut self, tx: &mut Tx<'_>, child: Ix, stay: Stay) -> Result<()> {
        let new = self.placement(child, stay, None)?;
        let _planned = store::create(tx, &new)?;
        Ok(())
    }

    /// A move that is planned, so that whoever goes before is not parted from the child.
    pub(super) fn plan_move(&mut self, tx: &mut Tx<'_>, child: Ix, stay: Stay) -> Result<()> {
        let new = self.placement(child, stay, None)?;
        let planned = store::create(tx, &new)?;
        self.planned.insert(child, planned.value().id);
        Ok(())
    }

    pub(super) fn away(
        &mut self,
        tx: &mut Tx<'_>,
        child: Ix,
        why: &str,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<()> {
        let placement = self.placements.get(&child).ok_or_else(|| lost("placement"))?;
        let new = NewAbsence { reason: why.to_owned(), started_on: from, ended_on: Some(to) };
        let _reported = store::report_absence(tx, placement.id, &new)?;
        Ok(())
    }

    pub(super) fn report_missing(&mut self, tx: &mut Tx<'_>, child: Ix, kind: &str) -> Result<()> {
        let new =
            NewMissingEpisode { kind: kind.to_owned(), started_at: tx.now - Duration::hours(1) };
        let made = store::report_missing(tx, self.child(child)?, &new)?.into_value();
        self.missing.insert(child, made);
        Ok(())
    }

    pub(super) fn returned(&mut self, tx: &mut Tx<'_>, child: Ix, offered: bool) -> Result<()> {
        let before = self.missing.remove(&child).ok_or_else(|| lost("missing episode"))?;
        let request = EndMissingRequest {
            ended_at: tx.now - Duration::minutes(30),
            interview_offered: offered,
            interview_accepted: offered.then_some(true),
        };
        let id = self.child(child)?;
        let _ended = store::end_missing(tx, id, before.id, &IfMatch::of(&before), &request)?;
        Ok(())
    }

    pub(super) fn status(&mut self, tx: &mut Tx<'_>, child: Ix, status: Status) -> Result<()> {
        let new = self.legal_status(status);
        let made = children::store::set_status(tx, self.child(child)?, new)?.into_value();
        self.statuses.insert((child, status.axis), made);
        Ok(())
    }

    pub(super) fn legal_status(&mut self, status: Status) -> NewLegalStatus {
        // Whom the law names holds the rights without a decision.
        let by_law = status.axis.is_parental() && !status.by_court;
        let kind = if status.by_court {
            LegalDecisionKind::Court
        } else {
            LegalDecisionKind::Administrative
        };
        NewLegalStatus {
            axis: status.axis,
            status: status.status.to_owned(),
            basis: Some(LAW.to_owned()),
            decision: (!by_law).then(|| LegalDecision {
                body: if status.by_court { "court" } else { "guardianship_authority" }.to_owned(),
                kind,
                number: Some(self.decision(status.from)),
                decided_on: after(status.from, -2),
                effective_on: Some(status.from),
            }),
            valid_from: status.from,
            valid_to: status.to,
        }
    }

    pub(super) fn end_status(
        &mut self,
        tx: &mut Tx<'_>,
        child: Ix,
        axis: LegalAxis,
        on: NaiveDate,
    ) -> Result<()> {
        let before = self.statuses.remove(&(child, axis)).ok_or_else(|| lost("legal status"))?;
        let id = self.child(child)?;
        let _ended = children::store::end_status(tx, id, before.id, &IfMatch::of(&before), on)?;
        Ok(())
    }
}

pub(super) fn care_entry(entry: Entry) -> CareEntry {
    CareEntry {
        entry_reason: entry.reason.to_owned(),
        other_reasons: entry.other.map(ToOwned::to_owned).into_iter().collect(),
        entry_route: entry.route.to_owned(),
        emergency: entry.emergency,
    }
}

/// An exception for a child below the age limit, with its four findings.
fn exception(kind: &str, from: NaiveDate) -> PlacementException {
    PlacementException {
        kind: kind.to_owned(),
        findings: ExceptionFindings {
            limited_stay: true,
            last_resort: true,
            absolutely_necessary: true,
            best_interests: true,
        },
        justification: "No family with a place for the child was found within the district."
            .to_owned(),
        authorised_by: "Director of the centre for social work".to_owned(),
        authorised_on: after(from, -1),
    }
}
