//! The return of a small made-up country.
use kinstead::{
    platform::embedded::Role,
    seed::{self, Options, Urls},
    ssda903::{
        checks::check,
        import::import,
        model::{Codes, Return, Table, Year, csv},
        store,
    },
};

use super::{written, year};
use crate::support::{Database, noon};

#[test]
fn a_made_up_country_tells_of_two_years_that_agree() {
    let database = Database::without_personas();
    let urls = Urls { service: database.url(Role::Service), owner: database.url(Role::Owner) };
    let options = Options { children: 40, years: 6, seed: 11, today: noon().date_naive() };
    seed::run(&urls, &options, &|_| ()).unwrap();
    // The last two years that are over then.
    let last = 2026;
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

    // Another registry takes both over, and tells the same byte for byte.
    let other = Database::migrated();
    let mut conn = other.service();
    let years = [(year(last - 1), before.whole), (year(last), now.whole)];
    let read = years.map(|(of, whole)| (of, read_again(of, &whole)));
    let imported = import(&mut conn, noon(), &read, None).unwrap();
    assert!(imported.unwrap().children >= now.children);
    for (of, whole) in &read {
        let again = store::export(&mut conn, *of, "RS").unwrap();
        assert_eq!(written(of.number(), &again.whole), written(of.number(), whole));
    }
}

/// The return as it is read from its files.
fn read_again(of: Year, whole: &Return) -> Return {
    let (mut read, mut faults) = (Return::default(), Vec::new());
    for table in Table::of_year(of) {
        csv::read(table.title(), csv::write(table, whole).as_bytes(), &mut read, &mut faults);
    }
    assert_eq!(faults, []);
    read
}
