//! `kinstead seed`: an empty registry is filled with a made-up country.
use std::time::Instant;

use clap::{Args, value_parser};
use kinstead::{
    config::Config,
    platform::{
        clock::{Clock as _, SystemClock},
        db,
    },
    reference::parameters,
    seed::{self, Options, Summary, Urls},
};
use serde_json::json;

use super::{
    failure::Failure,
    output::Output,
    registry::{Company, Registry},
    serve::refuse_pending,
    signals::Signals,
};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    country: Country,
}

/// How large a country to make up.
#[derive(Args)]
pub struct Country {
    /// Children in care at the end of the history.
    #[arg(long, value_name = "N", default_value_t = 6000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub children: u32,
    /// Years of history.
    #[arg(long, value_name = "Y", default_value_t = 20, value_parser = value_parser!(u32).range(1..=25))]
    pub years: u32,
    /// Number from which everything is drawn: the same gives the same country.
    #[arg(long, value_name = "S", default_value_t = 2026)]
    pub seed: u64,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let config = Config::from_env_for_work()?;
    let signals = Signals::listen()?;
    let registry = Registry::open(&config, Company::Beside, &signals, output)?;
    let filled =
        prepare(&registry, &config).and_then(|()| fill(&registry, &arguments.country, output));
    let summary = filled.or_else(|failure| signals.check().and(Err(failure)))?;
    let Summary {
        children, children_in_care, placements, carer_families, facilities, rows, ..
    } = &summary;
    let text = format!(
        "wrote {children} children ({children_in_care} in care), {placements} placements, \
         {carer_families} carer families and {facilities} facilities: {rows} rows"
    );
    output.result(&text, &json!(summary));
    Ok(())
}

fn prepare(registry: &Registry, config: &Config) -> Result<(), Failure> {
    if registry.embedded.is_some() {
        registry.bring_up(&config.profile)?;
        return Ok(());
    }
    refuse_pending(registry.service()?)
}

/// Fills an empty registry and shows how far it is.
pub fn fill(registry: &Registry, country: &Country, output: &Output) -> Result<Summary, Failure> {
    let urls =
        Urls { service: registry.service()?.to_owned(), owner: registry.owner()?.to_owned() };
    let today = parameters::today(&mut db::connect(&urls.service)?, SystemClock.now())?;
    let &Country { children, years, seed } = country;
    let started = Instant::now();
    let meter = output.meter();
    let summary = seed::run(&urls, &Options { children, years, seed, today }, &|progress| {
        meter.show(progress);
    })?;
    drop(meter);
    output.note(&format!("the country took {} s", started.elapsed().as_secs()));
    Ok(summary)
}
