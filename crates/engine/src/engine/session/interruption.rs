//! Ctrl-C and the other signals by which a process is asked to end, for those who tidy up first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

static ARRIVED: AtomicBool = AtomicBool::new(false);

type Listener = Box<dyn Fn() + Send>;

static LISTENERS: Mutex<Vec<Listener>> = Mutex::new(Vec::new());

/// From now on such a signal does not end the process: `arrived` tells of it.
///
/// # Errors
/// Where signals cannot be listened to.
pub fn listen() -> Result<(), String> {
    static LISTENING: OnceLock<Result<(), String>> = OnceLock::new();
    let begin = || {
        ctrlc::set_handler(|| {
            ARRIVED.store(true, Ordering::Relaxed);
            for listener in &*LISTENERS.lock().unwrap_or_else(PoisonError::into_inner) {
                listener();
            }
        })
        .map_err(|error| error.to_string())
    };
    LISTENING.get_or_init(begin).clone()
}

/// The same, and `listener` is called.
///
/// # Errors
/// Where signals cannot be listened to.
pub fn notify(listener: impl Fn() + Send + 'static) -> Result<(), String> {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(listener));
    listen()
}

/// Whether a signal has come.
pub(super) fn arrived() -> bool {
    ARRIVED.load(Ordering::Relaxed)
}
