//! `/v1/rules` over HTTP.
use actix_web::HttpResponse;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    model::{NewRuleVersion, Rule, RulePage, RuleVersion},
    store,
};
use crate::{
    platform::{
        access::{Access, Public},
        error::Result,
        extract::{Body, Path, Query},
        http::Routes,
        language::Language,
        released::Released,
    },
    reference::{parameters::today, permission::ManageReference},
    routes,
};

/// Of which day the rules are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RulesOn {
    /// The day; today unless said.
    #[param(nullable = false, example = "2026-03-01")]
    as_of: Option<NaiveDate>,
}

pub fn routes() -> Routes {
    routes![list_rules, read_rule, add_rule_version]
}

#[utoipa::path(get, path = "/v1/rules", tag = "reference", summary = "List the rules",
    description = "All rules of the registry: what each says, how strictly it holds, the law that it comes from, the parameters that it goes by, who may step over it, and every version it had. One page holds them all.",
    params(RulesOn), responses((status = 200, description = "The rules.", body = RulePage)))]
async fn list_rules(
    public: Public,
    day: Query<RulesOn>,
    language: Language,
) -> Result<HttpResponse> {
    let now = public.now();
    let list = move |conn: &mut _| {
        let today = today(conn, now)?;
        store::list(conn, day.0.as_of.unwrap_or(today), language)
    };
    let data = public.read(list).await?;
    Ok(language.respond(&RulePage { data, next_cursor: None }))
}

#[utoipa::path(get, path = "/v1/rules/{code}", tag = "reference", summary = "Read a rule",
    description = "One rule with every version it had and will have. A refusal by a rule names the rule's code and version.",
    params(("code" = String, Path, description = "Code of the rule.", example = "PL-16"), RulesOn),
    responses((status = 200, description = "The rule.", body = Rule)))]
async fn read_rule(
    public: Public,
    code: Path<String>,
    day: Query<RulesOn>,
    language: Language,
) -> Result<HttpResponse> {
    let now = public.now();
    let find = move |conn: &mut _| {
        let today = today(conn, now)?;
        store::find(conn, &code.0, day.0.as_of.unwrap_or(today), language)
    };
    Ok(language.respond(&public.read(find).await?))
}

#[utoipa::path(post, path = "/v1/rules/{code}/versions", tag = "reference", summary = "Let a rule hold otherwise from a day on",
    description = "Adds a version that holds from today or a later day. The versions before it stay as they were, and so does every decision made on them. A rule that the registry's tables hold stays hard and in force.",
    params(("code" = String, Path, description = "Code of the rule.", example = "PL-23")),
    request_body = NewRuleVersion,
    responses((status = 201, description = "The new version.", body = RuleVersion)))]
async fn add_rule_version(
    access: Access<ManageReference>,
    code: Path<String>,
    body: Body<NewRuleVersion>,
) -> Result<Released> {
    let collection = format!("/v1/rules/{}/versions", code.0);
    access.change(move |tx| store::add_version(tx, &code.0, &body.0)?.created(&collection)).await
}
