//! `/v1/children:match` over HTTP.
use super::{
    model::{ChildToMatch, MatchAnswer},
    permission::MatchChildren,
    store,
};
use crate::{
    platform::{access::Access, error::Result, extract::Body, http::Routes, released::Released},
    routes,
};

pub fn routes() -> Routes {
    routes![match_children]
}

#[utoipa::path(post, path = "/v1/children:match", tag = "children", operation_id = "match_children", summary = "Match a child",
    description = "Compares what is known of a child with the records of the registry that the caller may read, and explains each field: names in any script and order, birth date by its precision, sex, mother, numbers, area. Of a child of the registry, `child_id` says all that is known. What the caller may not read is no candidate, and nothing tells of it. Nothing that is asked is stored. Has a limit of its own, besides that of all requests.",
    request_body = ChildToMatch,
    responses((status = 200, description = "The records that may be of the child, the likeliest first.", body = MatchAnswer)))]
async fn match_children(
    access: Access<MatchChildren>,
    body: Body<ChildToMatch>,
) -> Result<Released> {
    let (now, reaching) = (access.now(), access.reaching());
    let found = access.read(move |conn| store::matches(conn, &body.0, now, reaching)).await?;
    access.release(&found).await
}
