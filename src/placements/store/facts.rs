//! The facts that the rules are judged on, and the locks that keep them true until the commit.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use crate::{
    children::{Child, ChildId},
    placements::{
        model::{CarePeriod, Placement, PlacementId, Provider, ProviderKind},
        rules::{CareTypeFacts, ChildFacts, Limits},
    },
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        id::Kind as _,
        rule::Refusal,
    },
    reference::{
        code_lists::{self, Codes},
        parameters,
    },
    rules::residential,
    schema::{children, placements},
};

/// Locks the child: every step of its placements takes this lock first.
pub fn lock_child(tx: &mut Tx<'_>, id: ChildId) -> Result<ChildFacts> {
    let child = children::table.find(id).select(ChildFacts::as_select()).for_no_key_update();
    standing(child.first(tx.conn).found::<Child>()?)
}

/// A record that was merged into another one while somebody waited for it is asked for anew: the guards point there.
fn standing(child: ChildFacts) -> Result<ChildFacts> {
    if child.merged_into.is_some() { Err(Error::Busy) } else { Ok(child) }
}

/// What is known of a child whose past is written down.
pub struct File {
    pub child: ChildFacts,
    pub siblings: BTreeSet<ChildId>,
    /// Its care periods, by first day; those entered in error last of all that began then.
    pub periods: Vec<CarePeriod>,
}

/// Locks several children, in the order of their ids.
pub fn lock_files(tx: &mut Tx<'_>, ids: &[ChildId]) -> Result<BTreeMap<ChildId, File>> {
    let ids: Vec<ChildId> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let locked: Vec<ChildFacts> = children::table
        .filter(children::id.eq_any(&ids))
        .order(children::id)
        .select(ChildFacts::as_select())
        .for_no_key_update()
        .load(tx.conn)?;
    if locked.len() < ids.len() {
        return Err(Error::NotFound(Child::NAME));
    }
    let file = |child: ChildFacts| {
        (child.id, File { child, siblings: BTreeSet::new(), periods: Vec::new() })
    };
    let locked: Vec<ChildFacts> = locked.into_iter().map(standing).collect::<Result<_>>()?;
    let mut files: BTreeMap<ChildId, File> = locked.into_iter().map(file).collect();
    for (child, sibling) in crate::children::store::siblings_of(tx.conn, &ids)? {
        if let Some(file) = files.get_mut(&child) {
            file.siblings.insert(sibling);
        }
    }
    for period in super::periods_of_all(tx.conn, &ids)? {
        if let Some(file) = files.get_mut(&period.child_id) {
            file.periods.push(period);
        }
    }
    Ok(files)
}

/// Locks the child of a placement, which is the same for ever.
pub fn lock_child_of(tx: &mut Tx<'_>, id: PlacementId) -> Result<ChildFacts> {
    let of_placement = placements::table.find(id).select(placements::child_id).single_value();
    let child = children::table.filter(children::id.nullable().eq(of_placement));
    let facts = child.select(ChildFacts::as_select()).for_no_key_update();
    standing(facts.first(tx.conn).found::<Placement>()?)
}

/// 404 if there is no such child.
pub fn check_known(conn: &mut PgConnection, id: ChildId) -> Result<()> {
    if crate::children::store::exists(conn, id)? {
        Ok(())
    } else {
        Err(Error::NotFound(Child::NAME))
    }
}

/// The siblings of a child.
pub fn siblings(conn: &mut PgConnection, id: ChildId) -> Result<BTreeSet<ChildId>> {
    Ok(crate::children::store::siblings(conn, id)?.into_iter().collect())
}

/// Which kind of care a type is, by its code list.
pub struct Care<'c> {
    /// `residential`, `family_based` and so on.
    pub group: &'c str,
    /// Whether it is formal care, into which an assessment leads.
    pub formal: bool,
}

impl<'c> Care<'c> {
    /// That of a type of care, from lists that were read; 422 if it could not be used on that day.
    pub fn of(codes: &'c Codes, code: &str, day: NaiveDate) -> Result<Self> {
        Ok(Self::said(codes.attributes("care_type", "/care_type", code, day)?))
    }

    fn said(attributes: &'c Value) -> Self {
        Self {
            group: attributes.get("group").and_then(Value::as_str).unwrap_or_default(),
            formal: attributes.get("formal").and_then(Value::as_bool) == Some(true),
        }
    }

    pub fn is_residential(&self) -> bool {
        self.group == residential::GROUP
    }
}

/// What the code list says of a type of care; 422 at `pointer` if the child cannot be placed by it.
pub fn care_type(
    conn: &mut PgConnection,
    pointer: &str,
    code: &str,
    day: NaiveDate,
) -> Result<CareTypeFacts> {
    let attributes = code_lists::store::attributes(conn, "care_type", pointer, code, day)?;
    if code == "kinship_informal" {
        let detail = "informal kinship care is a private arrangement: it opens no care period";
        return Err(Refusal::values("PL-34", detail).into());
    }
    if code == "missing" {
        return Err(Error::value(
            pointer,
            "no_placement",
            "being missing is no placement: report a missing episode",
        ));
    }
    let text = |name: &str| attributes.get(name).and_then(Value::as_str);
    let wanted = text("provider").unwrap_or(ProviderKind::Nobody.as_str());
    let provider = ProviderKind::ALL.iter().find(|kind| kind.as_str() == wanted).copied();
    let min_age = match text("min_age_parameter") {
        Some(name) => Some(parameters::integer(conn, name, day)?),
        None => None,
    };
    Ok(CareTypeFacts {
        code: code.to_owned(),
        provider: provider
            .ok_or_else(|| Error::internal(format!("care_type {code} has an unknown provider")))?,
        group: Care::said(&attributes).group.to_owned(),
        carer_purpose: text("carer_purpose").map(ToOwned::to_owned),
        min_age,
    })
}

/// Refuses a provider of another kind than the type of care needs.
pub fn check_provider_kind(
    care_type: &CareTypeFacts,
    provider: &Provider,
    pointer: &str,
) -> Result<()> {
    provider.check(pointer)?;
    if provider.kind == care_type.provider {
        return Ok(());
    }
    let detail =
        format!("this type of care needs a provider of the kind {}", care_type.provider.as_str());
    Err(Error::value(&format!("{pointer}/kind"), "wrong_provider", &detail))
}

/// What national law sets on a day.
pub fn limits(conn: &mut PgConnection, day: NaiveDate) -> Result<Limits> {
    let names = ["majority_age_years", "aftercare_max_age", "temporary_approval_hours"];
    let values: BTreeMap<String, i32> = parameters::store::integers(conn, &names, day)?;
    let of = |name: &str| {
        values
            .get(name)
            .copied()
            .ok_or_else(|| Error::internal(format!("the parameter {name} has no value")))
    };
    Ok(Limits {
        majority_age: of("majority_age_years")?,
        aftercare_max_age: of("aftercare_max_age")?,
        temporary_approval_hours: of("temporary_approval_hours")?,
    })
}
