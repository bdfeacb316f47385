//! `/v1/alerts` over HTTP.
use super::{
    model::{Acknowledgement, Alert, AlertId, AlertPage},
    permission::{AcknowledgeAlerts, ReadAlerts},
    store::{self, AlertFilter},
};
use crate::{
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        journal::HistoryPage,
        page::PageQuery,
        released::Released,
        time::KnownAt,
        total::CountQuery,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![list_alerts, read_alert, read_alert_history, acknowledge_alert]
}

#[utoipa::path(get, path = "/v1/alerts", tag = "alerts", summary = "List alerts",
    description = "What is due or late by a rule: about the children and carer families of whom the caller may know, about facilities, and about the work of organisations.",
    params(AlertFilter, PageQuery, CountQuery),
    responses((status = 200, description = "Some alerts.", body = AlertPage)))]
async fn list_alerts(
    access: Access<ReadAlerts>,
    filter: Query<AlertFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let list = move |conn: &mut _| {
        let total = store::total(conn, &filter.0, count.0)?;
        Ok(store::list(conn, &filter.0, &page.0)?.of(total))
    };
    let alerts = access.read(list).await?;
    access.release_page(&address, &AlertPage::from(alerts)).await
}

#[utoipa::path(get, path = "/v1/alerts/{id}", tag = "alerts", summary = "Read an alert",
    description = "One alert, with the entity tag that its acknowledgement asks for.",
    params(("id" = AlertId, Path, description = "The alert."), KnownAt),
    responses((status = 200, description = "The alert.", body = Alert)))]
async fn read_alert(
    access: Access<ReadAlerts>,
    id: Path<AlertId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/alerts/{id}/history", tag = "alerts", summary = "Read the history of an alert",
    description = "When it was raised, escalated, acknowledged and ended, newest first.",
    params(("id" = AlertId, Path, description = "The alert."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_alert_history(
    access: Access<ReadAlerts>,
    id: Path<AlertId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access.read(move |conn| store::history(conn, id.0, &page.0)).await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/alerts/{id}/acknowledge", tag = "alerts", summary = "Acknowledge an alert",
    description = "Records that somebody took note of the alert, and what is being done about it. It stays until the registry's records no longer give it; if it becomes more urgent, it is open again.",
    params(("id" = AlertId, Path, description = "The alert.")), request_body = Acknowledgement,
    responses((status = 200, description = "The alert, acknowledged.", body = Alert),
        (status = 409, description = "Somebody took note of it already, or it has ended.")))]
async fn acknowledge_alert(
    access: Access<AcknowledgeAlerts>,
    id: Path<AlertId>,
    seen: IfMatch,
    body: Body<Acknowledgement>,
) -> Result<Released> {
    access.change(move |tx| store::acknowledge(tx, id.0, &seen, &body.0)?.ok()).await
}
