//! What incidents and complaints are, what callers say of them, their states.
mod about_facility;
mod complaint;
mod incident;
mod reporter;
mod requests;
mod state;
mod views;

pub use about_facility::{
    ComplaintAboutFacility, ComplaintAboutFacilityPage, FacilityComplaintId,
    FacilityComplaintReporter, FacilityComplaintReporterId, NewComplaintAboutFacility,
};
pub use complaint::{
    Complainant, Complaint, ComplaintChannel, ComplaintId, ComplaintOutcome, ComplaintPage,
    SealedColumns as SealedComplaint,
};
pub use incident::{
    Incident, IncidentId, IncidentKind, IncidentOutcome, IncidentPage, IncidentSeverity,
    InvestigationFinding, SealedColumns as SealedIncident,
};
pub use reporter::{ComplaintReporter, ComplaintReporterId, NewReporter};
pub use requests::{
    ComplaintResolution, IncidentClosing, IncidentNotification, IncidentStart, NewComplaint,
    NewFacilityIncident, NewIncident, RecordAnnulment,
};
pub use state::{ComplaintState, ComplaintStep, IncidentState, IncidentStep};
pub use views::{FacilityComplaint, FacilityComplaintPage, FacilityIncident, FacilityIncidentPage};
