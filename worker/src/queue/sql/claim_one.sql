-- Claims a run, due or not. One that somebody else has locked is waited for as long as the session's lock_timeout.
UPDATE public.diagnosis_runs AS run
SET status = 'in_progress',
    started_at = now(),
    lease_epoch = run.lease_epoch + 1,
    lease_owner = $2,
    lease_expires_at = now() + $3 * interval '1 millisecond'
WHERE run.id = $1 AND run.status = 'queued'
RETURNING run.id, run.assessment_id, run.attempt, run.lease_epoch
