//! Waits between attempts.

use std::time::Duration;

/// The most attempts that a run can have.
pub(super) const MOST_ATTEMPTS: usize = 10;
/// The jitter that the statements apply is at most this much above the delay.
const JITTER: f64 = 1.2;
/// A provider's wish up to this long is granted whatever the cap is.
const SHORT_WISH: Duration = Duration::from_secs(30);

/// Exponential backoff, capped. The statements spread each delay by a fifth in both directions.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    base: Duration,
    max: Duration,
}

impl Backoff {
    /// Doubles from `base` to `max`.
    pub const fn new(base: Duration, max: Duration) -> Self {
        Self { base, max }
    }

    /// The delay after so many earlier ones.
    pub fn delay(self, earlier: usize) -> Duration {
        let doublings = u32::try_from(earlier).unwrap_or(u32::MAX);
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.max)
    }

    /// The delay after each attempt, in milliseconds.
    pub fn delays(self) -> Vec<i64> {
        (0..MOST_ATTEMPTS).map(|attempt| milliseconds(self.delay(attempt))).collect()
    }

    /// The least delay after a provider asked to be left alone, in milliseconds. A short wish is granted in
    /// full; a longer one no further than the cap, so that no provider can park a run for days.
    pub fn least_delay(self, retry_after: Option<Duration>) -> i64 {
        let wish = retry_after.unwrap_or_default();
        let granted = if wish <= SHORT_WISH { wish } else { wish.min(self.max.mul_f64(JITTER)) };
        milliseconds(granted)
    }
}

/// A duration as the statements take it.
pub(super) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(300));

    #[test]
    fn delays_double_up_to_the_cap() {
        let seconds: Vec<_> = BACKOFF.delays().into_iter().map(|delay| delay / 1000).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn a_wish_is_granted_within_reason() {
        let hurried = Backoff::new(Duration::from_millis(50), Duration::from_millis(500));
        let cases = [
            (hurried, None, 0),
            (hurried, Some(2), 2_000),
            (hurried, Some(86_400), 600),
            (BACKOFF, Some(120), 120_000),
            (BACKOFF, Some(86_400), 360_000),
        ];
        for (backoff, wish, granted) in cases {
            assert_eq!(backoff.least_delay(wish.map(Duration::from_secs)), granted, "{wish:?}");
        }
    }
}
