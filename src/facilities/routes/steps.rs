//! The steps of a facility over HTTP: a path each, because each needs its own right and terms.

use crate::{
    facilities::{
        model::{
            Facility, FacilityId, FacilityMeasure, FacilityRegistration, FacilityStep,
            FacilityStepRequest,
        },
        permission::{InspectFacilities, RegisterFacilities},
        store,
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path},
        http::Routes,
        released::Released,
        version::IfMatch,
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        inspect_facility,
        register_facility,
        impose_facility_conditions,
        stop_facility_admissions,
        suspend_facility,
        restore_facility,
        revoke_facility,
        expire_facility,
        begin_closing_facility,
        close_facility
    ]
}

#[utoipa::path(post, path = "/v1/facilities/{id}/register", tag = "facilities", summary = "Register a facility",
    description = "Registers an inspected facility, or renews the registration of one that is registered or whose registration has run out.",
    params(("id" = FacilityId, Path, description = "The facility.")), request_body = FacilityRegistration,
    responses((status = 200, description = "The facility after the step.", body = Facility),
        (status = 409, description = "`FA-01`: it has a registration for some of these days already.")))]
async fn register_facility(
    access: Access<RegisterFacilities>,
    id: Path<FacilityId>,
    seen: IfMatch,
    body: Body<FacilityRegistration>,
) -> Result<Released> {
    access.change(move |tx| store::register(tx, id.0, &seen, &body.0)?.ok()).await
}

/// Declares the handler of a step.
macro_rules! step {
    ($handler:ident, $path:literal, $right:ident, $body:ident, $step:ident, $summary:literal, $description:literal, $refusal:literal) => {
        #[utoipa::path(post, path = $path, tag = "facilities", summary = $summary, description = $description,
            params(("id" = FacilityId, Path, description = "The facility.")), request_body = $body,
            responses((status = 200, description = "The facility after the step.", body = Facility),
                (status = 409, description = $refusal)))]
        async fn $handler(
            access: Access<$right>,
            id: Path<FacilityId>,
            seen: IfMatch,
            body: Body<$body>,
        ) -> Result<Released> {
            let request = FacilityStepRequest::from(body.0);
            let step = FacilityStep::$step;
            access.change(move |tx| store::take_step(tx, id.0, &seen, step, &request)?.ok()).await
        }
    };
}

step!(
    inspect_facility,
    "/v1/facilities/{id}/inspect",
    InspectFacilities,
    FacilityStepRequest,
    Inspect,
    "Say that a facility was inspected for registration",
    "The inspection on which a registration is decided: of an applicant, or of a facility whose registration was revoked or ran out.",
    "Not possible in this state."
);
step!(
    impose_facility_conditions,
    "/v1/facilities/{id}/impose-conditions",
    RegisterFacilities,
    FacilityMeasure,
    ImposeConditions,
    "Impose conditions on a facility",
    "It goes on taking children, under the conditions that `reason` names.",
    "Not possible in this state."
);
step!(
    stop_facility_admissions,
    "/v1/facilities/{id}/stop-admissions",
    RegisterFacilities,
    FacilityMeasure,
    StopAdmissions,
    "Stop the admissions of a facility",
    "From that day on no child is placed there (`PL-13`); those who live there stay.",
    "Not possible in this state."
);
step!(
    suspend_facility,
    "/v1/facilities/{id}/suspend",
    RegisterFacilities,
    FacilityMeasure,
    Suspend,
    "Suspend the registration of a facility",
    "From that day on no child is placed there (`PL-11`); those who live there need a review.",
    "Not possible in this state."
);
step!(
    restore_facility,
    "/v1/facilities/{id}/restore",
    RegisterFacilities,
    FacilityStepRequest,
    Restore,
    "Lift the measure against a facility",
    "Lifts conditions, a stop of admissions or a suspension.",
    "Not possible in this state."
);
step!(
    revoke_facility,
    "/v1/facilities/{id}/revoke",
    RegisterFacilities,
    FacilityMeasure,
    Revoke,
    "Revoke the registration of a facility",
    "Ends the registration on that day. It follows a measure that did not help; a grave case is suspended first, on the same day if need be.",
    "Not possible in this state."
);
step!(
    expire_facility,
    "/v1/facilities/{id}/expire",
    RegisterFacilities,
    FacilityStepRequest,
    Expire,
    "Say that the registration of a facility ran out",
    "Admissions end with the registration by themselves; this says that none has followed.",
    "Not possible in this state, or the registration is still valid."
);
step!(
    begin_closing_facility,
    "/v1/facilities/{id}/begin-closing",
    RegisterFacilities,
    FacilityMeasure,
    BeginClosing,
    "Begin to close a facility",
    "From that day on no child is placed there (`PL-13`), and those who live there move out one by one, each by an individual transition plan. While children live there, it begins by a transformation plan that was approved.",
    "`FA-05`: children live there, and no transformation plan is approved. Or not possible in this state."
);
step!(
    close_facility,
    "/v1/facilities/{id}/close",
    RegisterFacilities,
    FacilityStepRequest,
    Close,
    "Close a facility",
    "The end. No child may live there on that day or later, and whoever lived there since its transformation plan was approved, or since closing began, has an individual transition plan that was agreed.",
    "`FA-05`: a child still lives there, or one that lived there has no transition plan. Or not possible in this state."
);
