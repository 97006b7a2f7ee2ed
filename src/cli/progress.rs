use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that takes less is not worth a word.
const PATIENCE: Duration = Duration::from_millis(500);

const TICK: Duration = Duration::from_millis(100);

/// Does some work, and turns a wheel on standard error if it takes long and somebody looks.
pub(super) fn watched<T>(what: &'static str, work: impl FnOnce() -> T) -> T {
    if !stderr().is_terminal() {
        return work();
    }
    let (done, is_done) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            if is_done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let wheel = ProgressBar::new_spinner().with_message(what);
                wheel.set_style(style());
                wheel.enable_steady_tick(TICK);
                let _ = is_done.recv();
                wheel.finish_and_clear();
            }
        });
        let outcome = work();
        drop(done);
        outcome
    })
}

/// Does some work of so many steps, and counts them on standard error if it takes long and somebody looks.
pub(super) fn counted<T>(what: &'static str, steps: usize, work: impl FnOnce(&dyn Fn()) -> T) -> T {
    let begun = Instant::now();
    let bar =
        ProgressBar::with_draw_target(u64::try_from(steps).ok(), ProgressDrawTarget::hidden());
    let counting = ProgressStyle::with_template("{spinner} {msg}: {pos} of {len} ({elapsed})");
    bar.set_style(counting.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what);
    let is_watched = stderr().is_terminal();
    let outcome = work(&|| {
        if is_watched && bar.is_hidden() && begun.elapsed() > PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.inc(1);
    });
    bar.finish_and_clear();
    outcome
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} ({elapsed})")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}
