//! Pages of a list while others write: what stays as it is comes exactly once, in order.
use std::collections::{BTreeMap, BTreeSet};

use kinstead::{
    children::{self, Child, ChildId, store::ChildFilter},
    platform::{page::PageQuery, version::IfMatch},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::json;

use crate::support::{Country, World, body};

/// What happens between two pages.
#[derive(Debug, Clone, Copy)]
enum Write {
    Register {
        day: u32,
    },
    /// Another birth date, of the last child of the page before or of any.
    Correct {
        last: bool,
        which: usize,
        day: u32,
    },
    Nothing,
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        (1..6_u32).prop_map(|day| Write::Register { day }),
        (any::<bool>(), any::<usize>(), 1..6_u32).prop_map(|(last, which, day)| Write::Correct {
            last,
            which,
            day
        }),
        Just(Write::Nothing),
    ]
}

fn born(day: u32) -> String {
    format!("2015-01-{day:02}")
}

fn correct(country: &mut Country, id: ChildId, day: u32) {
    country
        .change(|tx| {
            let child = children::store::find(tx.conn, id)?;
            let patch =
                json!({"birth_date": born(day), "correction_reason": "Mistyped at the desk."});
            children::store::change(tx, id, &IfMatch::of(&child), &body(patch))
        })
        .unwrap();
}

/// Pages through the list with these writes between; the children as they were on their pages.
fn walk(
    country: &mut Country,
    sort: &[&str],
    limit: i32,
    writes: &[Write],
    touched: &mut BTreeSet<ChildId>,
) -> Vec<Child> {
    let filter: ChildFilter = body(json!({"sort": sort}));
    let (mut seen, mut cursor, mut writes) = (Vec::<Child>::new(), None, writes.iter());
    loop {
        let page = PageQuery::new(Some(limit), cursor);
        let now = country.now;
        let page = children::store::list(&mut country.conn, &filter, &page, now).unwrap();
        seen.extend(page.data);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return seen;
        }
        match writes.next().unwrap_or(&Write::Nothing) {
            Write::Register { day } => drop(touched.insert(country.child("male", &born(*day)))),
            Write::Correct { last, which, day } => {
                let place = if *last { seen.len() - 1 } else { which % seen.len() };
                touched.insert(seen[place].id);
                correct(country, seen[place].id, *day);
            }
            Write::Nothing => {}
        }
    }
}

#[actix_web::test]
async fn what_stays_as_it_is_comes_once_and_in_order_while_others_write() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    for day in [3, 1, 3, 2, 3, 5, 1, 3, 4, 3] {
        country.child("female", &born(day));
    }
    let fields = ["birth_date", "registry_no", "created_on"];
    let field = (0..fields.len(), any::<bool>());
    let case = (
        proptest::collection::vec(field, 0..3),
        1..4_i32,
        proptest::collection::vec(write(), 0..8),
    );
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let country = std::cell::RefCell::new(country);
    let run = |(asked, limit, writes): (Vec<(usize, bool)>, i32, Vec<Write>)| {
        let mut country = country.borrow_mut();
        let asked: BTreeMap<usize, bool> = asked.into_iter().collect();
        let texts = asked
            .iter()
            .map(|(field, down)| format!("{}{}", if *down { "-" } else { "" }, fields[*field]));
        let texts: Vec<String> = texts.collect();
        let sort: Vec<&str> = texts.iter().map(String::as_str).collect();
        let before = walk(&mut country, &sort, 200, &[], &mut BTreeSet::new());
        let mut touched = BTreeSet::new();
        let seen = walk(&mut country, &sort, limit, &writes, &mut touched);
        let calm = |rows: &[Child]| -> Vec<ChildId> {
            rows.iter().map(|child| child.id).filter(|id| !touched.contains(id)).collect()
        };
        prop_assert_eq!(calm(&seen), calm(&before), "{:?} {} {:?}", sort, limit, writes);
        Ok(())
    };
    TestRunner::new_with_rng(config, rng).run(&case, run).unwrap();
}
