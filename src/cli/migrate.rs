//! `kinstead migrate`: the database is brought up to this release by the owner of its tables.
use clap::Args;
use kinstead::{
    config::Config,
    platform::{
        db,
        migrate::{LOG_GROUP, RUNTIME_GROUP, RoleName, admit},
    },
};
use serde_json::json;

use super::{
    failure::Failure,
    output::Output,
    registry::{Company, Registry},
    signals::Signals,
};

#[derive(Args)]
pub struct Arguments {
    /// Database role that the service runs as, to be let in [default: the user in `DATABASE_URL`].
    #[arg(long, value_name = "NAME")]
    runtime_role: Option<RoleName>,
    /// Database role that keeps the access log, to be let in [default: the user in
    /// `KINSTEAD_LOG_DATABASE_URL`].
    #[arg(long, value_name = "NAME")]
    log_role: Option<RoleName>,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let config = Config::from_env_for_work()?;
    let roles = [
        (
            role(
                arguments.runtime_role.as_ref(),
                config.database_url.as_deref(),
                "DATABASE_URL",
                "--runtime-role",
            )?,
            RUNTIME_GROUP,
        ),
        (
            role(
                arguments.log_role.as_ref(),
                config.log_database_url.as_deref(),
                "KINSTEAD_LOG_DATABASE_URL",
                "--log-role",
            )?,
            LOG_GROUP,
        ),
    ];
    let signals = Signals::listen()?;
    let registry = Registry::open(&config, Company::Beside, &signals, output)?;
    let done = registry.bring_up(&config.profile)?;
    for name in &done.migrations {
        output.result(&format!("ran migration {name}"), &json!({"migration": name}));
    }
    if done.migrations.is_empty() {
        output.result("every migration was run before", &json!({"migration": null}));
    }
    let text = format!(
        "code lists are those of this release; {} parameter values are new",
        done.parameters
    );
    output.result(&text, &json!({"new_parameter_values": done.parameters}));
    for (role, group) in roles {
        let Some(role) = role else { continue };
        let new = admit(&mut db::connect(registry.owner()?)?, &role, group)?;
        let text = if new { "was let in" } else { "was let in before" };
        output.result(
            &format!("the role {role} {text}"),
            &json!({"role": role.name(), "group": group, "new": new}),
        );
    }
    Ok(())
}

/// The role that is named, or else the user in the address.
fn role(
    named: Option<&RoleName>,
    url: Option<&str>,
    setting: &str,
    option: &str,
) -> Result<Option<RoleName>, Failure> {
    let misfit =
        |why| Failure::WrongUse(format!("the user in {setting} {why}: name it with {option}"));
    match (named, url.and_then(user)) {
        (Some(role), _) => Ok(Some(role.clone())),
        (None, Some(name)) => name.parse().map(Some).map_err(misfit),
        (None, None) => Ok(None),
    }
}

/// The user in a database's address.
fn user(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    let user = user.split(':').next()?;
    (!user.is_empty()).then(|| user.to_owned())
}

#[cfg(test)]
mod tests {
    use super::user;

    #[test]
    fn the_user_is_read_from_the_address() {
        assert_eq!(user("postgres://kinstead:a%40b@host:5432/db").as_deref(), Some("kinstead"));
        assert_eq!(user("postgresql://app@%2Frun%2Fpg/db?sslmode=require").as_deref(), Some("app"));
        assert_eq!(user("postgresql://host/db"), None);
        assert_eq!(user("postgresql://host/db?options=a@b"), None);
    }
}
