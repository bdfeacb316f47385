//! What a client is.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::purposes::usual_purposes;
use crate::{
    page_of,
    platform::{
        actor::Actor,
        error::{Error, Fault, Result},
        id::Id,
        items::{Code, codes},
        patch::{non_null, present},
        reach::Place,
    },
    policy::{self, POLICY},
    record,
    reference::organisations::OrganisationId,
    schema::clients,
};

pub type ClientId = Id<Client>;

/// A registered system.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    Queryable,
    Selectable,
    Insertable,
    AsChangeset,
)]
#[diesel(table_name = clients, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct Client {
    pub id: ClientId,
    /// Its name; no two have the same.
    #[schema(example = "Case system of Lipov Hlad")]
    pub name: String,
    /// The organisation that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Its roles, which say what it may do.
    #[schema(example = json!(["case_worker"]))]
    pub roles: Vec<String>,
    /// Codes of the areas in which it may act, each with all below it; not bound to areas if none.
    #[serde(default)]
    #[schema(example = json!(["RS-20"]))]
    pub area_codes: Vec<String>,
    /// The purposes that it may ask for: codes of the list `purpose`.
    #[serde(default)]
    #[schema(example = json!(["case_management", "placement"]))]
    pub purposes: Vec<String>,
    /// The purpose of requests that name none: a code of the list `purpose`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "case_management")]
    pub default_purpose: Option<String>,
    /// The outside issuer whose tokens it may come with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https://login.ministry.example")]
    pub external_issuer: Option<String>,
    /// What that issuer calls it: the `sub` of its tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "case-system-1")]
    pub external_subject: Option<String>,
    /// Whether it may act.
    pub active: bool,
    /// It may act until then; for ever if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2028-01-01T00:00:00Z")]
    pub valid_until: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2027-05-01T08:00:00Z")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The contract with its maker ended.")]
    pub revocation_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some clients, in the order asked for.
    counted ClientPage, Client
);

record!(Client { name: "client", id: "ClientId", example: "0199a5b2-0004-7000-8000-000000000001" });

/// A new client.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    /// Its name; no two have the same.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Case system of Lipov Hlad")]
    pub name: String,
    /// The organisation that it belongs to.
    #[serde(default)]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Its roles, which say what it may do.
    #[validate(length(min = 1, max = 20), custom(function = codes))]
    #[schema(value_type = Vec<Code>, inline, min_items = 1, max_items = 20, example = json!(["case_worker"]))]
    pub roles: Vec<String>,
    /// Codes of the areas in which it may act, each with all below it; not bound to areas if none.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = codes))]
    #[schema(value_type = Vec<Code>, inline, max_items = 50, example = json!(["RS-20"]))]
    pub area_codes: Vec<String>,
    /// The purposes that it may ask for: codes of the list `purpose`.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = codes))]
    #[schema(value_type = Vec<Code>, inline, max_items = 50, example = json!(["case_management", "placement"]))]
    pub purposes: Vec<String>,
    /// The purpose of requests that name none: one of `purposes`, a code of the list `purpose`.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "case_management")]
    pub default_purpose: Option<String>,
    /// The outside issuer whose tokens it may come with; the operator configures which there are.
    #[serde(default)]
    #[validate(length(min = 1, max = 500))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 500,
        example = "https://login.ministry.example"
    )]
    pub external_issuer: Option<String>,
    /// What that issuer calls it: the `sub` of its tokens.
    #[serde(default)]
    #[validate(length(min = 1, max = 255))]
    #[schema(nullable = false, min_length = 1, max_length = 255, example = "case-system-1")]
    pub external_subject: Option<String>,
    /// It may act until then; for ever if absent.
    #[serde(default)]
    #[schema(nullable = false, example = "2028-01-01T00:00:00Z")]
    pub valid_until: Option<DateTime<Utc>>,
}

/// A change of a client: members that are left out stay as they are.
#[allow(clippy::option_option, reason = "absent, null and a value are three things in a patch")]
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientPatch {
    /// Its name; no two have the same.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 100))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 100,
        example = "Case system of Lipov Hlad"
    )]
    pub name: Option<String>,
    /// The organisation that it belongs to; null if to none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<uuid::Uuid>, example = "0199a5b2-0003-7000-8000-000000000001")]
    pub organisation_id: Option<Option<OrganisationId>>,
    /// Its roles, which say what it may do.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 20), custom(function = codes))]
    #[schema(value_type = Option<Vec<Code>>, inline, nullable = false, min_items = 1, max_items = 20, example = json!(["case_worker"]))]
    pub roles: Option<Vec<String>>,
    /// Codes of the areas in which it may act, each with all below it; not bound to areas if none.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(max = 50), custom(function = codes))]
    #[schema(value_type = Option<Vec<Code>>, inline, nullable = false, max_items = 50, example = json!(["RS-20"]))]
    pub area_codes: Option<Vec<String>>,
    /// The purposes that it may ask for: codes of the list `purpose`.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(max = 50), custom(function = codes))]
    #[schema(value_type = Option<Vec<Code>>, inline, nullable = false, max_items = 50, example = json!(["case_management", "placement"]))]
    pub purposes: Option<Vec<String>>,
    /// The purpose of requests that name none: one of `purposes`, a code of the list `purpose`; null
    /// if each must name its own.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 60))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 60, example = "case_management")]
    pub default_purpose: Option<Option<String>>,
    /// The outside issuer whose tokens it may come with; null if it comes with ours alone.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 500))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500, example = "https://login.ministry.example")]
    pub external_issuer: Option<Option<String>>,
    /// What that issuer calls it: the `sub` of its tokens.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 255))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "case-system-1")]
    pub external_subject: Option<Option<String>>,
    /// It may act until then; null for ever.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DateTime<Utc>>, example = "2028-01-01T00:00:00Z")]
    pub valid_until: Option<Option<DateTime<Utc>>>,
}

/// Why a client or a key may act no longer.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Why, without any person's data.
    #[validate(length(min = 3, max = 500))]
    #[schema(min_length = 3, max_length = 500, example = "The contract with its maker ended.")]
    pub reason: String,
}

impl NewClient {
    /// A client of the name and the usual purposes of a role.
    #[must_use]
    pub fn of_role(role: &str) -> Self {
        let purposes = usual_purposes(role);
        Self {
            name: role.to_owned(),
            roles: vec![role.to_owned()],
            purposes: purposes.iter().map(|purpose| (*purpose).to_owned()).collect(),
            default_purpose: purposes.first().map(|purpose| (*purpose).to_owned()),
            ..Self::default()
        }
    }
}

impl From<NewClient> for Client {
    fn from(new: NewClient) -> Self {
        Self {
            id: ClientId::generate(),
            name: new.name,
            organisation_id: new.organisation_id,
            roles: new.roles,
            area_codes: new.area_codes,
            purposes: new.purposes,
            default_purpose: new.default_purpose,
            external_issuer: new.external_issuer,
            external_subject: new.external_subject,
            active: true,
            valid_until: new.valid_until,
            revoked_at: None,
            revocation_reason: None,
            version: 1,
        }
    }
}

impl ClientPatch {
    /// The client with these members in the place of its own.
    #[must_use]
    pub fn apply(&self, before: &Client) -> Client {
        let mut after = Client { version: before.version + 1, ..before.clone() };
        set(&mut after.name, self.name.as_ref());
        set(&mut after.organisation_id, self.organisation_id.as_ref());
        set(&mut after.roles, self.roles.as_ref());
        set(&mut after.area_codes, self.area_codes.as_ref());
        set(&mut after.purposes, self.purposes.as_ref());
        set(&mut after.default_purpose, self.default_purpose.as_ref());
        set(&mut after.external_issuer, self.external_issuer.as_ref());
        set(&mut after.external_subject, self.external_subject.as_ref());
        set(&mut after.valid_until, self.valid_until.as_ref());
        after
    }
}

fn set<T: Clone>(member: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        member.clone_from(value);
    }
}

impl Client {
    /// Whether it may act at that moment.
    #[must_use]
    pub fn acts_at(&self, now: DateTime<Utc>) -> bool {
        self.active && self.valid_until.is_none_or(|end| now < end)
    }

    /// Refuses what no client can be, whoever asks for it. An unknown role would silently grant nothing.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        for (index, role) in self.roles.iter().enumerate() {
            if !POLICY.iter().any(|(known, _)| known == role) {
                let detail = "is none of the roles that there are";
                faults.push(Fault::new(format!("/roles/{index}"), "unknown_role", detail));
            }
        }
        for (name, all) in
            [("roles", &self.roles), ("area_codes", &self.area_codes), ("purposes", &self.purposes)]
        {
            if let Some(again) =
                (1..all.len()).find(|at| all.iter().take(*at).any(|it| all.get(*at) == Some(it)))
            {
                faults.push(Fault::new(format!("/{name}/{again}"), "duplicate", "is there twice"));
            }
        }
        if self.default_purpose.as_ref().is_some_and(|purpose| !self.purposes.contains(purpose)) {
            let detail = "must be one of the client's purposes";
            faults.push(Fault::new("/default_purpose", "not_allowed", detail));
        }
        let missing = match (&self.external_issuer, &self.external_subject) {
            (Some(_), None) => Some("/external_subject"),
            (None, Some(_)) => Some("/external_issuer"),
            _ => None,
        };
        faults.extend(missing.map(|at| {
            Fault::new(at, "missing_member", "an outside issuer and its subject go together")
        }));
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }
}

impl Client {
    /// The client as the guards know it, at its place in the country.
    #[must_use]
    pub fn into_actor(self, place: &Place) -> Actor {
        Actor {
            id: self.id.untyped(),
            organisation: self.organisation_id.map(Id::untyped),
            permissions: policy::permissions(&self.roles),
            reaches: policy::reaches(&self.roles, place),
            roles: self.roles,
            purposes: self.purposes,
            default_purpose: self.default_purpose,
            external: self.external_issuer.zip(self.external_subject),
            keys: std::collections::BTreeMap::new(),
            valid_until: self.valid_until,
        }
    }
}
