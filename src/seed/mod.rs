//! A made-up country, written through the same stores and rules as everything else.
//!
//! The same seed gives the same country on the same day; only ids are new each time. Names of
//! persons and organisations are invented, areas are those of ISO 3166-2.
//!
//! The registry has been kept for some years. What lies before was taken over from older registers on
//! its first day, each care period and each family with its history in one change; from then on
//! everything was recorded step by step on the day on which it happened.
//!
//! Four parts of the country are thought out in memory ([`plan`]), each day by day, and then
//! written side by side ([`write`](mod@write)): no child, family or facility belongs to two of them.
pub mod anchors;
mod country;
mod dice;
mod people;
mod plan;
mod regions;
mod summary;
mod write;

use std::thread;

use chrono::NaiveDate;
use diesel::connection::SimpleConnection as _;
use sha2::{Digest as _, Sha256};

pub use country::{Country, Place, is_empty};
pub use summary::Summary;

use self::{
    plan::{Plan, Span, Terms},
    write::Meter,
};
use crate::{
    platform::{
        db,
        error::{Error, Result},
    },
    reference::parameters,
};

/// What country to make up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Children in care now.
    pub children: u32,
    /// Years of history.
    pub years: u32,
    /// Number from which everything is drawn.
    pub seed: u64,
    /// The last day of the history.
    pub today: NaiveDate,
}

/// The registry to fill.
#[derive(Debug, Clone)]
pub struct Urls {
    /// Its database as the service writes to it.
    pub service: String,
    /// Its database as the owner, who registers clients.
    pub owner: String,
}

/// How far the work is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// What is being written, in the plural.
    pub what: &'static str,
    pub done: u64,
    pub of: u64,
}

/// Fills an empty registry; refuses one that holds areas already. Breaking off leaves it half full:
/// its database must be made anew then.
pub fn run(urls: &Urls, options: &Options, tell: &(dyn Fn(Progress) + Sync)) -> Result<Summary> {
    let country = country::make(urls, options, tell)?;
    let plans = plans(&country.places, options, terms(urls, options)?)?;
    let meter = Meter::new(&plans, tell);
    let since = country::taken_over_on(options);
    side_by_side(&plans, |plan| write::write(&urls.owner, plan, since, &country, &meter))?;
    let mut owner = db::connect_for_work(&urls.owner)?;
    tidy(urls, &summary::tables(&mut owner)?)?;
    summary::count(&mut owner)
}

/// Tells the database what its tables hold now: the largest beside all others.
fn tidy(urls: &Urls, tables: &[String]) -> Result<()> {
    let (largest, others) = tables.split_at(1.min(tables.len()));
    side_by_side(&[largest.join(", "), others.join(", ")], |some| {
        let mut owner = db::connect_for_work(&urls.owner)?;
        owner.batch_execute("SET statement_timeout = 0")?;
        Ok(owner.batch_execute(&format!("VACUUM ANALYZE {some}"))?)
    })?;
    Ok(())
}

/// What the registry's parameters of today ask of the centres.
fn terms(urls: &Urls, options: &Options) -> Result<Terms> {
    let mut conn = db::connect_for_work(&urls.service)?;
    let mut number = |name: &str| parameters::integer(&mut conn, name, options.today);
    let whole = |number: i32| u32::try_from(number).unwrap_or(0);
    let months = number("review_interval_months")?.min(number("second_review_months")?);
    Ok(Terms {
        review_months: whole(months).max(1),
        first_review_days: number("first_review_days")?.into(),
        leaving_plan_years: whole(number("leaving_care_plan_age_years")?),
        visit_days: i64::from(number("worker_visit_days")?).max(1),
        contact_months: whole(number("family_contact_months")?).max(1),
    })
}

/// The history of every part of the country. Its last day is yesterday: today has only begun.
fn plans(places: &[Place], options: &Options, terms: Terms) -> Result<Vec<Plan>> {
    let last = dice::after(options.today, -1);
    let first = country::first_day(options);
    let span = Span { first, last, seed: options.seed, terms };
    side_by_side(&regions::divide(places, options.children), |region| {
        plan::make(region.clone(), span)
    })
}

fn side_by_side<T: Sync, U: Send>(
    all: &[T],
    work: impl Fn(&T) -> Result<U> + Sync,
) -> Result<Vec<U>> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = all.iter().map(|one| scope.spawn(move || work(one))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| Error::internal("a thread ended early"))?)
            .collect()
    })
}

/// A digest of the history that a seed gives, the same wherever and however often it is asked for.
pub fn digest(options: &Options) -> Result<String> {
    let plans = plans(&country::places()?, options, Terms::default())?;
    let told: Vec<String> = plans.iter().map(plan::Plan::tell).collect();
    let digest = Sha256::digest(told.concat());
    Ok(digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}
