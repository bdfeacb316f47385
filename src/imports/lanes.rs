//! Which lines of a file can be taken in at the same time: those that have no record in common.
use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use uuid::Uuid;

use super::{
    apply::problem,
    kinds::Imported,
    record::{ImportRecord, ImportReference, references},
};
use crate::platform::{
    error::Result,
    source::{Known, Number},
};

/// Fewer lines than this are not worth a lane of their own: each begins and ends a transaction.
const WORTH: usize = 15;

/// A line of a file: the record that it is, or what is wrong with it.
pub struct Line {
    pub number: i64,
    pub record: std::result::Result<ImportRecord, Value>,
}

impl Line {
    pub fn read(number: i64, text: &[u8]) -> Result<Self> {
        let record = match ImportRecord::read(text) {
            Ok(record) => Ok(record),
            Err(error) => Err(problem(error)?),
        };
        Ok(Self { number, record })
    }

    /// The numbers of records that it names, its own first.
    pub fn numbers(&self) -> Vec<Number> {
        let Ok(record) = &self.record else { return Vec::new() };
        let own = &record.external;
        let own = numbered(&record.kind, &own.system, &own.value);
        let step = own
            .clone()
            .zip(record.step.as_ref())
            .map(|(own, step)| Number { kind: format!("{}/{step}", own.kind), ..own });
        let mut named = Vec::new();
        for data in record.data.values() {
            references(data, "", &mut named);
        }
        let named = named.into_iter().map(|(_, reference)| reference);
        let named = record.of.iter().cloned().chain(named);
        let named =
            named.filter_map(|it: ImportReference| numbered(&it.kind, &it.system, &it.value));
        own.into_iter().chain(step).chain(named).collect()
    }

    /// The records that it names by their ids.
    fn ids(&self) -> Vec<Uuid> {
        let Ok(record) = &self.record else { return Vec::new() };
        let mut found = Vec::new();
        record.data.values().for_each(|value| ids(value, &mut found));
        found
    }
}

fn numbered(kind: &str, system: &str, value: &str) -> Option<Number> {
    let kind = Imported::named(kind)?.kind.to_owned();
    Some(Number { kind, system: system.to_owned(), value: value.to_owned() })
}

fn ids(value: &Value, found: &mut Vec<Uuid>) {
    match value {
        Value::String(text) => found.extend(text.parse::<Uuid>()),
        Value::Array(items) => items.iter().for_each(|item| ids(item, found)),
        Value::Object(members) => members.values().for_each(|member| ids(member, found)),
        _ => {}
    }
}

/// The records that lines name, as far as they are known.
pub fn named(lines: &[Line], known: &Known) -> Vec<Uuid> {
    let known = known.values().flatten().map(|taken| taken.record);
    known.chain(lines.iter().flat_map(Line::ids)).collect()
}

/// What lines have in common: a record that is there, or will be.
#[derive(PartialEq, Eq, Hash)]
enum Named {
    Record(Uuid),
    Number(Number),
}

/// Sets of lines that have something in common, directly or by way of others.
struct Sets {
    /// The line through which each belongs to its set.
    through: Vec<usize>,
    by: HashMap<Named, usize>,
}

impl Sets {
    fn root(&self, mut line: usize) -> usize {
        while let Some(next) = self.through.get(line).filter(|next| **next != line) {
            line = *next;
        }
        line
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(through) = self.through.get_mut(one.max(other)) {
            *through = one.min(other);
        }
    }

    fn name(&mut self, line: usize, named: Named) {
        match self.by.get(&named) {
            Some(other) => self.join(line, *other),
            None => {
                self.by.insert(named, line);
            }
        }
    }
}

/// Puts lines into at most so many lanes, each in the order of the file. Lines of different lanes name no record
/// in common, nor records of which one is judged by where the other is (`ties`).
pub fn split(
    lines: Vec<Line>,
    known: &Known,
    ties: &[(Uuid, Uuid)],
    most: usize,
) -> Vec<Vec<Line>> {
    let most = most.min(lines.len() / WORTH).max(1);
    let mut sets = Sets { through: (0..lines.len()).collect(), by: HashMap::new() };
    for (place, line) in lines.iter().enumerate() {
        for number in line.numbers() {
            let record = known.get(&number).and_then(Option::as_ref).map(|taken| taken.record);
            sets.name(place, record.map_or(Named::Number(number), Named::Record));
        }
        line.ids().into_iter().for_each(|id| sets.name(place, Named::Record(id)));
    }
    for (one, other) in ties {
        let line = |id: &Uuid| sets.by.get(&Named::Record(*id)).copied();
        match (line(one), line(other)) {
            (Some(one), Some(other)) => sets.join(one, other),
            // Another one may be tied to the same.
            (Some(line), None) => sets.name(line, Named::Record(*other)),
            (None, Some(line)) => sets.name(line, Named::Record(*one)),
            (None, None) => {}
        }
    }
    let roots: Vec<usize> = (0..lines.len()).map(|line| sets.root(line)).collect();
    let mut together: BTreeMap<usize, Vec<Line>> = BTreeMap::new();
    for (line, root) in lines.into_iter().zip(roots) {
        together.entry(root).or_default().push(line);
    }
    let mut parted: Vec<Vec<Line>> = (0..most).map(|_| Vec::new()).collect();
    for set in together.into_values() {
        if let Some(lane) = parted.iter_mut().min_by_key(|lane| lane.len()) {
            lane.extend(set);
        }
    }
    parted.retain(|lane| !lane.is_empty());
    for lane in &mut parted {
        lane.sort_by_key(|line| line.number);
    }
    parted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::platform::source::Taken;

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn line(number: i64, data: &Value) -> Line {
        let own = json!({"system": "urn:a", "value": number.to_string()});
        let text = json!({"kind": "placement", "external": own, "data": data}).to_string();
        Line::read(number, text.as_bytes()).unwrap()
    }

    /// So many lines, of which those at the first places have these data.
    fn lines(first: &[Value]) -> Vec<Line> {
        let data = first.iter().cloned().chain((first.len()..40).map(|_| json!({})));
        (1..).zip(data).map(|(number, data)| line(number, &data)).collect()
    }

    fn child(value: &str) -> Value {
        json!({"child_id": {"kind": "child", "system": "urn:a", "value": value}})
    }

    /// The lanes of the lines, by their numbers, which must be in order.
    fn numbers(lanes: &[Vec<Line>]) -> Vec<Vec<i64>> {
        let numbers = |lane: &Vec<Line>| lane.iter().map(|line| line.number).collect::<Vec<_>>();
        let lanes: Vec<_> = lanes.iter().map(numbers).collect();
        assert!(lanes.iter().all(|lane| lane.is_sorted()), "{lanes:?}");
        lanes
    }

    fn together(first: &[Value], known: &Known, ties: &[(Uuid, Uuid)]) -> bool {
        let lanes = numbers(&split(lines(first), known, ties, 2));
        assert_eq!(lanes.iter().map(Vec::len).sum::<usize>(), 40);
        assert_eq!(lanes.len(), 2);
        lanes.iter().any(|lane| lane.contains(&1) && lane.contains(&2))
    }

    #[test]
    fn lines_that_name_nothing_in_common_are_parted() {
        let (none, known) = (json!({}), Known::new());
        assert!(!together(&[none.clone(), none.clone()], &known, &[]));
        assert!(!together(&[child("K-1"), child("K-2")], &known, &[(ONE, OTHER)]));
        let lanes = split(lines(&[]), &known, &[], 2);
        assert_eq!(lanes.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20]);
        assert_eq!(split(lines(&[]), &known, &[], 1).len(), 1);
        let few = lines(&[]).into_iter().take(29).collect();
        assert_eq!(split(few, &known, &[], 2).len(), 1);
    }

    #[test]
    fn lines_that_name_something_in_common_stay_together() {
        let none = Known::new();
        assert!(together(&[child("K-1"), child("K-1")], &none, &[]));
        // By the number of the other line, by ids, by a number and the id that has it, by way of a third line.
        let own = json!({"then": {"kind": "placement", "system": "urn:a", "value": "1"}});
        assert!(together(&[json!({}), own], &none, &[]));
        let (one, other) = (json!({"a": [{"b": ONE}]}), json!({"a": OTHER}));
        assert!(together(&[one.clone(), one.clone()], &none, &[]));
        let taken = Taken { record: ONE, version: None, digest: Vec::new() };
        let number = numbered("child", "urn:a", "K-1").unwrap();
        let known = Known::from([(number, Some(taken))]);
        assert!(together(&[child("K-1"), one.clone()], &known, &[]));
        let both = json!({"a": ONE, "b": OTHER});
        assert!(together(&[one.clone(), other.clone(), both], &none, &[]));
        // By what ties them, directly or by way of somebody whom no line names.
        assert!(!together(&[one.clone(), other.clone()], &none, &[]));
        assert!(together(&[one.clone(), other.clone()], &none, &[(OTHER, ONE)]));
        let third = Uuid::from_u128(3);
        assert!(together(&[one, other], &none, &[(ONE, third), (third, OTHER)]));
    }

    #[test]
    fn a_step_is_known_by_a_number_of_its_own() {
        let own = json!({"system": "urn:a", "value": "1"});
        let text = json!({"kind": "placement", "external": own, "step": "end", "data": {}});
        let line = Line::read(1, text.to_string().as_bytes()).unwrap();
        let kinds: Vec<_> = line.numbers().into_iter().map(|number| number.kind).collect();
        assert_eq!(kinds, ["placement", "placement/end"]);
    }
}
