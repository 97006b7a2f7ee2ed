//! The lock that keeps two migration runs apart. It is sqlx's own, so that sqlx waits too.

use std::time::{Duration, Instant};

use super::apply::{Event, asking};
use super::{MigrateError, literal};
use crate::engine::session::Session;

/// A session that waits inside `pg_advisory_lock` holds a snapshot, for which CREATE INDEX CONCURRENTLY of
/// the lock's holder would wait in turn. So the lock is tried again and again.
const TRY_EVERY: Duration = Duration::from_millis(200);

/// The lock of the database that a session is in.
pub(super) struct Lock(i64);

impl Lock {
    /// Takes the lock, or waits for it.
    pub(super) fn acquire(
        session: &mut dyn Session,
        limit: Duration,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<Self, MigrateError> {
        let database = asking(session.value("SELECT current_database()"), "ask for the database")?;
        let lock = Self(key(&database));
        let start = Instant::now();
        let mut told = false;
        loop {
            let taken = format!("SELECT pg_catalog.pg_try_advisory_lock({})::text", lock.0);
            if asking(session.value(&taken), "take the migration lock")? == "true" {
                return Ok(lock);
            }
            let holder = lock.holder(session, &database)?;
            if !std::mem::replace(&mut told, true) {
                tell(Event::Waiting { holder: &holder, limit });
            }
            if start.elapsed() >= limit {
                return Err(MigrateError::Locked { holder, seconds: limit.as_secs() });
            }
            std::thread::sleep(TRY_EVERY.min(limit));
        }
    }

    /// Gives it back.
    pub(super) fn release(self, session: &mut dyn Session) {
        // The end of the session would release it too.
        let _ = session.run(&format!("SELECT pg_catalog.pg_advisory_unlock({})", self.0));
    }

    fn holder(&self, session: &mut dyn Session, database: &str) -> Result<String, MigrateError> {
        // A key of 64 bits is shown as two halves, with 1 beside them.
        let (high, low) = ((self.0 >> 32) as u32, self.0 as u32);
        let who = format!(
            "SELECT format('process %s (%s) of user %s', a.pid, \
                    coalesce(nullif(a.application_name, ''), 'no name'), a.usename) \
             FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) \
             WHERE l.locktype = 'advisory' AND l.granted AND a.datname = {} \
               AND l.classid = '{high}' AND l.objid = '{low}' AND l.objsubid = 1 LIMIT 1",
            literal(database)
        );
        let holder = asking(session.value(&who), "ask who holds the migration lock")?;
        Ok(if holder.is_empty() { "another session".to_owned() } else { holder })
    }
}

/// The key that sqlx locks a database of that name by.
fn key(database: &str) -> i64 {
    const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    const SQLX: i64 = 0x3d32_ad9e;
    SQLX.wrapping_mul(i64::from(CRC.checksum(database.as_bytes())))
}
