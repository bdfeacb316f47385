//! `/v1/incidents` over HTTP.
use crate::{
    children::ChildId,
    incidents::{
        model::{
            Incident, IncidentClosing, IncidentId, IncidentNotification, IncidentPage,
            IncidentStart, InvestigationFinding, NewIncident, RecordAnnulment,
        },
        permission::{ManageIncidents, ReadIncidents},
        store::{self, IncidentFilter},
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        journal::{self, HistoryPage},
        page::PageQuery,
        released::Released,
        time::KnownAt,
        total::CountQuery,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        report_incident,
        list_incidents,
        read_incident,
        read_incident_history,
        notify_of_incident,
        investigate_incident,
        add_finding_to_incident,
        close_incident,
        annul_incident
    ]
}

#[utoipa::path(post, path = "/v1/children/{id}/incidents", tag = "incidents", summary = "Report an incident of a child",
    description = "Reports what happened to the child. Where it lived that day is derived from its placements.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewIncident,
    responses((status = 201, description = "The incident.", body = Incident),
        (status = 409, description = "`IN-01`: the death of the child on that day is not recorded. `IN-02`: its death has an incident. `PL-07`: the child had died or was adopted by then.")))]
async fn report_incident(
    access: Access<ManageIncidents>,
    id: Path<ChildId>,
    body: Body<NewIncident>,
) -> Result<Released> {
    access.change(move |tx| store::report(tx, id.0, &body.0)?.created("/v1/incidents")).await
}

#[utoipa::path(get, path = "/v1/incidents", tag = "incidents", summary = "List incidents",
    description = "Incidents of the children of whom the caller may know, by id unless said; to a facility those that it reported.",
    params(IncidentFilter, PageQuery, CountQuery), responses((status = 200, description = "Some incidents.", body = IncidentPage)))]
async fn list_incidents(
    access: Access<ReadIncidents>,
    filter: Query<IncidentFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let incidents = access.read(move |conn| {
        let total = store::total_incidents(conn, &filter.0, count.0)?;
        Ok(store::list_incidents(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &IncidentPage::from(incidents.await?)).await
}

#[utoipa::path(get, path = "/v1/incidents/{id}", tag = "incidents", summary = "Read an incident",
    description = "One incident, with the entity tag that its steps ask for.",
    params(("id" = IncidentId, Path, description = "The incident."), KnownAt),
    responses((status = 200, description = "The incident.", body = Incident)))]
async fn read_incident(
    access: Access<ReadIncidents>,
    id: Path<IncidentId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find_incident(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/incidents/{id}/history", tag = "incidents", summary = "Read the history of an incident",
    description = "Who changed what and when, newest first.",
    params(("id" = IncidentId, Path, description = "The incident."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_incident_history(
    access: Access<ReadIncidents>,
    id: Path<IncidentId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<Incident>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/incidents/{id}/notify", tag = "incidents", summary = "Record who was told of an incident",
    description = "Records on which day the police, the inspectorate, or both were told.",
    params(("id" = IncidentId, Path, description = "The incident.")), request_body = IncidentNotification,
    responses((status = 200, description = "The incident, with who was told.", body = Incident)))]
async fn notify_of_incident(
    access: Access<ManageIncidents>,
    id: Path<IncidentId>,
    seen: IfMatch,
    body: Body<IncidentNotification>,
) -> Result<Released> {
    access.change(move |tx| store::notify(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/incidents/{id}/investigate", tag = "incidents", summary = "Begin the investigation of an incident",
    description = "Records on which day the investigation began.",
    params(("id" = IncidentId, Path, description = "The incident.")), request_body = IncidentStart,
    responses((status = 200, description = "The incident, under investigation.", body = Incident)))]
async fn investigate_incident(
    access: Access<ManageIncidents>,
    id: Path<IncidentId>,
    seen: IfMatch,
    body: Body<IncidentStart>,
) -> Result<Released> {
    access.change(move |tx| store::investigate(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/incidents/{id}/findings", tag = "incidents", summary = "Add a finding to an investigation",
    description = "Adds what was done to find out what happened, by whom, and what was found.",
    params(("id" = IncidentId, Path, description = "The incident.")), request_body = InvestigationFinding,
    responses((status = 200, description = "The incident, with the finding.", body = Incident)))]
async fn add_finding_to_incident(
    access: Access<ManageIncidents>,
    id: Path<IncidentId>,
    seen: IfMatch,
    body: Body<InvestigationFinding>,
) -> Result<Released> {
    access.change(move |tx| store::add_finding(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/incidents/{id}/close", tag = "incidents", summary = "Close an incident",
    description = "Records what the investigation came to, and what follows from it.",
    params(("id" = IncidentId, Path, description = "The incident.")), request_body = IncidentClosing,
    responses((status = 200, description = "The incident, closed.", body = Incident)))]
async fn close_incident(
    access: Access<ManageIncidents>,
    id: Path<IncidentId>,
    seen: IfMatch,
    body: Body<IncidentClosing>,
) -> Result<Released> {
    access.change(move |tx| store::close(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/incidents/{id}/annul", tag = "incidents", summary = "Annul an incident that never was",
    description = "Takes back an incident entered in error, with a reason.",
    params(("id" = IncidentId, Path, description = "The incident.")), request_body = RecordAnnulment,
    responses((status = 200, description = "The incident, entered in error.", body = Incident)))]
async fn annul_incident(
    access: Access<ManageIncidents>,
    id: Path<IncidentId>,
    seen: IfMatch,
    body: Body<RecordAnnulment>,
) -> Result<Released> {
    access.change(move |tx| store::annul_incident(tx, id.0, &seen, &body.0)?.ok()).await
}
