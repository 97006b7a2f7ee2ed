use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

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

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} ({elapsed})")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}
