//! A circuit breaker: a provider that keeps failing is left alone for a while, then probed once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::queue::Backoff;

/// Failures in a row that open the circuit. More than a run has attempts, so that one run's bad luck never
/// holds up the others.
const THRESHOLD: u32 = 12;
/// A provider that is back is found so after this time at the latest.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant, pauses: usize },
    Probing { pauses: usize },
}

/// The breaker of one provider and model.
#[derive(Debug)]
pub(super) struct Breaker {
    state: Mutex<State>,
    backoff: Backoff,
}

impl Breaker {
    /// A closed breaker, whose pauses grow as the waits between a run's attempts do.
    pub(super) fn new(backoff: Backoff) -> Self {
        Self { state: Mutex::new(State::Closed { failures: 0 }), backoff }
    }

    fn pause(&self, pauses: usize) -> Duration {
        self.backoff.delay(pauses).min(LONGEST_PAUSE)
    }

    /// Leave to ask the provider, or how long it is still left alone.
    pub(super) fn enter(&self) -> Result<Pass<'_>, Duration> {
        let now = Instant::now();
        self.change(|state| match *state {
            State::Closed { .. } => Ok(()),
            State::Open { until, pauses } if until <= now => {
                *state = State::Probing { pauses };
                Ok(())
            }
            State::Open { until, .. } => Err(until - now),
            State::Probing { pauses } => Err(self.pause(pauses)),
        })?;
        Ok(Pass { breaker: self, reported: false })
    }

    fn open(&self, now: Instant, pauses: usize) -> State {
        State::Open { until: now + self.pause(pauses), pauses }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Leave to ask once. Dropping it unreported, as a cancelled call does, frees the probe for another call.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    breaker: &'a Breaker,
    reported: bool,
}

impl Pass<'_> {
    /// The provider answered.
    pub(super) fn succeeded(mut self) {
        self.reported = true;
        self.breaker.change(|state| *state = State::Closed { failures: 0 });
    }

    /// The provider failed in a way that may pass.
    pub(super) fn failed(mut self) {
        self.reported = true;
        let now = Instant::now();
        self.breaker.change(|state| {
            *state = match *state {
                State::Closed { failures } if failures + 1 < THRESHOLD => {
                    State::Closed { failures: failures + 1 }
                }
                State::Closed { .. } => self.breaker.open(now, 1),
                State::Probing { pauses } => self.breaker.open(now, pauses + 1),
                open @ State::Open { .. } => open,
            };
        });
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.reported {
            self.breaker.change(|state| {
                if let State::Probing { pauses } = *state {
                    *state = State::Open { until: Instant::now(), pauses };
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST_PAUSE: Duration = Duration::from_secs(4);

    fn breaker() -> Breaker {
        Breaker::new(Backoff::new(FIRST_PAUSE / 2, Duration::from_secs(300)))
    }

    fn fail(breaker: &Breaker, times: u32) {
        for _ in 0..times {
            breaker.enter().expect("is closed").failed();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_the_threshold_and_lets_a_single_probe_through() {
        let breaker = breaker();
        fail(&breaker, THRESHOLD - 1);
        breaker.enter().expect("is closed").succeeded();
        fail(&breaker, THRESHOLD);
        assert_eq!(breaker.enter().err(), Some(FIRST_PAUSE));

        tokio::time::advance(FIRST_PAUSE).await;
        let probe = breaker.enter().expect("a probe is due");
        assert!(breaker.enter().is_err(), "one probe at a time");
        probe.failed();
        assert_eq!(breaker.enter().err(), Some(FIRST_PAUSE * 2));

        tokio::time::advance(FIRST_PAUSE * 2).await;
        breaker.enter().expect("a probe is due").succeeded();
        fail(&breaker, 1);
        assert!(breaker.enter().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn its_pauses_stay_within_the_longest_wait_between_attempts() {
        let hurried = Breaker::new(Backoff::new(FIRST_PAUSE, FIRST_PAUSE));
        for (breaker, longest) in [(hurried, FIRST_PAUSE), (breaker(), LONGEST_PAUSE)] {
            fail(&breaker, THRESHOLD);
            for _ in 0..10 {
                tokio::time::advance(longest).await;
                breaker.enter().expect("a probe is due").failed();
            }
            assert_eq!(breaker.enter().err(), Some(longest));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_probe_frees_the_next() {
        let breaker = breaker();
        fail(&breaker, THRESHOLD);
        tokio::time::advance(FIRST_PAUSE).await;
        drop(breaker.enter().expect("a probe is due"));
        assert!(breaker.enter().is_ok());
    }
}
