//! National identifiers checked by their own published rules: Serbia's JMBG, Uzbekistan's PINFL.
//!
//! A check says that a number is well formed, not that it was issued, nor to whom. Both numbers
//! carry a birth date and a sex; these are facts about the number. A record may rightly differ (a
//! date corrected by a court, a number given years after the birth), so the comparison is the
//! caller's.

use std::fmt;

use chrono::{Datelike, NaiveDate};

/// The sex that an identifier states. What a record says may differ, and rightly so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SexDigit {
    Male,
    Female,
}

/// Why a value is not a well-formed identifier; the first fault found, in the order below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NationalIdFault {
    /// Too short or too long; spaces and hyphens count.
    Length,
    /// Something other than the digits 0 to 9 of ASCII.
    NotDigits,
    /// A PINFL's first digit, which tells sex and century, is not 1 to 6.
    SexAndCentury,
    /// The digits of the birth date name no day of the calendar.
    Date,
    /// The check digit does not fit: a digit is mistyped or two are swapped.
    CheckDigit,
    /// A JMBG that would need the check digit 10 and carries 0 instead. Published accounts differ:
    /// Croatia's control algorithm calls it wrong, Serbian ones write 0. It may be genuine, so a
    /// caller may ask for the document rather than refuse.
    DisputedCheckDigit,
}

impl fmt::Display for NationalIdFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "the number has the wrong length",
            Self::NotDigits => "the number must consist of the digits 0 to 9 only",
            Self::SexAndCentury => "the first digit must be 1 to 6",
            Self::Date => "the number holds no valid birth date",
            Self::CheckDigit => "the check digit does not fit the number",
            Self::DisputedCheckDigit => "no check digit exists for this number; 0 is in doubt",
        })
    }
}

impl std::error::Error for NationalIdFault {}

/// What a JMBG says of its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JmbgFacts {
    pub birth: NaiveDate,
    pub sex: SexDigit,
    /// The political region of the registration, 0 to 99 (71 is Belgrade).
    pub region: u8,
}

/// What a PINFL says of its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinflFacts {
    pub birth: NaiveDate,
    pub sex: SexDigit,
    /// The code of the area of registration, 0 to 999.
    pub area: u16,
}

const JMBG_WEIGHTS: [u32; 12] = [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2];

/// Checks a JMBG (Serbian unique master citizen number), `DDMMYYYRRBBBK`, 13 digits.
///
/// `YYY` is the year without its thousands: 800 to 999 are 1800 to 1999 (the number came in 1977,
/// to people born before 1900 too), 000 to 799 are 2000 to 2799. `BBB` below 500 is male. `K` is
/// 11 less the weighted sum modulo 11 (weights 7 6 5 4 3 2, twice), 11 counting as 0; where it
/// would be 10 there is no valid number.
///
/// Source: Wikipedia, "Unique Master Citizen Number"; for the refused 10, the control algorithm of
/// Croatia's form R-S (see [`NationalIdFault::DisputedCheckDigit`]). Every single wrong digit and
/// every swap of neighbours is found, which would not hold if 10 were written 0.
pub fn check_jmbg(value: &str) -> Result<JmbgFacts, NationalIdFault> {
    let [d0, d1, m0, m1, y0, y1, y2, r0, r1, b0, b1, b2, k] = digits::<13>(value)?;
    let short_year = number([y0, y1, y2]);
    let year = if short_year < 800 { 2000 + short_year } else { 1000 + short_year };
    let birth = date(year, number([m0, m1]), number([d0, d1]))?;
    match jmbg_check([d0, d1, m0, m1, y0, y1, y2, r0, r1, b0, b1, b2]) {
        Some(check) if check == k => {}
        None if k == 0 => return Err(NationalIdFault::DisputedCheckDigit),
        Some(_) | None => return Err(NationalIdFault::CheckDigit),
    }
    Ok(JmbgFacts {
        birth,
        sex: if b0 < 5 { SexDigit::Male } else { SexDigit::Female },
        region: r0 * 10 + r1,
    })
}

/// A well-formed JMBG, for tests and demonstration data; region 0 to 99, serial 0 to 999 (below
/// 500 male).
///
/// `None` when the check digit would be 10 (one serial in eleven: the caller takes the next), or
/// when an argument is out of range.
pub fn make_jmbg(birth: NaiveDate, region: u8, serial: u16) -> Option<String> {
    if !(1800..2800).contains(&birth.year()) || region > 99 || serial > 999 {
        return None;
    }
    let (day, month, year) = (birth.day(), birth.month(), birth.year() % 1000);
    let body = format!("{day:02}{month:02}{year:03}{region:02}{serial:03}");
    let check = jmbg_check(digits::<12>(&body).ok()?)?;
    Some(format!("{body}{check}"))
}

/// Checks a PINFL (JSHSHIR, Uzbek personal identification number), 14 digits.
///
/// The first digit tells sex and century of the birth (1 and 2 male and female of the 1800s, 3 and
/// 4 of the 1900s, 5 and 6 of the 2000s); then `DDMMYY`, an area of three digits, a serial of
/// three, and the sum of the thirteen weighted by 7 3 1 in turn, modulo 10.
///
/// Source: Cabinet of Ministers decree No. 177 of 12 April 2022 (lex.uz 5955665), as published
/// implementations cite it; the weighting is that of ICAO Doc 9303. Every single wrong digit is
/// found; a swap of neighbours is not when the two differ by five (16 ↔ 61).
pub fn check_pinfl(value: &str) -> Result<PinflFacts, NationalIdFault> {
    let [first, d0, d1, m0, m1, y0, y1, a0, a1, a2, s0, s1, s2, k] = digits::<14>(value)?;
    let (sex, century) = match first {
        1 => (SexDigit::Male, 1800),
        2 => (SexDigit::Female, 1800),
        3 => (SexDigit::Male, 1900),
        4 => (SexDigit::Female, 1900),
        5 => (SexDigit::Male, 2000),
        6 => (SexDigit::Female, 2000),
        _ => return Err(NationalIdFault::SexAndCentury),
    };
    let birth = date(century + number([y0, y1]), number([m0, m1]), number([d0, d1]))?;
    if weighted_731(&[first, d0, d1, m0, m1, y0, y1, a0, a1, a2, s0, s1, s2]) != u32::from(k) {
        return Err(NationalIdFault::CheckDigit);
    }
    Ok(PinflFacts { birth, sex, area: number([a0, a1, a2]) })
}

/// A well-formed PINFL, for tests and demonstration data; area and serial 0 to 999. `None` when an
/// argument, or the century of the birth (19th to 21st), is out of range.
pub fn make_pinfl(birth: NaiveDate, sex: SexDigit, area: u16, serial: u16) -> Option<String> {
    if area > 999 || serial > 999 {
        return None;
    }
    let first = match (birth.year().div_euclid(100), sex) {
        (18, SexDigit::Male) => 1,
        (18, SexDigit::Female) => 2,
        (19, SexDigit::Male) => 3,
        (19, SexDigit::Female) => 4,
        (20, SexDigit::Male) => 5,
        (20, SexDigit::Female) => 6,
        _ => return None,
    };
    let (day, month, year) = (birth.day(), birth.month(), birth.year() % 100);
    let body = format!("{first}{day:02}{month:02}{year:02}{area:03}{serial:03}");
    let check = weighted_731(&digits::<13>(&body).ok()?);
    Some(format!("{body}{check}"))
}

/// The digits as numbers. The length is counted in characters, so that a full-width number of the
/// right length is told that its digits are wrong.
fn digits<const N: usize>(value: &str) -> Result<[u8; N], NationalIdFault> {
    // One more than wanted is enough to see that it is too long, whatever the length.
    if value.chars().take(N + 1).count() != N {
        return Err(NationalIdFault::Length);
    }
    let bytes: [u8; N] =
        value.as_bytes().try_into().map_err(|_not_ascii| NationalIdFault::NotDigits)?;
    if !bytes.iter().all(u8::is_ascii_digit) {
        return Err(NationalIdFault::NotDigits);
    }
    Ok(bytes.map(|byte| byte - b'0'))
}

fn number<const N: usize>(digits: [u8; N]) -> u16 {
    digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(*digit))
}

fn date(year: u16, month: u16, day: u16) -> Result<NaiveDate, NationalIdFault> {
    NaiveDate::from_ymd_opt(year.into(), month.into(), day.into()).ok_or(NationalIdFault::Date)
}

/// `None` when it would be 10.
fn jmbg_check(digits: [u8; 12]) -> Option<u8> {
    let sum: u32 = digits.iter().zip(JMBG_WEIGHTS).map(|(d, weight)| u32::from(*d) * weight).sum();
    match 11 - sum % 11 {
        10 => None,
        11 => Some(0),
        check => u8::try_from(check).ok(),
    }
}

/// The check digit of ICAO Doc 9303, part 3: weights 7, 3, 1 in turn, modulo 10.
fn weighted_731(digits: &[u8]) -> u32 {
    let weights = [7, 3, 1].into_iter().cycle();
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum::<u32>() % 10
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn jmbgs() -> Vec<String> {
        (0..200).filter_map(|serial| make_jmbg(day(2014, 2, 28), 71, serial * 5)).collect()
    }

    fn pinfls() -> Vec<String> {
        let made = |serial: u16| make_pinfl(day(2014, 2, 28), SexDigit::Female, 703, serial * 5);
        (0..200).filter_map(made).collect()
    }

    /// Every number with one digit changed.
    fn substitutions(number: &str) -> Vec<String> {
        let digits: Vec<char> = number.chars().collect();
        let mut wrong = Vec::new();
        for place in 0..digits.len() {
            for other in ('0'..='9').filter(|digit| *digit != digits[place]) {
                let mut changed = digits.clone();
                changed[place] = other;
                wrong.push(changed.iter().collect());
            }
        }
        wrong
    }

    /// Every number with two different neighbours swapped, and by how much these differ.
    fn swaps(number: &str) -> Vec<(u32, String)> {
        let digits: Vec<char> = number.chars().collect();
        let value = |place: usize| digits[place].to_digit(10).unwrap();
        let swapped = |place: usize| {
            let mut changed = digits.clone();
            changed.swap(place - 1, place);
            (value(place).abs_diff(value(place - 1)), changed.iter().collect())
        };
        (1..digits.len()).map(swapped).filter(|(differ, _)| *differ != 0).collect()
    }

    #[test]
    fn published_jmbg_specimens() {
        // Wikipedia's worked examples: first boy of 2006 in Slovenia, first of 2100 in Belgrade.
        let facts = check_jmbg("0101006500006").unwrap();
        assert_eq!(facts, JmbgFacts { birth: day(2006, 1, 1), sex: SexDigit::Male, region: 50 });
        let facts = check_jmbg("0101100710006").unwrap();
        assert_eq!(facts, JmbgFacts { birth: day(2100, 1, 1), sex: SexDigit::Male, region: 71 });
        assert_eq!(check_jmbg("0101006500007"), Err(NationalIdFault::CheckDigit));
    }

    #[test]
    fn published_731_examples() {
        // ICAO Doc 9303 part 3's worked examples; no specimen PINFL is published.
        assert_eq!(weighted_731(&[5, 2, 0, 7, 2, 7]), 3);
        assert_eq!(weighted_731(&[5, 1, 0, 5, 0, 9]), 2);
        // Reckoned by hand: 21+0+1+0+3+9+63+0+1+14+9+4+35 = 160.
        let facts = check_pinfl("30101990123450").unwrap();
        assert_eq!(facts, PinflFacts { birth: day(1999, 1, 1), sex: SexDigit::Male, area: 12 });
    }

    #[test]
    fn years_of_the_jmbg() {
        for year in [1899, 1900, 1999, 2000, 2026, 2799] {
            let number = (0..2).find_map(|serial| make_jmbg(day(year, 5, 17), 71, 500 + serial));
            let facts = check_jmbg(&number.unwrap()).unwrap();
            assert_eq!((facts.birth, facts.sex), (day(year, 5, 17), SexDigit::Female));
        }
        assert_eq!(make_jmbg(day(2800, 1, 1), 71, 0), None);
        assert_eq!(make_jmbg(day(2020, 1, 1), 100, 0), None);
        assert_eq!(make_jmbg(day(2020, 1, 1), 71, 1000), None);
    }

    #[test]
    fn a_jmbg_with_one_digit_wrong_or_two_swapped_is_refused() {
        for number in jmbgs() {
            assert!(check_jmbg(&number).is_ok(), "{number}");
            for wrong in substitutions(&number) {
                assert!(check_jmbg(&wrong).is_err(), "{number} → {wrong}");
            }
            for (_, wrong) in swaps(&number) {
                assert!(check_jmbg(&wrong).is_err(), "{number} → {wrong}");
            }
        }
    }

    #[test]
    fn a_pinfl_with_one_digit_wrong_is_refused_and_swaps_but_for_fives() {
        for number in pinfls() {
            assert!(check_pinfl(&number).is_ok(), "{number}");
            for wrong in substitutions(&number) {
                assert!(check_pinfl(&wrong).is_err(), "{number} → {wrong}");
            }
            for (differ, wrong) in swaps(&number) {
                assert!(differ == 5 || check_pinfl(&wrong).is_err(), "{number} → {wrong}");
            }
        }
    }

    #[test]
    fn a_check_digit_of_ten_is_not_issued() {
        let skipped = (0..1000).find(|serial| make_jmbg(day(2014, 2, 28), 71, *serial).is_none());
        let body = format!("280201471{:03}", skipped.unwrap());
        assert_eq!(check_jmbg(&format!("{body}0")), Err(NationalIdFault::DisputedCheckDigit));
        for check in 1..10 {
            assert_eq!(check_jmbg(&format!("{body}{check}")), Err(NationalIdFault::CheckDigit));
        }
    }

    #[test]
    fn each_fault_is_told() {
        use NationalIdFault::{Date, Length, NotDigits, SexAndCentury};
        let wide: String = "\u{ff11}".repeat(13);
        let megabyte = "1".repeat(1 << 20);
        for (value, fault) in [
            ("", Length),
            ("010100650000", Length),
            ("01010065000061", Length),
            (megabyte.as_str(), Length),
            (wide.as_str(), NotDigits),
            ("010100650000A", NotDigits),
            (" 01010065000", Length),
            ("-101006500006", NotDigits),
            ("0000000000000", Date),
            ("3002006500006", Date),
            ("2902007500006", Date),
            ("0113006500006", Date),
        ] {
            assert_eq!(check_jmbg(value), Err(fault), "{value:.20}");
        }
        for (value, fault) in [
            ("", Length),
            ("00101990123450", SexAndCentury),
            ("70101990123450", SexAndCentury),
            ("33002990123450", Date),
            ("42902000123450", Date),
            ("3010199012345O", NotDigits),
            (megabyte.as_str(), Length),
        ] {
            assert_eq!(check_pinfl(value).unwrap_err(), fault, "{value:.20}");
        }
        assert_eq!(Length.to_string(), "the number has the wrong length");
    }

    proptest! {
        #[test]
        fn what_is_made_is_well_formed(
            days in 0..200_u64, decades in 0..29_u64, region in 0..100_u8, serial in 0..1000_u16,
        ) {
            let birth = day(1810, 1, 1) + chrono::Days::new(decades * 3_650 + days);
            if let Some(number) = make_jmbg(birth, region, serial) {
                let facts = check_jmbg(&number).unwrap();
                prop_assert_eq!((facts.birth, facts.region), (birth, region));
                prop_assert_eq!(facts.sex == SexDigit::Male, serial < 500);
            }
            let sex = if serial % 2 == 0 { SexDigit::Male } else { SexDigit::Female };
            let number = make_pinfl(birth, sex, serial, 999 - serial).unwrap();
            let facts = check_pinfl(&number).unwrap();
            prop_assert_eq!(facts, PinflFacts { birth, sex, area: serial });
        }

        #[test]
        fn nothing_panics(text in any::<String>(), digits in "[0-9]{12,15}") {
            let _ = (check_jmbg(&text), check_pinfl(&text));
            let _ = (check_jmbg(&digits), check_pinfl(&digits));
        }
    }
}
