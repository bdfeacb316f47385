//! Who manages clients, and within which bounds: nobody rises by way of another one.
use std::sync::Arc;

use super::client::ClientId;
use crate::{
    clients::permission::ManageClients,
    platform::{
        access::Permission as _,
        actor::Actor,
        error::{Error, Result},
        rule::Refusal,
    },
    policy,
};

/// Who manages clients.
#[derive(Debug, Clone)]
pub enum Manager {
    /// The operator, on the command line, who has the database anyway.
    Operator,
    /// A client that may manage others.
    Client(Arc<Actor>),
}

impl Manager {
    /// `CL-01`: refuses a client that would change itself.
    pub fn other_than(&self, id: ClientId) -> Result<()> {
        match self {
            Self::Client(actor) if actor.id == id.untyped() => Err(Refusal::conflict(
                "CL-01",
                "a client changes neither itself nor its keys: another one must, or the operator",
            )
            .into()),
            Self::Client(_) | Self::Operator => Ok(()),
        }
    }

    /// `CL-02`: refuses a client that would give more than it has, or the right to give.
    pub fn may_give(&self, roles: &[String]) -> Result<()> {
        let Self::Client(actor) = self else { return Ok(()) };
        let given = policy::permissions(roles);
        let beyond: Vec<&str> = given
            .into_iter()
            .filter(|name| *name == ManageClients::NAME || !actor.permissions.contains(name))
            .collect();
        if beyond.is_empty() {
            return Ok(());
        }
        let detail = "these roles allow more than the caller may give: the operator registers such a client, on the command line";
        Err(Error::from(Refusal::conflict("CL-02", detail).fact("permissions", beyond)))
    }
}
