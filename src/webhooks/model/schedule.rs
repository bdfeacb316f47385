//! When a message is tried again.
use chrono::{DateTime, TimeDelta, Utc};

/// The published schedule of Standard Webhooks: the pause before each attempt, the first at once. Ten attempts
/// in about 75 hours.
pub const SCHEDULE: [TimeDelta; 10] = [
    TimeDelta::zero(),
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];
/// By how much a pause may be longer, so that not all come back at once: a tenth.
const JITTER: i32 = 10;
/// No answer puts an endpoint off for longer.
const LONGEST: TimeDelta = TimeDelta::hours(24);

/// The pause after so many attempts; none if that were all. `dice` is a number from 0 to 999.
#[must_use]
pub fn delay(tries: usize, dice: i32) -> Option<TimeDelta> {
    let pause = *SCHEDULE.get(tries)?;
    Some(pause + pause / JITTER * dice.clamp(0, 999) / 1000)
}

/// The moment before which an endpoint does not want to be asked again, by its `Retry-After`: seconds or a
/// date (RFC 9110), not more than a day ahead.
#[must_use]
pub fn earliest(retry_after: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = retry_after.trim();
    let at = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().unwrap_or(i64::MAX).min(LONGEST.num_seconds());
        now + TimeDelta::seconds(seconds)
    } else {
        DateTime::parse_from_rfc2822(text).ok()?.to_utc()
    };
    (at > now).then(|| at.min(now + LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_take_about_75_hours() {
        assert_eq!(delay(10, 0), None);
        let all = |dice| (0..10).filter_map(|tries| delay(tries, dice)).sum::<TimeDelta>();
        assert_eq!(all(0), TimeDelta::seconds(75 * 3600 + 35 * 60 + 5));
        assert!(all(999) > all(0) && all(999) <= all(0) + all(0) / 10);
        assert_eq!((delay(0, 999), delay(1, 0)), (Some(TimeDelta::zero()), Some(SCHEDULE[1])));
    }

    #[test]
    fn an_endpoint_says_when_it_wants_to_be_asked_again() {
        let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        for (text, seconds) in [
            ("120", Some(120)),
            ("0", None),
            ("99999999999999999999", Some(86400)),
            ("Sun, 22 Nov 2026 12:01:00 GMT", Some(60)),
            ("Sun, 22 Nov 2026 11:00:00 GMT", None),
            ("Sun, 22 Nov 2099 11:00:00 GMT", Some(86400)),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            let expected = seconds.map(|seconds| now + TimeDelta::seconds(seconds));
            assert_eq!(earliest(text, now), expected, "{text}");
        }
    }
}
