//! What a client is.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    platform::{actor::Actor, id::Id, purpose::Purpose},
    policy, record,
    reference::organisations::OrganisationId,
    schema::clients,
};

pub type ClientId = Id<Client>;

/// A registered system.
#[derive(Debug, Clone, Serialize, Deserialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = clients, check_for_backend(diesel::pg::Pg))]
pub struct Client {
    pub id: ClientId,
    pub name: String,
    pub organisation_id: Option<OrganisationId>,
    pub roles: Vec<String>,
    pub active: bool,
    pub valid_until: Option<DateTime<Utc>>,
    pub version: i64,
}

record!(Client { name: "client", id: "ClientId", example: "0199a5b2-0004-7000-8000-000000000001" });

/// A new client.
#[derive(Debug, Clone)]
pub struct NewClient {
    pub name: String,
    pub organisation_id: Option<OrganisationId>,
    pub roles: Vec<String>,
}

impl From<Client> for Actor {
    fn from(client: Client) -> Self {
        Self {
            id: client.id.untyped(),
            organisation: client.organisation_id.map(Id::untyped),
            permissions: policy::permissions(&client.roles),
            roles: client.roles,
            purposes: Purpose::ALL.to_vec(),
            default_purpose: Some(Purpose::CaseManagement),
            valid_until: client.valid_until,
        }
    }
}
