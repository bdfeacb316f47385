//! The histories by which admissions are judged.
use std::collections::HashMap;

use diesel::prelude::*;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    facilities::model::{
        AdmissionsStop, Capacity, FacilityId, FacilityTerms, Registration, StatePeriod,
    },
    platform::{
        error::Result,
        gathered::{Gathered, Parts},
        prepared,
    },
    schema::facilities,
};

/// Everything by which an admission on any day is judged; empty for a facility that does not exist.
pub fn terms(conn: &mut PgConnection, id: FacilityId) -> Result<FacilityTerms> {
    Ok(terms_of(conn, &[id])?.remove(&id).unwrap_or_default())
}

/// The terms of several facilities, in one statement: each placement in one is judged by them.
pub fn terms_of(
    conn: &mut PgConnection,
    ids: &[FacilityId],
) -> Result<HashMap<FacilityId, FacilityTerms>> {
    type Row = (
        FacilityId,
        Parts<Kept<StatePeriod>>,
        Parts<Kept<Registration>>,
        Parts<Kept<AdmissionsStop>>,
        Parts<Capacity>,
    );
    let history = |table: &str| {
        Gathered(format!(
            "(SELECT coalesce(json_agg(t ORDER BY t.valid_from, t.id), '[]') FROM {table} t \
             WHERE t.facility_id = facilities.id)"
        ))
    };
    let terms = facilities::table.filter(facilities::id.eq_any(ids)).select((
        facilities::id,
        history("facility_states"),
        history("facility_registrations"),
        history("facility_admission_stops"),
        history("facility_capacities"),
    ));
    let rows: Vec<Row> = prepared::kept(terms).load(conn)?;
    let terms = rows.into_iter().map(|(id, states, registrations, stops, capacities)| {
        let states = kept(states, |id, it| StatePeriod { id, ..it });
        let registrations = kept(registrations, |id, it| Registration { id, ..it });
        let stops = kept(stops, |id, it| AdmissionsStop { id, ..it });
        (id, FacilityTerms { states, registrations, stops, capacities: capacities.into() })
    });
    Ok(terms.collect())
}

/// A part of a history with the id of its row, which is no part of the answer.
#[derive(Debug, Deserialize)]
struct Kept<T> {
    id: Uuid,
    #[serde(flatten)]
    part: T,
}

fn kept<T>(rows: Parts<Kept<T>>, with: impl Fn(Uuid, T) -> T) -> Vec<T> {
    Vec::from(rows).into_iter().map(|Kept { id, part }| with(id, part)).collect()
}
