//! The bytes of the files.
use kinstead::ssda903::model::{Codes, Fault, Return, Table, csv};

use super::{bytes, sample, year};

/// The columns of each file, as `domain.md` 6.1 has them.
const COLUMNS: &str = "\
Header: CHILD, SEX, DOB, ETHNIC, UPN, MOTHER, MC_DOB
Episodes: CHILD, DECOM, RNE, LS, CIN, PLACE, PLACE_PROVIDER, DEC, REC, REASON_PLACE_CHANGE, HOME_POST, PL_POST, URN
Reviews: CHILD, DOB, REVIEW, REVIEW_CODE
UASC: CHILD, SEX, DOB, DUC
OC2: CHILD, DOB, SDQ_SCORE, SDQ_REASON, CONVICTED, HEALTH_CHECK, IMMUNISATIONS, TEETH_CHECK, HEALTH_ASSESSMENT, SUBSTANCE_MISUSE, INTERVENTION_RECEIVED, INTERVENTION_OFFERED
OC3: CHILD, DOB, IN_TOUCH, ACTIV, ACCOM
AD1: CHILD, DOB, DATE_INT, DATE_MATCH, FOSTER_CARE, NB_ADOPTR, SEX_ADOPTR, LS_ADOPTR
PlacedAdoption: CHILD, DOB, DATE_PLACED, DATE_PLACED_CEASED, REASON_PLACED_CEASED
PrevPerm: CHILD, DOB, PREV_PERM, LA_PERM, DATE_PERM
Missing: CHILD, DOB, MISSING, MIS_START, MIS_END
SWEpisodes: CHILD, DOB, SW_ID, SW_DECOM, SW_DEC, SW_REASON
DoLo: CHILD, DOB, DOLO_START, DOLO_END";

#[test]
fn the_files_have_the_columns_of_the_return_in_their_order() {
    let tables =
        Table::ALL.iter().map(|table| format!("{}: {}", table.title(), table.columns().join(", ")));
    assert_eq!(tables.collect::<Vec<_>>().join("\n"), COLUMNS);
    let of = |number| Table::of_year(year(number)).map(Table::title).collect::<Vec<_>>();
    assert!(!of(2023).contains(&"SWEpisodes") && of(2024).contains(&"SWEpisodes"));
    assert!(!of(2026).contains(&"DoLo") && of(2027).contains(&"DoLo"));
    let columns: Vec<&str> = Table::ALL.iter().flat_map(|table| table.columns()).copied().collect();
    let codes = Codes::load().unwrap();
    assert!(codes.columns().all(|column| columns.contains(&column)));
}

#[test]
fn what_is_read_is_written_byte_for_byte() {
    for number in [2025, 2026] {
        let whole = sample(number);
        for table in Table::of_year(year(number)) {
            let written = csv::write(table, &whole);
            assert_eq!(written.as_bytes(), bytes(number, table), "{number} {}", table.title());
        }
    }
}

/// What is read of a file, and what is wrong with it.
fn read(text: &str) -> (Option<Table>, Return, Vec<String>) {
    let (mut whole, mut faults) = (Return::default(), Vec::new());
    let table = csv::read("a.csv", text.as_bytes(), &mut whole, &mut faults);
    (table, whole, faults.iter().map(Fault::to_string).collect())
}

#[test]
fn cells_are_quoted_where_they_must_be() {
    let text = "CHILD,DOB,PREV_PERM,LA_PERM,DATE_PERM\r\n\"FIC \"\"1\"\"\",,P1,\"Here, and\r\nthere\",\r\nFIC2,,P2,,\r\n";
    let (table, whole, faults) = read(text);
    assert_eq!((table, faults), (Some(Table::PrevPerm), vec![]));
    assert_eq!(whole.prev_perms[0].child, "FIC \"1\"");
    assert_eq!(whole.prev_perms[0].la_perm, "Here, and\r\nthere");
    let lines: Vec<usize> = whole.prev_perms.iter().map(|row| row.line).collect();
    assert_eq!(lines, [2, 4]);
    assert_eq!(csv::write(Table::PrevPerm, &whole), text);
    // Others end their lines otherwise, and begin with a mark.
    let other = format!("\u{feff}{}", "CHILD,SEX,DOB,DUC\nFIC1,M,01/02/2010,\n");
    let (table, whole, faults) = read(&other);
    assert_eq!((table, faults), (Some(Table::Uasc), vec![]));
    assert_eq!(whole.uasc[0].duc, "");
}

#[test]
fn a_file_that_is_not_as_it_must_be_is_told_of_line_by_line() {
    let heading = "CHILD,SEX,DOB,DUC\r\n";
    for (text, told) in [
        ("CHILD,DOB,SEX,DUC\r\n", vec!["a.csv:1 [columns]"]),
        ("", vec!["a.csv:1 [columns]"]),
        (
            "FIC1,M,01/02/2010\r\nFIC1,M,01/02/2010,,\r\n\r\n",
            vec!["a.csv:2 [row]", "a.csv:3 [row]", "a.csv:4 [row]"],
        ),
        ("FIC1,M,01/02/2010,1/2/2026\r\n", vec!["a.csv:2 DUC [day]"]),
        ("FIC1,\"M,01/02/2010,\r\nFIC2,M,01/02/2010,\r\n", vec!["a.csv:2 [quotes]"]),
        (
            "FIC1,\"M\" ,01/02/2010,\r\nFIC2,M,nowhere,x\r\n",
            vec!["a.csv:2 [quotes]", "a.csv:3 DUC [day]"],
        ),
        ("FIC1,M\"M,01/02/2010,\r\n", vec!["a.csv:2 [quotes]"]),
    ] {
        let whole = if text.is_empty() || text.starts_with("CHILD") {
            text.to_owned()
        } else {
            format!("{heading}{text}")
        };
        let (_, _, faults) = read(&whole);
        let begin =
            |fault: &String| fault.split_once(']').map(|(begin, _)| format!("{begin}]")).unwrap();
        assert_eq!(faults.iter().map(begin).collect::<Vec<_>>(), told, "{text}");
    }
    let (mut whole, mut faults) = (Return::default(), Vec::new());
    assert_eq!(csv::read("a.csv", b"CHILD\xff", &mut whole, &mut faults), None);
    assert_eq!(faults[0].to_string(), "a.csv [encoding] is not UTF-8");
}
