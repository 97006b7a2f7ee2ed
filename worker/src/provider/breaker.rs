//! A circuit breaker: a provider that keeps failing is left alone for a while, then probed once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row that open the circuit. More than a run has attempts, so that one run's bad luck never
/// holds up the others.
const THRESHOLD: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant, pause: Duration },
    Probing { pause: Duration },
}

/// The breaker of one provider and model.
#[derive(Debug)]
pub(super) struct Breaker(Mutex<State>);

impl Default for Breaker {
    fn default() -> Self {
        Self(Mutex::new(State::Closed { failures: 0 }))
    }
}

impl Breaker {
    /// Leave to ask the provider, or how long it is still left alone.
    pub(super) fn enter(&self) -> Result<Pass<'_>, Duration> {
        let now = Instant::now();
        self.change(|state| match *state {
            State::Closed { .. } => Ok(()),
            State::Open { until, pause } if until <= now => {
                *state = State::Probing { pause };
                Ok(())
            }
            State::Open { until, .. } => Err(until - now),
            State::Probing { pause } => Err(pause),
        })?;
        Ok(Pass { breaker: self, reported: false })
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
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
                State::Closed { .. } => {
                    State::Open { until: now + FIRST_PAUSE, pause: FIRST_PAUSE }
                }
                State::Probing { pause } => {
                    let pause = (pause * 2).min(LONGEST_PAUSE);
                    State::Open { until: now + pause, pause }
                }
                open @ State::Open { .. } => open,
            };
        });
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.reported {
            self.breaker.change(|state| {
                if let State::Probing { pause } = *state {
                    *state = State::Open { until: Instant::now(), pause };
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Breaker, times: u32) {
        for _ in 0..times {
            breaker.enter().expect("is closed").failed();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_the_threshold_and_lets_a_single_probe_through() {
        let breaker = Breaker::default();
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
    async fn a_cancelled_probe_frees_the_next() {
        let breaker = Breaker::default();
        fail(&breaker, THRESHOLD);
        tokio::time::advance(FIRST_PAUSE).await;
        drop(breaker.enter().expect("a probe is due"));
        assert!(breaker.enter().is_ok());
    }
}
