//! Many rows written by few statements, which the database knows after the first time.

/// Writes rows, however many, so many at a time that there are only a few different statements: the
/// database parses and plans each once for each connection. What it looks at anew for every
/// statement, such as the text of a table's `CHECK`s, it looks at seldom.
///
/// `insert_rows!(some::table, connection, rows)`, with the rows as a `Vec`.
#[macro_export]
macro_rules! insert_rows {
    ($table:expr, $conn:expr, $rows:expr) => {{
        let mut left = $rows.into_iter();
        $crate::insert_rows!(@by 50, $table, $conn, left);
        $crate::insert_rows!(@by 10, $table, $conn, left);
        $crate::insert_rows!(@by 3, $table, $conn, left);
        $crate::insert_rows!(@by 1, $table, $conn, left);
    }};
    (@by $number:literal, $table:expr, $conn:expr, $left:ident) => {
        while $left.len() >= $number {
            let some: Vec<_> = $left.by_ref().take($number).collect();
            let Ok(some) = <[_; $number]>::try_from(some) else { break };
            diesel::insert_into($table).values(some).execute($conn)?;
        }
    };
}
