//! `/v1/changes` over HTTP.
use std::time::{Duration, Instant};

use super::{
    kinds,
    model::{Changes, ChangesQuery, Cursor},
    permission::ReadChanges,
    store,
};
use crate::{
    platform::{
        access::Access, disclosure::AboutAll, error::Result, extract::Query, http::Routes,
        released::Released,
    },
    routes,
};

pub fn routes() -> Routes {
    kinds::copied(routes![list_changes])
}

#[utoipa::path(get, path = "/v1/changes", tag = "sync", operation_id = "list_changes", summary = "Read what changed",
    description = "Every change of the records of which the caller may keep a copy, in one order without gaps. \
        Go on from `next_cursor`; nothing is passed over that is recorded late. Apply an event if its version is \
        greater than that of the copy, by reading the record; `left_scope` means that the record has to go. \
        410 means that the copy has to be made anew, from the first page.",
    params(ChangesQuery),
    responses((status = 200, description = "Some changes.", body = Changes),
        (status = 410, description = "The copy cannot go on from this cursor.")))]
async fn list_changes(access: Access<ReadChanges>, query: Query<ChangesQuery>) -> Result<Released> {
    access.release(&news(&access, query.0).await?).await
}

/// What changed; if that is nothing, what did within the time that the caller is ready to wait.
async fn news(access: &Access<ReadChanges>, query: ChangesQuery) -> Result<AboutAll<Changes>> {
    let copies = access.copies()?;
    let (kinds, limit, wait) = (query.kinds(&copies.kinds())?, query.limit()?, query.wait()?);
    let after = query.after.as_deref().map(Cursor::read).transpose()?;
    let read = |after: Option<Cursor>| {
        let (copies, kinds) = (copies.clone(), kinds.clone());
        access.read(move |conn| store::page(conn, &copies, after.as_ref(), &kinds, limit))
    };
    let until = Instant::now() + Duration::from_secs(wait);
    let mut page = read(after).await?;
    let from = page.1.from;
    // What happens meanwhile may be none of the caller's business: it waits on.
    while page.1.data.is_empty() && page.1.to == page.1.head && Instant::now() < until {
        access.passes(page.1.to, until.saturating_duration_since(Instant::now())).await;
        page = read(Some(Cursor::read(&page.1.next_cursor)?)).await?;
    }
    page.1.from = from;
    Ok(page)
}
