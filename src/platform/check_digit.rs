//! Registry numbers that people read aloud and type: a prefix, a year, a serial and a check.
//!
//! The check is ISO/IEC 7064, MOD 97-10, with letters counted as IBAN (ISO 13616) and LEI
//! (ISO 17442) count them: A = 10 … Z = 35. It finds every single wrong character and every pair
//! of neighbours swapped, and all but about one in a hundred of other mistakes.

/// The fewest digits after the prefix: a year of four, a serial of six, a check of two.
const LEAST_DIGITS: usize = 12;

/// The number `PREFIX-YYYY-NNNNNN-CC`, for example `CH-2026-000123-07`.
///
/// The prefix is one or more ASCII letters and comes out in upper case (anything else in it is
/// dropped). The year is padded to four digits and the serial to six, beyond which it grows. Both
/// come from a calendar and a sequence, so neither is negative; a sign would be dropped.
pub fn with_check(prefix: &str, year: i32, serial: i64) -> String {
    let prefix: String =
        prefix.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect();
    let (year, serial) = (year.unsigned_abs(), serial.unsigned_abs());
    let check = check_of(remainder(format!("{prefix}{year:04}{serial:06}").chars()));
    format!("{prefix}-{year:04}-{serial:06}-{check:02}")
}

/// Whether a number could have come from [`with_check`]: letters, then digits, and a check that
/// fits. Hyphens and case do not matter, for people leave out the one and change the other; any
/// other character (a space, a full-width digit) makes the number invalid.
pub fn is_valid(number: &str) -> bool {
    let plain: String =
        number.chars().filter(|c| *c != '-').map(|c| c.to_ascii_uppercase()).collect();
    let digits = plain.trim_start_matches(|c: char| c.is_ascii_uppercase());
    if digits.len() == plain.len()
        || digits.len() < LEAST_DIGITS
        || !digits.bytes().all(|b| b.is_ascii_digit())
    {
        return false;
    }
    // Only ASCII is left, so the last two bytes are the last two characters.
    let Some((body, check)) = plain.split_at_checked(plain.len().saturating_sub(2)) else {
        return false;
    };
    // Comparing the digits, not the remainder, refuses 00, 01 and 99: MOD 97-10 never issues
    // them, though they are congruent to 97, 98 and 02.
    check.parse() == Ok(check_of(remainder(body.chars())))
}

/// The number modulo 97, each letter written as its two digits.
fn remainder(characters: impl Iterator<Item = char>) -> u32 {
    characters.filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        let shift = if value < 10 { 10 } else { 100 };
        (rest * shift + value) % 97
    })
}

/// The two digits (02 to 98) that make the whole congruent to 1.
fn check_of(remainder: u32) -> u32 {
    98 - (remainder * 100) % 97
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    fn samples() -> Vec<String> {
        let mut numbers = vec![
            with_check("CH", 2026, 1),
            with_check("CH", 2026, 123),
            with_check("C", 2099, 999_999),
            with_check("FAM", 2026, 1_000_000),
            with_check("ZZ", 1999, 505_050),
            with_check("PL", 2026, i64::MAX),
        ];
        numbers.extend((0..40).map(|i| with_check("CH", 2020 + i % 9, i64::from(i) * 7_919)));
        numbers
    }

    #[test]
    fn known_numbers() {
        assert_eq!(with_check("CH", 2026, 123), "CH-2026-000123-07");
        assert_eq!(with_check("ch", 2026, 123), "CH-2026-000123-07");
        // Published values: 794 → 44 for MOD 97-10, and two LEIs (ISO 17442) without their check.
        assert_eq!(check_of(remainder("794".chars())), 44);
        assert_eq!(check_of(remainder("969500KSV493XWY0PS".chars())), 33);
        assert_eq!(check_of(remainder("5493001KJTIIGC8Y1R".chars())), 12);
    }

    #[test]
    fn hyphens_and_case_do_not_matter() {
        for number in samples() {
            assert!(is_valid(&number), "{number}");
            assert!(is_valid(&number.replace('-', "")));
            assert!(is_valid(&number.to_lowercase()));
            assert!(is_valid(&format!("-{}-", number.replace('-', "--"))));
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        let number = with_check("CH", 2026, 123);
        for wrong in [
            String::new(),
            "-".to_owned(),
            "CH".to_owned(),
            number.replace("CH", ""),
            number.replace("CH", "Č"),
            number.replace('-', " "),
            number.replace('2', "\u{ff12}"),
            format!("{number} "),
            format!("{number}X"),
            "9".repeat(1 << 20),
            "é".repeat(1 << 20),
        ] {
            assert!(!is_valid(&wrong));
        }
    }

    #[test]
    fn checks_that_are_never_issued_are_refused() {
        for serial in 0..2_000 {
            let number = with_check("CH", 2026, serial);
            let body = &number[..number.len() - 2];
            let accepted = (0..100).filter(|check| is_valid(&format!("{body}{check:02}"))).count();
            assert_eq!(accepted, 1, "{body}");
        }
    }

    #[test]
    fn every_single_substitution_is_found() {
        for number in samples() {
            let plain: Vec<char> = number.replace('-', "").chars().collect();
            for place in 0..plain.len() {
                for other in ALPHABET.chars().filter(|c| *c != plain[place]) {
                    let mut wrong = plain.clone();
                    wrong[place] = other;
                    let wrong: String = wrong.iter().collect();
                    assert!(!is_valid(&wrong), "{number} → {wrong}");
                }
            }
        }
    }

    #[test]
    fn every_swap_of_neighbours_is_found() {
        for number in samples() {
            let plain: Vec<char> = number.replace('-', "").chars().collect();
            for place in 1..plain.len() {
                let mut wrong = plain.clone();
                wrong.swap(place - 1, place);
                let same = wrong == plain;
                let wrong: String = wrong.iter().collect();
                assert_eq!(is_valid(&wrong), same, "{number} → {wrong}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_made_is_valid(
            prefix in "[A-Za-z]{1,6}", year in 0..10_000_i32, serial in 0..i64::MAX,
        ) {
            prop_assert!(is_valid(&with_check(&prefix, year, serial)));
        }

        #[test]
        fn one_wrong_digit_is_found(
            serial in 0..i64::MAX, place in 0_usize..12, by in 1_u32..10,
        ) {
            let plain = with_check("CH", 2026, serial).replace('-', "");
            let wrong: String = plain.chars().enumerate().map(|(i, c)| match c.to_digit(10) {
                Some(digit) if i == place + 2 => char::from_digit((digit + by) % 10, 10).unwrap(),
                _ => c,
            }).collect();
            prop_assert!(!is_valid(&wrong));
        }

        #[test]
        fn nothing_panics(text in any::<String>(), year: i32, serial: i64) {
            let _ = is_valid(&text);
            let _ = with_check(&text, year, serial);
        }
    }
}
