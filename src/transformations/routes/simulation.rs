//! `/v1/facilities/{id}/closure-plan:simulate` over HTTP.
use crate::{
    facilities::FacilityId,
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path},
        http::Routes,
        released::Released,
    },
    routes,
    transformations::{
        model::{ClosureSimulation, ClosureSimulationRequest},
        permission::SimulateClosures,
        store,
    },
};

pub fn routes() -> Routes {
    routes![simulate_closure]
}

#[utoipa::path(post, path = "/v1/facilities/{id}/closure-plan:simulate", tag = "transformations", operation_id = "simulate_closure", summary = "Ask where everybody could go who lives in a facility",
    description = "Says for each child who lives there on that day which homes are an option under the rules and with the places that are free now: return to its family, kin, foster families near by, small group homes near by; and which is left for it beside all the others. Nothing is written.",
    params(("id" = FacilityId, Path, description = "The facility.")), request_body = ClosureSimulationRequest,
    responses((status = 200, description = "Where they could go.", body = ClosureSimulation)))]
async fn simulate_closure(
    access: Access<SimulateClosures>,
    id: Path<FacilityId>,
    body: Body<ClosureSimulationRequest>,
) -> Result<Released> {
    let simulation = access.rehearse(move |tx| store::simulate(tx, id.0, &body.0)).await?;
    access.release(&simulation).await
}
