//! Orders of lists: by which fields a list is sorted, and which rows come after a given one.
//!
//! A domain names its fields with [`sort_fields!`](crate::sort_fields), each with SQL that is never
//! null, so that every row has its place. The id is always last: no two rows are equal.
use std::{borrow::Cow, marker::PhantomData};

use chrono::NaiveDate;
use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    expression::{ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Array, Bool, Text},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::error::{Error, Result};

/// A field that a list can be sorted by.
pub trait SortField: Copy + Eq + 'static {
    const ALL: &'static [Self];
    /// The id of a row in SQL.
    const ID: &'static str;
    fn name(self) -> &'static str;
    /// The field in SQL, never null, and its SQL type. `{today}` stands for the day.
    fn sql(self) -> (&'static str, &'static str);
}

/// Defines the fields that a list can be sorted by: name, SQL that is never null, SQL type.
#[macro_export]
macro_rules! sort_fields {
    ($(#[$meta:meta])* pub enum $name:ident by $id:literal { $($variant:ident = $text:literal: $sql:literal as $kind:literal,)+ }) => {
        $(#[$meta])*
        #[allow(clippy::enum_variant_names, reason = "they are named like the members")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($variant,)+ }

        impl $crate::platform::order::SortField for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            const ID: &'static str = $id;
            fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
            fn sql(self) -> (&'static str, &'static str) {
                match self { $(Self::$variant => ($sql, $kind),)+ }
            }
        }
    };
}

/// A field and its direction: `name`, or `-name` for descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort<F> {
    pub field: F,
    pub descending: bool,
}

impl<F> Sort<F> {
    pub const fn ascending(field: F) -> Self {
        Self { field, descending: false }
    }
}

impl<F: SortField> Sort<F> {
    fn text(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.field.name())
    }
}

impl<F: SortField> Serialize for Sort<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text().serialize(serializer)
    }
}

impl<'de, F: SortField> Deserialize<'de> for Sort<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let (name, descending) =
            text.strip_prefix('-').map_or((&*text, false), |name| (name, true));
        let field = F::ALL.iter().find(|field| field.name() == name);
        let field = field.ok_or_else(|| de::Error::custom("unknown variant"))?;
        Ok(Self { field: *field, descending })
    }
}

impl<F: SortField> PartialSchema for Sort<F> {
    fn schema() -> RefOr<Schema> {
        let both = |field: &F| [false, true].map(|descending| Sort { field: *field, descending });
        let texts = F::ALL.iter().flat_map(both).map(Self::text);
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(texts)).into()
    }
}
impl<F: SortField> ToSchema for Sort<F> {}

/// An order in which every row has one place.
#[derive(Debug, Clone)]
pub struct Order(Vec<Key>);

#[derive(Debug, Clone)]
struct Key {
    sql: Cow<'static, str>,
    kind: &'static str,
    descending: bool,
}

/// SQL, or the place of a key whose value is bound there.
#[derive(Debug, Clone)]
enum Piece {
    Sql(String),
    Key(usize),
}

impl Order {
    /// The order asked for, or the usual one; the id goes the way of the field before it. Refuses a
    /// field that is named twice.
    pub fn of<F: SortField>(asked: &[Sort<F>], usual: &[Sort<F>]) -> Result<Self> {
        for (place, sort) in asked.iter().enumerate() {
            if asked.iter().skip(place + 1).any(|other| other.field == sort.field) {
                return Err(Error::query("sort", "repeated", "names a field twice"));
            }
        }
        let wanted = if asked.is_empty() { usual } else { asked };
        let key = |sort: &Sort<F>| {
            let (sql, kind) = sort.field.sql();
            Key { sql: Cow::Borrowed(sql), kind, descending: sort.descending }
        };
        let descending = wanted.last().is_some_and(|last| last.descending);
        let id = Key { sql: Cow::Borrowed(F::ID), kind: "uuid", descending };
        Ok(Self(wanted.iter().map(key).chain([id]).collect()))
    }

    /// Puts the day in the place of `{today}` in the fields' SQL.
    #[must_use]
    pub fn on(mut self, today: NaiveDate) -> Self {
        for key in &mut self.0 {
            if key.sql.contains("{today}") {
                key.sql = key.sql.replace("{today}", &format!("DATE '{today}'")).into();
            }
        }
        self
    }

    /// How many keys a row has.
    pub(super) fn width(&self) -> usize {
        self.0.len()
    }

    /// What stands after `ORDER BY`.
    pub fn by(&self) -> String {
        let direction = |key: &Key| if key.descending { "DESC" } else { "ASC" };
        let keys = self.0.iter().map(|key| format!("{} {}", key.sql, direction(key)));
        keys.collect::<Vec<_>>().join(", ")
    }

    /// The keys of a row, as an array of texts.
    pub fn keys(&self) -> String {
        let keys: Vec<_> = self.0.iter().map(|key| format!("({})::text", key.sql)).collect();
        format!("ARRAY[{}]", keys.join(", "))
    }

    /// The condition for the rows after that whose keys are bound as the array `parameter`.
    pub fn after(&self, parameter: &str) -> String {
        let piece = |piece| match piece {
            Piece::Sql(sql) => sql,
            Piece::Key(place) => format!("({parameter})[{}]", place + 1),
        };
        self.condition().into_iter().map(piece).collect()
    }

    /// [`Self::by`] for diesel.
    pub fn clause(&self) -> Fragment<Bool> {
        Fragment::new(vec![Part::Sql(self.by())])
    }

    /// [`Self::keys`] for diesel.
    pub fn selection(&self) -> Fragment<Array<Text>> {
        Fragment::new(vec![Part::Sql(self.keys())])
    }

    /// The condition for the rows after that with these keys, for diesel.
    pub fn beyond(&self, last: &[String]) -> Fragment<Bool> {
        let part = |piece| match piece {
            Piece::Sql(sql) => Part::Sql(sql),
            Piece::Key(place) => Part::Text(last.get(place).cloned().unwrap_or_default()),
        };
        Fragment::new(self.condition().into_iter().map(part).collect())
    }

    /// One comparison of rows where all keys go the same way: an index finds the place. Else key by
    /// key, begun with a bound that an index can use.
    fn condition(&self) -> Vec<Piece> {
        let mut pieces = vec![Piece::Sql("(".to_owned())];
        let mut keys = self.0.iter().map(|key| key.descending);
        let first = keys.next().unwrap_or_default();
        if keys.all(|descending| descending == first) {
            let columns: Vec<_> = self.0.iter().map(|key| &*key.sql).collect();
            let beyond = if first { "<" } else { ">" };
            pieces.push(Piece::Sql(format!("({}) {beyond} (", columns.join(", "))));
            for (place, key) in self.0.iter().enumerate() {
                let comma = if place == 0 { "" } else { ", " };
                pieces.push(Piece::Sql(format!("{comma}CAST(")));
                pieces.push(Piece::Key(place));
                pieces.push(Piece::Sql(format!(" AS {})", key.kind)));
            }
            pieces.push(Piece::Sql("))".to_owned()));
            return pieces;
        }
        if let Some(key) = self.0.first() {
            compare(&mut pieces, 0, key, if key.descending { "<=" } else { ">=" });
        }
        for (place, key) in self.0.iter().enumerate() {
            let join = if place == 0 { " AND (" } else { " OR (" };
            pieces.push(Piece::Sql(join.to_owned()));
            for (before, equal) in self.0.iter().enumerate().take(place) {
                compare(&mut pieces, before, equal, "=");
                pieces.push(Piece::Sql(" AND ".to_owned()));
            }
            compare(&mut pieces, place, key, if key.descending { "<" } else { ">" });
            pieces.push(Piece::Sql(if place == 0 { "" } else { ")" }.to_owned()));
        }
        pieces.push(Piece::Sql("))".to_owned()));
        pieces
    }
}

fn compare(pieces: &mut Vec<Piece>, place: usize, key: &Key, comparison: &str) {
    pieces.push(Piece::Sql(format!("{} {comparison} CAST(", key.sql)));
    pieces.push(Piece::Key(place));
    pieces.push(Piece::Sql(format!(" AS {})", key.kind)));
}

#[derive(Debug, Clone)]
enum Part {
    Sql(String),
    Text(String),
}

/// A part of a statement, with its values bound. Diesel's own literal SQL would have the statement
/// parsed and planned anew each time.
#[derive(Debug, Clone)]
pub struct Fragment<T>(Vec<Part>, PhantomData<T>);

impl<T> Fragment<T> {
    fn new(parts: Vec<Part>) -> Self {
        Self(parts, PhantomData)
    }
}
impl<T: diesel::sql_types::SqlType + diesel::expression::TypedExpressionType> Expression
    for Fragment<T>
{
    type SqlType = T;
}
impl<T> QueryId for Fragment<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<T> ValidGrouping<()> for Fragment<T> {
    type IsAggregate = is_aggregate::Never;
}
impl<T, From> AppearsOnTable<From> for Fragment<T> where Self: Expression {}
impl<T, From> SelectableExpression<From> for Fragment<T> where Self: Expression {}
impl<T> QueryFragment<Pg> for Fragment<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for part in &self.0 {
            match part {
                Part::Sql(sql) => out.push_sql(sql),
                Part::Text(text) => out.push_bind_param::<Text, _>(text)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json, to_value};

    use super::*;

    sort_fields! {
        pub enum Field by "t.id" {
            Name = "name": "t.name" as "text",
            BornOn = "born_on": "t.born_on" as "date",
        }
    }

    fn sorts(texts: &[&str]) -> Vec<Sort<Field>> {
        from_value(json!(texts)).unwrap()
    }

    fn order(texts: &[&str]) -> Order {
        Order::of(&sorts(texts), &[]).unwrap()
    }

    #[test]
    fn the_id_is_always_last_and_goes_the_way_of_the_field_before() {
        assert_eq!(order(&[]).by(), "t.id ASC");
        assert_eq!(order(&["-name"]).by(), "t.name DESC, t.id DESC");
        assert_eq!(order(&["-name", "born_on"]).by(), "t.name DESC, t.born_on ASC, t.id ASC");
    }

    #[test]
    fn what_comes_after_a_row_is_one_comparison_where_that_is_possible() {
        assert_eq!(
            order(&["-name"]).after("$1"),
            "((t.name, t.id) < (CAST(($1)[1] AS text), CAST(($1)[2] AS uuid)))"
        );
        let last = |at: &str| at.replace('#', "CAST(($1)").replace("d@", " AS date)");
        assert_eq!(
            order(&["-born_on", "name"]).after("$1"),
            last(
                "(t.born_on <= #[1]d@ AND (t.born_on < #[1]d@ \
                 OR (t.born_on = #[1]d@ AND t.name > #[2] AS text)) \
                 OR (t.born_on = #[1]d@ AND t.name = #[2] AS text) AND t.id > #[3] AS uuid))))"
            )
        );
    }

    #[test]
    fn orders_are_named_and_nothing_else_is_taken() {
        let named = to_value(sorts(&["name", "-born_on"])).unwrap();
        assert_eq!(named, json!(["name", "-born_on"]));
        let schema = to_value(Sort::<Field>::schema()).unwrap();
        assert_eq!(schema["enum"], json!(["name", "-name", "born_on", "-born_on"]));
        for nonsense in ["", "-", "--name", "Name", "+name", "name,born_on", "id"] {
            let read: Result<Sort<Field>, _> = from_value(Value::from(nonsense));
            assert!(read.is_err(), "{nonsense}");
        }
        let twice = Order::of(&sorts(&["name", "born_on", "-name"]), &[]).unwrap_err();
        assert_eq!(twice.code(), "invalid_query");
    }
}
