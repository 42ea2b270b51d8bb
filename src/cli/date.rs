//! The date of a build: from `--today`, or the system's clock in UTC.

use std::time::{SystemTime, UNIX_EPOCH};

use meshward::syntax::ast::Date;

const SECONDS_PER_DAY: u64 = 86_400;

/// The day that it is, UTC. A clock that stands before 1970 counts as 1970.
pub(crate) fn today() -> Date {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    civil(since_epoch.as_secs() / SECONDS_PER_DAY)
}

/// Reads `2026-12-31`; refuses days that no calendar has.
pub(crate) fn parse(text: &str) -> Result<Date, String> {
    let wrong = || format!("`{text}` is no date; write it as YYYY-MM-DD");
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return Err(wrong()) };
    if (year.len(), month.len(), day.len()) != (4, 2, 2) || !parts.iter().copied().all(all_digits) {
        return Err(wrong());
    }
    let date = Date {
        year: year.parse().map_err(|_| wrong())?,
        month: month.parse().map_err(|_| wrong())?,
        day: day.parse().map_err(|_| wrong())?,
    };
    let exists = (1..=12).contains(&date.month) && (1..=days_in(date.year, date.month)).contains(&date.day);
    if exists { Ok(date) } else { Err(format!("there is no day `{text}`")) }
}

/// The day that lies `days` after 1970-01-01, found by taking off whole years and then whole months.
fn civil(mut days: u64) -> Date {
    let mut year = 1970;
    while days >= days_of(year) {
        days -= days_of(year);
        year += 1;
    }
    let mut month = 1;
    while days >= u64::from(days_in(year, month)) {
        days -= u64::from(days_in(year, month));
        month += 1;
    }
    Date { year, month, day: days as u8 + 1 }
}

fn days_of(year: u16) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use super::{civil, parse};

    #[test]
    fn days_since_the_epoch_are_dates() {
        let written = |days| civil(days).to_string();
        assert_eq!(written(0), "1970-01-01");
        assert_eq!(written(11_016), "2000-02-29");
        assert_eq!(written(20_453), "2025-12-31");
        assert_eq!(written(20_454), "2026-01-01");
    }

    #[test]
    fn only_days_of_the_calendar_are_read() {
        assert_eq!(parse("2028-02-29").map(|date| date.to_string()), Ok("2028-02-29".to_owned()));
        for wrong in ["2026-02-29", "2026-13-01", "2026-1-1", "26-01-01", "2026-01-01-01", "+026-01-01", ""] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
