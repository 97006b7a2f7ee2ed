//! The `retry-after` header.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// How long the server asks to be left alone: seconds, or an HTTP date.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    Some((date.to_utc() - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_understood_and_nonsense_is_ignored() {
        let now = DateTime::parse_from_rfc3339("2026-02-02T10:00:00Z").expect("is a date").to_utc();
        let cases = [
            ("3", Some(Duration::from_secs(3))),
            ("0.5", Some(Duration::from_millis(500))),
            ("Mon, 02 Feb 2026 10:00:07 GMT", Some(Duration::from_secs(7))),
            ("Mon, 02 Feb 2026 09:00:00 GMT", Some(Duration::ZERO)),
            ("-1", None),
            ("soon", None),
            ("NaN", None),
            ("1e400", None),
        ];
        for (value, expected) in cases {
            let headers =
                [(RETRY_AFTER, value.parse().expect("is a header"))].into_iter().collect();
            assert_eq!(retry_after(&headers, now), expected, "{value}");
        }
    }
}
