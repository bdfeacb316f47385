//! Incidents of children, and complaints by them or about their care.
//!
//! ```text
//!                      investigate                      close
//!  incident:  reported ───────────▶ under_investigation ─────▶ closed     complaint: received ─resolve─▶ resolved
//!              └ notify ┘            └ notify, add_finding ┘
//! ```
//!
//! Both can be annulled, with a reason: `entered_in_error`.
//!
//! What holds:
//! * Where the child lived on the day is derived from its placements, not claimed: a facility, a carer family,
//!   or neither. Of a day on which it moved that is the new place; of one on which care ended, the last one.
//! * `IN-01`: an incident of the kind `death` is of a child whose death on that day is recorded: the child's
//!   record says that it died, and the incident how it came to it. `IN-02`: a death has one.
//! * `PL-07`: no other incident after a child's death or final adoption. A complaint may come later.
//! * `AC-01`: inspectors read incidents and complaints of facilities without the child, in
//!   [`store::facilities`]: no member says who it was, and no free text.
//! * A facility reports what happened to a child who lives there, to whoever is responsible for the child, who goes
//!   on with it. It reads what it reported itself, and neither what others say happened there, which may be about
//!   its own staff, nor the words, nor what the investigation came to.
//! * A complaint about a facility that is about no child has no child, and goes to those who watch over the facility,
//!   in [`store::about_facilities`]; never to the facility itself.
//! * `AC-03`: who complained is kept apart, sealed with the key for what a named few may know, and told to
//!   the client alone that recorded it. To everybody else there is none; the complaint says whether there is.
//!
//! Every step locks the child's row first.
mod model;
mod routes;
pub mod store;

pub use model::{
    Complainant, Complaint, ComplaintAboutFacility, ComplaintChannel, ComplaintId,
    ComplaintOutcome, ComplaintReporter, ComplaintReporterId, ComplaintResolution, ComplaintState,
    ComplaintStep, FacilityComplaint, FacilityComplaintId, FacilityComplaintReporter,
    FacilityComplaintReporterId, FacilityIncident, Incident, IncidentClosing, IncidentId,
    IncidentKind, IncidentNotification, IncidentOutcome, IncidentPage, IncidentSeverity,
    IncidentStart, IncidentState, IncidentStep, InvestigationFinding, NewComplaint,
    NewComplaintAboutFacility, NewFacilityIncident, NewIncident, NewReporter, RecordAnnulment,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read incidents of children.
        ReadIncidents = "incidents:read" [personal, identifying];
        /// Report incidents, and lead them through their investigation.
        ManageIncidents = "incidents:manage" [personal, identifying];
        /// Report incidents of children who live in a facility, from there.
        ReportFacilityIncidents = "facility_incidents:report" [personal];
        /// Read complaints.
        ReadComplaints = "complaints:read" [personal, identifying];
        /// Record complaints and what they came to.
        ManageComplaints = "complaints:manage" [personal, identifying];
        /// Read who complained, of complaints that the client itself recorded.
        ReadReporters = "complaint_reporters:read" [personal, sealed];
        /// Read incidents and complaints of facilities, without the child.
        ReadFacilityIncidents = "facility_incidents:read";
        /// Record complaints about a facility that are about no child.
        RecordFacilityComplaints = "facility_complaints:record";
        /// Read them whole.
        ReadFacilityComplaints = "facility_complaints:read";
        /// Record what they came to.
        ResolveFacilityComplaints = "facility_complaints:resolve";
    }
}
