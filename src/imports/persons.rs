//! Whom the results of an import name.
use std::collections::BTreeSet;

use uuid::Uuid;

use super::{kinds::Imported, model::ImportVerdict};
use crate::platform::{disclosure::Person, page::Page};

/// The persons whom results name.
pub fn named(results: &[ImportVerdict]) -> BTreeSet<Person> {
    results.iter().filter_map(|it| person(it.kind.as_deref()?, it.id?)).collect()
}

/// Results without ids of persons whom the caller does not reach.
pub fn told(results: Page<ImportVerdict>, reached: &BTreeSet<Person>) -> Page<ImportVerdict> {
    results.map(|mut verdict| {
        let kind = verdict.kind.as_deref().unwrap_or_default();
        verdict.id =
            verdict.id.filter(|id| person(kind, *id).is_none_or(|it| reached.contains(&it)));
        verdict
    })
}

/// The person who a record that was sent as one of this kind is, if it is one.
pub fn person(kind: &str, id: Uuid) -> Option<Person> {
    let kind = Imported::named(kind)?.kind;
    let is_person = ["child", "family", "carer_family"].contains(&kind);
    is_person.then(|| Person { kind: kind.to_owned(), id, mentioned: false })
}
