//! What a change of a rule would mean for placements, over HTTP.
use crate::{
    placements::{
        model::{RulePreview, RulePreviewRequest},
        permission::PreviewRules,
        store,
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path},
        http::Routes,
        released::Released,
    },
    routes,
};

pub fn routes() -> Routes {
    routes![preview_rule_version]
}

#[utoipa::path(post, path = "/v1/rules/{code}/versions:preview", tag = "placements", operation_id = "preview_rule_version", summary = "Ask which living placements a rule would break",
    description = "Judges every placement in which a child lives today by the rule as it would hold with another version or with other parameters, as if the placement began anew on its first day. Nothing is written.",
    params(("code" = String, Path, description = "Code of the rule.", example = "PL-23")),
    request_body = RulePreviewRequest,
    responses((status = 200, description = "What would break it.", body = RulePreview),
        (status = 409, description = "The rule is not judged on facts that are kept with placements.")))]
async fn preview_rule_version(
    access: Access<PreviewRules>,
    code: Path<String>,
    body: Body<RulePreviewRequest>,
) -> Result<Released> {
    let now = access.now();
    let asked =
        move |conn: &mut _| store::preview(conn, now, (&code.0, &body.0), store::PREVIEW_BLOCK);
    access.release(&access.read(asked).await?).await
}
