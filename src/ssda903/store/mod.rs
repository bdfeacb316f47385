//! Reading what the return is made of, and telling the access log of whom it tells.
pub(super) mod gather;

use std::collections::BTreeSet;

use diesel::{PgConnection, connection::SimpleConnection as _};

use super::{
    checks,
    derive::{ChildFile, Means, Postcodes, derive},
    model::{Fault, Return, Year},
};
use crate::{
    children::ChildId,
    platform::{
        access_log::{self, Outcome},
        actor::Actor,
        db,
        disclosure::Person,
        error::Result,
        idempotency::PLATFORM,
        purpose::Errand,
    },
};

/// What the access log says of an export.
const OPERATION: &str = "export_ssda903";
const PURPOSE: &str = "statistics";
const CLASSES: &[&str] = &["personal", "identifying"];

/// The return of an authority.
pub struct Exported {
    pub whole: Return,
    /// What England's checks find in it.
    pub faults: Vec<Fault>,
    /// How many children it tells of.
    pub children: usize,
}

/// Puts the return of an authority together, by the code of its area, and tells the access log of every
/// child in it. Both happen in one transaction: what is given back here may be written down.
pub fn export(conn: &mut PgConnection, year: Year, authority: &str) -> Result<Exported> {
    db::alone(conn, |conn| {
        conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
        let walk = gather::crosswalk(conn)?;
        let postcodes = Postcodes::load()?;
        let own = gather::authority(conn, authority)?;
        let mut of = |year: Year| -> Result<(Return, Vec<ChildFile>)> {
            let ids = gather::concerned(conn, &own, year)?;
            let files = gather::files(conn, &ids, &own)?;
            let means = Means { year, walk: &walk, postcodes: &postcodes };
            Ok((derive(&means, &files), files))
        };
        let (whole, files) = of(year)?;
        // Of the year before nothing leaves: it is only looked at. Where something was taken over of this
        // year and nothing of that one, it is not known what the other return said.
        let kept =
            |number: i32| files.iter().flat_map(|file| &file.kept).any(|kept| kept.year == number);
        let known = kept(year.number() - 1) || !kept(year.number());
        let before = Year::of(year.number() - 1).ok().filter(|_| known).map(of).transpose()?;
        let before = before.as_ref().map(|(before, _)| before);
        let faults = checks::check(year, walk.codes(), &whole, before);
        let told: BTreeSet<ChildId> = files.iter().map(|file| file.child.id).collect();
        tell(conn, &told)?;
        Ok(Exported { whole, faults, children: told.len() })
    })
}

/// Writes a row of the access log for each child. Whoever can run a command on the registry's machine is
/// its operator, who has the registry's own id.
fn tell(conn: &mut PgConnection, children: &BTreeSet<ChildId>) -> Result<()> {
    let operator = Actor {
        id: PLATFORM,
        organisation: None,
        roles: Vec::new(),
        permissions: BTreeSet::new(),
        reaches: std::collections::BTreeMap::new(),
        most_persons: None,
        purposes: Vec::new(),
        default_purpose: None,
        external: None,
        keys: std::collections::BTreeMap::new(),
        valid_until: None,
    };
    let errand = Errand {
        purpose: Some(PURPOSE.to_owned()),
        on_behalf_of: None,
        legal_basis: None,
        operation: OPERATION.to_owned(),
        request_id: String::new(),
        answer: rand::random(),
    };
    let persons: Vec<Person> = children.iter().map(|id| Person::of(*id)).collect();
    let looks = access_log::looks(&operator, &errand, CLASSES, Outcome::Released, &persons)?;
    access_log::write(conn, &looks)?;
    Ok(())
}
