//! The return of a small made-up country.
use chrono::Datelike as _;
use kinstead::{
    platform::{
        clock::{Clock as _, SystemClock},
        embedded::Role,
    },
    reference::parameters,
    seed::{self, Options, Urls},
    ssda903::{checks::check, model::Codes, store},
};

use super::year;
use crate::support::Database;

#[test]
fn a_made_up_country_tells_of_two_years_that_agree() {
    let database = Database::without_personas();
    let today = parameters::today(&mut database.service(), SystemClock.now()).unwrap();
    let urls = Urls { service: database.url(Role::Service), owner: database.url(Role::Owner) };
    let options = Options { children: 40, years: 6, seed: 11, today };
    seed::run(&urls, &options, &|_| ()).unwrap();
    // The last two years that are over.
    let over = year(today.year());
    let last = if over.last() < today { today.year() } else { today.year() - 1 };
    let mut conn = database.service();
    let before = store::export(&mut conn, year(last - 1), "RS").unwrap();
    let now = store::export(&mut conn, year(last), "RS").unwrap();
    assert!(before.children > 20 && now.children > 20, "{} {}", before.children, now.children);
    assert!(now.whole.episodes.len() > now.children && !now.whole.reviews.is_empty());
    let codes = Codes::load().unwrap();
    let faults = check(year(last), &codes, &now.whole, Some(&before.whole));
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(before.faults, []);
}
