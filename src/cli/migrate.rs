//! `kinstead migrate`: the database is brought up to this release by the owner of its tables.
use clap::Args;
use kinstead::{
    config::Config,
    platform::{
        db,
        migrate::{RoleName, admit},
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
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let config = Config::from_env_for_work()?;
    let role = match (&arguments.runtime_role, &config.database_url) {
        (Some(role), _) => Some(role.clone()),
        (None, Some(url)) => user(url).map(|name| fit(&name)).transpose()?,
        (None, None) => None,
    };
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
    if let Some(role) = role {
        let new = admit(&mut db::connect(registry.owner()?)?, &role)?;
        let text = if new { "was let in" } else { "was let in before" };
        output.result(
            &format!("the role {role} {text}"),
            &json!({"runtime_role": role.name(), "new": new}),
        );
    }
    Ok(())
}

fn fit(name: &str) -> Result<RoleName, Failure> {
    let misfit = |why| {
        Failure::WrongUse(format!("the user in DATABASE_URL {why}: name it with --runtime-role"))
    };
    name.parse().map_err(misfit)
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
