//! Stepping over soft rules, and what others find of it some weeks later.
use chrono::NaiveDate;

use super::Writer;
use crate::{
    overrides::{self, NewOverride, OverrideReview},
    placements::PlacementId,
    platform::{
        db::Tx,
        error::{Error, Result},
        version::IfMatch,
    },
    seed::dice::after,
};

/// The rules that a made-up authority steps over when it must.
const SOFT: [&str; 2] = ["PL-21", "PL-23"];
/// Days after which an override is reviewed.
const REVIEWED_AFTER: i64 = 45;
/// One of so many is not reviewed, and one of so many is found wrong.
const FORGOTTEN: u64 = 8;
const WRONG: u64 = 13;

/// Does a step, and if a soft rule refuses it, again with an override of that rule. Tells whether there was
/// one.
pub(super) fn stepping_over<T>(
    tx: &mut Tx<'_>,
    day: NaiveDate,
    step: impl Fn(&mut Tx<'_>, &[NewOverride]) -> Result<T>,
) -> Result<(T, bool)> {
    let mut overrides: Vec<NewOverride> = Vec::new();
    loop {
        match step(tx, &overrides) {
            Err(Error::Rule(refusal))
                if SOFT.contains(&refusal.rule.as_str()) && overrides.len() < SOFT.len() =>
            {
                overrides.push(NewOverride {
                    rule: refusal.rule.clone(),
                    justification: "Nothing nearer would do, and the child knows the people there."
                        .to_owned(),
                    authorised_by: "Director of the centre for social work".to_owned(),
                    authorised_on: day,
                    valid_until: None,
                    evidence_ref: None,
                });
            }
            done => return done.map(|done| (done, !overrides.is_empty())),
        }
    }
}

impl Writer<'_> {
    /// Remembers that rules were stepped over for a placement.
    pub(super) fn stepped_over(&mut self, day: NaiveDate, placement: PlacementId) {
        self.stepped_over.push_back((day, placement));
    }

    /// Reviews what was stepped over some weeks before: the national authority does, mostly.
    pub(super) fn review_overrides(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let until = after(tx.now.date_naive(), -REVIEWED_AFTER);
        let actor = std::mem::replace(&mut tx.actor, self.country.reviewer);
        while let Some((day, placement)) = self.stepped_over.front().copied() {
            if day > until {
                break;
            }
            self.stepped_over.pop_front();
            self.reviewed += 1;
            if self.reviewed.is_multiple_of(FORGOTTEN) {
                continue;
            }
            let (upheld, note) = if self.reviewed.is_multiple_of(WRONG) {
                (false, "A family near by had room and was not asked.")
            } else {
                (true, "The file tells who was asked; nobody nearer had room.")
            };
            let review = OverrideReview { upheld, note: note.to_owned() };
            for made in overrides::store::of_subject(tx.conn, placement.untyped())? {
                let seen = IfMatch::of(&made);
                let _reviewed = overrides::store::review(tx, made.id, &seen, &review)?;
            }
        }
        tx.actor = actor;
        Ok(())
    }
}
