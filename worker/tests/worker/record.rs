//! A record of every change of every run, and the invariants that it must show.

/// Makes the record.
pub(crate) const KEEP: &str = "
CREATE TABLE record (
    at bigserial, id uuid, old_status text, new_status text, old_epoch bigint, new_epoch bigint,
    old_attempt integer, new_attempt integer, max_attempts integer, artifact_changed boolean
);
GRANT ALL ON record TO PUBLIC;
GRANT ALL ON SEQUENCE record_at_seq TO PUBLIC;
CREATE FUNCTION record() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO record (id, old_status, new_status, old_epoch, new_epoch, old_attempt, new_attempt,
                        max_attempts, artifact_changed)
    VALUES (NEW.id, OLD.status, NEW.status, OLD.lease_epoch, NEW.lease_epoch, OLD.attempt, NEW.attempt,
            NEW.max_attempts, NEW.diagnosis_result IS DISTINCT FROM OLD.diagnosis_result);
    RETURN NULL;
END $$;
CREATE TRIGGER record AFTER UPDATE ON diagnosis_runs FOR EACH ROW EXECUTE FUNCTION record();
";

/// Counts the runs that have not ended.
pub(crate) const OPEN_RUNS: &str =
    "SELECT count(*) FROM diagnosis_runs WHERE status NOT IN ('completed', 'failed')";

/// Each must count nothing.
const BREACHES: [(&str, &str); 9] = [
    ("a run that did not end", OPEN_RUNS),
    (
        "an outcome and its artifact that disagree",
        "SELECT count(*) FROM diagnosis_runs WHERE (status = 'completed') <> (diagnosis_result IS NOT NULL)",
    ),
    (
        "a run with two artifacts",
        "SELECT count(*) FROM (SELECT id FROM record WHERE artifact_changed GROUP BY id HAVING count(*) > 1) AS twice",
    ),
    (
        "an attempt above the maximum",
        "SELECT count(*) FROM record WHERE new_attempt > max_attempts",
    ),
    (
        "an attempt that shrank or leapt",
        "SELECT count(*) FROM record WHERE new_attempt - old_attempt NOT IN (0, 1)",
    ),
    (
        "an epoch that did not rise by one with each claim, and only then",
        "SELECT count(*) FROM record WHERE new_epoch - old_epoch <> \
         (old_status = 'queued' AND new_status = 'in_progress')::integer",
    ),
    (
        "a write to a run that had ended",
        "SELECT count(*) FROM record WHERE old_status IN ('completed', 'failed')",
    ),
    (
        "an outcome without a claim",
        "SELECT count(*) FROM record WHERE old_status = 'queued' AND new_status NOT IN ('queued', 'in_progress')",
    ),
    (
        "a lease on a run that nobody works",
        "SELECT count(*) FROM diagnosis_runs WHERE status <> 'in_progress' AND (lease_owner IS NOT NULL OR lease_expires_at IS NOT NULL)",
    ),
];

/// Asserts that no invariant was broken, by the results of queries.
pub(crate) fn assert_unbroken(what: &str, query: impl Fn(&str) -> String) {
    for (breach, sql) in BREACHES {
        assert_eq!(query(sql), "0", "{what}: {breach}");
    }
}
