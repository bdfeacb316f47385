//! `/v1/changes` and `/v1/snapshot` over HTTP; consumers lie beside.
mod consumers;
mod following;

use std::time::{Duration, Instant};

use following::Following;

use super::{
    kinds,
    model::{Changes, ChangesQuery, Cursor},
    permission::ReadChanges,
    snapshot::Snapshot,
    store,
};
use crate::{
    platform::{
        access::Access,
        disclosure::AboutAll,
        error::{Error, Result},
        extract::{Path, Query},
        http::Routes,
        released::Released,
    },
    routes,
};

pub fn routes() -> Routes {
    kinds::copied(routes![list_changes, read_snapshot]).merge(consumers::routes())
}

#[utoipa::path(get, path = "/v1/changes", tag = "sync", operation_id = "list_changes", summary = "Read what changed",
    description = "Every change of the records of which the caller may keep a copy, in one order without gaps. \
        Go on from `next_cursor`; nothing is passed over that is recorded late. Apply an event if its version is \
        greater than that of the copy, by reading the record; `left_scope` means that the record has to go. \
        410 means that the copy has to be made anew, from the first page or from a snapshot. With `consumer` the registry \
        keeps up to where the copy is, and tells of its lag.",
    params(ChangesQuery),
    responses((status = 200, description = "Some changes.", body = Changes),
        (status = 410, description = "The copy cannot go on from this cursor.")))]
async fn list_changes(access: Access<ReadChanges>, query: Query<ChangesQuery>) -> Result<Released> {
    access.release(&news(&access, query.0).await?).await
}

#[utoipa::path(get, path = "/v1/snapshot/{kind}", tag = "sync", operation_id = "read_snapshot", summary = "Read all records of a kind",
    description = "Every record of the kind that the caller may keep a copy of, one on each line, as they are at one place of \
        the feed. `Feed-Cursor` names the place: who goes on from there with `/v1/changes` has a complete copy. An answer \
        that breaks off is not whole: ask again.",
    params(("kind" = String, Path, description = "Kind of records, such as `child`.", example = "child")),
    responses((status = 200, description = "The records, one on each line.", body = String, content_type = "application/x-ndjson",
        example = "{\"id\":\"5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90\",\"version\":3}\n")))]
async fn read_snapshot(access: Access<ReadChanges>, kind: Path<String>) -> Result<Released> {
    let copies = access.copies()?;
    let kind = copies.kinds().into_iter().find(|known| *known == kind.0);
    let mut snapshot = Snapshot::of(copies, kind.ok_or(Error::NotFound("kind"))?);
    let place = snapshot.place();
    let answer = access.stream(move |conn| snapshot.next(conn)).await?;
    let cursor = place.get().map(Cursor::write).unwrap_or_default();
    Ok(answer.headed("feed-cursor", &cursor))
}

/// What changed; if that is nothing, what did within the time that the caller is ready to wait.
async fn news(access: &Access<ReadChanges>, query: ChangesQuery) -> Result<AboutAll<Changes>> {
    let copies = access.copies()?;
    let (limit, wait) = (query.limit()?, query.wait()?);
    let reader = match query.consumer {
        Some(id) => Some(Following::of(access, id).await?),
        None => None,
    };
    let followed = reader.as_ref().map(|it| it.kinds.as_slice());
    let kinds = query.kinds(&copies.kinds(), followed)?;
    let after = query.after.as_deref().map(Cursor::read).transpose()?;
    let after = after.or_else(|| reader.as_ref()?.row.cursor());
    let read = |after: Option<Cursor>| {
        let (copies, kinds) = (copies.clone(), kinds.clone());
        access.read(move |conn| store::page(conn, &copies, after.as_ref(), &kinds, limit))
    };
    let until = Instant::now() + Duration::from_secs(wait);
    let page = read(after).await;
    if let Some(reader) = reader {
        reader.keep(access, &copies, page.as_ref()).await;
    }
    let mut page = page?;
    let from = page.1.from;
    // What happens meanwhile may be none of the caller's business: it waits on.
    while page.1.data.is_empty() && page.1.to == page.1.head && Instant::now() < until {
        access.passes(page.1.to, until.saturating_duration_since(Instant::now())).await;
        page = read(Some(Cursor::read(&page.1.next_cursor)?)).await?;
    }
    page.1.from = from;
    Ok(page)
}
