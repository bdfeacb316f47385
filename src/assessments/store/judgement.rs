//! What the rules say to a step of an assessment, and what of it is stepped over.
use chrono::NaiveDate;

use crate::{
    assessments::model::{Assessment, Findings, Necessity},
    overrides::{Judged, NewOverride, Override, store::Subject},
    platform::{db::Tx, error::Result, id::Kind as _},
    reference::rules::store::book,
    rules::{
        assessing::{self, Body, Separation},
        poverty,
    },
};

/// What is judged of a step.
#[derive(Default)]
pub(super) struct Asked<'a> {
    /// What was found, where child and family are to be separated.
    pub separation: Option<Separation>,
    /// Who decides, if that is decided.
    pub body: Option<Body<'a>>,
}

/// Refuses what the rules of the day do not let pass, unless that is stepped over. Gives what is: it is kept
/// once the assessment is written.
pub(super) fn judge(
    tx: &mut Tx<'_>,
    assessment: &Assessment,
    day: NaiveDate,
    asked: &Asked<'_>,
    overrides: &[NewOverride],
) -> Result<Vec<Override>> {
    let book = book(tx.conn, day, &[assessing::RULES, poverty::RULES].concat(), &[])?;
    let of_body = asked.body.and_then(|body| assessing::judge_body(body, &book));
    let of_separation = asked.separation.map(|it| assessing::judge_separation(it, &book));
    let findings = of_body.into_iter().chain(of_separation.into_iter().flatten()).collect();
    let mut judged = Judged { findings, book };
    let (id, child) = (assessment.id.untyped(), assessment.child_id);
    let subject = Subject { kind: Assessment::NAME, id, child, day };
    let overrides = judged.weigh(tx, subject, overrides)?;
    judged.refuse()?;
    Ok(overrides)
}

/// What the rules on separations go by.
pub(super) fn separation(findings: &Findings, poverty_only: bool) -> Separation {
    Separation {
        poverty_only,
        necessary: findings.necessity == Necessity::Necessary,
        services_tried: findings.prevention.len(),
    }
}
