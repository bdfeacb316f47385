//! What of a carer family is sealed: where it lives, and free text.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    carers::model::{CarerFamily, CarerFamilyId, CarerState, CarerStatePeriod},
    platform::{
        db::Tx,
        error::{Error, Result},
        gathered::Parts,
        vault::{Class, Seat, Unopened, sealed},
    },
    schema::carer_families,
    sealed_columns,
};

sealed_columns!(carer_families: Identifying {
    address_lines, locality, postcode, exact_lat, exact_lon, on_hold_reason
});

/// The sealed columns of a family, and its place on the map for the search nearby, which is rounded.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = carer_families, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    address_lines: Vec<u8>,
    locality: Option<Vec<u8>>,
    postcode: Option<Vec<u8>>,
    lat: Option<f64>,
    lon: Option<f64>,
    on_hold_reason: Option<Vec<u8>>,
    exact_lat: Option<Vec<u8>>,
    exact_lon: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, family: &CarerFamily) -> Result<Self> {
        use carer_families as columns;
        let id = family.id.untyped();
        let on_hold = family.on_hold_reason.as_ref();
        Ok(Self {
            address_lines: tx.seal(columns::address_lines, id, &family.address_lines)?,
            locality: tx.seal_some(columns::locality, id, family.locality.as_ref())?,
            postcode: tx.seal_some(columns::postcode, id, family.postcode.as_ref())?,
            lat: family.lat.map(rounded),
            lon: family.lon.map(rounded),
            on_hold_reason: tx.seal_some(columns::on_hold_reason, id, on_hold)?,
            exact_lat: tx.seal_some(columns::exact_lat, id, family.lat.as_ref())?,
            exact_lon: tx.seal_some(columns::exact_lon, id, family.lon.as_ref())?,
        })
    }
}

/// To a hundredth of a degree: about a kilometre.
fn rounded(degrees: f64) -> f64 {
    (degrees * 100.0).round() / 100.0
}

/// A state of a family as it was gathered: its reason is sealed.
#[derive(Deserialize)]
pub struct KeptStatePeriod {
    carer_family_id: Uuid,
    place: i32,
    state: CarerState,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    reason: Option<String>,
    decision_no: Option<String>,
}

impl TryFrom<Parts<KeptStatePeriod>> for Vec<CarerStatePeriod> {
    type Error = Unopened;

    fn try_from(parts: Parts<KeptStatePeriod>) -> Result<Self, Unopened> {
        Vec::from(parts).into_iter().map(KeptStatePeriod::open).collect()
    }
}

impl KeptStatePeriod {
    fn open(self) -> Result<CarerStatePeriod, Unopened> {
        let row = row(self.carer_family_id, self.place);
        let open = |text: String| {
            sealed::open_json(Class::Identifying, seat(&row), &sealed::of_json(&text)?)
        };
        Ok(CarerStatePeriod {
            state: self.state,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            reason: self.reason.map(open).transpose()?,
            decision_no: self.decision_no,
        })
    }
}

/// Seals why a family came into its state number `place`.
pub fn seal_reason(
    tx: &mut Tx<'_>,
    family: CarerFamilyId,
    place: i32,
    reason: Option<&String>,
) -> Result<Option<Vec<u8>>> {
    let row = row(family.untyped(), place);
    let seal = |reason: &String| {
        let text = serde_json::to_vec(reason).map_err(Error::internal)?;
        tx.seal_bytes(Class::Identifying, seat(&row), &text)
    };
    reason.map(seal).transpose()
}

/// What tells a change of state from all others.
fn row(family: Uuid, place: i32) -> Vec<u8> {
    [family.as_bytes().as_slice(), &place.to_be_bytes()].concat()
}

fn seat(row: &[u8]) -> Seat<'_> {
    Seat { table: "carer_state_changes", column: "reason", row }
}
