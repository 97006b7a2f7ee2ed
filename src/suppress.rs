//! Breaches that somebody has accepted: comments beside a statement, and the baseline.

mod notice;

pub use notice::{Notice, NoticeKind};
