//! `/v1/deadlines` and `/v1/reconciliation` over HTTP.
use super::{
    model::{DeadlinePage, DiscrepancyPage},
    permission::{ReadDeadlines, ReadReconciliation},
    store::{self, DeadlineFilter, DiscrepancyFilter},
};
use crate::{
    platform::{
        access::Access,
        error::Result,
        extract::Query,
        http::{Address, Routes},
        page::PageQuery,
        released::Released,
        total::CountQuery,
    },
    reference::parameters,
    routes,
};

pub fn routes() -> Routes {
    routes![list_deadlines, list_discrepancies]
}

#[utoipa::path(get, path = "/v1/deadlines", tag = "deadlines", summary = "List deadlines",
    description = "Every statutory clock that runs, also one of which nothing is told yet: about the children and carer families of whom the caller may know, and about facilities. By the day on which it is due unless said. Worked out every night, and within a minute after a change.",
    params(DeadlineFilter, PageQuery, CountQuery),
    responses((status = 200, description = "Some deadlines.", body = DeadlinePage)))]
async fn list_deadlines(
    access: Access<ReadDeadlines>,
    filter: Query<DeadlineFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let list = move |conn: &mut _| {
        let total = store::total(conn, &filter.0, count.0)?;
        Ok(store::list(conn, &filter.0, &page.0)?.of(total))
    };
    let deadlines = access.read(list).await?;
    access.release_page(&address, &DeadlinePage::from(deadlines)).await
}

#[utoipa::path(get, path = "/v1/reconciliation", tag = "deadlines", summary = "List what does not add up",
    description = "Children in care whose whereabouts or legal status are not covered today, of those of whom the caller may know; and facilities that have more children than places, or children and no registration. Worked out on the spot.",
    params(DiscrepancyFilter, PageQuery),
    responses((status = 200, description = "Some discrepancies.", body = DiscrepancyPage)))]
async fn list_discrepancies(
    access: Access<ReadReconciliation>,
    filter: Query<DiscrepancyFilter>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let now = access.now();
    let list = move |conn: &mut _| {
        let today = parameters::today(conn, now)?;
        store::reconcile(conn, &filter.0, &page.0, today)
    };
    let found = access.read(list).await?;
    access.release_page(&address, &DiscrepancyPage::from(found)).await
}
