-- A CTE and not `IN (… LIMIT)`, which the planner may evaluate more than once. The status is a literal: with
-- a parameter a generic plan could not use the partial index and would walk past every completed run.
WITH due AS MATERIALIZED (
    SELECT id
    FROM public.diagnosis_runs
    WHERE status = 'queued' AND next_attempt_at <= now()
    ORDER BY next_attempt_at, id
    LIMIT $1
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE public.diagnosis_runs AS run
SET status = 'in_progress',
    started_at = now(),
    lease_epoch = run.lease_epoch + 1,
    lease_owner = $2,
    lease_expires_at = now() + $3 * interval '1 millisecond'
FROM due
WHERE run.id = due.id
RETURNING run.id, run.assessment_id, run.attempt, run.lease_epoch
